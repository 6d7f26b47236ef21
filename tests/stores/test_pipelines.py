"""Statements that go to PostgreSQL together."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import DataError, IntegrityError, ProgrammingError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.pq import TransactionStatus

from kehuma.apps.codes.models import KeyCheck
from kehuma.lib.db import rows, trips
from kehuma.lib.db.pipelines import asked, pipelined, sent
from kehuma.lib.db.trips import Statement

pytestmark = [pytest.mark.django_db, pytest.mark.postgresql]

CHECK = "INSERT INTO codes_keycheck (id, value) VALUES (%s, %s)"
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)


@pytest.fixture
def trips_made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many statements each trip has taken along."""
    made: list[int] = []
    send = trips.send

    def counted(server: Any, statements: Any, **more: Any) -> None:
        made.append(len(statements))
        send(server, statements, **more)

    monkeypatch.setattr(trips, "send", counted)
    return made


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    columns=st.lists(st.tuples(texts, st.none() | st.binary(max_size=4), st.integers(-(2**63), 2**63 - 1))),
    alone=texts,
)
def test_values_arrive_as_they_are(columns: list[tuple[str, bytes | None, int]], alone: str) -> None:
    arrays = [[row[place] for row in columns] for place in range(3)]
    with transaction.atomic(), pipelined():
        found = asked("SELECT * FROM unnest(%s::text[], %s::bytea[], %s::bigint[])", arrays)
        one = asked("SELECT %s::text, %s::boolean, %s::integer, 5 %% 3", [alone, True, None])
        assert found() == columns
        assert one() == [(alone, True, None, 2)]


@pytest.mark.parametrize("value", ["a\0b", ["a\0b", "c"]])
def test_a_text_that_the_server_cannot_hold_is_refused_before_it_is_sent(value: object) -> None:
    with pytest.raises(DataError), transaction.atomic(), pipelined():
        sent("SELECT %s::text[]", [value])


def test_what_is_asked_together_is_one_trip(trips_made: list[int]) -> None:
    with transaction.atomic(), pipelined():
        checks(1)
        one, other = asked("SELECT count(*) FROM codes_keycheck"), asked("SELECT 2")
        assert (one(), other(), one()) == ([(1,)], [(2,)], [(1,)])
        checks(2, 3)
    assert trips_made == [3, 2]
    assert KeyCheck.objects.count() == 3


def checks(*ids: int) -> None:
    for number in ids:
        sent(CHECK, [number, b"1"])


def test_another_statement_finds_done_what_came_before_it() -> None:
    with transaction.atomic(), pipelined():
        rows.insert("codes_keycheck", ("id", "value"), [(1, b"1"), (2, b"2")])
        assert KeyCheck.objects.count() == 2
        with pipelined():
            checks(3)
    assert KeyCheck.objects.count() == 3


def test_what_is_refused_is_told_by_the_end_and_what_comes_behind_it_is_not_done() -> None:
    with pytest.raises(IntegrityError, match="codes_keycheck_pkey"), transaction.atomic(), pipelined():
        checks(1, 1, 2)
    assert not KeyCheck.objects.exists()


def test_after_a_refusal_the_connection_serves_on() -> None:
    with transaction.atomic():
        with pytest.raises(ProgrammingError), transaction.atomic(), pipelined():
            asked("SELECT nonsense")()
        with pipelined():
            assert asked("SELECT 1")() == [(1,)]
    assert connection.is_usable()


# ── the commit goes along ──


@pytest.fixture
def store() -> Iterator[psycopg.Connection[Any]]:
    """A connection of its own, which sees a table of its own."""
    known = connection.get_connection_params()
    with psycopg.connect(**{name: known[name] for name in ("host", "port", "dbname", "user") if name in known}) as own:
        own.execute("CREATE TEMPORARY TABLE told (id integer UNIQUE DEFERRABLE INITIALLY DEFERRED)")
        own.commit()
        yield own
        own.close()


def ids(store: psycopg.Connection[Any]) -> list[int]:
    found = [number for (number,) in store.execute("SELECT id FROM told ORDER BY id")]
    store.rollback()
    return found


def told(*numbers: int) -> list[Statement]:
    return [Statement("INSERT INTO told VALUES (%s)", [number]) for number in numbers]


def test_with_its_commit_a_trip_is_a_whole_transaction(store: psycopg.Connection[Any]) -> None:
    trips.send(store, told(1, 2), commits=True)
    assert store.info.transaction_status == TransactionStatus.IDLE
    assert ids(store) == [1, 2]


def test_without_it_the_transaction_goes_on(store: psycopg.Connection[Any]) -> None:
    trips.send(store, told(1), commits=False)
    trips.send(store, told(2), commits=False)
    store.rollback()
    trips.send(store, [], commits=True)
    assert ids(store) == []


def test_what_only_the_commit_finds_is_refused_and_nothing_stays(store: psycopg.Connection[Any]) -> None:
    with pytest.raises(psycopg.errors.UniqueViolation):
        trips.send(store, told(1, 1), commits=True)
    assert ids(store) == []


def test_a_transaction_that_had_failed_is_not_taken_for_committed(store: psycopg.Connection[Any]) -> None:
    trips.send(store, told(1), commits=False)
    with pytest.raises(psycopg.errors.SyntaxError):
        trips.send(store, [Statement("nonsense")], commits=False)
    with pytest.raises(psycopg.errors.InFailedSqlTransaction):
        trips.send(store, [], commits=True)
    assert ids(store) == []


# ── planned once ──

PLANNED = "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'kehuma%'"


def number(store: psycopg.Connection[Any], sql: str = PLANNED) -> int:
    ((found,),) = store.execute(sql).fetchall()
    store.rollback()
    return int(found)


def test_what_repeats_is_planned_once(store: psycopg.Connection[Any]) -> None:
    for turn in range(3):
        trips.send(store, told(2 * turn, 2 * turn + 1), commits=True, repeats=True)
    trips.send(store, told(6), commits=True)
    assert (ids(store), number(store)) == ([*range(7)], 1)
    assert number(store, "SELECT (current_setting('enable_seqscan') = 'on')::integer") == 1


def test_after_a_refusal_the_plans_still_serve(store: psycopg.Connection[Any]) -> None:
    for _ in range(2):
        with pytest.raises(psycopg.errors.DivisionByZero):
            trips.send(store, [*told(1), Statement("SELECT 1 / %s::integer", [0])], commits=True, repeats=True)
        store.rollback()
    trips.send(store, [*told(1), Statement("SELECT 1 / %s::integer", [1])], commits=True, repeats=True)
    assert ids(store) == [1]


def test_where_plans_get_lost_nothing_is_planned_any_more(store: psycopg.Connection[Any]) -> None:
    trips.send(store, told(1), commits=True, repeats=True)
    store.execute("DEALLOCATE ALL")
    store.commit()
    with pytest.raises(psycopg.errors.InvalidSqlStatementName):
        trips.send(store, told(2), commits=True, repeats=True)
    store.rollback()
    trips.send(store, told(3), commits=True, repeats=True)
    assert (ids(store), number(store)) == ([1, 3], 0)


def test_a_server_that_goes_away_is_an_error(store: psycopg.Connection[Any]) -> None:
    with pytest.raises(psycopg.OperationalError):
        trips.send(store, [*told(1), Statement("SELECT pg_terminate_backend(pg_backend_pid())")], commits=True)
    assert store.closed
