"""Owners, tags and values of several customers at once; imports; all of it can be taken back."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest

from kehuma.apps.audit import queries as audit
from kehuma.apps.codes import queries as codes
from kehuma.apps.codes import services as codes_services
from kehuma.apps.customers import binning, queries, services
from kehuma.apps.customers.errors import (
    CustomerError,
    FileError,
    OwnerError,
    UndoneError,
    UnknownCustomerError,
    UnknownError,
    ValuesError,
)
from kehuma.apps.customers.fields import Choice
from kehuma.lib.viewer import Refused, Viewer

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
LATER = NOON + timedelta(days=100)
NewCustomer = Callable[..., str]


def _owner(viewer: Viewer, code: str) -> int | None:
    owner = queries.record(viewer, code).row.owner
    return owner.id if owner else None


@pytest.fixture
def two(new_customer: NewCustomer) -> list[str]:
    """Two customers of 小王."""
    return [new_customer(), new_customer(name="上海澄明供应链管理有限公司", region="上海", mobile="")]


def test_customers_go_to_the_pool_and_to_who_takes_them(wang: Viewer, stranger: Viewer, two: list[str]) -> None:
    services.release(wang, two, at=NOON)
    services.claim(stranger, two[:1], at=NOON)
    assert _owner(stranger, two[0]) == stranger.user_id
    with pytest.raises(CustomerError):
        services.claim(wang, two, at=NOON)
    assert _owner(wang, two[1]) is None, "all or nothing"
    services.claim(wang, two[1:], at=NOON)
    with pytest.raises(OwnerError):
        services.claim(wang, two[1:], at=NOON)


def test_a_hand_over_can_be_taken_back(
    wang: Viewer, li: Viewer, stranger: Viewer, admin: Viewer, two: list[str]
) -> None:
    with pytest.raises(Refused):
        services.hand_over(wang, two, li.user_id or 0, at=NOON)
    batch = services.hand_over(li, two, stranger.user_id or 0, at=NOON)
    assert _owner(admin, two[0]) == stranger.user_id
    undone = services.undo(li, batch.uuid, at=NOON)
    assert (undone.reverted, list(undone.kept)) == (2, [])
    assert _owner(admin, two[0]) == wang.user_id
    with pytest.raises(UndoneError):
        services.undo(li, batch.uuid, at=NOON)


def test_nothing_goes_to_nobody(li: Viewer, two: list[str]) -> None:
    with pytest.raises(UnknownError):
        services.hand_over(li, two, 10**6, at=NOON)


def test_idle_customers_return_to_the_pool(admin: Viewer, wang: Viewer, two: list[str]) -> None:
    services.touch(queries.record(wang, two[0]).row.id, at=LATER - timedelta(days=1))
    assert services.return_idle(admin, days=90, at=LATER) == 1
    assert (_owner(admin, two[0]), _owner(admin, two[1])) == (wang.user_id, None)


@pytest.mark.parametrize(
    "act",
    [
        lambda who, code, at: services.bulk_edit(who, [code], {"source": "展会"}, add_tags=["月结"], at=at),
        lambda who, code, at: services.update(who, code, {"region": "上海"}, version=1, at=at),
        lambda who, code, at: services.tag(who, [code], ["月结"], at=at),
        lambda who, code, at: services.add_contact(who, code, {"contact_name": "何建军"}, at=at),
        lambda who, code, at: services.add_identifier(who, code, "own_number", "K-1", system="旧系统", at=at),
        lambda who, code, at: services.attach(who, code, "合同.txt", BytesIO(b"1"), media_type="text/plain", at=at),
        lambda who, code, at: (services.delete(who, [code], at=at), services.restore(who, [code], at=at)),
    ],
    ids=["bulk edit", "field", "tag", "contact", "number", "file", "bin"],
)
def test_correcting_a_record_is_no_contact_with_the_customer(
    admin: Viewer, two: list[str], act: Callable[[Viewer, str, datetime], object]
) -> None:
    act(admin, two[0], LATER)
    assert queries.record(admin, two[0]).row.last_activity_at == NOON
    assert services.return_idle(admin, days=90, at=LATER) == 2


def test_every_customer_of_a_large_deletion_stands_in_the_log(
    admin: Viewer, two: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binning, "_TOLD_AT_ONCE", 1)
    services.delete(admin, two, at=LATER)
    told = audit.events(kind="customers.deleted")
    assert sorted(code for one in told for code in one.detail["codes"]) == sorted(
        str(codes.resolve(one).identity) for one in two
    )
    assert [one.detail["customers"] for one in told] == [1, 1]


def test_who_gets_a_customer_has_all_the_days_again(admin: Viewer, wang: Viewer, li: Viewer, two: list[str]) -> None:
    services.hand_over(li, two[:1], li.user_id or 0, at=LATER - timedelta(days=1))
    services.release(wang, two[1:], at=NOON)
    services.claim(wang, two[1:], at=LATER - timedelta(days=1))
    assert services.return_idle(admin, days=90, at=LATER) == 0
    # Into the pool nobody deals with it; there the days go on.
    services.release(wang, two[1:], at=LATER)
    assert queries.record(admin, two[1]).row.last_activity_at == LATER - timedelta(days=1)


def test_a_bulk_edit_does_what_its_preview_said_and_can_be_taken_back(wang: Viewer, two: list[str]) -> None:
    asked: dict[str, Any] = {"source": "展会"}
    seen = services.preview_bulk(wang, two, asked, add_tags=["月结"])
    assert (seen.count, seen.changed) == (2, 2)
    assert queries.record(wang, two[0]).row.values["source"] == ""
    batch = services.bulk_edit(wang, two, asked, add_tags=["月结"], at=NOON)
    rows = [queries.record(wang, code).row for code in two]
    assert [(row.values["source"], row.values["tags"]) for row in rows] == [("展会", ["月结"])] * 2
    services.update(wang, two[0], {"source": "网站"}, version=rows[0].version, at=NOON)
    undone = services.undo(wang, batch.uuid, at=NOON)
    assert list(undone.kept) == [(two[0], "source")]
    rows = [queries.record(wang, code).row for code in two]
    assert [(row.values["source"], row.values["tags"]) for row in rows] == [("网站", []), ("", [])]


def test_a_bad_bulk_edit_changes_nobody(wang: Viewer, two: list[str]) -> None:
    assert "region" in services.preview_bulk(wang, two, {"region": "火星"}).faults
    with pytest.raises(ValuesError):
        services.bulk_edit(wang, two, {"region": "火星"}, at=NOON)


def test_one_beyond_reach_and_nothing_happens(wang: Viewer, two: list[str]) -> None:
    with pytest.raises(UnknownCustomerError):
        services.tag(wang, [*two, "BJ-IT-9999-X"], ["月结"], at=NOON)
    assert queries.tags() == [] or all(tag.count == 0 for tag in queries.tags(counted=True))


def test_tags_by_any_spelling_are_one(wang: Viewer, two: list[str]) -> None:
    services.tag(wang, two, ["VIP 客户"], at=NOON)
    services.tag(wang, two[:1], ["vip客户"], at=NOON)
    (tag,) = queries.tags(counted=True)
    assert (tag.name, tag.count) == ("VIP 客户", 2)
    services.untag(wang, two, ["VIP客户"], at=NOON)
    assert queries.record(wang, two[0]).row.tags == []


def test_a_field_of_ones_own_is_kept_filtered_and_retired(admin: Viewer, wang: Viewer, two: list[str]) -> None:
    services.define_field(
        admin, key="grade", zh="等级", en="Grade", type="choice", choices=[Choice("A", "A 级"), Choice("B", "B 级")],
        field_class="internal", required=False, filterable=True, at=NOON,
    )  # fmt: skip
    services.update(wang, two[0], {"grade": "A 级"}, version=1, at=NOON)
    assert [one.code_id for one in queries.filtered(wang, {"grade": "A"})] == two[:1]
    assert queries.record(wang, two[0]).row.text("grade") == "A 级"
    with pytest.raises(CustomerError):
        services.change_field(
            admin, "grade", zh="等级", en="", choices=[Choice("B", "B 级")], field_class="internal", required=False,
            filterable=True, at=NOON,
        )  # fmt: skip
    services.retire_field(admin, "grade", at=NOON)
    assert "grade" not in queries.record(wang, two[0]).row.values


_UNIT = """
kehuma = 1
name = "unit"
template = "{department}-{unit:3}"
[segments.department]
[segments.unit]
"""
_PLAIN = """
kehuma = 1
overlaps = ["unit"]
name = "plain"
template = "C-{serial:3}"
[segments.serial]
overflow = "stop"
"""


def _importing(viewer: Viewer, batch: Any = None) -> tuple[Any, Any]:
    begun = batch or services.begin_batch(viewer, "import", "客户名单", at=NOON).uuid
    return services.Import(viewer, scheme="region-industry", source="旧系统", batch=begun, at=NOON), begun


ROWS: list[tuple[str, dict[str, Any]]] = [
    (f"r{number}", {"name": f"某某{number}号公司", "region": "440305", "industry": "I", "own_number": f"K{number}"})
    for number in range(5)
]


def test_rows_become_customers_once(admin: Viewer) -> None:
    importing, _ = _importing(admin)
    done = importing.create(ROWS)
    assert [one.kind for one in done] == ["created"] * 5
    again, _ = _importing(admin)
    assert [(one.kind, one.identity) for one in again.create(ROWS)] == [("known", one.identity) for one in done]
    assert codes.number_of_codes() == 5
    assert queries.find(admin, "K3") == done[3].identity
    assert [hit.identity for hit in queries.search(admin, "某某3号")] == [done[3].identity]


def test_a_row_that_cannot_stand_does_not_hold_up_the_others(admin: Viewer) -> None:
    importing, _ = _importing(admin)
    rows = [ROWS[0], ("bad", {"name": "", "region": "440305", "industry": "I"}), ROWS[0], ROWS[1]]
    done = importing.create(rows)
    assert [one.kind for one in done] == ["created", "rejected", "known", "created"]
    assert "name" in done[1].faults


def test_rows_come_in_past_codes_that_another_rule_has_written(admin: Viewer) -> None:
    codes_services.publish(_UNIT, actor="admin", at=NOON)
    codes_services.publish(_PLAIN, actor="admin", at=NOON)
    codes_services.issue("unit", {"department": "C", "unit": "002"}, request_key="unit", actor="admin", at=NOON)
    begun = services.begin_batch(admin, "import", "客户名单", at=NOON).uuid
    importing = services.Import(admin, scheme="plain", source="旧系统", batch=begun, at=NOON)
    assert [one.identity for one in importing.create(ROWS[:3])] == ["C-001", "C-003", "C-004"]
    assert [one.identity for one in importing.create(ROWS[3:])] == ["C-005", "C-006"]
    assert queries.visible(admin).count() == 5


def test_an_import_is_undone_and_done_once_more_with_the_same_codes(admin: Viewer) -> None:
    importing, batch = _importing(admin)
    done = importing.create(ROWS)
    row = queries.record(admin, done[0].identity).row
    services.update(admin, row.identity, {"source": "后来改的"}, version=row.version, at=NOON)
    undone = services.undo(admin, batch, at=NOON)
    assert undone.reverted == 4
    assert [code for code, _ in undone.kept] == [done[0].identity]
    again, _ = _importing(admin)
    assert sorted(one.identity for one in again.create(ROWS)) == sorted(one.identity for one in done)
    assert queries.visible(admin).count() == 5
    assert codes.number_of_codes() == 5


def test_an_import_changes_those_that_are_there(admin: Viewer, hengyue: str) -> None:
    importing, batch = _importing(admin)
    rows = [(hengyue, {"source": "展会"}), (hengyue, {"notes": "要发票"}), ("BJ-IT-9999-X", {"source": "展会"})]
    assert [one.kind for one in importing.update(rows)] == ["updated", "updated", "rejected"]
    assert queries.record(admin, hengyue).row.values["notes"] == "要发票"
    services.undo(admin, batch, at=NOON)
    assert queries.record(admin, hengyue).row.values["source"] == ""


def test_a_chunk_is_one_event_without_names(admin: Viewer) -> None:
    importing, batch = _importing(admin)
    importing.create(ROWS)
    found = [one for one in audit.events(limit=50) if one.subject == str(batch) or one.kind == "customers.imported"]
    assert found
    assert "某某" not in str([one.detail for one in found])


def test_who_may_not_import_is_refused(wang: Viewer) -> None:
    with pytest.raises(Refused):
        _importing(wang)


def test_files_are_kept_and_let_go(wang: Viewer, stranger: Viewer, hengyue: str) -> None:
    row = services.attach(wang, hengyue, "合同.pdf", BytesIO(b"%PDF"), media_type="application/pdf", at=NOON)
    kept, content = queries.attachment(wang, row.uuid)
    with content:
        assert (kept.name, content.read()) == ("合同.pdf", b"%PDF")
    with pytest.raises(UnknownError):
        queries.attachment(stranger, row.uuid)
    with pytest.raises(FileError):
        services.attach(wang, hengyue, "leer", BytesIO(b""), media_type="text/plain", at=NOON)
    services.detach(wang, row.uuid, at=NOON)
    with pytest.raises(UnknownError):
        services.detach(wang, uuid4(), at=NOON)
    assert queries.record(wang, hengyue).attachments == []
