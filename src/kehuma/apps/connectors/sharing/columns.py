"""Which columns may leave, and how exact each of them is.

They are public for every kind of customer, and each of their values is one of a list, a number or a day: a name, an
official number, a code, the superior, the owner and free text lead to who it is, whatever class they belong to.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_DOWN, Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from django.utils import timezone

from kehuma.apps.connectors.errors import ColumnsError
from kehuma.apps.customers import queries as customers
from kehuma.apps.customers import values
from kehuma.apps.customers.fields import Field
from kehuma.apps.customers.plain import is_plain
from kehuma.engine.coding.errors import Language


@dataclass(frozen=True, slots=True)
class Precision:
    """How exact the values of a column are."""

    key: str
    zh: str
    en: str

    def title(self, language: Language) -> str:
        """In words."""
        return self.zh if language == "zh" else self.en


_FULL = Precision("full", "原值", "as it is")
_DAYS = (
    Precision("year", "到年", "year"),
    Precision("quarter", "到季度", "quarter"),
    Precision("month", "到月", "month"),
    Precision("day", "到日", "day"),
)
_NUMBERS = (
    Precision("magnitude", "到数量级", "order of magnitude"),
    Precision("digit", "一位有效数字", "one significant digit"),
    _FULL,
)
# By type of field, from coarse to exact. A type that is missing never leaves.
_OF_TYPE: Mapping[str, tuple[Precision, ...]] = {
    "choice": (_FULL,),
    "multi-choice": (_FULL,),
    "tags": (_FULL,),
    "country": (_FULL,),
    "division": (
        Precision("province", "到省", "province"),
        Precision("city", "到市", "city"),
        Precision("county", "到区县", "county"),
    ),
    "industry": (
        Precision("section", "到门类", "section"),
        Precision("division", "到大类", "division"),
        Precision("class", "到细类", "class"),
    ),
    "moment": _DAYS,
    "date": _DAYS,
    "number": _NUMBERS,
    "money": _NUMBERS,
}
_WIDTHS = {"province": (2, "0000"), "city": (4, "00"), "county": (6, ""), "section": (1, ""), "division": (3, "")}
_SEEN = 20_000


@dataclass(frozen=True, slots=True)
class Column:
    """A field as exact as a recipient gets it."""

    field: Field
    precision: Precision

    @property
    def name(self) -> str:
        """As it is chosen and stored: ``region:city``."""
        return f"{self.field.key}:{self.precision.key}"

    @property
    def precisions(self) -> Sequence[Precision]:
        """How exact it could be, the coarsest first."""
        return _OF_TYPE[self.field.type]

    @property
    def coarser(self) -> "Column | None":
        """The same column one step coarser; None where it is as coarse as can be."""
        place = self.precisions.index(self.precision)
        return Column(self.field, self.precisions[place - 1]) if place else None

    def title(self, language: Language) -> str:
        """The head of the column."""
        title = self.field.title(language)
        if len(self.precisions) == 1:
            return title
        said = self.precision.title(language)
        return f"{title}（{said}）" if language == "zh" else f"{title} ({said})"


def offered() -> list[Column]:
    """Every column that can be chosen, each as coarse as can be."""
    return [Column(field, _OF_TYPE[field.type][0]) for field in customers.fields().values() if _may_leave(field)]


def chosen(names: Sequence[str]) -> list[Column]:
    """The columns of these names, ``region`` or ``region:city``; without the precision the coarsest. ColumnsError."""
    known = {column.field.key: column for column in offered()}
    found: dict[str, Column] = {}
    for name in names:
        key, _, precision = name.partition(":")
        if key not in known:
            raise _refusal(key, list(known))
        if key in found:
            raise ColumnsError("column-twice", name=key)
        found[key] = _as_exact(known[key], precision)
    if not found:
        raise ColumnsError("columns-none", known=", ".join(known))
    return list(found.values())


def remembered(names: Sequence[str]) -> list[Column]:
    """The same for columns that were chosen some time; those whose field is gone or not public any more are left out."""
    known = {column.field.key for column in offered()}
    return chosen(several) if (several := [name for name in names if name.partition(":")[0] in known]) else []


def cell_of(column: Column, language: Language) -> Callable[[Any], str]:
    """A function that makes the text of a cell of a stored value."""
    match column.field.type:
        case "date" | "moment":
            return lambda value: _day(value, column.precision.key)
        case "number" | "money":
            return lambda value: _number(value, column.precision.key)
        case _:
            said = lru_cache(_SEEN)(lambda text: _said(column, text, language))
            between = "、" if language == "zh" else ", "
            return lambda value: between.join(map(said, sorted(value))) if isinstance(value, list) else said(value)


def _may_leave(field: Field) -> bool:
    return is_plain(field) and field.type in _OF_TYPE


def _refusal(key: str, known: Sequence[str]) -> ColumnsError:
    field = customers.fields().get(key)
    if field is None:
        return ColumnsError("column-unknown", name=key[:60], known=", ".join(known))
    return ColumnsError("column-personal", name=key, known=", ".join(known))


def _as_exact(column: Column, precision: str) -> Column:
    if not precision:
        return column
    found = next((one for one in column.precisions if one.key == precision), None)
    if found is None:
        names = ", ".join(one.key for one in column.precisions)
        raise ColumnsError("precision-unknown", name=column.field.key, precision=precision[:60], known=names)
    return Column(column.field, found)


def _said(column: Column, text: str, language: Language) -> str:
    width, rest = _WIDTHS.get(column.precision.key, (0, ""))
    coarse = text[:width] + rest if text and width else text
    return values.said_one(column.field, coarse)[0 if language == "zh" else 1] if coarse else ""


def _day(value: datetime | str | None, precision: str) -> str:
    if not value:
        return ""
    if isinstance(value, datetime):
        day = timezone.localtime(value).date()
    else:
        try:
            day = date.fromisoformat(value)
        except ValueError:
            return ""
    match precision:
        case "year":
            return f"{day.year}"
        case "quarter":
            return f"{day.year}-Q{(day.month + 2) // 3}"
        case "month":
            return f"{day.year}-{day.month:02}"
        case _:
            return day.isoformat()


def _number(value: object, precision: str) -> str:
    try:
        number = Decimal(str(value))
        if not number.is_finite():
            return ""
    except InvalidOperation:
        return ""
    if precision == "full" or not number:
        return f"{number:f}"
    unit = Decimal(1).scaleb(number.adjusted())
    if precision == "digit":
        return f"{(number / unit).to_integral_value(ROUND_DOWN) * unit:f}"
    return f"≥{unit:f}" if number > 0 else f"≤-{unit:f}"
