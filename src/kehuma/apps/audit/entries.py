r"""What a leaf of the log holds: that an event happened, and commitments to what it says.

An entry names the event, its time and its kind. Actor, subject and detail stand there as commitments only, SHA-256 over
16 bytes of salt and the value as JSON: nobody can guess a value without its salt, and whoever is given one value with
its salt can check it, and learns nothing of the others.

>>> salts, event = Salts(bytes(32)), "0" * 31 + "1"
>>> fact = opening(salts, event, "subject", "BJ-IT-0001")
>>> fact.value, len(fact.salt), commitment(fact.salt, fact.value).hex()[:8]
('BJ-IT-0001', 16, '3a7c18dc')
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, NamedTuple

from kehuma.lib.keys import Keyed

VERSION = 1
FIELDS = ("actor", "subject", "detail")

_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


class Fact(NamedTuple):
    """A row of ``audit_event`` as the log reads it."""

    id: int
    event: str
    at: datetime
    actor: str
    kind: str
    subject: str
    detail: Any


@dataclass(frozen=True, slots=True)
class Members:
    """How many rows an event is about, and the root over them."""

    count: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Opening:
    """A value and the salt that its commitment was made with."""

    salt: bytes
    value: Any


class Salts:
    """The salts of all commitments, from the secret of the log."""

    def __init__(self, secret: bytes) -> None:
        self._keyed = {field: Keyed(secret, field) for field in (*FIELDS, "members")}

    def of(self, event: str, field: str) -> bytes:
        """The 16 bytes for one field of one event."""
        return self._keyed[field].of(event)


def canonical(value: object) -> bytes:
    """The one spelling of a value: JSON in ASCII, keys in order, no blanks."""
    return _encode(value).encode("ascii")


def commitment(salt: bytes, value: object) -> bytes:
    """What stands in the entry for a value."""
    return sha256(salt + canonical(value)).digest()


def opening(salts: Salts, event: str, field: str, value: object) -> Opening:
    """A value as it is handed out together with a certificate."""
    return Opening(salts.of(event, field), value)


def entry(salts: Salts, fact: Fact, members: Members | None) -> bytes:
    """The bytes of the leaf of an event."""
    values = {"actor": fact.actor, "subject": fact.subject, "detail": fact.detail}
    actor, subject, detail = (
        commitment(salts.of(fact.event, field), values[field]).hex() for field in ("actor", "subject", "detail")
    )
    held = f'"members":{{"count":{members.count},"root":"{members.root.hex()}"}},' if members else ""
    at = fact.at.astimezone(UTC).isoformat(timespec="microseconds")
    # Written by hand, a million times over; a test compares it with ``canonical``.
    return (
        f'{{"actor":"{actor}","at":"{at}","detail":"{detail}","event":"{fact.event}","kind":{_encode(fact.kind)},'
        f'{held}"subject":"{subject}","v":{VERSION}}}'
    ).encode("ascii")


def parsed(entry: bytes) -> Mapping[str, Any]:
    """The body of an entry."""
    body: Mapping[str, Any] = json.loads(entry)
    return body
