"""Counters: the next number of a scheme's name and the written texts of its ``per`` segments.

A counter lives as long as the name of its scheme. It moves with the transaction that uses the number, so a number
given out is stored and a number not stored was not given out. On SQLite the transaction is the only one that writes; on
PostgreSQL it holds the row of the counter until it ends, and the next one reads what it left.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django.db import connection

from kehuma.apps.audit import services as audit
from kehuma.apps.codes import schemes, skips
from kehuma.apps.codes.models import Counter
from kehuma.engine.coding.model import Serial
from kehuma.lib.db import rows
from kehuma.lib.db.among import among_values
from kehuma.lib.db.pipelines import asked


class Held(NamedTuple):
    """A counter's id and its next number."""

    id: int
    next: int


_TAKE = "UPDATE codes_counter SET next = next + %s WHERE scheme = %s AND key = %s RETURNING id, next - %s"


def take(scheme: str, key: str, serial: Serial) -> tuple[int, int]:
    """The counter's id and its next number, which is hereby given out."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [serial.step, scheme, key, serial.step])
        taken = cursor.fetchone()
        if taken is None:
            _begin(scheme, [key], serial)
            cursor.execute(_TAKE, [serial.step, scheme, key, serial.step])
            taken = cursor.fetchone()
    counter, number = taken
    audit.reach(scheme, [(key, int(number) + serial.step)])
    return int(counter), int(number)


def held(scheme: str, keys: Iterable[str], serial: Serial) -> Mapping[str, Held]:
    """The counters of these keys, begun where they are new and locked until the transaction ends."""
    return asked_held(scheme, keys, serial)()


def asked_held(scheme: str, keys: Iterable[str], serial: Serial) -> Callable[[], Mapping[str, Held]]:
    """The same in two steps: asked for now, and told when what is returned is called."""
    wanted = list(keys)
    locked = _asked_locked(scheme, wanted)

    def told() -> Mapping[str, Held]:
        found = _by_key(locked())
        # In order: two files that begin the same counters in two orders would wait for one another.
        new = sorted(key for key in wanted if key not in found)
        if new:
            _begin(scheme, new, serial)
            found |= _by_key(_asked_locked(scheme, new)())
        return found

    return told


def advance(following: Iterable[tuple[int, int]]) -> None:
    """Store where held counters, named by their ids, have come to."""
    rows.set_by_id("codes_counter", "next", following)


def _asked_locked(scheme: str, keys: list[str]) -> Callable[[], Sequence[Sequence[Any]]]:
    is_one, values = among_values("key", "text", keys)
    sql = f"SELECT key, id, next FROM codes_counter WHERE scheme = %s AND {is_one} ORDER BY key"  # noqa: S608 - ours
    return asked(f"{sql} FOR UPDATE" if connection.vendor == "postgresql" else sql, [scheme, *values])


def _by_key(rows: Sequence[Sequence[Any]]) -> dict[str, Held]:
    return {key: Held(counter, number) for key, counter, number in rows}


def _begin(scheme: str, keys: list[str], serial: Serial) -> None:
    others: list[tuple[dict[str, str], int]] = []
    # Keys made for one list of `per` segments have their own texts; a version with another list may repeat them.
    if len(schemes.shapes_of_keys(scheme)) > 1:
        counters = Counter.objects.filter(scheme=scheme).values_list("key", "next")
        others = [(_pairs(key), number) for key, number in counters]
    # In a life of this store that was lost, a counter may have been further already.
    before = audit.recovered(scheme, keys)
    first = {key: max(_first_number(key, serial, others), _on_step(before.get(key, 0), serial)) for key in keys}
    Counter.objects.bulk_create(
        [Counter(scheme=scheme, key=key, next=number) for key, number in first.items()],
        ignore_conflicts=True,
    )
    late = [key for key, number in first.items() if number > serial.start]
    for counter, key in Counter.objects.filter(scheme=scheme, key__in=late).values_list("id", "key") if late else ():
        skips.note(counter, serial.start, first[key] - 1, skips.BEGUN)


def _first_number(key: str, serial: Serial, others: list[tuple[dict[str, str], int]]) -> int:
    """The start, or the first number on the step past every key whose texts this one could repeat."""
    mine = _pairs(key)
    past = max((number for pairs, number in others if _may_meet(mine, pairs)), default=serial.start)
    return _on_step(past, serial)


def _on_step(least: int, serial: Serial) -> int:
    """The first number of the serial that is no lower."""
    steps = -(-(least - serial.start) // serial.step)
    return serial.start + max(0, steps) * serial.step


def _may_meet(mine: Mapping[str, str], other: Mapping[str, str]) -> bool:
    return all(other.get(name, text) == text for name, text in mine.items())


def _pairs(key: str) -> dict[str, str]:
    return dict(pair.partition("=")[::2] for pair in key.split(" ") if pair)
