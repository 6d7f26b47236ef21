"""Events as the log reads them, a few thousand at a time."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from kehuma.apps.audit.entries import Fact

COLUMNS = "e.id, e.uuid, e.at, e.actor, e.kind, e.subject, e.detail"

# On SQLite whoever commits is the only writer, so ids are in the order of commits. On PostgreSQL an event is settled
# when every transaction up to its own has ended, and the transactions give the order; one's own is seen by oneself.
_AFTER = {
    "sqlite": "e.id > %s",
    "postgresql": """(e."transaction", e.id) > (%s::text::xid8, %s) AND (
        e."transaction" < pg_snapshot_xmin(pg_current_snapshot())
        OR e."transaction" = pg_current_xact_id_if_assigned())""",
}
_ORDER = {"sqlite": "e.id", "postgresql": 'e."transaction", e.id'}
_LAST = {"sqlite": "e.id", "postgresql": 'e."transaction"::text, e.id'}
_START: dict[str, tuple[Any, ...]] = {"sqlite": (0,), "postgresql": ("0", 0)}


def settled(limit: int) -> list[Fact]:
    """The oldest events that are committed and no leaves yet, in the order in which they become leaves."""
    vendor = connection.vendor
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {_LAST[vendor]} FROM audit_leaf l JOIN audit_event e ON e.id = l.event_id ORDER BY l.id DESC LIMIT 1"  # noqa: S608
        )
        last = cursor.fetchone() or _START[vendor]
        cursor.execute(
            f"SELECT {COLUMNS} FROM audit_event e WHERE {_AFTER[vendor]} ORDER BY {_ORDER[vendor]} LIMIT %s",  # noqa: S608
            [*last, limit],
        )
        return [fact_of(row) for row in cursor.fetchall()]


def passed_over() -> bool:
    """Whether an event that should be a leaf before the last one is none: it was put among the others afterwards."""
    order = _ORDER[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT 1 FROM audit_event e LEFT JOIN audit_leaf l ON l.event_id = e.id
            WHERE l.id IS NULL AND ({order}) < (SELECT {order} FROM audit_leaf k JOIN audit_event e ON e.id = k.event_id
            ORDER BY k.id DESC LIMIT 1) LIMIT 1"""  # noqa: S608 - our own words
        )
        return cursor.fetchone() is not None


def number_again() -> None:
    """After a restore into another server the numbers of its transactions may be lower than those of old events.

    Events that are leaves get number 0, others 1; new transactions have higher ones. Nothing is done where all is well.
    """
    if connection.vendor == "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT 1 FROM audit_event e LEFT JOIN audit_leaf l ON l.event_id = e.id
            WHERE e."transaction" >= pg_snapshot_xmax(pg_current_snapshot())
            AND e."transaction" IS DISTINCT FROM pg_current_xact_id_if_assigned()
            OR (l.id IS NULL AND e."transaction" < pg_snapshot_xmin(pg_current_snapshot())
                AND (e."transaction", e.id) < (SELECT p."transaction", p.id FROM audit_leaf k
                    JOIN audit_event p ON p.id = k.event_id ORDER BY k.id DESC LIMIT 1)) LIMIT 1"""
        )
        if cursor.fetchone() is None:
            return
        cursor.execute(
            """UPDATE audit_event e SET "transaction" = CASE WHEN
            EXISTS (SELECT 1 FROM audit_leaf l WHERE l.event_id = e.id) THEN '0'::xid8 ELSE '1'::xid8 END
            WHERE e."transaction" >= pg_snapshot_xmax(pg_current_snapshot())
            OR e."transaction" < pg_snapshot_xmin(pg_current_snapshot())"""
        )


def fact_of(row: Sequence[Any]) -> Fact:
    """A row of ``COLUMNS`` as either store gives it."""
    number, event, at, actor, kind, subject, detail = row
    return Fact(number, as_hex(event), as_time(at), actor, kind, subject, json.loads(detail))


def as_hex(value: Any) -> str:  # noqa: ANN401 - text from one store, a UUID from the other
    """A UUID as text, from either store."""
    return value.hex if isinstance(value, UUID) else str(value)


def as_time(value: Any) -> datetime:  # noqa: ANN401 - text or a time
    """A time from either store; SQLite keeps them in UTC without saying so."""
    at = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
