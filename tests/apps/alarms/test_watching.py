"""What was looked up, and what the rules make of it in the store."""

import json
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from kehuma.apps.access import queries as access
from kehuma.apps.access import services as people
from kehuma.apps.alarms import counting, queries, services, telling
from kehuma.apps.alarms.errors import CanaryError, LimitError, OwnAlarmError, UnknownAlarmError
from kehuma.apps.alarms.limits import Limits
from kehuma.apps.alarms.models import Alarm, Canary, Read, Stretch, Tally
from kehuma.apps.audit import queries as audit
from kehuma.apps.audit import services as log
from kehuma.apps.codes import queries as codes
from kehuma.apps.customers import exporting
from kehuma.lib.db import rows
from kehuma.lib.viewer import Viewer, system

# Ten in the morning of a Monday, where the organisation is.
MORNING = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
Look = Callable[..., int]

DAY = timedelta(days=1)


def _rules() -> list[str]:
    return list(Alarm.objects.order_by("id").values_list("rule", flat=True))


def test_eighteen_neighbours_of_others_alarm_once_a_day_and_say_which(
    look: Look, wang: Viewer, admin: Viewer, neighbours: list[str]
) -> None:
    assert look(wang, neighbours[5:22]) == 0
    assert look(wang, neighbours[22:28]) == 1
    assert look(wang, neighbours[:5]) == 0
    alarm = queries.newest_open(admin)[0]
    said = telling.sentence(alarm.rule, alarm.facts, alarm.day, today=alarm.day, language="zh")
    assert said == f"今天查看了 {neighbours[5]} 至 {neighbours[27]} 中 23 个不属于自己的客户"
    assert alarm.name == "小王"
    assert look(wang, neighbours, at=MORNING + DAY) == 1


def test_the_order_and_the_pages_between_them_do_not_matter(look: Look, wang: Viewer, neighbours: list[str]) -> None:
    for place in (7, 3, 12, 1, 15, 9, 0, 5, 17, 2, 11, 14, 4, 8, 16, 6, 13):
        look(wang, [neighbours[place]])
    assert _rules() == []
    look(wang, [neighbours[10]])
    assert _rules() == ["neighbours"]


def test_what_is_ones_own_or_ones_teams_is_no_copying(
    look: Look, new_customer: Callable[..., str], wang: Viewer, li: Viewer, stranger: Viewer
) -> None:
    mine = [new_customer(name=f"自家{number}有限公司") for number in range(20)]
    assert look(wang, mine) == 0
    assert look(li, mine) == 0
    assert look(stranger, mine) == 1


def test_reading_the_same_again_and_again_counts_once(look: Look, wang: Viewer, neighbours: list[str]) -> None:
    for hour in range(3):
        look(wang, neighbours[:10] * 5, at=MORNING + timedelta(hours=hour))
    tally = Tally.objects.get()
    assert (tally.looked, tally.foreign) == (10, 10)


def test_codes_that_are_not_there_alarm_when_they_are_many_among_few(
    look: Look, wang: Viewer, neighbours: list[str]
) -> None:
    look(wang, neighbours[:10], misses=2)
    assert _rules() == []
    look(wang, [], misses=5)
    assert _rules() == ["misses"]
    assert Alarm.objects.get().facts == {"misses": 7, "all": 17}


def test_at_night_ten_look_ups_are_enough_and_programs_may_work_then(
    look: Look, wang: Viewer, neighbours: list[str]
) -> None:
    program = replace(wang, key=str(people.create_key(
        wang, name="ERP", permissions=["customers.view"], expires_at=MORNING + DAY, at=MORNING).uuid))  # fmt: skip
    night = MORNING + timedelta(hours=12)
    look(program, neighbours[:12], at=night)
    assert _rules() == []
    look(wang, neighbours[:12], at=night)
    assert _rules() == ["hours"]


def test_much_more_than_on_other_days_alarms_and_a_list_that_left_counts(
    look: Look, wang: Viewer, neighbours: list[str]
) -> None:
    for day in range(6):
        look(wang, neighbours[: 8 + day % 3], at=MORNING + day * DAY)
    at = MORNING + 6 * DAY
    services.watch(at)
    assert _rules() == []
    with transaction.atomic():
        exporting.testify(wang, rows=120, kind="csv", asked=[], at=at)
    log.sequence(at)
    assert services.watch(at) == 1
    assert Alarm.objects.get().facts == {"count": 120, "usual": 9, "limit": 100}
    assert services.watch(at) == 0


