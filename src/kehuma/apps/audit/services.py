"""Writing events, and making a log of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction

from kehuma.apps.audit import keyring, members, witness
from kehuma.apps.audit.fence import carry_on, jumps, reach, recovered, require_current
from kehuma.apps.audit.models import Event
from kehuma.apps.audit.sequencing import Sequenced, sequence

__all__ = [
    "Sequenced",
    "carry_on",
    "highest",
    "jumps",
    "reach",
    "record",
    "record_alone",
    "record_rows",
    "recovered",
    "require_current",
    "sequence",
]

highest = members.highest


def record(kind: str, subject: str, detail: Mapping[str, Any], *, actor: str, at: datetime) -> None:
    """Testify to a change in the caller's transaction; ``RuntimeError`` outside one, since the change stands there.

    ``kind`` is ``package.verb`` (``codes.issued``), ``subject`` the code or name it is about. ``detail`` goes into a
    row that is never deleted: no personal data.
    """
    _record(kind, subject, detail, actor=actor, at=at)


def record_rows(  # noqa: PLR0913 - one argument per fact
    kind: str,
    subject: str,
    detail: Mapping[str, Any],
    *,
    relation: str,
    after: int,
    names: Sequence[str],
    actor: str,
    at: datetime,
) -> None:
    """Testify to many new rows at once, so that each of them can be certified.

    ``relation`` is ``table.column`` with what the rows are called; ``names`` are theirs, in the order in which they
    were stored; ``after`` is what ``highest(relation)`` said before that. LogKeyError without ``installation.key``.
    """
    held = {"count": len(names), "digest": members.digest(keyring.secret(), names)}
    event = _record(kind, subject, {**detail, "members": held}, actor=actor, at=at)
    members.store_extents(event, relation, after, names)


def record_alone(kind: str, subject: str, detail: Mapping[str, Any] | None = None, *, actor: str, at: datetime) -> None:
    """Testify to something that changed no row of ours, such as a backup."""
    with transaction.atomic():
        record(kind, subject, detail or {}, actor=actor, at=at)


def _record(kind: str, subject: str, detail: Mapping[str, Any], *, actor: str, at: datetime) -> Event:
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("An event belongs into the transaction of its change.")
    event = Event.objects.create(kind=kind, subject=subject, detail=dict(detail), actor=actor, at=at)
    transaction.on_commit(partial(_note, event.pk), robust=True)
    return event


def _note(event: int) -> None:
    if seen := witness.current():
        seen.note(event=event)
