"""One customer: contacts, numbers, family, history, the recycle bin, who sees what."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kehuma.apps.access import queries as access
from kehuma.apps.access import services as access_services
from kehuma.apps.audit import queries as audit
from kehuma.apps.codes import queries as codes
from kehuma.apps.customers import queries, services
from kehuma.apps.customers.errors import (
    FieldError,
    InBinError,
    OwnerError,
    TreeError,
    UnknownCustomerError,
    UnknownError,
    ValuesError,
)
from kehuma.lib.viewer import Refused, Viewer

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
NewCustomer = Callable[..., str]


def test_contacts_come_go_and_change_places(li: Viewer, hengyue: str) -> None:
    second = services.add_contact(li, hengyue, {"contact_name": "何建军", "phone": "010-62551234"}, at=NOON)
    services.make_primary(li, second, at=NOON)
    assert [one.name for one in queries.record(li, hengyue).contacts] == ["何建军", "孙莉"]
    services.change_contact(li, second, {"contact_role": "技术总监"}, at=NOON)
    assert queries.record(li, hengyue).row.values["contact_role"] == "技术总监"
    services.remove_contact(li, second, at=NOON)
    (left,) = queries.record(li, hengyue).contacts
    assert (left.name, left.is_primary) == ("孙莉", True)
    assert queries.search(li, "何建军") == []
    with pytest.raises(UnknownError):
        services.remove_contact(li, second, at=NOON)


def test_a_contact_of_nothing_is_refused(li: Viewer, hengyue: str) -> None:
    for values in ({}, {"contact_name": ""}, {"mobile": "12"}, {"name": "别名"}):
        with pytest.raises(ValuesError):
            services.add_contact(li, hengyue, values, at=NOON)


def test_covered_numbers_of_a_contact_given_back_stay(wang: Viewer, li: Viewer, hengyue: str) -> None:
    (shown,) = queries.record(wang, hengyue).contacts
    assert shown.mobile == "138****1234"
    services.change_contact(wang, shown.id, {"mobile": shown.mobile, "contact_role": "采购"}, at=NOON)
    (seen,) = queries.record(li, hengyue).contacts
    assert (seen.mobile, seen.role) == ("13800001234", "采购")


def test_numbers_of_authorities_are_checked_and_sensitive_ones_covered(admin: Viewer, hengyue: str) -> None:
    with pytest.raises(FieldError):
        services.add_identifier(admin, hengyue, "uscc", "91110108551385083Q", at=NOON)
    with pytest.raises(FieldError):
        services.add_identifier(admin, hengyue, "colour", "红", at=NOON)
    services.add_identifier(admin, hengyue, "passport", "E12345678", at=NOON)
    (one,) = queries.record(admin, hengyue).identifiers
    assert (one.value, one.is_masked) == ("E****5678"[:1] + one.value[1:], True)
    assert "12345678" not in one.value
    assert [hit.identity for hit in queries.search(admin, "E12345678")] == [hengyue]
    services.remove_identifier(admin, hengyue, one.id, at=NOON)
    assert queries.record(admin, hengyue).identifiers == []


def test_a_sensitive_number_is_found_only_by_who_may_see_it(admin: Viewer, li: Viewer, hengyue: str) -> None:
    services.add_identifier(admin, hengyue, "passport", "E12345678", at=NOON)
    assert queries.search(li, "E12345678") == []
    assert services.reveal(admin, hengyue, "passport", reason="contact", at=NOON) == "E12345678"
    with pytest.raises(Refused):
        services.reveal(li, hengyue, "passport", reason="contact", at=NOON)


def test_what_was_shown_leaves_an_event_without_the_value(admin: Viewer, hengyue: str) -> None:
    services.reveal(admin, hengyue, "mobile", reason="contact", at=NOON)
    (event,) = audit.events(kind="customers.revealed")
    assert (event.subject, event.actor) == (hengyue, admin.actor)
    assert event.detail["reason"] == "contact"
    assert "13800001234" not in str(event.detail)


def test_a_reason_in_ones_own_words_goes_with_the_customer(
    admin: Viewer, wang: Viewer, li: Viewer, hengyue: str
) -> None:
    services.reveal(li, hengyue, "mobile", reason="孙莉的退款没有到账", at=NOON)
    (event,) = audit.events(kind="customers.revealed")
    assert event.detail["reason"] == "own-words"
    assert "孙莉" not in str(event.detail)
    reader = replace(admin, permissions=admin.permissions | {"audit.view"})
    assert queries.reason_of(reader, event.uuid) == "孙莉的退款没有到账"
    assert queries.reason_of(replace(reader, sees=frozenset({"public", "internal"})), event.uuid) == ""
    assert queries.reason_of(replace(reader, scope="own", user_id=0), event.uuid) == ""
    with pytest.raises(Refused):
        queries.reason_of(wang, event.uuid)
    services.erase(admin, hengyue, reason="request", at=NOON)
    assert "孙莉" not in queries.reason_of(reader, event.uuid)


def test_nothing_is_shown_without_a_reason(admin: Viewer, hengyue: str) -> None:
    with pytest.raises(FieldError, match="why you need"):
        services.reveal(admin, hengyue, "mobile", reason="  ", at=NOON)
    assert audit.events(kind="customers.revealed") == []


def test_history_covers_what_the_record_covers(wang: Viewer, li: Viewer, hengyue: str) -> None:
    services.update(li, hengyue, {"mobile": "13911112222", "source": "展会"}, version=1, at=NOON)
    seen = {row.field: row for row in queries.history(li, hengyue).items}
    assert (seen["mobile"].old, seen["mobile"].new) == ("13800001234", "13911112222")
    covered = {row.field: row for row in queries.history(wang, hengyue).items}
    assert (covered["mobile"].old, covered["mobile"].new) == ("138****1234", "139****2222")
    assert (covered["source"].old, covered["source"].new, covered["source"].actor) == ("", "展会", li.actor)


def test_history_goes_back_page_by_page(li: Viewer, hengyue: str) -> None:
    for number in range(5):
        row = queries.record(li, hengyue).row
        services.update(
            li, hengyue, {"source": f"来源{number}"}, version=row.version, at=NOON + timedelta(minutes=number)
        )
    first = queries.history(li, hengyue, limit=2)
    rest = queries.history(li, hengyue, limit=9, before=first.next)
    assert [row.new for row in (*first.items, *rest.items)] == [f"来源{number}" for number in (4, 3, 2, 1, 0)]
    assert rest.next == ""
    assert queries.history(li, hengyue, before="'; --").items


def test_history_tells_owners_tags_and_the_bin(li: Viewer, stranger: Viewer, admin: Viewer, hengyue: str) -> None:
    services.hand_over(li, [hengyue], stranger.user_id or 0, at=NOON)
    services.tag(admin, [hengyue], ["月结"], at=NOON)
    services.delete(admin, [hengyue], at=NOON)
    services.restore(admin, [hengyue], at=NOON)
    told = {row.field: row for row in queries.history(admin, hengyue).items}
    assert (told["owner"].old, told["owner"].new) == ("小王", "外人")
    assert told["tags"].new == "月结"
    assert "deleted_at" in told


def test_in_the_bin_nothing_changes_and_the_code_stays_used(
    admin: Viewer, hengyue: str, new_customer: NewCustomer
) -> None:
    services.delete(admin, [hengyue], at=NOON)
    with pytest.raises(InBinError):
        services.update(admin, hengyue, {"source": "展会"}, version=2, at=NOON)
    with pytest.raises(InBinError):
        services.restore(admin, [new_customer()], at=NOON)
    assert codes.resolve(hengyue).found
    assert queries.record(admin, hengyue).may == {"restore"}
    assert new_customer() != hengyue
    services.restore(admin, [hengyue], at=NOON)
    assert queries.record(admin, hengyue).row.deleted_at is None


def test_the_family_is_told_from_the_top(wang: Viewer, stranger: Viewer, new_customer: NewCustomer) -> None:
    head, branch, other = (
        new_customer(),
        new_customer(name="上海分公司"),
        new_customer(by=stranger, name="别人的分公司"),
    )
    services.move(wang, branch, head, at=NOON)
    with pytest.raises(UnknownCustomerError):
        services.move(wang, other, head, at=NOON)
    with pytest.raises(TreeError):
        services.move(wang, head, branch, at=NOON)
    with pytest.raises(TreeError):
        services.move(wang, head, head, at=NOON)
    tree = queries.tree(wang, branch)
    assert (tree.identity, [(child.identity, child.is_self) for child in tree.children]) == (head, [(branch, True)])
    assert [one.code_id for one in queries.filtered(wang, {"parent": head})] == [branch]
    services.move(wang, branch, None, at=NOON)
    assert queries.tree(wang, branch).children == ()


def test_in_the_public_pool_it_is_read_but_not_changed(wang: Viewer, stranger: Viewer, hengyue: str) -> None:
    services.release(wang, [hengyue], at=NOON)
    record = queries.record(stranger, hengyue)
    assert record.may == {"claim"}
    with pytest.raises(OwnerError):
        services.update(stranger, hengyue, {"source": "展会"}, version=2, at=NOON)


def test_a_sales_person_sees_whom_it_serves_but_not_their_numbers(wang: Viewer, new_customer: NewCustomer) -> None:
    code = new_customer(kind="person", name="张晓丰", contact_name="孙莉")
    record = queries.record(wang, code)
    assert (record.row.name, record.contacts[0].name, record.contacts[0].mobile) == ("张晓丰", "孙莉", "138****1234")
    assert [hit.name for hit in queries.search(wang, "晓丰")] == ["张晓丰"]
    assert [hit.name for hit in queries.search(wang, "孙莉")] == ["张晓丰"]


def test_an_organisation_may_cover_the_names_of_persons(
    wang: Viewer, li: Viewer, admin: Viewer, new_customer: NewCustomer
) -> None:
    code = new_customer(kind="person", name="张晓丰", contact_name="孙莉")
    enterprise = new_customer(contact_name="张晓丰")
    access_services.set_person_names(admin, "personal", at=NOON)
    wang, li = (access.viewer(viewer.user_id or 0) for viewer in (wang, li))
    record = queries.record(wang, code)
    assert (record.row.name, record.contacts[0].name) == ("张**", "孙*")
    assert queries.record(wang, enterprise).row.name == "北京衡岳数据技术有限公司"
    assert queries.record(li, code).row.name == "张晓丰"
    # Who types the whole name knows it; a part of it would find it out.
    assert [hit.name for hit in queries.search(wang, "张晓丰")] == ["张**"]
    assert [hit.name for part in ("晓丰", "张晓", "zxf", "孙莉") for hit in queries.search(wang, part)] == []
    assert {hit.name for hit in queries.search(li, "晓丰")} == {"张晓丰"}
    assert [one.detail for one in audit.events(kind="access.person-names-classed")] == [{"class": "personal"}]


def test_only_who_manages_settings_says_who_sees_the_names_of_persons(li: Viewer) -> None:
    with pytest.raises(Refused):
        access_services.set_person_names(li, "personal", at=NOON)