def test_a_canary_code_looks_like_the_others_and_alarms_however_it_is_asked_for(
    look: Look, wang: Viewer, admin: Viewer, neighbours: list[str]
) -> None:
    assert services.make_canaries(admin, "region-industry", 3, at=MORNING) == 3
    names = sorted(Canary.objects.values_list("identity", flat=True))
    assert [name[:10] for name in names] == ["BJ-IT-0031", "BJ-IT-0032", "BJ-IT-0033"]
    assert len(neighbours) == 30
    assert codes.resolve(names[0]).found
    assert not any(
        one in json.dumps(event.detail) for one in names for event in audit.events(kind="alarms.canaries-made")
    )
    look(wang, [names[0]])
    # A record page of a customer that there is not.
    counting.missed(wang, [names[1].replace("-", " ").lower()], MORNING)
    look(wang)
    look(wang, [names[0]])
    assert [(one.rule, one.about) for one in Alarm.objects.order_by("id")] == [
        ("canary", names[0]),
        ("canary", names[1]),
    ]
    assert Tally.objects.get().misses == 0
    assert {one.identity for one in queries.canaries(admin) if one.hit_at} == set(names[:2])


def test_a_scheme_without_codes_hides_no_canary(admin: Viewer, wang: Viewer) -> None:
    with pytest.raises(CanaryError) as refused:
        services.make_canaries(admin, "region-industry", 3, at=MORNING)
    assert refused.value.message == "canary-none"
    with pytest.raises(Exception, match=r"alarms\.manage"):
        services.make_canaries(wang, "region-industry", 3, at=MORNING)


def test_a_program_one_trusts_reads_in_peace_and_meets_canaries_all_the_same(
    look: Look, wang: Viewer, admin: Viewer, neighbours: list[str]
) -> None:
    key = str(people.create_key(
        wang, name="ERP", permissions=["customers.view"], expires_at=MORNING + DAY, at=MORNING).uuid)  # fmt: skip
    services.set_limits(admin, Limits(trusted=(key,)), at=MORNING)
    services.make_canaries(admin, "region-industry", 1, at=MORNING)
    look(replace(wang, key=key), [*neighbours, Canary.objects.get().identity], misses=9)
    assert _rules() == ["canary"]


def test_thresholds_hold_from_the_next_minute_on_and_refuse_nonsense(
    look: Look, wang: Viewer, admin: Viewer, neighbours: list[str]
) -> None:
    services.set_limits(admin, Limits(neighbours=5, off=("hours",)), at=MORNING)
    look(wang, neighbours[:5], at=MORNING + timedelta(hours=12))
    assert _rules() == ["neighbours"]
    told = audit.events(kind="alarms.limits-changed")[0].detail
    assert told == {"changed": {"neighbours": [18, 5], "off": [[], ["hours"]]}}
    for wrong in (Limits(neighbours=1), Limits(opens=8, closes=8), Limits(off=("weather",))):
        with pytest.raises(LimitError):
            services.set_limits(admin, wrong, at=MORNING)


def test_whoever_looks_into_an_alarm_says_so_and_not_into_ones_own(
    look: Look, admin: Viewer, person: Callable[..., Viewer], wang: Viewer, neighbours: list[str]
) -> None:
    look(wang, neighbours)
    look(admin, [], misses=9)
    theirs, own = Alarm.objects.get(reader=wang.actor), Alarm.objects.get(reader=admin.actor)
    services.acknowledge(admin, theirs.uuid, " 季度盘点，已与本人核对 ", at=MORNING)
    assert queries.alarm(admin, theirs.uuid).note == "季度盘点，已与本人核对"
    assert "盘点" not in json.dumps(
        [one.detail for one in audit.events(kind="alarms.acknowledged")], ensure_ascii=False
    )
    # Nobody else is there who could.
    services.acknowledge(admin, own.uuid, "试一试", at=MORNING)
    person("沈主管", "shenzg", "admin")
    with pytest.raises(OwnAlarmError):
        services.acknowledge(admin, own.uuid, "", at=MORNING)
    assert queries.number_open(admin) == 0
    with pytest.raises(UnknownAlarmError):
        services.acknowledge(admin, wang.actor, "", at=MORNING)  # type: ignore[arg-type]


