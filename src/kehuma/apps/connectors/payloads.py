"""From an event of the log to the messages about it.

An event about the codes of a file becomes as many messages as it takes. The id of a message is made of the event's, so
that it is the same whenever and however often it is sent: by it a receiver knows what it has had before.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from kehuma.apps.audit.feed import Entry
from kehuma.apps.codes import listing
from kehuma.apps.connectors import kinds
from kehuma.lib.viewer import system

# Some ten kilobytes; whoever receives it has to take it in one piece.
CODES_AT_ONCE = 500
_CODES = "codes_code.identity"
_NAMING = ("code", "by")


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it is sent; ``leaf`` and ``part`` say where in the log it comes from."""

    id: str
    kind: str
    leaf: int
    part: int
    body: bytes


def parts(entry: Entry) -> int:
    """How many messages an event becomes."""
    return max(1, -(-len(_codes(entry)) // CODES_AT_ONCE))


def message(entry: Entry, part: int) -> Message:
    """The message, the first being 0."""
    event, kind = entry.event, kinds.kind_of(entry.event.kind)
    data, of = dict(kind.facts(event)), parts(entry)
    if codes := _codes(entry):
        data = {"codes": codes[part * CODES_AT_ONCE : (part + 1) * CODES_AT_ONCE], "count": len(codes)}
    if of > 1:
        data |= {"part": part + 1, "parts": of}
    identity = f"msg_{event.uuid.hex}" + (f"_{part + 1}" if of > 1 else "")
    return Message(identity, kind.name, entry.leaf, part, body(kind.name, event.at, _as_written(data)))


def body(kind: str, at: datetime, data: Mapping[str, Any]) -> bytes:
    """A body as Standard Webhooks has it."""
    moment = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    told = {"type": kind, "timestamp": moment, "data": data}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def _codes(entry: Entry) -> list[str]:
    return list(entry.names) if entry.relation == _CODES else []


def _as_written(data: Mapping[str, Any]) -> dict[str, Any]:
    """The facts with codes as people write them, check character and all, where the event has them without."""
    named = [data[key] for key in _NAMING if data.get(key)] + list(data.get("codes", ()))
    written = _forms(named)
    told = {key: written.get(value, value) if key in _NAMING else value for key, value in data.items()}
    if "codes" in told:
        told["codes"] = [written.get(one, one) for one in told["codes"]]
    return told


def _forms(identities: Iterable[str]) -> Mapping[str, str]:
    wanted = list(dict.fromkeys(identities))
    found: dict[str, str] = {}
    for start in range(0, len(wanted), CODES_AT_ONCE):
        piece = wanted[start : start + CODES_AT_ONCE]
        found |= {row.identity: row.code for row in listing.named(system("kehuma"), piece)}
    return found
