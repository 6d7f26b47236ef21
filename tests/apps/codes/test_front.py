"""Requests that wait at the same time: one commit for all of them, and to each what it would have got alone."""

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kehuma.apps.audit import services as audit
from kehuma.apps.audit.models import Event
from kehuma.apps.codes import certifying, front, queries, services
from kehuma.apps.codes.data import IssuedCode
from kehuma.apps.codes.errors import AlreadyIssuedError, RequestConflictError
from kehuma.apps.codes.front import Front
from kehuma.apps.codes.groups import ChangedError, Groups, Request
from kehuma.apps.codes.sets import MetError
from kehuma.engine.coding.errors import CodingError
from kehuma.lib import together

CLERK, MANAGER = "小王", "李经理"
BEIJING, SHANGHAI, NOWHERE = ({"region": name, "industry": "软件"} for name in ("北京", "上海", "nowhere"))
DAILY = """
kehuma = 1
name = "daily"
template = "{day}-{serial:3}"
[segments.day]
kind = "date"
format = "YYYYMMDD"
[segments.serial]
per = []
"""


@pytest.fixture
def order(noon: datetime) -> Callable[..., Request]:
    """``order("plain", "request 1", BEIJING)``: a request of the clerk at noon."""

    def _order(scheme: str, key: str, facts: Any = None, *, actor: str = CLERK, **more: Any) -> Request:
        return Request(scheme, facts or {}, key, actor, noon, **more)

    return _order


@pytest.fixture
def noon() -> datetime:
    return datetime.fromisoformat("2026-11-22T04:00:00+00:00")


def alone(request: Request) -> IssuedCode:
    """What the request gets when nobody else waits."""
    return services.issue(
        request.scheme,
        request.facts,
        request_key=request.key,
        actor=request.actor,
        at=request.at,
        parent=request.parent,
        dated=request.dated,
    )


def grouped(*requests: Request) -> list[str | None]:
    """The codes of requests that are answered together, and alone where that is left over."""
    return [one.code if one else _or_none(request) for one, request in zip(answers(*requests), requests, strict=True)]


def answers(*requests: Request) -> Sequence[IssuedCode | None]:
    return Groups().answers(lambda: requests)


def _or_none(request: Request) -> str | None:
    with suppress(CodingError):
        return alone(request).code
    return None


# ── what a group gives ──

PICKS = st.tuples(
    st.sampled_from(["customer", "one-digit", "unknown"]),
    st.sampled_from([f"request {number}" for number in range(9)]),
    st.sampled_from([BEIJING, SHANGHAI, NOWHERE]),
)


@pytest.mark.django_db
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(picks=st.lists(PICKS, min_size=1, max_size=25))
def test_a_group_gets_the_codes_that_its_requests_would_get_one_by_one(
    publish: Any, order: Any, picks: list[tuple[str, str, dict[str, str]]]
) -> None:
    publish("customer", "one-digit")
    requests = [order(*pick) for pick in picks]
    point = transaction.savepoint()
    apart = [_or_none(request) for request in requests]
    transaction.savepoint_rollback(point)
    assert grouped(*requests) == apart


@pytest.mark.django_db
def test_numbers_follow_the_order_in_which_the_requests_came(publish: Any, order: Any) -> None:
    publish("plain")
    found = answers(*(order("plain", f"request {number}") for number in range(5)))
    assert [(one.code, one.number, one.is_new) for one in found if one] == [
        (f"C-00{number}", number, True) for number in range(1, 6)
    ]
    assert alone(order("plain", "request 9")).number == 6


@pytest.mark.django_db
def test_one_event_for_each_who_asks_testifies_to_the_codes(publish: Any, order: Any) -> None:
    publish("plain")
    answers(*(order("plain", str(number), actor=MANAGER if number == 2 else CLERK) for number in range(4)))
    events = Event.objects.filter(kind="codes.issued").order_by("actor")
    assert {(one.actor, one.subject, one.detail.get("codes")) for one in events} == {
        (CLERK, "plain", 3),
        (MANAGER, "C-004", None),
    }


@pytest.mark.django_db
def test_each_code_of_a_group_has_a_certificate(publish: Any, order: Any, noon: datetime) -> None:
    publish("plain")
    answers(*(order("plain", str(number)) for number in range(3)))
    audit.sequence(noon, keeps_checkpoint=True)
    for number in (1, 2, 3):
        found = certifying.certificate(f"C-00{number}", at=noon)
        assert found.kind == "codes.issued"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("facts", "expected"),
    [pytest.param(BEIJING, None, id="the same facts"), pytest.param(SHANGHAI, RequestConflictError, id="other facts")],
)
def test_a_request_that_has_its_code_gets_it_again_or_is_refused(
    publish: Any, order: Any, facts: dict[str, str], expected: type[Exception] | None
) -> None:
    publish("customer")
    first = alone(order("customer", "1", BEIJING))
    again, other = answers(order("customer", "1", facts), order("customer", "2", BEIJING))
    assert again is None
    assert other is not None
    assert other.number == 2
    if expected is None:
        assert alone(order("customer", "1", facts)) == first
    else:
        with pytest.raises(expected):
            alone(order("customer", "1", facts))


