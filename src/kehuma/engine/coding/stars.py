"""Numbers that are never issued because their check character under ISO 7064 MOD 37,2 would print a star.

Whether a number is one of them depends on what stands around it in the code, so the answer is a least and a most.
They are counted place by place over residues (of the step, and of 37), in time that grows with the digits and not with
the numbers.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kehuma.engine.coding import serials
from kehuma.engine.coding.grammar import Grammar
from kehuma.engine.coding.language import Language, without
from kehuma.engine.coding.model import DIGITS, LETTERS, SEPARATORS, Check, Serial

STAR = "*"
# ISO 7064 MOD 37,2: a text whose doubled sum is 2 modulo 37 has the check character of value 36, the star.
_MODULUS, _RADIX, _STARRED = 37, 2, 2
_BASE36 = DIGITS + LETTERS
# Runs as long as this are listed one by one.
_FEW = 2_000
# Residues of larger steps are too many to count through in the time that a check may take.
_LARGEST_STEP = 200


@dataclass(frozen=True, slots=True)
class Run:
    """The numbers ``first``, ``first + step`` … up to ``last``."""

    first: int
    last: int
    step: int

    @property
    def size(self) -> int:
        """How many they are."""
        return max((self.last - self.first) // self.step + 1, 0)


# (width, sum modulo 37) of a text; how many numbers have such texts.
_Sums = Counter[tuple[int, int]]
# (number modulo the step, sum modulo 37) of texts of one width.
_Residues = Counter[tuple[int, int]]


def least_and_most(grammar: Grammar, serial: Serial, run: Run) -> tuple[int, int] | None:
    """How many numbers of the run print a star, at the least and at the most; None where this cannot be counted."""
    if serial.order == "permuted" or (run.size > _FEW and run.step > _LARGEST_STEP):
        return None
    sums = _listed(serial, run) if run.size <= _FEW else _counted(serial, run)
    widths = {width for width, _ in sums}
    found = set()
    for before, behind, places in _around(grammar):
        # before · 2^(width + places) + sum · 2^places + behind ≡ 2 (mod 37), solved for the sum of the number itself
        wanted = (_STARRED - behind) * pow(_RADIX, -places, _MODULUS)
        found.add(sum(sums[width, (wanted - before * _RADIX**width) % _MODULUS] for width in widths))
    return min(found), max(found)


# -- what stands around the number -----------------------------------------------------------------------------------


def _around(grammar: Grammar) -> Iterator[tuple[int, int, int]]:
    """The sum before the number, the sum behind it and its places, in every way in which they occur."""
    pairs = zip(grammar.items, grammar.languages, strict=True)
    items = [(item, language) for item, language in pairs if item.group is None and not isinstance(item.part, Check)]
    place = next(index for index, (item, _) in enumerate(items) if isinstance(item.part, Serial))
    before = {total for total, _ in _texts([language for _, language in items[:place]], grammar.scheme.max_length)}
    behind = _texts([language for _, language in items[place + 1 :]], grammar.scheme.max_length)
    return ((first, last, places) for first in before for last, places in behind)


def _texts(languages: Sequence[Language], most: int) -> set[tuple[int, int]]:
    """(sum modulo 37, width) of all texts of these languages in a row, separators left out."""
    found = {(0, 0)}
    for language in languages:
        bare = without(language, SEPARATORS) if language.characters & set(SEPARATORS) else language
        found = _continued(bare, found, most)
    return found


def _continued(language: Language, begun: set[tuple[int, int]], most: int) -> set[tuple[int, int]]:
    found = set(begun) if 0 in language.accepting else set()
    waiting = [(0, total, width) for total, width in begun]
    seen = set(waiting)
    while waiting:
        state, total, width = waiting.pop()
        for character, following in language.steps[state].items():
            reached = (following, _plus(total, _BASE36.index(character)), width + 1)
            if reached in seen or width == most:
                continue
            seen.add(reached)
            waiting.append(reached)
            if following in language.accepting:
                found.add(reached[1:])
    return found


def _plus(total: int, value: int) -> int:
    """The sum of a text with one more character at its end."""
    return (_RADIX * (total + value)) % _MODULUS


# -- the numbers themselves ----------------------------------------------------------------------------------------


def _listed(serial: Serial, run: Run) -> _Sums:
    found: _Sums = Counter()
    for number in range(run.first, run.last + 1, run.step):
        text = serials.text_of(serial, number, room=run.last + 1)
        total = 0
        for character in text:
            total = _plus(total, _BASE36.index(character))
        found[len(text), total] += 1
    return found


def _counted(serial: Serial, run: Run) -> _Sums:
    found: _Sums = Counter()
    for block in _blocks(serial, run.last):
        found.update(block.sums_up_to(run.last, run))
        found.subtract(block.sums_up_to(run.first - 1, run))
    return found


def _blocks(serial: Serial, last: int) -> "Iterator[_Block]":
    """The numbers from 0 on, cut where their texts become wider or begin with letters."""
    if serial.overflow == "letters" and not serial.width_max:
        yield _Block(DIGITS, DIGITS, serial.width, 0)
        yield _Block(LETTERS, _BASE36, serial.width, int(10**serial.width))
        return
    alphabet, width, first = serial.alphabet, serial.width, 0
    while first <= last:
        yield _Block(alphabet if width == serial.width else alphabet[1:], alphabet, width, first)
        first, width = int(len(alphabet) ** width), width + 1


class _Block:
    """Texts of one width: any of ``heads``, then any ``width - 1`` of ``alphabet``; ``first`` is the first number."""

    def __init__(self, heads: str, alphabet: str, width: int, first: int) -> None:
        self.heads, self.alphabet, self.width, self.first = heads, alphabet, width, first

    def sums_up_to(self, last: int, run: Run) -> _Sums:
        """(width, sum) of the block's numbers that are not above ``last`` and on the step of the run."""
        size = len(self.heads) * len(self.alphabet) ** (self.width - 1)
        count = min(last + 1 - self.first, size)
        if count <= 0:
            return Counter()
        residues = self._first_texts(count, run.step)
        wanted = (run.first - self.first) % run.step
        return Counter({(self.width, total): n for (number, total), n in residues.items() if number == wanted})

    def _first_texts(self, count: int, step: int) -> _Residues:
        """Residues of the first ``count`` texts, numbered from 0: along the first text left out, below it place by place."""
        tails = _tails(self.alphabet, self.width, step)
        found: _Residues = Counter()
        number, total = 0, 0
        for place in range(self.width):
            choices = self.alphabet if place else self.heads
            rest = self.width - 1 - place
            weight = len(self.alphabet) ** rest
            value, count = divmod(count, weight)
            for below, character in enumerate(choices[:value]):
                begun = (number + below * weight, _plus(total, _BASE36.index(character)))
                _add(found, begun, tails[rest], rest, step)
            if value == len(choices):
                return found
            number += value * weight
            total = _plus(total, _BASE36.index(choices[value]))
        return found


def _tails(alphabet: str, width: int, step: int) -> list[_Residues]:
    """The residues of all texts of 0, 1, … ``width - 1`` characters."""
    tails: list[_Residues] = [Counter({(0, 0): 1})]
    for rest in range(width - 1):
        longer: _Residues = Counter()
        for value, character in enumerate(alphabet):
            begun = (value * len(alphabet) ** rest, _plus(0, _BASE36.index(character)))
            _add(longer, begun, tails[rest], rest, step)
        tails.append(longer)
    return tails


def _add(found: _Residues, begun: tuple[int, int], tail: _Residues, rest: int, step: int) -> None:
    """Count the texts that begin with residues ``begun`` and go on with ``rest`` characters of the tail."""
    number, total = begun[0] % step, begun[1] * _RADIX**rest
    for (inner, sum_behind), count in tail.items():
        found[(number + inner) % step, (total + sum_behind) % _MODULUS] += count
