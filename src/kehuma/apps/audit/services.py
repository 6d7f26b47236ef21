"""Writing events, and making a log of them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from django.db import transaction

from kehuma.apps.audit import keyring, members, witness
from kehuma.apps.audit.fence import carry_on, jumps, reach, recovered, require_current
from kehuma.apps.audit.sequencing import Sequenced, sequence
from kehuma.lib.db import rows
from kehuma.lib.db.pipelines import asked, is_pipelined

__all__ = [
    "Sequenced",
    "Told",
    "asked_event",
    "asked_events",
    "carry_on",
    "highest",
    "jumps",
    "reach",
    "record",
    "record_alone",
    "record_each",
    "record_rows",
    "recovered",
    "require_current",
    "sequence",
]

highest = members.highest


_EVENT = ("id", "uuid", "at", "actor", "kind", "subject", "detail")
# Every change has one: Django's model would take half a millisecond of it.
_INSERT = (
    f"INSERT INTO audit_event ({', '.join(_EVENT[1:])}) VALUES ({', '.join(['%s'] * len(_EVENT[1:]))}) RETURNING id"  # noqa: S608
)


class Told(NamedTuple):
    """What one of several events tells, see ``record``."""

    subject: str
    detail: Mapping[str, Any]
    actor: str


def record(kind: str, subject: str, detail: Mapping[str, Any], *, actor: str, at: datetime) -> UUID:
    """Testify to a change in the caller's transaction; ``RuntimeError`` outside one, since the change stands there.

    ``kind`` is ``package.verb`` (``codes.issued``), ``subject`` the code or name it is about. ``detail`` goes into a
    row that is never deleted: no personal data. What comes back names the event.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("An event belongs into the transaction of its change.")
    name = uuid4()
    event = (rows.as_uuid(name), rows.as_moment(at), actor, kind, subject, rows.as_json(detail))
    number = asked(_INSERT, event)
    if not is_pipelined():
        number()
    transaction.on_commit(lambda: _note(number()[0][0]), robust=True)
    return name


def record_rows(  # noqa: PLR0913 - one argument per fact
    kind: str,
    subject: str,
    detail: Mapping[str, Any],
    *,
    relation: str,
    names: Sequence[str],
    ids: Sequence[int] = (),
    after: int = 0,
    event: Callable[[], int] | None = None,
    actor: str,
    at: datetime,
) -> None:
    """Testify to many new rows at once, so that each of them can be certified.

    ``relation`` is ``table.column`` with what the rows are called; ``names`` are theirs, in the order of their ids.
    Who does not know the ``ids`` tells what ``highest(relation)`` said ``after`` which they were stored; who has asked
    for the event's id with ``asked_event`` spares a wait. LogKeyError without ``installation.key``.
    """
    held = {"count": len(names), "digest": members.digest(keyring.secret(), names)}
    number, told = (event or asked_event())(), rows.as_json({**detail, "members": held})
    rows.insert(
        "audit_event", _EVENT, [(number, rows.as_uuid(uuid4()), rows.as_moment(at), actor, kind, subject, told)]
    )
    transaction.on_commit(partial(_note, number), robust=True)
    members.store_extents(number, relation, ids or members.ids(relation, after, names))


def asked_event() -> Callable[[], int]:
    """An id for an event of many rows: asked for now, and told when what is returned is called."""
    numbers = asked_events(1)
    return lambda: numbers()[0]


def asked_events(count: int) -> Callable[[], Sequence[int]]:
    """As many ids for ``record_each``."""
    return rows.asked_ids("audit_event", count)


def record_each(ids: Sequence[int], kind: str, told: Sequence[Told], *, at: datetime) -> None:
    """Testify to several changes of one kind, each by an event of its own; the ``ids``, no fewer, were asked for."""
    moment = rows.as_moment(at)
    events = [
        (number, rows.as_uuid(uuid4()), moment, one.actor, kind, one.subject, rows.as_json(one.detail))
        for number, one in zip(ids, told, strict=False)
    ]
    rows.insert("audit_event", _EVENT, events)
    if events:
        transaction.on_commit(partial(_note, events[-1][0]), robust=True)


def record_alone(kind: str, subject: str, detail: Mapping[str, Any] | None = None, *, actor: str, at: datetime) -> None:
    """Testify to something that changed no row of ours, such as a backup."""
    with transaction.atomic():
        record(kind, subject, detail or {}, actor=actor, at=at)


def _note(event: int) -> None:
    if seen := witness.current():
        seen.note(event=event)
