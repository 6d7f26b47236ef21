"""Whoever can write to the database changes its history: every change is found, and named by the first bad index.

The log has 2,000 leaves, one of them the event of a file with 50 codes. The attacker has dropped the triggers. Each way of
changing is tried on a sample of the rows; ``KEHUMA_FAULTS=full`` takes every row of every table.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from kehuma.apps.audit import members, services, verifying, witness
from kehuma.apps.audit.models import Event, Leaf, LogCheckpoint, Node
from kehuma.apps.codes import services as codes
from kehuma.lib import keys
from kehuma.lib.db import rows

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
CODES = "codes_code.identity"
SIZE, OF_FILE, FILE_AT = 2_000, 50, 1
IS_FULL = os.environ.get("KEHUMA_FAULTS") == "full"
STEP = 1 if IS_FULL else 397
TABLES = (
    "audit_event",
    "audit_leaf",
    "audit_node",
    "audit_logcheckpoint",
    "audit_extent",
    "audit_logkey",
    "codes_code",
)
SCHEME = """
kehuma = 1
name = "visitor"
template = "V-{serial:4}"
"""
Tamper = Callable[..., list[verifying.Fault]]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("log")]


@pytest.fixture
def log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> Iterator[None]:
    """The log, with a witness that has seen all of it; nothing protects the tables any more."""
    monkeypatch.setattr(settings, "KEHUMA_HOME", tmp_path)
    keys.installation_key(tmp_path)
    with django_capture_on_commit_callbacks(execute=True):
        _file()
        for start in range(Event.objects.count(), SIZE, 400):
            _more(range(start, min(start + 400, SIZE)))
            services.sequence(NOON + timedelta(minutes=start), keeps_checkpoint=True)
    assert Leaf.objects.count() == SIZE
    assert verifying.verify().faults == []
    for table in TABLES:
        _unguard(table)
    yield
    connection.kehuma_fence = None  # type: ignore[attr-defined]


def _file() -> None:
    codes.publish(SCHEME, actor="小王", at=NOON)
    after = members.highest(CODES)
    done = codes.issue_many("visitor", [], [(str(row), ()) for row in range(OF_FILE)], source="list", actor="", at=NOON)
    names = [one.code or "" for one in done]
    if not members.id_of("audit_extent.relation", CODES):
        with transaction.atomic():
            services.record_rows(
                "codes.issued", "visitor", {}, relation=CODES, after=after, names=names, actor="小王", at=NOON
            )


def _more(numbers: range) -> None:
    with transaction.atomic():
        for number in numbers:
            services.record("codes.issued", f"BJ-{number}", {"version": 1}, actor="小王", at=NOON)


def _unguard(table: str) -> None:
    names = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal",
    }
    with connection.cursor() as cursor:
        # Deferred checks of foreign keys would keep PostgreSQL from altering the table.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE" if connection.vendor == "postgresql" else "SELECT 1")
        cursor.execute(names[connection.vendor], [table])
        for (name,) in cursor.fetchall():
            cursor.execute(f"DROP TRIGGER {name}" + (f" ON {table}" if connection.vendor == "postgresql" else ""))


@contextmanager
def _undone() -> Iterator[None]:
    mark = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(mark)


def _run(sql: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def _found(*statements: tuple[Any, ...]) -> list[verifying.Fault]:
    """What a verification says after these statements, which are then taken back."""
    with _undone():
        if connection.vendor == "postgresql":
            _run("SET LOCAL session_replication_role = replica")
        else:
            _run("PRAGMA defer_foreign_keys = ON")
        for sql, *values in statements:
            _run(sql, *values)
        return verifying.verify().faults


def _places(number: int) -> list[int]:
    return sorted({*range(0, number, STEP), number - 1})


CHANGES = {
    "actor": ("actor = %s", "小李"),
    "kind": ("kind = %s", "codes.retired"),
    "subject": ("subject = %s", "SH-1"),
    "detail": ("detail = %s", '{"version": 2}'),
    "time": ("at = %s", "2026-11-23 04:00:00+00:00"),
    "uuid": ("uuid = %s", "ab" * 16),
}


@pytest.mark.parametrize("what", CHANGES)
def test_an_event_that_was_altered_is_named(what: str) -> None:
    change, value = CHANGES[what]
    events = list(Leaf.objects.order_by("id").values_list("id", "event_id"))
    for place in _places(SIZE):
        index, event = events[place]
        faults = _found((f"UPDATE audit_event SET {change} WHERE id = %s", value, event))  # noqa: S608
        assert (faults[0].at, faults[0].message) == (index, "event-changed"), place


def test_an_event_that_was_deleted_is_named() -> None:
    events = list(Leaf.objects.order_by("id").values_list("id", "event_id"))
    for place in _places(SIZE):
        index, event = events[place]
        faults = _found(("DELETE FROM audit_event WHERE id = %s", event))
        assert (faults[0].at, faults[0].message) == (index, "event-missing"), place


def test_a_leaf_that_was_altered_deleted_or_swapped_is_named() -> None:
    for place in _places(SIZE):
        for change in ("count = 7", "members = %s"):
            values = [bytes(32)] if "%s" in change else []
            faults = _found((f"UPDATE audit_leaf SET {change} WHERE id = %s", *values, place))  # noqa: S608
            assert faults[0].at == place, (place, change)
        assert _found(("DELETE FROM audit_leaf WHERE id = %s", place))[0].at == place
        other = (place + 7) % SIZE
        one, two = (Leaf.objects.get(pk=number).event_id for number in (place, other))
        swapped = [
            ("UPDATE audit_leaf SET event_id = %s WHERE id = %s", value, number)
            for value, number in ((10**6, place), (one, other), (two, place))
        ]
        assert _found(*swapped)[0].at == min(place, other)


def test_two_events_whose_contents_were_exchanged_are_named() -> None:
    fields = "actor", "kind", "subject", "detail", "at"
    for place in _places(SIZE):
        one, two = (
            Event.objects.get(pk=Leaf.objects.get(pk=number).event_id) for number in (place, (place + 7) % SIZE)
        )
        with _undone():
            for event, other in ((one, two), (two, one)):
                Event.objects.filter(pk=event.pk).update(**{field: getattr(other, field) for field in fields})
            assert verifying.verify().faults[0].at == min(place, (place + 7) % SIZE)


def test_a_node_that_was_altered_deleted_or_added_is_named() -> None:
    nodes = list(Node.objects.order_by("id").values_list("id", flat=True))
    for place in _places(len(nodes)):
        number = nodes[place]
        first = (number & ((1 << 56) - 1)) << (number >> 56)
        assert _found(("UPDATE audit_node SET hash = %s WHERE id = %s", bytes(32), number))[0].at == first
        assert _found(("DELETE FROM audit_node WHERE id = %s", number))[0].at == first
    added = ("INSERT INTO audit_node (id, hash) VALUES (%s, %s)", 2_000, bytes(32))
    assert [fault.message for fault in _found(added)] == ["node-beyond"]


def test_a_checkpoint_that_was_altered_or_deleted_is_found() -> None:
    kept = list(LogCheckpoint.objects.order_by("id"))
    assert len(kept) > 3
    for one in kept:
        assert _found(("DELETE FROM audit_logcheckpoint WHERE id = %s", one.pk))
        assert _found(("UPDATE audit_logcheckpoint SET size = size + 1 WHERE id = %s", one.pk))
        for place in range(0, len(one.note) - 1, 1 if IS_FULL else 61):
            if one.note[place] != "A":
                note = f"{one.note[:place]}A{one.note[place + 1 :]}"
                assert _found(("UPDATE audit_logcheckpoint SET note = %s WHERE id = %s", note, one.pk)), place


def test_the_codes_of_a_file_are_part_of_it() -> None:
    index = Leaf.objects.get(members__isnull=False).pk
    changes: list[tuple[Any, ...]] = [
        ("UPDATE audit_extent SET first = first + 1",),
        ("UPDATE audit_extent SET last = last - 1",),
        ("DELETE FROM audit_extent",),
        ("UPDATE codes_code SET identity = 'V-9999' WHERE identity = 'V-0003'",),
        ("DELETE FROM codes_code WHERE identity = 'V-0003'",),
    ]
    for change in changes:
        faults = _found(change)
        assert (faults[0].at, faults[0].message) == (index, "members-changed"), change


def test_a_log_that_was_cut_off_is_found_with_the_witness() -> None:
    for size in _places(SIZE):
        cut: list[tuple[Any, ...]] = [
            ("DELETE FROM audit_leaf WHERE id >= %s", size),
            ("DELETE FROM audit_logcheckpoint WHERE size > %s", size),
        ]
        # A thorough attacker leaves only the nodes that the shorter log has.
        cut += [
            ("DELETE FROM audit_node WHERE id >= %s AND id < %s", (level << 56) | (size >> level), (level + 1) << 56)
            for level in range(12)
        ]
        faults = _found(*cut)
        assert {fault.at for fault in faults if fault.message == "rolled-back"} == {size}
        events = f"DELETE FROM audit_event WHERE id NOT IN (SELECT event_id FROM audit_leaf WHERE id < {size})"  # noqa: S608
        assert "events-rolled-back" in {fault.message for fault in _found((events,), *cut)} or size == SIZE


def test_a_log_that_was_made_anew_with_its_own_key_is_found_with_the_witness(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    seen = witness.current()
    assert seen
    note = seen.checkpoint()
    with _undone():
        for table in ("audit_leaf", "audit_node", "audit_logcheckpoint"):
            _run(f"DELETE FROM {table}")  # noqa: S608
        _run("UPDATE audit_event SET subject = 'SH-1' WHERE subject = 'BJ-700'")
        seen._checkpoint.unlink()
        with django_capture_on_commit_callbacks(execute=True):
            services.sequence(NOON, keeps_checkpoint=True)
        assert verifying.verify().faults[0].message == "checkpoint-missing"
        seen.put(note)
        assert "witness-root" in {fault.message for fault in verifying.verify().faults}


def test_an_event_put_among_the_old_ones_is_found() -> None:
    with _undone():
        _run("DELETE FROM audit_leaf WHERE id = 1999")
        _run("UPDATE audit_leaf SET id = id")
        first = Event.objects.order_by("id").first()
        assert first
        columns = ["id", "uuid", "at", "actor", "kind", "subject", "detail"]
        old = [
            first.pk - 1,
            rows.as_uuid(type(first.uuid)(int=9)),
            rows.as_moment(NOON),
            "",
            "codes.issued",
            "BJ",
            "{}",
        ]
        rows.insert("audit_event", columns, [old])
        if connection.vendor == "postgresql":
            _run("""UPDATE audit_event SET "transaction" = '3' WHERE id = %s""", first.pk - 1)
        assert "event-unlogged" in {fault.message for fault in verifying.verify().faults}


def test_a_key_that_was_taken_away_is_found() -> None:
    assert [fault.message for fault in _found(("DELETE FROM audit_logkey",))] == ["key-missing"]
