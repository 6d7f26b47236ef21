"""Numbers, money and moments as the pages write them.

>>> number(1286400), number(None), percent(0.9673), share(0.9673)
('1,286,400', '—', '97%', '96.7%')
>>> from datetime import date
>>> day(date(2026, 11, 20), today=date(2026, 12, 1)), day(date(2025, 3, 9), today=date(2026, 12, 1))
('11-20', '2025-03-09')
"""

from datetime import date, datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import get_language

NOTHING = "—"


def is_english() -> bool:
    """Whether the page is written in English."""
    return get_language() == "en"


def number(value: float | Decimal | None, places: int = 0) -> str:
    """With separators: ``20,000``."""
    return NOTHING if value is None or value == "" else f"{value:,.{places}f}"


def money(value: float | Decimal | None) -> str:
    """Yuan and fen, without the sign: ``1,286,400.00``."""
    return number(value, 2)


def percent(value: float | None) -> str:
    """A whole percentage of a share between 0 and 1."""
    return NOTHING if value is None else f"{value * 100:.0f}%"


def share(value: float | None) -> str:
    """A share as a length of SVG, one decimal."""
    return "0%" if value is None else f"{min(max(value, 0), 1) * 100:.1f}%"


def day(value: date | datetime | None, today: date) -> str:
    """``11-20``, with the year when it is not this year."""
    if value is None:
        return NOTHING
    there = timezone.localtime(value).date() if isinstance(value, datetime) else value
    return there.strftime("%m-%d") if there.year == today.year else there.isoformat()


def moment(value: datetime | None, today: date) -> str:
    """``11-20 15:12``; only the time for today."""
    if value is None:
        return NOTHING
    there = timezone.localtime(value)
    return there.strftime("%H:%M") if there.date() == today else f"{day(value, today)} {there:%H:%M}"
