"""Which texts of a date format are dates: the language of the format without the days that no month has."""

from functools import cache

from kehuma.engine.coding import dates
from kehuma.engine.coding.language import Language, concatenation, repeated, union, words
from kehuma.engine.coding.model import DIGITS

_LONG = ("01", "03", "05", "07", "08", "10", "12")
_NOT_FEBRUARY = tuple(f"{month:02}" for month in range(1, 13) if month != 2)
_MONTHS = words(("02", *_NOT_FEBRUARY))
_TWO = repeated(DIGITS, 2, 2)


@cache
def possible_dates(tokens: tuple[str, ...]) -> Language:
    """The texts of the tokens that ``dates.is_possible`` allows; 29 February stands where the year may be a leap year.

    >>> days = possible_dates(("MM", "DD", "YYYY"))
    >>> [days.ends(text, 0) for text in ("02292024", "02292100", "04311999", "01010000")]
    [[8], [], [], []]
    """
    if not {"MM", "DD"} <= set(tokens):
        return dates.language(tokens)
    cases = [
        {"DD": _days(1, 28), "MM": _MONTHS, "YYYY": _years()},
        {"DD": _days(29, 30), "MM": words(_NOT_FEBRUARY), "YYYY": _years()},
        {"DD": _days(31, 31), "MM": words(_LONG), "YYYY": _years()},
        {"DD": _days(29, 29), "MM": words(["02"]), "YYYY": _leap_years()},
    ]
    return union([concatenation([case.get(token) or dates.language((token,)) for token in tokens]) for case in cases])


def _days(first: int, last: int) -> Language:
    return words(f"{day:02}" for day in range(first, last + 1))


@cache
def _years() -> Language:
    """0001 to 9999: the calendar of Python, like ours, knows no year 0."""
    return union([concatenation([_TWO, _from(1, 1)]), concatenation([_from(1, 1), words(["00"])])])


@cache
def _leap_years() -> Language:
    return union([concatenation([_TWO, _from(4, 4)]), concatenation([_from(4, 4), words(["00"])])])


def _from(first: int, step: int) -> Language:
    return words(f"{number:02}" for number in range(first, 100, step))
