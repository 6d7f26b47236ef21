"""What people may have meant who mistyped a code once, the likeliest first.

The ranks follow how often people make which error when they copy numbers (J. Verhoeff, Error detecting decimal codes,
1969: four in five change one character, one in ten exchanges neighbours), and which keys and shapes lie near.

>>> ranks = neighbours("C0O1")
>>> ranks["C001"], ranks["CO01"], ranks["C0P1"], ranks["C0X1"], "C0O1" in ranks
(0, 1, 1, 2, False)
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise

from kehuma.engine.coding.model import ALPHABETS

_ALPHABET = ALPHABETS["base36"]
_ROWS = ("1234567890", "QWERTYUIOP", "ASDFGHJKL", "ZXCVBNM")
_PAD = ("789", "456", "123", " 0 ")
_SHAPES = "0O 0Q 0D 1I 1L 1J 1T 17 2Z 5S 6G 8B UV VY MN 38 69 CG EF OQ DO PR"
# Fourteen and forty, and so on: heard on the telephone.
_HEARD = {f"1{digit}": f"{digit}0" for digit in "3456789"} | {f"{digit}0": f"1{digit}" for digit in "3456789"}

_ALIKE, _NEAR, _SAME_KIND, _LENGTH, _OTHER = range(5)


def neighbours(key: str) -> Mapping[str, int]:
    """The texts one error away from what was typed, each with its rank."""
    ranks: dict[str, int] = {}
    for rank, text in _errors(key):
        if text != key:
            ranks[text] = min(rank, ranks.get(text, rank))
    return ranks


def _errors(key: str) -> Iterator[tuple[int, str]]:
    yield from _exchanged(key)
    for place, typed in enumerate(key):
        before, after = key[:place], key[place + 1 :]
        for meant in _ALPHABET:
            yield _rank(typed, meant), before + meant + after
            # A character twice where it stands once, or the other way round, is the commonest wrong length.
            yield _NEAR if meant == typed else _OTHER, before + meant + typed + after
        yield _NEAR if typed in (before[-1:], after[:1]) else _LENGTH, before + after
    for meant in _ALPHABET:
        yield _OTHER, key + meant


def _exchanged(key: str) -> Iterator[tuple[int, str]]:
    for place, (first, second) in enumerate(pairwise(key)):
        before, after = key[:place], key[place + 2 :]
        yield _NEAR, before + second + first + after
        if heard := _HEARD.get(first + second):
            yield _SAME_KIND, before + heard + after
        if first == second:
            for meant in _ALPHABET:
                if meant.isdigit() == first.isdigit():
                    yield _OTHER, before + 2 * meant + after
    for place in range(len(key) - 2):
        yield _OTHER, key[:place] + key[place + 2] + key[place + 1] + key[place] + key[place + 3 :]


def _rank(typed: str, meant: str) -> int:
    return _NEAR_BY.get((typed, meant), _SAME_KIND if typed.isdigit() == meant.isdigit() else _OTHER)


def _table() -> dict[tuple[str, str], int]:
    table: dict[tuple[str, str], int] = {}
    for row in (*_ROWS, *_PAD, *map("".join, zip(*_PAD, strict=True))):
        for left, right in pairwise(row):
            table[left, right] = table[right, left] = _NEAR
    for pair in _SHAPES.split():
        left, right = pair[0], pair[1]
        table[left, right] = table[right, left] = _ALIKE
    return table


_NEAR_BY = _table()