@pytest.mark.django_db
def test_where_a_text_is_taken_nobody_of_the_group_has_a_code(publish: Any, order: Any, issue: Any) -> None:
    publish("plain")
    given = issue("plain", "first").identity
    with connection.cursor() as cursor:
        counter = "UPDATE codes_counter SET next = 1"
        on = " ON codes_counter" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER codes_counter_no_lower_next{on}")
        cursor.execute(counter)
    with pytest.raises((MetError, Exception)) as met, transaction.atomic():
        answers(order("plain", "second"), order("plain", "third"))
    assert not isinstance(met.value, CodingError)
    assert [alone(order("plain", key)).number for key in ("second", "third")] == [2, 3]
    assert queries.number_of_codes("plain") == 3
    assert given == "C-001"


@pytest.mark.django_db
def test_a_scheme_published_meanwhile_counts_at_once(publish: Any, order: Any) -> None:
    publish("plain")
    groups = Groups()
    groups.answers(lambda: [order("plain", "1")])
    publish("customer")
    with pytest.raises(ChangedError), transaction.atomic():
        groups.answers(lambda: [order("customer", "2", BEIJING)])
    (found,) = groups.answers(lambda: [order("customer", "2", BEIJING)])
    assert found is not None
    assert found.scheme == "customer"


@pytest.mark.django_db
def test_a_date_told_with_the_request_is_the_date_of_its_code(publish: Any, order: Any, noon: datetime) -> None:
    publish(DAILY)
    tomorrow = noon + timedelta(days=1)
    one, other = answers(order("daily", "1"), order("daily", "2", dated=tomorrow))
    assert [found and found.identity for found in (one, other)] == ["20261122-001", "20261123-002"]
    assert alone(order("daily", "2", dated=tomorrow)) == other
    with pytest.raises(RequestConflictError):
        alone(order("daily", "2"))


# ── who waits for whom ──


class Told:
    """Stands for the register: which groups were asked for, and which requests alone."""

    def __init__(self) -> None:
        self.groups: list[list[str]] = []
        self.alone: list[str] = []
        self.is_open = threading.Event()
        self.all_here = threading.Event()
        self.fails = False

    def answers(self, take: Callable[[], Sequence[Request]]) -> list[IssuedCode | None]:
        assert self.all_here.wait(20)
        group = [request.key for request in take()]
        self.groups.append(group)
        assert self.is_open.wait(20)
        if self.fails:
            raise OSError("disk full")
        return [None if key == "wrong" else code(key) for key in group]

    def issue(self, _scheme: str, _facts: Any, *, request_key: str, **_: Any) -> IssuedCode:
        self.alone.append(request_key)
        if request_key == "wrong":
            raise AlreadyIssuedError("already-issued", code="C-1")
        return code(request_key)


def code(key: str) -> IssuedCode:
    return IssuedCode(f"C-{key}", f"C-{key}", 1, "plain", 1, "issued", datetime.min.replace(tzinfo=UTC), is_new=True)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    made = Told()
    monkeypatch.setattr(front, "issue", made.issue)
    return made


@pytest.fixture
def waiting(told: Told, order: Any) -> Callable[..., dict[str, Any]]:
    """``waiting("1", "2")``: requests with these keys, all there before the first is served; what each of them got."""

    def _waiting(*keys: str) -> dict[str, Any]:
        whole, got = Front(), {}
        whole._groups = told

        def ask(key: str) -> None:
            try:
                got[key] = whole.issued(order("plain", key)).code
            except CodingError as error:
                got[key] = error.message

        threads = [threading.Thread(target=ask, args=(key,)) for key in keys]
        for number, thread in enumerate(threads, 1):
            thread.start()
            while thread.is_alive() and len(whole._queue) < number:
                threading.Event().wait(0.001)
        told.all_here.set()
        assert got == {} or len(keys) > together.MOST
        told.is_open.set()
        for thread in threads:
            thread.join(20)
        assert not whole._queue
        assert not whole._is_led
        return got

    return _waiting


def test_all_that_wait_are_answered_by_one_transaction_and_not_before_it_is_over(told: Told, waiting: Any) -> None:
    assert waiting("1", "2", "3") == {"1": "C-1", "2": "C-2", "3": "C-3"}
    assert (told.groups, told.alone) == ([["1", "2", "3"]], [])


def test_a_request_that_is_refused_holds_up_nobody(told: Told, waiting: Any) -> None:
    assert waiting("1", "wrong", "3") == {"1": "C-1", "wrong": "already-issued", "3": "C-3"}
    assert (told.groups, told.alone) == ([["1", "wrong", "3"]], ["wrong"])


def test_where_a_group_fails_each_is_answered_alone(told: Told, waiting: Any) -> None:
    told.fails = True
    assert waiting("1", "wrong", "3") == {"1": "C-1", "wrong": "already-issued", "3": "C-3"}
    assert sorted(told.alone) == ["1", "3", "wrong"]


def test_who_finds_too_many_waiting_helps_itself(told: Told, waiting: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "MOST", 2)
    assert waiting("1", "2", "3") == {"1": "C-1", "2": "C-2", "3": "C-3"}
    assert (told.groups, told.alone) == ([["1", "2"]], ["3"])


@pytest.mark.django_db
def test_in_a_transaction_a_code_is_issued_in_it(publish: Any, noon: datetime) -> None:
    publish("plain")
    with suppress(ZeroDivisionError), transaction.atomic():
        services.issue_waiting("plain", {}, request_key="1", actor=CLERK, at=noon)
        raise ZeroDivisionError
    assert queries.number_of_codes("plain") == 0
