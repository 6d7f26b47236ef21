"""Which codes a commit would give, and how much room it takes: an estimate, since others issue codes meanwhile."""

from collections.abc import Mapping, Sequence
from typing import Any

from kehuma.apps.codes import queries as codes
from kehuma.apps.intake.gate import Passed
from kehuma.engine.coding.capacity import capacity_of
from kehuma.engine.coding.errors import CodingError
from kehuma.engine.coding.grammar import Grammar
from kehuma.engine.coding.model import Serial
from kehuma.engine.coding.snapshots import Snapshot

_SHOWN_KEYS = 6
_MOST_SKIPPED = 8


def estimate(
    grammar: Grammar, scheme: str, keys: Mapping[str, int], preview: Sequence[tuple[int, str, Passed]]
) -> dict[str, Any]:
    """The codes of the first rows, and per counter key how many are used, would be added, and fit."""
    held = {counter.key: counter.next for counter in codes.counters(scheme)}
    most = sorted(keys.items(), key=lambda pair: (-pair[1], pair[0]))[:_SHOWN_KEYS]
    serial = grammar.scheme.serial
    ranges = [_range(grammar, serial, key, new, held.get(key, serial.start)) for key, new in most] if serial else []
    return {
        "rows": _previewed(grammar, held, preview),
        "keys": ranges,
        "more": max(0, len(keys) - _SHOWN_KEYS),
    }


def _range(grammar: Grammar, serial: Serial, key: str, new: int, following: int) -> dict[str, Any]:
    used = (following - serial.start) // serial.step
    room = capacity_of(grammar).per_key
    grows = serial.overflow == "lengthen"
    if grows:
        # How far the present number of characters goes is what people plan with.
        room = min(room, len(serial.alphabet) ** _width(serial, used + new) // serial.step - serial.start)
    return {"key": key, "used": used, "new": new, "room": room, "grows": grows}


def _width(serial: Serial, count: int) -> int:
    width = serial.width
    while len(serial.alphabet) ** width // serial.step - serial.start < count:
        width += 1
    return width


def _previewed(
    grammar: Grammar, held: Mapping[str, int], preview: Sequence[tuple[int, str, Passed]]
) -> list[dict[str, Any]]:
    following = dict(held)
    rows = []
    for number, title, passed in preview:
        if passed.snapshot is not None:
            code = _next(grammar, passed.snapshot, following)
            rows.append({"number": number, "title": title, "code": code})
    return rows


def _next(grammar: Grammar, snapshot: Snapshot, following: dict[str, int]) -> str:
    """The code with the next number of its key; "" where it cannot be foretold."""
    serial = grammar.scheme.serial
    if serial is None:
        return _written(grammar, snapshot, None)
    # A number whose check character cannot be printed is passed over, here as at issue.
    for _ in range(_MOST_SKIPPED):
        number = following.get(snapshot.counter_key, serial.start)
        following[snapshot.counter_key] = number + serial.step
        if code := _written(grammar, snapshot, number):
            return code
    return ""


def _written(grammar: Grammar, snapshot: Snapshot, serial: int | None) -> str:
    try:
        return grammar.write(snapshot, serial=serial).code
    except CodingError:
        return ""
