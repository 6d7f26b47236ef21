"""What may become of a code, with a trace for ever; reservations; hidden orders."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from kehuma.apps.audit import queries as audit
from kehuma.apps.codes import queries, services
from kehuma.apps.codes.draft_errors import UnknownCodeError
from kehuma.apps.codes.errors import (
    OtherSubjectError,
    PersonalNoteError,
    RequestConflictError,
    ReservationError,
    StateError,
    StateReasonError,
)

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
BY: Any = {"actor": "小王", "at": NOON}


@pytest.fixture
def codes(publish: Any, issue: Any) -> list[str]:
    publish("plain")
    return [issue("plain", f"r{number}").code for number in range(4)]


def reserve(key: str = "kept", until: datetime = NOON + HOUR, at: datetime = NOON) -> Any:
    return services.reserve("plain", {}, request_key=key, owner="uuid of 小王", until=until, actor="小王", at=at)


def test_a_retired_code_stays_known_with_its_trace_and_its_event(codes: list[str]) -> None:
    assert services.retire(codes[0].lower(), "closed", note="注销", **BY).state == "retired"
    assert queries.resolve(codes[0]).state == "retired"
    (change,) = queries.history(codes[0])
    assert (change.before, change.after, change.reason, change.note, change.actor) == (
        *("issued", "retired"),
        *("closed", "注销", "小王"),
    )
    (event, _) = audit.events(subject=codes[0])
    assert (event.kind, event.detail) == ("codes.retired", {"before": "issued", "reason": "closed"})


def test_a_merged_code_leads_to_the_one_that_stands_today(codes: list[str]) -> None:
    a, b, c, _ = codes
    services.merge(a, b, **BY)
    services.supersede(b, c, **BY)
    found = queries.resolve(a)
    assert (found.found, found.code, found.state, found.replaced_by) == (True, a, "merged", c)
    assert queries.resolve(c).replaced_by is None


def test_no_ring_of_codes_can_come_about(codes: list[str]) -> None:
    a, b, *_ = codes
    services.merge(a, b, **BY)
    for old, new in ((b, a), (b, b)):
        with pytest.raises(StateError):
            services.merge(old, new, **BY)
    services.reinstate(a, "mistake", **BY)
    services.merge(b, a, **BY)
    assert (queries.resolve(b).replaced_by, queries.resolve(a).replaced_by) == (a, None)


@pytest.mark.parametrize(
    ("first", "then", "is_allowed"),
    [
        ("retire", "reinstate", True),
        ("retire", "merge", True),
        ("retire", "retire", False),
        ("retire", "void", False),
        ("void", "reinstate", False),
        ("void", "retire", False),
        ("merge", "reinstate", True),
        ("merge", "retire", False),
        ("supersede", "merge", False),
        ("supersede", "reinstate", True),
    ],
)
def test_only_some_changes_follow_one_another(codes: list[str], first: str, then: str, *, is_allowed: bool) -> None:
    acts: dict[str, Any] = {
        "retire": lambda: services.retire(codes[0], "left", **BY),
        "void": lambda: services.void(codes[0], "mistake", **BY),
        "merge": lambda: services.merge(codes[0], codes[1], **BY),
        "supersede": lambda: services.supersede(codes[0], codes[1], **BY),
        "reinstate": lambda: services.reinstate(codes[0], "returned", **BY),
    }
    acts[first]()
    if is_allowed:
        acts[then]()
    else:
        with pytest.raises(StateError) as refused:
            acts[then]()
        assert codes[0] in refused.value.say("zh")
    assert len(queries.history(codes[0])) == 1 + is_allowed


def test_a_reason_that_does_not_go_with_the_change_is_refused_with_those_that_do(codes: list[str]) -> None:
    with pytest.raises(StateReasonError, match="closed, left, test, other"):
        services.retire(codes[0], "expired", **BY)


@pytest.mark.parametrize("note", ["电话 138 0013 8000", "110101199001011234", "a@example.com", "长" * 201])
def test_a_note_that_stays_for_ever_names_nobody(codes: list[str], note: str) -> None:
    with pytest.raises(PersonalNoteError):
        services.retire(codes[0], "left", note=note, **BY)
    assert queries.resolve(codes[0]).state == "issued"


def test_a_code_of_an_order_takes_no_customers_place(codes: list[str], publish: Any, issue: Any) -> None:
    publish('kehuma = 1\nname = "order"\nsubject = "order"\ntemplate = "O{serial:3}"\n')
    order = issue("order", "o")
    with pytest.raises(OtherSubjectError):
        services.merge(codes[0], order.code, **BY)
    with pytest.raises(UnknownCodeError):
        services.retire("C-999", "left", **BY)


def test_a_reserved_code_is_nobody_elses_and_is_given_out_when_confirmed(codes: list[str], issue: Any) -> None:
    kept = reserve()
    assert (kept.state, kept.code) == ("reserved", "C-005")
    assert reserve() == kept
    assert issue("plain", "other").code == "C-006"
    confirmed = services.confirm(kept.code, "kept", **BY)
    assert (confirmed.state, services.confirm(kept.code, "kept", **BY)) == ("issued", confirmed)
    assert [event.kind for event in audit.events(subject=kept.code)] == ["codes.confirmed", "codes.reserved"]
    assert services.expire_reservations(NOON + 2 * HOUR) == 0
    assert queries.resolve(codes[0]).state == "issued"


def test_an_expired_reservation_is_void_and_its_number_is_never_given_again(codes: list[str], issue: Any) -> None:
    kept = reserve()
    assert services.expire_reservations(NOON) == 0
    with pytest.raises(ReservationError):
        services.confirm(kept.code, "kept", actor="小王", at=NOON + HOUR)
    assert services.expire_reservations(NOON + HOUR) == 1
    assert services.expire_reservations(NOON + HOUR) == 0
    assert queries.resolve(kept.code).state == "void"
    assert queries.history(kept.code)[0].reason == "expired"
    with pytest.raises(ReservationError):
        services.confirm(kept.code, "kept", **BY)
    assert reserve().state == "void"
    assert issue("plain", "other").code == "C-006"
    assert codes


def test_a_reservation_belongs_to_its_key(codes: list[str]) -> None:
    kept = reserve()
    for code, key in ((kept.code, "another"), (codes[0], "kept"), (codes[0], "r0")):
        with pytest.raises(ReservationError):
            services.confirm(code, key, **BY)
    with pytest.raises(ReservationError):
        reserve("late", until=NOON)
    with pytest.raises(RequestConflictError):
        services.reserve("plain", {"a": 1}, request_key="kept", owner="x", until=NOON + HOUR, **BY)
    with pytest.raises(StateError):
        services.reinstate(kept.code, "returned", **BY)
    assert services.void(kept.code, "cancelled", **BY).state == "void"


def test_a_reservation_that_ended_never_runs_again(codes: list[str]) -> None:
    assert codes
    reserve()
    services.expire_reservations(NOON + HOUR)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE codes_reservation SET ended = %s", [False])


def test_hidden_numbers_look_like_chance_and_are_read_back(publish: Any, issue: Any, issue_many: Any) -> None:
    publish("hidden")
    codes = [issue("hidden", f"r{number}", region="北京").code for number in range(3)]
    outcomes = issue_many("hidden", ["region"], [(f"row {number}", ("北京",)) for number in range(20)])
    codes += [outcome.code for outcome in outcomes]
    grammar = queries.grammar("hidden", NOON)
    assert [grammar.read(code).serial for code in codes] == list(range(1, 24))
    assert sorted(codes) != codes
    others = [issue("hidden", f"s{number}", region="上海").code for number in range(3)]
    assert [code[3:] for code in others] != [code[3:] for code in codes[:3]]
    assert queries.resolve(codes[5].lower()).segments[1].value == 6
