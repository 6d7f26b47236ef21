"""Calls, visits and remarks on one timeline; follow-ups; who was named."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from kehuma.apps.audit import queries as audit
from kehuma.apps.customers import queries as customers
from kehuma.apps.customers import services as customer_services
from kehuma.apps.customers.errors import UnknownCustomerError
from kehuma.apps.interactions import queries, services
from kehuma.apps.interactions.errors import InteractionError
from kehuma.lib.viewer import Refused, Viewer

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
TODAY = date(2026, 11, 22)


def _texts(viewer: Viewer, code: str, **asked: object) -> list[str]:
    return [one.text for one in queries.timeline(viewer, code, **asked).entries]  # type: ignore[arg-type]


def test_what_happened_stands_on_the_timeline_newest_first(wang: Viewer, hengyue: str) -> None:
    services.note(wang, hengyue, " 想到一件事 ", at=NOON)
    services.log(wang, hengyue, "call", "打过电话", happened_at=NOON - timedelta(hours=1), at=NOON)
    services.log(wang, hengyue, "visit", "", at=NOON + timedelta(hours=1))
    found = queries.timeline(wang, hengyue).entries
    assert [(one.kind, one.text, one.actor_name) for one in found] == [
        ("visit", "", "小王"), ("note", "想到一件事", "小王"), ("call", "打过电话", "小王"),
    ]  # fmt: skip
    assert _texts(wang, hengyue, kinds=("note",)) == ["想到一件事"]


def test_pages_of_the_timeline_leave_nothing_out(wang: Viewer, hengyue: str) -> None:
    for number in range(7):
        services.note(wang, hengyue, str(number), at=NOON + timedelta(seconds=number // 2))
    seen, after = [], ""
    while True:
        page = queries.timeline(wang, hengyue, after=after, limit=3)
        seen += [one.text for one in page.entries]
        after = page.next
        if not after:
            break
    assert seen == ["6", "5", "4", "3", "2", "1", "0"]
    assert len(queries.timeline(wang, hengyue, after="damaged").entries) == 7


def test_noting_moves_the_last_activity_and_leaves_an_event_without_the_text(wang: Viewer, hengyue: str) -> None:
    later = NOON + timedelta(days=3)
    services.log(wang, hengyue, "call", "谈了价格", at=later)
    assert customers.record(wang, hengyue).row.last_activity_at == later
    event = audit.events(kind="interactions.noted", subject=hengyue)[0]
    assert event.detail["kind"] == "call"
    assert "谈了价格" not in str(event.detail)


@pytest.mark.parametrize("kind", ["call", "visit", "mail", "message", "note"])
def test_whoever_deals_with_a_customer_keeps_it(admin: Viewer, wang: Viewer, hengyue: str, kind: str) -> None:
    services.log(wang, hengyue, kind, "", at=NOON + timedelta(days=50))
    assert customer_services.return_idle(admin, days=90, at=NOON + timedelta(days=139)) == 0
    assert customer_services.return_idle(admin, days=90, at=NOON + timedelta(days=141)) == 1


def test_an_old_call_noted_late_does_not_move_it_back(wang: Viewer, hengyue: str) -> None:
    services.log(wang, hengyue, "call", "", happened_at=NOON - timedelta(days=9), at=NOON)
    assert customers.record(wang, hengyue).row.last_activity_at == NOON


def test_beyond_reach_nothing_is_read_or_noted(stranger: Viewer, hengyue: str) -> None:
    with pytest.raises(UnknownCustomerError):
        queries.timeline(stranger, hengyue)
    with pytest.raises(UnknownCustomerError):
        services.note(stranger, hengyue, "?", at=NOON)
    with pytest.raises(UnknownCustomerError):
        services.plan(stranger, hengyue, TODAY, "?", at=NOON)


def test_who_only_reads_notes_nothing(person: object, hengyue: str) -> None:
    auditor = person("审计员", "shenji", "auditor")  # type: ignore[operator]
    with pytest.raises(Refused):
        services.note(auditor, hengyue, "?", at=NOON)


@pytest.mark.parametrize(
    ("kind", "text"), [pytest.param("fax", "x", id="kind"), pytest.param("call", "x" * 5001, id="length")]
)
def test_what_cannot_be_noted_is_explained(wang: Viewer, hengyue: str, kind: str, text: str) -> None:
    with pytest.raises(InteractionError) as refused:
        services.log(wang, hengyue, kind, text, at=NOON)
    assert refused.value.say("zh")
    assert refused.value.say("en")


def test_a_contact_of_another_customer_is_refused(wang: Viewer, hengyue: str) -> None:
    with pytest.raises(InteractionError):
        services.log(wang, hengyue, "call", "", contact_id=10**6, at=NOON)


def test_only_its_author_changes_or_removes_an_entry(wang: Viewer, li: Viewer, hengyue: str) -> None:
    made = services.note(wang, hengyue, "写错了", at=NOON)
    for uuid, viewer in ((made.uuid, li), (uuid4(), wang)):
        with pytest.raises(InteractionError):
            services.remove(viewer, uuid, at=NOON)
    services.change(wang, made.uuid, "写对了", at=NOON)
    assert _texts(wang, hengyue) == ["写对了"]
    services.remove(wang, made.uuid, at=NOON)
    assert _texts(wang, hengyue) == []


def test_who_is_named_is_told_until_it_was_read(wang: Viewer, li: Viewer, hengyue: str) -> None:
    services.note(wang, hengyue, "@李经理 @小王 注意开票抬头", at=NOON)
    assert (queries.unread_count(li), queries.unread_count(wang)) == (1, 0)
    assert [(one.identity, one.actor_name, one.is_read) for one in queries.mentions(li)] == [(hengyue, "小王", False)]
    services.read_mentions(li, at=NOON)
    assert queries.unread_count(li) == 0
    assert queries.mentions(li) == []
    assert len(queries.mentions(li, unread=False)) == 1


def test_named_beyond_reach_tells_nothing_of_the_customer(wang: Viewer, stranger: Viewer, hengyue: str) -> None:
    services.note(wang, hengyue, "@外人 看看", at=NOON)
    assert queries.unread_count(stranger) == 0
    assert queries.mentions(stranger, unread=False) == []


def test_changing_a_remark_tells_the_new_people_and_forgets_the_old(
    wang: Viewer, li: Viewer, admin: Viewer, hengyue: str
) -> None:
    made = services.note(wang, hengyue, "@李经理", at=NOON)
    services.change(wang, made.uuid, "@林静怡", at=NOON)
    assert (queries.unread_count(li), queries.unread_count(admin)) == (0, 1)


def test_follow_ups_stand_by_day_until_done(wang: Viewer, hengyue: str) -> None:
    for days, what in ((-2, "催款"), (0, "回访"), (5, "寄样品")):
        services.plan(wang, hengyue, TODAY + timedelta(days=days), what, at=NOON)
    found = queries.my_tasks(wang, today=TODAY)
    assert [[one.what for one in those] for those in (found.overdue, found.today, found.coming)] == [
        ["催款"], ["回访"], ["寄样品"],
    ]  # fmt: skip
    assert found.overdue[0].overdue_days == 2
    services.finish(wang, found.overdue[0].id, at=NOON)
    services.postpone(wang, found.today[0].id, TODAY + timedelta(days=1), at=NOON)
    again = queries.my_tasks(wang, today=TODAY)
    assert (again.overdue, again.today, len(again.coming)) == ([], [], 2)
    assert [one.what for one in queries.open_tasks(wang, hengyue, today=TODAY)] == ["回访", "寄样品"]


def test_a_call_can_agree_on_the_next_step(wang: Viewer, hengyue: str) -> None:
    services.log(wang, hengyue, "call", "要样品", next_at=TODAY, next_what="寄样品", at=NOON)
    assert [one.what for one in queries.my_tasks(wang, today=TODAY).today] == ["寄样品"]


def test_a_colleague_can_be_asked_to_do_something(wang: Viewer, li: Viewer, hengyue: str) -> None:
    services.plan(li, hengyue, TODAY, "回访", for_user=wang.user_id, at=NOON)
    assert [one.what for one in queries.my_tasks(wang, today=TODAY).today] == ["回访"]
    with pytest.raises(InteractionError):
        services.plan(li, hengyue, TODAY, "回访", for_user=10**6, at=NOON)


def test_what_another_has_to_do_only_its_manager_ticks_off(wang: Viewer, li: Viewer, hengyue: str) -> None:
    by_li = services.plan(li, hengyue, TODAY, "经理的事", at=NOON)
    by_wang = services.plan(wang, hengyue, TODAY, "小王的事", at=NOON)
    with pytest.raises(InteractionError):
        services.finish(wang, by_li.id, at=NOON)
    services.finish(li, by_wang.id, at=NOON)
    services.finish(li, by_wang.id, at=NOON)
    assert [one.what for one in queries.open_tasks(wang, hengyue, today=TODAY)] == ["经理的事"]


def test_a_customer_in_the_bin_can_be_read_but_not_noted_on(li: Viewer, hengyue: str) -> None:
    services.note(li, hengyue, "删除前", at=NOON)
    customer_services.delete(li, [hengyue], at=NOON)
    assert _texts(li, hengyue) == ["删除前"]
    with pytest.raises(UnknownCustomerError):
        services.note(li, hengyue, "删除后", at=NOON)
