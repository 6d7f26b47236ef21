"""What is strange, as plain arithmetic: no store, no clock. ``docs/reference/alarms.md`` says what each rule means.

>>> marked = mark({}, range(100, 120))
>>> densest(marked, 119)
Window(number=20, first=100, last=119)
"""

from collections.abc import Iterable, Mapping, Sequence
from math import log
from statistics import median
from typing import NamedTuple

from kehuma.apps.alarms.limits import Limits

WINDOW = 50
# How many look-ups find nothing: of a person at work, and of somebody who guesses.
NORMAL_MISSES, GUESSED_MISSES = 0.02, 0.25
# The sequential test of Wald: an honest reader is accused once in ten thousand tests, a guesser missed once in twenty.
_FALSE, _MISSED = 0.0001, 0.05
SURE = log((1 - _MISSED) / _FALSE)
_CLEARED = log(_MISSED / (1 - _FALSE))
_PER_MISS, _PER_HIT = log(GUESSED_MISSES / NORMAL_MISSES), log((1 - GUESSED_MISSES) / (1 - NORMAL_MISSES))
# So many days make a habit. Before there is one, so many times the floor is strange.
LEAST_DAYS, NEWCOMER = 5, 3
# From the median of the deviations to what statistics calls a standard deviation.
_PER_DEVIATION = 1.4826
_FULL = (1 << WINDOW) - 1


class Window(NamedTuple):
    """The fullest stretch of ``WINDOW`` neighbours: how many were looked up, the first and the last of them."""

    number: int
    first: int
    last: int


def mark(stretches: Mapping[int, int], ranks: Iterable[int]) -> dict[int, int]:
    """The stretches with more ranks marked in them."""
    marked = dict(stretches)
    for rank in ranks:
        place, bit = divmod(rank, WINDOW)
        marked[place] = marked.get(place, 0) | 1 << bit
    return marked


def densest(stretches: Mapping[int, int], rank: int) -> Window:
    """The fullest window that this rank is in, in whatever order the others were looked up."""
    place, bit = divmod(rank, WINDOW)
    line = sum(stretches.get(place + beside, 0) << WINDOW * (beside + 1) for beside in (-1, 0, 1))
    here = WINDOW + bit
    start = max(range(here - WINDOW + 1, here + 1), key=lambda start: ((line >> start) & _FULL).bit_count())
    found = (line >> start) & _FULL
    first = (place - 1) * WINDOW + start + (found & -found).bit_length() - 1
    return Window(found.bit_count(), first, (place - 1) * WINDOW + start + found.bit_length() - 1)


def doubted(doubt: float, *, hits: int, misses: int) -> float:
    """Where the test stands after more look-ups: at ``SURE`` somebody is guessing, at 0 nothing speaks for it.

    >>> doubted(0, hits=100, misses=2) == 0
    True
    >>> doubted(0, hits=2, misses=6) > SURE
    True
    """
    if doubt >= SURE:
        return doubt
    told = doubt + misses * _PER_MISS
    if told >= SURE:
        return told
    told += hits * _PER_HIT
    return 0.0 if told <= _CLEARED else told


def usual(days: Sequence[int]) -> int | None:
    """How much a person looks up on a usual day; None while there is no habit yet."""
    return round(median(days)) if len(days) >= LEAST_DAYS else None


def most_of(days: Sequence[int], limits: Limits) -> int:
    """From how much on a day is strange for somebody whose days before were these."""
    if len(days) < LEAST_DAYS:
        return NEWCOMER * limits.volume
    middle = median(days)
    spread = median([abs(one - middle) for one in days]) * _PER_DEVIATION
    return max(limits.volume, round(middle + limits.deviations * max(spread, 1.0)), round(2 * middle))
