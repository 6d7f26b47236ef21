"""A person may ask that its data is only kept: then nothing is done with it, and its code works as before."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import pytest

from kehuma.apps.audit import queries as audit
from kehuma.apps.codes import queries as codes
from kehuma.apps.customers import plain, queries, services
from kehuma.apps.customers.errors import CustomerError, FieldError, RestrictedError
from kehuma.apps.interactions import services as interactions
from kehuma.lib.viewer import Refused, Viewer

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
NewCustomer = Callable[..., str]


@pytest.fixture
def left_alone(new_customer: NewCustomer, admin: Viewer) -> str:
    """The code of 张晓丰, who contests what is kept."""
    code = new_customer(kind="person", name="张晓丰", mobile="13755556666")
    services.restrict(admin, code, reason="contested", at=NOON)
    return code


def test_nothing_is_done_with_a_restricted_record(admin: Viewer, wang: Viewer, left_alone: str) -> None:
    contact = queries.record(wang, left_alone).contacts[0].id
    acts: list[Callable[[], object]] = [
        lambda: services.update(wang, left_alone, {"notes": "x"}, version=2, at=NOON),
        lambda: services.add_contact(wang, left_alone, {"mobile": "13900001111"}, at=NOON),
        lambda: services.change_contact(wang, contact, {"mobile": "13900001111"}, at=NOON),
        lambda: services.remove_contact(wang, contact, at=NOON),
        lambda: services.add_identifier(wang, left_alone, "passport", "E12345678", at=NOON),
        lambda: services.move(wang, left_alone, None, at=NOON),
        lambda: services.release(wang, [left_alone], at=NOON),
        lambda: services.hand_over(admin, [left_alone], admin.user_id or 0, at=NOON),
        lambda: services.delete(admin, [left_alone], at=NOON),
        lambda: services.tag(wang, [left_alone], ["重点"], at=NOON),
        lambda: services.bulk_edit(wang, [left_alone], {"source": "展会"}, at=NOON),
        lambda: services.attach(wang, left_alone, "a.txt", BytesIO(b"1"), at=NOON),
        lambda: services.reveal(wang, left_alone, "mobile", reason="contact", at=NOON),
        lambda: interactions.note(wang, left_alone, "打过电话", at=NOON),
        lambda: interactions.plan(wang, left_alone, date(2026, 12, 1), "回访", at=NOON),
    ]
    for act in acts:
        with pytest.raises(RestrictedError):
            act()
    assert queries.record(wang, left_alone).may == {"withdraw"}
    assert [one.field for one in queries.history(wang, left_alone).items] == ["restricted_for"]


def test_outsiders_are_told_nothing_of_it(admin: Viewer, left_alone: str, new_customer: NewCustomer) -> None:
    other = new_customer(name="上海澄明供应链管理有限公司")
    fields = [queries.fields()["region"]]
    assert [row.identity for rows in plain.plain_rows(admin, fields) for row in rows] == [other]
    assert left_alone in set(plain.identities(admin))


def test_the_record_is_shown_and_its_code_works(admin: Viewer, wang: Viewer, left_alone: str) -> None:
    row = queries.record(wang, left_alone).row
    assert (row.restricted_at, row.restricted_for) == (NOON, "contested")
    assert codes.resolve(left_alone).found
    assert queries.find(wang, left_alone) == left_alone
    assert services.reveal(admin, left_alone, "mobile", reason="answer", at=NOON) == "13755556666"
    assert services.subject_export(admin, left_alone, at=NOON)["values"]["name"] == "张晓丰"


def test_lists_for_action_leave_it_out(wang: Viewer, left_alone: str, new_customer: NewCustomer) -> None:
    other = new_customer(name="别人有限公司")
    seen = queries.visible(wang)
    assert {one.code_id for one in seen} == {left_alone, other}
    assert [one.code_id for one in queries.usable(seen)] == [other]


def test_nobody_loses_it_to_the_public_pool(admin: Viewer, left_alone: str) -> None:
    assert services.return_idle(admin, days=1, at=NOON + timedelta(days=400)) == 0
    assert queries.record(admin, left_alone).row.owner is not None


def test_an_import_leaves_it_as_it_is(admin: Viewer, left_alone: str) -> None:
    batch = services.begin_batch(admin, "import", "名单", at=NOON)
    import_ = services.Import(admin, scheme="region-industry", source="名单", batch=batch.uuid, at=NOON)
    (refused,) = import_.update([(left_alone, {"source": "展会"})])
    assert refused.kind == "rejected"
    assert isinstance(refused.faults["code"], RestrictedError)


def test_what_was_changed_together_stays_when_it_is_undone(
    admin: Viewer, wang: Viewer, new_customer: NewCustomer
) -> None:
    both = [new_customer(name="甲有限公司"), new_customer(name="乙有限公司")]
    batch = services.bulk_edit(wang, both, {"source": "展会"}, at=NOON)
    services.restrict(admin, both[0], reason="objected", at=NOON)
    undone = services.undo(wang, batch.uuid, at=NOON)
    assert (undone.reverted, undone.kept) == (1, ((both[0], "source"),))


def test_it_is_lifted_or_erased_and_each_leaves_an_event(admin: Viewer, wang: Viewer, left_alone: str) -> None:
    with pytest.raises(CustomerError, match="is restricted already"):
        services.restrict(admin, left_alone, reason="claims", at=NOON)
    services.lift(admin, left_alone, at=NOON)
    with pytest.raises(CustomerError, match="is not restricted"):
        services.lift(admin, left_alone, at=NOON)
    services.update(wang, left_alone, {"source": "展会"}, version=3, at=NOON)
    services.restrict(admin, left_alone, reason="claims", at=NOON)
    services.erase(admin, left_alone, reason="request", at=NOON)
    kinds = [event.kind for event in audit.events(subject=left_alone)]
    assert kinds.count("customers.restricted") == 2
    assert kinds.count("customers.restriction-lifted") == 1
    told = next(one for one in queries.history(admin, left_alone).items if one.field == "restricted_for")
    assert told.new == "已不需要，但本人维权还要用"


def test_a_reason_is_chosen_and_only_who_answers_persons_restricts(
    admin: Viewer, wang: Viewer, new_customer: NewCustomer
) -> None:
    code = new_customer(name="甲有限公司")
    with pytest.raises(FieldError):
        services.restrict(admin, code, reason="因为", at=NOON)
    for act in (services.lift, lambda *told, **more: services.restrict(*told, reason="claims", **more)):
        with pytest.raises(Refused):
            act(wang, code, at=NOON)
