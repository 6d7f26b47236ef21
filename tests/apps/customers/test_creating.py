"""A customer gets its code in the transaction that makes it; the code stays, whatever changes."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kehuma.apps.audit import queries as audit
from kehuma.apps.codes import queries as codes
from kehuma.apps.customers import queries, services
from kehuma.apps.customers.errors import ConflictError, TreeError, UnknownCustomerError, ValuesError
from kehuma.lib.viewer import Refused, Viewer

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
VALUES = {"name": "上海澄明供应链管理有限公司", "region": "上海", "industry": "信息技术"}
NewCustomer = Callable[..., str]


def _create(viewer: Viewer, key: str, **more: Any) -> Any:
    values = {**VALUES, **more.pop("values", {})}
    return services.create(viewer, values, scheme="region-industry", request_key=key, at=NOON, **more)


def test_a_new_customer_has_a_code_an_owner_and_an_event(wang: Viewer) -> None:
    made = _create(wang, "one", values={"tags": ["月结", "高价值"], "mobile": "138 0000 0001"})
    row = queries.record(wang, made.identity).row
    assert made.identity.startswith("SH-IT-0001-")
    assert (row.name, row.values["region"]) == (VALUES["name"], "310000")
    assert row.owner is not None
    assert row.owner.id == wang.user_id
    assert {tag.name for tag in row.tags} == {"月结", "高价值"}
    events = audit.events(kind="customers.created", subject=made.identity)
    assert len(events) == 1
    assert VALUES["name"] not in str(events[0].detail)


def test_the_same_request_makes_one_customer(wang: Viewer) -> None:
    assert _create(wang, "one") == _create(wang, "one")
    assert codes.number_of_codes() == 1


def test_all_faults_are_told_at_once_and_no_code_is_used(wang: Viewer) -> None:
    with pytest.raises(ValuesError) as refused:
        _create(wang, "one", values={"name": "", "region": "火星", "mobile": "x"})
    assert set(refused.value.faults) == {"name", "region", "mobile"}
    assert codes.number_of_codes() == 0


def test_who_may_not_create_is_refused(person: Callable[..., Viewer]) -> None:
    with pytest.raises(Refused):
        _create(person("审计员", "shenji", "auditor"), "one")


def test_only_who_assigns_makes_customers_of_others(wang: Viewer, li: Viewer) -> None:
    with pytest.raises(Refused):
        _create(wang, "one", owner=li.user_id)
    made = _create(li, "two", owner=wang.user_id)
    assert queries.record(wang, made.identity).row.owner.id == wang.user_id  # type: ignore[union-attr]


def test_changing_region_and_industry_leaves_the_code(wang: Viewer, hengyue: str) -> None:
    changed = services.update(wang, hengyue, {"region": "上海", "industry": "金融业"}, version=1, at=LATER)
    assert set(changed.fields) == {"region", "industry"}
    row = queries.record(wang, hengyue).row
    assert (row.identity, row.values["region"], row.version) == (hengyue, "310000", changed.version)
    told = {(one.field, one.old, one.new) for one in queries.history(wang, hengyue).items}
    assert ("region", "北京市海淀区", "上海市") in told


def test_only_the_same_fields_conflict(wang: Viewer, li: Viewer, hengyue: str) -> None:
    services.update(li, hengyue, {"source": "老客户介绍"}, version=1, at=NOON)
    services.update(wang, hengyue, {"notes": "要发票"}, version=1, at=LATER)
    with pytest.raises(ConflictError) as refused:
        services.update(wang, hengyue, {"source": "展会"}, version=1, at=LATER)
    (conflict,) = refused.value.conflicts
    assert (conflict.field, conflict.theirs, conflict.actor) == ("source", "老客户介绍", li.actor)
    services.update(wang, hengyue, {"source": "展会"}, version=refused.value.version, at=LATER)
    assert queries.record(wang, hengyue).row.values["source"] == "展会"


def test_the_same_change_by_two_is_no_conflict(wang: Viewer, li: Viewer, hengyue: str) -> None:
    services.update(li, hengyue, {"source": "展会"}, version=1, at=NOON)
    assert services.update(wang, hengyue, {"source": "展会"}, version=1, at=LATER).fields == ()


def test_a_covered_value_given_back_stays(wang: Viewer, li: Viewer, hengyue: str) -> None:
    shown = queries.record(wang, hengyue).row
    assert "mobile" in shown.masked
    services.update(wang, hengyue, {"mobile": shown.values["mobile"], "source": "展会"}, version=1, at=LATER)
    assert queries.record(li, hengyue).row.values["mobile"] == "13800001234"


def test_beyond_reach_there_is_no_customer(stranger: Viewer, hengyue: str) -> None:
    for act in (
        lambda: queries.record(stranger, hengyue),
        lambda: queries.history(stranger, hengyue),
        lambda: queries.tree(stranger, hengyue),
        lambda: services.update(stranger, hengyue, {"source": "x"}, version=1, at=NOON),
        lambda: services.move(stranger, hengyue, None, at=NOON),
        lambda: services.add_contact(stranger, hengyue, {"contact_name": "x"}, at=NOON),
        lambda: services.reveal(stranger, hengyue, "mobile", reason="contact", at=NOON),
        lambda: services.claim(stranger, [hengyue], at=NOON),
        lambda: services.tag(stranger, [hengyue], ["x"], at=NOON),
    ):
        with pytest.raises(UnknownCustomerError):
            act()


def test_a_family_has_no_circles(wang: Viewer, new_customer: NewCustomer) -> None:
    top, middle, leaf = (new_customer(name=f"甲乙丙{number}") for number in range(3))
    services.move(wang, middle, top, at=NOON)
    services.move(wang, leaf, middle, at=NOON)
    for below in (top, middle, leaf):
        with pytest.raises(TreeError):
            services.move(wang, top, below, at=NOON)
    tree = queries.tree(wang, leaf)
    assert (tree.identity, tree.children[0].identity, tree.children[0].children[0].is_self) == (top, middle, True)
    services.move(wang, middle, None, at=LATER)
    assert queries.record(wang, middle).row.parent is None


def test_one_covered_value_is_shown_and_logged(wang: Viewer, hengyue: str) -> None:
    (contact,) = queries.record(wang, hengyue).contacts
    assert contact.mobile != "13800001234"
    assert services.reveal(wang, hengyue, "mobile", contact_id=contact.id, reason="contact", at=NOON) == "13800001234"
    (event,) = audit.events(kind="customers.revealed", subject=hengyue)
    assert "13800001234" not in str(event.detail)