def test_an_alarm_is_an_event_without_a_value_of_a_customer(look: Look, wang: Viewer, neighbours: list[str]) -> None:
    look(wang, neighbours)
    event = audit.events(kind="alarms.raised")[0]
    assert event.detail == {
        "rule": "neighbours", "reader": wang.actor, "day": "2026-11-23",
        "count": 30, "first": neighbours[0], "last": neighbours[-1],
    }  # fmt: skip
    assert event.actor == "kehuma"


def test_a_minute_without_look_ups_asks_little_and_writes_nothing(
    look: Look, wang: Viewer, neighbours: list[str], django_assert_num_queries: Any
) -> None:
    look(wang, neighbours)
    with django_assert_num_queries(4):
        services.watch(MORNING)


def test_look_ups_cost_the_reader_no_statement_and_are_written_all_at_once(
    wang: Viewer, neighbours: list[str], django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        counting.found(wang, neighbours, MORNING)
        counting.missed(wang, ["NO-1"], MORNING)
    # Codes, canaries, a savepoint, on PostgreSQL a lock, the rows.
    with django_assert_max_num_queries(6):
        assert counting.flush() == 31
    assert counting.flush() == 0


def test_what_could_not_be_written_waits_for_the_next_time(
    wang: Viewer, neighbours: list[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise DatabaseError("disk full")

    counting.found(wang, neighbours[:3], MORNING)
    with monkeypatch.context() as patch, caplog.at_level(logging.CRITICAL, "kehuma.alarms"):
        patch.setattr(rows, "insert", full)
        assert counting.flush() == 0
    counting.found(wang, neighbours[:5], MORNING)
    assert counting.flush() == 5


def test_whoever_looks_up_thousands_is_only_counted_beyond(
    wang: Viewer, monkeypatch: pytest.MonkeyPatch, neighbours: list[str]
) -> None:
    monkeypatch.setattr(counting, "MOST_KEPT", 10)
    counting.found(wang, neighbours, MORNING)
    counting.missed(wang, [f"NO-{number}" for number in range(25)], MORNING)
    counting.flush()
    kept = Read.objects.order_by("id").values_list("is_miss", "times")
    assert list(kept) == [*[(False, 1)] * 10, (False, 20), (True, 25)]
    services.watch(MORNING)
    assert Tally.objects.get().looked == 30


def test_our_own_work_is_watched_by_nobody(neighbours: list[str], look: Look) -> None:
    look(system("kehuma"), neighbours)
    assert not Read.objects.exists()


def test_look_ups_are_kept_for_sixty_days_and_alarms_for_good(look: Look, wang: Viewer, neighbours: list[str]) -> None:
    look(wang, neighbours)
    services.clear(MORNING + 60 * DAY)
    assert (Read.objects.count(), Stretch.objects.count()) == (30, 0)
    services.clear(MORNING + 61 * DAY)
    assert (Read.objects.count(), Tally.objects.count(), Alarm.objects.count()) == (0, 0, 1)


def test_the_day_behind_an_alarm_can_be_looked_at(
    look: Look, wang: Viewer, admin: Viewer, neighbours: list[str]
) -> None:
    look(wang, neighbours, misses=2)
    day = queries.day_of(admin, wang.actor, MORNING.date())
    assert (day.looked, day.foreign, day.misses, day.hours[10]) == (30, 30, 2, 32)
    assert day.codes[0] == (neighbours[0], 10)


def test_who_may_see_alarms_and_who_may_not(wang: Viewer, admin: Viewer, person: Callable[..., Viewer]) -> None:
    auditor = person("沈审计", "shenji", "auditor")
    assert (auditor.may("alarms.view"), auditor.may("alarms.manage")) == (True, False)
    assert admin.may("alarms.manage")
    for ask in (queries.alarms, queries.canaries):
        with pytest.raises(Exception, match=r"alarms\."):
            ask(wang)
    assert access.may_another("alarms.manage", wang.user_id)
