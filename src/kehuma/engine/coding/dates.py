"""Dates inside codes: from a date to its text, and from the text to what it says.

>>> from datetime import datetime
>>> tokens_of("YYYYMM")
('YYYY', 'MM')
>>> written(("GGGG", "WW"), datetime(2027, 1, 1), fiscal_start=1)
'202653'
>>> said(("YYYY", "MM"), "202611")
('2026年11月', '2026-11', '2026-11')
"""

import re
from datetime import date, datetime

from kehuma.engine.coding.language import Language, concatenation, repeated, words
from kehuma.engine.coding.model import DIGITS

# The longest first, so that FYYYY is not read as F and YYYY.
TOKENS = ("FYYYY", "GGGG", "YYYY", "FYY", "YY", "MM", "DD", "HH", "mm", "ss", "WW", "Q")

_WIDTHS = {"FYYYY": 4, "GGGG": 4, "YYYY": 4, "Q": 1}
_RANGES = {"MM": (1, 12), "DD": (1, 31), "HH": (0, 23), "mm": (0, 59), "ss": (0, 59), "WW": (1, 53), "Q": (1, 4)}
_ZH = {"MM": "月", "DD": "日", "HH": "时", "mm": "分", "ss": "秒", "WW": "周"}
_YEARS = {"YYYY", "YY", "GGGG", "FYYYY", "FYY"}

_TEXT = re.compile(
    r"([0-9]{4})(?:([-/.])([0-9]{1,2})(?:\2([0-9]{1,2})(?:[ T]([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?)?)?)?"
    r"|([0-9]{4})年(?:([0-9]{1,2})月(?:([0-9]{1,2})日)?)?"
    r"|([0-9]{4})([0-9]{2})(?:([0-9]{2}))?",
)


def tokens_of(text: str) -> tuple[str, ...] | None:
    """The format cut into its tokens, or None where something else is in it."""
    found = re.findall("|".join(TOKENS), text)
    return tuple(found) if found and "".join(found) == text else None


def parsed(text: str) -> datetime | None:
    """The date that a text in one of the usual ways of writing states, or None; ``2026-11`` is its first day."""
    match = _TEXT.fullmatch(text.strip())
    if match is None:
        return None
    numbers = [int(group) for group in match.groups() if group is not None and group not in "-/."]
    try:
        return datetime(*(numbers + [1, 1][len(numbers) - 1 :] if len(numbers) < 3 else numbers))  # type: ignore[arg-type]  # noqa: DTZ001  # a date as written has no zone
    except ValueError:
        return None


def written(tokens: tuple[str, ...], at: date, *, fiscal_start: int) -> str:
    """The date as the tokens say it; ValueError where that needs the year 10,000.

    A fiscal year has the name of the calendar year in which it ends.
    """
    week = at.isocalendar()
    fiscal = date(at.year + (1 < fiscal_start <= at.month), 1, 1).year
    clock = at if isinstance(at, datetime) else datetime(at.year, at.month, at.day)  # noqa: DTZ001  # as above
    values = {
        "YYYY": at.year, "YY": at.year % 100, "MM": at.month, "DD": at.day, "Q": (at.month + 2) // 3,
        "HH": clock.hour, "mm": clock.minute, "ss": clock.second, "GGGG": week.year, "WW": week.week,
        "FYYYY": fiscal, "FYY": fiscal % 100,
    }  # fmt: skip
    return "".join(str(values[token]).rjust(_width(token), "0") for token in tokens)


def language(tokens: tuple[str, ...]) -> Language:
    """All texts the tokens can write; days beyond the end of their month are refused by ``is_possible``."""
    return concatenation([_token_language(token) for token in tokens])


def is_possible(tokens: tuple[str, ...], text: str) -> bool:
    """Whether the day exists in its month (and year, where the text states it in full), and the week in its year."""
    values = dict(_cut(tokens, text))
    try:
        if "GGGG" in values and "WW" in values:
            date.fromisocalendar(int(values["GGGG"]), int(values["WW"]), 1)
        if "DD" not in values or "MM" not in values:
            return True
        date(int(values.get("YYYY", "2000")), int(values["MM"]), int(values["DD"]))
    except ValueError:
        return False
    return True


def said(tokens: tuple[str, ...], text: str) -> tuple[str, str, str]:
    """The text in Chinese, in English, and as a value (ISO 8601 as far as the tokens allow)."""
    values = dict(_cut(tokens, text))
    zh = "".join(_zh(token, value) for token, value in values.items())
    year = next((value for token, value in values.items() if token in _YEARS), "")
    prefix = "FY" if any(token.startswith("F") for token in values) else ""
    parts = [prefix + year] if year else []
    parts += [f"Q{values['Q']}"] if "Q" in values else []
    parts += [f"W{values['WW']}"] if "WW" in values else []
    parts += [values[token] for token in ("MM", "DD") if token in values]
    clock = ":".join(values[token] for token in ("HH", "mm", "ss") if token in values)
    value = "-".join(parts) + (("T" if parts else "") + clock if clock else "")
    return zh, value.replace("T", " "), value


def _width(token: str) -> int:
    return _WIDTHS.get(token, 2)


def _token_language(token: str) -> Language:
    if token not in _RANGES:
        return repeated(DIGITS, _width(token), _width(token))
    first, last = _RANGES[token]
    return words(str(number).rjust(_width(token), "0") for number in range(first, last + 1))


def _cut(tokens: tuple[str, ...], text: str) -> list[tuple[str, str]]:
    cut, position = [], 0
    for token in tokens:
        cut.append((token, text[position : position + _width(token)]))
        position += _width(token)
    return cut


def _zh(token: str, value: str) -> str:
    if token == "Q":
        return f"第{value}季度"
    if token in _YEARS:
        return f"{value}{'财年' if token.startswith('F') else '年'}"
    return ("第" if token == "WW" else "") + value + _ZH[token]
