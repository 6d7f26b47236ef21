"""Codes that a spreadsheet silently turns into something else when a file is opened: numbers, dates, formulas.

Each pattern is intersected with the language of the issued codes, so the answer is a decision and not a sample.
"""

from collections.abc import Iterator
from functools import cache

from kehuma.engine.coding.language import Language, concatenation, looped, repeated, union, words
from kehuma.engine.coding.lints.issued import IssuedCodes
from kehuma.engine.coding.lints.lint import Lint
from kehuma.engine.coding.model import DIGITS

_PRINTABLE = "".join(chr(code) for code in range(ord(" "), ord("~") + 1))
_NUMBER = looped(DIGITS, DIGITS, DIGITS)
# A double holds 15 decimal digits; from the sixteenth on a spreadsheet writes zeros.
_EXACT_DIGITS = 15
_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_LONG_MONTHS = [
    "JANUARY",
    "FEBRUARY",
    "MARCH",
    "APRIL",
    "JUNE",
    "JULY",
    "AUGUST",
    "SEPT",
    "SEPTEMBER",
    "OCTOBER",
    "NOVEMBER",
    "DECEMBER",
]


def number(codes: IssuedCodes) -> Iterator[Lint]:
    """``1E5`` becomes 100000, ``1.10`` becomes 1.1."""
    return _found(codes, "excel-number", _numbers())


def date(codes: IssuedCodes) -> Iterator[Lint]:
    """``3-4``, ``2026-11``, ``MAR-1`` and ``12:30`` become dates and times."""
    return _found(codes, "excel-date", _dates())


def leading_zero(codes: IssuedCodes) -> Iterator[Lint]:
    """``0042`` becomes 42."""
    return _found(codes, "excel-leading-zero", concatenation([words(["0"]), _NUMBER]))


def too_long(codes: IssuedCodes) -> Iterator[Lint]:
    """A number of more than 15 digits loses its last ones."""
    longer = _EXACT_DIGITS + 1
    return _found(codes, "excel-too-long", concatenation([repeated(DIGITS, longer, longer), _NUMBER], frozenset({1})))


def formula(codes: IssuedCodes) -> Iterator[Lint]:
    """``=A1``, ``-001`` and ``@X`` are computed."""
    return _found(codes, "excel-formula", concatenation([words("=+-@"), looped(_PRINTABLE, _PRINTABLE, _PRINTABLE)]))


def _found(codes: IssuedCodes, rule: str, pattern: Language) -> Iterator[Lint]:
    if example := codes.witness(pattern):
        yield Lint(rule, "warning", example=example)


@cache
def _numbers() -> Language:
    fraction = concatenation([words(["."]), _NUMBER])
    exponent = concatenation([words("Ee"), words("+-"), _NUMBER], frozenset({1}))
    return union([concatenation([_NUMBER, fraction]), concatenation([_NUMBER, fraction, exponent], frozenset({1}))])


@cache
def _dates() -> Language:
    stroke, month, day = words("-/"), _counted(12), _counted(31)
    century = concatenation([words(["19", "20"]), repeated(DIGITS, 2, 2)])
    year = union([century, repeated(DIGITS, 2, 2)])
    name = words([*_MONTHS, *_LONG_MONTHS])
    rows = [
        [month, stroke, union([day, year])],
        [day, stroke, month],
        [century, stroke, month],
        [union([month, day]), stroke, day, stroke, year],
        [year, stroke, month, stroke, day],
    ]
    named = [
        concatenation([name, stroke, union([day, year])], frozenset({1})),
        concatenation([day, stroke, name, stroke, year], frozenset({1, 3, 4})),
    ]
    clock = concatenation([repeated(DIGITS, 1, 2), words([":"]), repeated(DIGITS, 2, 2)])
    return union([*(concatenation(row) for row in rows), *named, clock])


def _counted(most: int) -> Language:
    return words({text for value in range(1, most + 1) for text in (str(value), f"{value:02}")})
