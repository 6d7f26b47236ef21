"""What codes would come out now: numbers are read from the counters and none is given out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from kehuma.apps.codes import schemes
from kehuma.apps.codes.models import Counter
from kehuma.engine.coding.errors import CodingError, WriteError
from kehuma.engine.coding.grammar import Grammar, Written
from kehuma.engine.coding.model import Random
from kehuma.engine.coding.snapshots import Snapshot

# Of the numbers with MOD 37,2 one in 37 cannot be printed; more than a few in a row never happens.
_MOST_SKIPPED = 20
_STRIDE = 11


@dataclass(frozen=True, slots=True)
class Order:
    """The facts of one record, and its superior's code."""

    facts: Mapping[str, object]
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """The code that an order would get, or why it gets none."""

    order: Order
    code: str = ""
    number: int | None = None
    error: CodingError | None = None


def preview(grammar: Grammar, orders: Sequence[Order], at: datetime) -> list[Preview]:
    """The next codes of this scheme for these orders, one after another: an estimate, others may issue meanwhile."""
    rows = Counter.objects.filter(scheme=grammar.scheme.name).values_list("key", "next")
    keys = {key for order in orders if (key := _key(grammar, order, at)) is not None}
    return written(grammar, orders, dict(rows.filter(key__in=keys)), at)


def preview_of(name: str, orders: Sequence[Order], at: datetime) -> list[Preview]:
    """The next codes of the published scheme of a name."""
    return preview(schemes.published(name, at).grammar, orders, at)


def written(grammar: Grammar, orders: Sequence[Order], following: Mapping[str, int], at: date) -> list[Preview]:
    """The codes of these orders where the counters stand at ``following``; a new key begins at the start."""
    moment = at if isinstance(at, datetime) else datetime.combine(at, time(12))
    numbers = dict(following)
    return [_one(grammar, order, numbers, moment, place) for place, order in enumerate(orders)]


def _key(grammar: Grammar, order: Order, at: datetime) -> str | None:
    try:
        return grammar.snapshot(order.facts, at=at, parent=order.parent).counter_key
    except WriteError:
        return None


def _one(grammar: Grammar, order: Order, numbers: dict[str, int], at: datetime, place: int) -> Preview:
    try:
        snapshot = grammar.snapshot(order.facts, at=at, parent=order.parent)
        found = _written(grammar, snapshot, numbers, place)
    except CodingError as error:
        return Preview(order, error=error)
    return Preview(order, found.code, found.serial)


def _written(grammar: Grammar, snapshot: Snapshot, numbers: dict[str, int], place: int) -> Written:
    serial = grammar.scheme.serial
    drawn = _drawn(grammar, place)
    if serial is None:
        return grammar.write(snapshot, random=drawn)
    number = numbers.get(snapshot.counter_key, serial.start)
    for _ in range(_MOST_SKIPPED):
        numbers[snapshot.counter_key] = number + serial.step
        try:
            return grammar.write(snapshot, serial=number, random=drawn)
        except WriteError as error:
            if error.message != "check-not-printable":
                raise
            number += serial.step
    raise WriteError("check-not-printable", segment=serial.name, value=number)


def _drawn(grammar: Grammar, place: int) -> str | None:
    """Characters that look drawn and are the same each time."""
    segment = next((one for one in grammar.segments if isinstance(one, Random)), None)
    if segment is None:
        return None
    return "".join(
        segment.alphabet[(place * _STRIDE + 5 * index + 3) % len(segment.alphabet)] for index in range(segment.width)
    )
