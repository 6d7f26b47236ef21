"""How many codes a scheme has: numbers of one counter key, keys, and all of them together.

Counted on the grammar, not sampled: the numbers from ``start`` on that ``step`` meets and the code has room for,
without those whose check character would print a star. How many of these there are depends on what else stands in the
code, so a key has a least and a most.

>>> from kehuma.engine.coding.grammar import compile_scheme
>>> from kehuma.engine.coding.scheme_file import load_scheme
>>> stepped = compile_scheme(load_scheme('''
... kehuma = 1
... name = "member"
... template = "C-{serial:5}-X"
... segments.serial.step = 5
... '''))
>>> capacity_of(stepped)
Capacity(counter_key=(), keys=1, per_key=20000, per_key_most=20000, is_exact=True)
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from math import prod

from kehuma.engine.coding import serials, stars
from kehuma.engine.coding.grammar import Grammar
from kehuma.engine.coding.language import Language
from kehuma.engine.coding.layout import Item
from kehuma.engine.coding.model import Check, Date, Initials, Parent, Part, Random, Serial, Text

_DAYS_A_YEAR = Fraction(1461, 4)
# Of all numbers, one in 37 prints a star.
_SHARE_OF_STARS = 37


@dataclass(frozen=True, slots=True)
class Capacity:
    """``per_key`` codes for every counter key, for some keys up to ``per_key_most``.

    ``keys`` is None where their number is open (names, dates, parents, texts of any length). ``is_exact`` is False
    where stars are taken at their share of one in 37: a permuted order, or a step too large to count through.
    """

    counter_key: tuple[str, ...]
    keys: int | None
    per_key: int
    per_key_most: int
    is_exact: bool = True

    @property
    def total(self) -> int | None:
        """The codes of all keys at the least; None where the number of keys is open."""
        return None if self.keys is None else self.keys * self.per_key

    def as_json(self) -> dict[str, object]:
        """The shape in which ``check --json`` shows it."""
        return {
            "counter_key": list(self.counter_key),
            "keys": self.keys,
            "per_key": self.per_key,
            "per_key_most": self.per_key_most,
            "total": self.total,
            "exact": self.is_exact,
        }


def capacity_of(grammar: Grammar) -> Capacity:
    """The capacity of a scheme; without a serial, what ``random`` can draw for the same facts, else one code."""
    serial = grammar.scheme.serial
    if serial is None:
        drawn = prod(len(part.alphabet) ** part.width for part in grammar.segments if isinstance(part, Random))
        named = [part.name for part in grammar.segments if not part.live and not isinstance(part, (Random, Check))]
        return Capacity(tuple(named), _keys(grammar, named), drawn, drawn)
    runs = [_run(serial, room) for room in (_least_room(grammar), grammar.room)]
    keys = _keys(grammar, serial.per)
    if grammar.algorithm is None or stars.STAR not in grammar.algorithm.alphabet_out:
        return Capacity(serial.per, keys, runs[0].size, runs[1].size)
    skipped = [stars.least_and_most(grammar, serial, run) for run in runs]
    if skipped[0] is None or skipped[1] is None:
        per_key = [run.size - -(-run.size // _SHARE_OF_STARS) for run in runs]
        return Capacity(serial.per, keys, per_key[0], per_key[1], is_exact=False)
    return Capacity(serial.per, keys, runs[0].size - skipped[0][1], runs[1].size - skipped[1][0])


def full_on(capacity: int, *, used: int, codes_per_year: int, today: date) -> date | None:
    """The day on which a counter key will have given its last number; None where that is past the calendar.

    >>> full_on(9999, used=9000, codes_per_year=500, today=date(2026, 1, 1))
    datetime.date(2027, 12, 31)
    """
    if codes_per_year <= 0:
        return None
    days = max(capacity - used, 0) * _DAYS_A_YEAR / codes_per_year
    return today + timedelta(int(days)) if days <= (date.max - today).days else None


def _run(serial: Serial, room: int) -> stars.Run:
    last = serials.last_number(serial, room) if room >= serial.width else -1
    return stars.Run(serial.start, last, serial.step)


def _least_room(grammar: Grammar) -> int:
    """The characters left for the number beside the longest other parts; open ones count at their shortest."""
    most, taken = grammar.scheme.max_length, grammar.live_most
    for item, language in _identity(grammar):
        if not isinstance(item.part, Serial):
            widths = language.widths(most)
            taken += min(widths, default=0) if _is_of_any_length(item.part) else max(widths, default=0)
    return min(max(most - taken, 0), grammar.room)


def _keys(grammar: Grammar, names: Iterable[str]) -> int | None:
    wanted = set(names)
    languages = [(item.part, language) for item, language in _identity(grammar) if _name(item.part) in wanted]
    if any(isinstance(part, (Date, Parent)) or _is_of_any_length(part) for part, _ in languages):
        return None
    return prod(_words(language) for _, language in languages)


def _identity(grammar: Grammar) -> list[tuple[Item, Language]]:
    pairs = zip(grammar.items, grammar.languages, strict=True)
    return [(item, language) for item, language in pairs if item.group is None]


def _name(part: Part) -> str:
    return getattr(part, "name", "")


def _is_of_any_length(part: Part) -> bool:
    return isinstance(part, (Initials, Parent)) or (isinstance(part, Text) and not part.width)


def _words(language: Language) -> int:
    """How many words a language without loops has."""
    counts, total = Counter({0: 1}), 0
    while counts:
        following: Counter[int] = Counter()
        for state, count in counts.items():
            for reached in language.steps[state].values():
                following[reached] += count
        total += sum(count for state, count in following.items() if state in language.accepting)
        counts = following
    return total
