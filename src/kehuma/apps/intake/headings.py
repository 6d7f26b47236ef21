"""Which column is which field: guessed from what was chosen before, from the head, and from what stands under it.

>>> normal("客户名称（必填）"), normal("Main Phone #"), normal("billingAddressCity")
('客户名称', 'mainphone', 'billingaddresscity')
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

from kehuma.apps.customers.fields import Field

# Several columns may go into one of these; their cells are put together.
JOINED = frozenset({"region", "address", "notes", "tags", "former_names"})
# What can be imported besides the fields that a form offers: the code of a customer that is there already.
MATCH = "code"

_BRACKETS = re.compile(r"[(（\[【{].*?[)）\]】}]")
_NUMBERED = re.compile(r"\s*\[\d+\]$")
_OTHERS = re.compile(r"[\W_]+")
_ENDING = re.compile(r"(\.[A-Za-z0-9]{1,8}){1,2}$")
_DATES = re.compile(r"([\s\-_（(.]+[\d.\-_年月日)）]{2,}|(?<!\d)20\d{4,6})$")
# Columns that a mended file of ours brings back in front.
OUR_COLUMNS = {"zh": ("行", "字段", "原因"), "en": ("row", "field", "reason")}
_FEWEST = 0.6
# A header stands at most so far down; a head is no sentence.
_HEADER_WITHIN, _LONGEST_HEAD = 10, 40
_FIGURES = re.compile(r"[-+¥￥$]?[\d.,/:%年月日\s-]+")
_CONTENTS: Sequence[tuple[str, re.Pattern[str]]] = (
    ("uscc", re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}", re.IGNORECASE)),
    ("resident_id", re.compile(r"[1-9]\d{16}[\dXx]")),
    ("mobile", re.compile(r"(\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}")),
    ("phone", re.compile(r"(\+?86[ -]?)?0\d{2,3}[ -]?\d{7,8}([ -]\d{1,5})?")),
    ("email", re.compile(r"[^@\s]+@[^@\s]+\.[a-z]{2,}", re.IGNORECASE)),
)


def normal(head: str) -> str:
    """A head as two spellings of it have it in common."""
    text = unicodedata.normalize("NFKC", head)
    text = _BRACKETS.sub("", _NUMBERED.sub("", text)) or text
    return _OTHERS.sub("", text).casefold()


def ours(header: Sequence[str]) -> int:
    """How many columns in front are ours: those of a mended file that comes back."""
    return 3 if tuple(header[:3]) in OUR_COLUMNS.values() else 0


def stem(name: str) -> str:
    """The name of a file without its ending, date and number, so that next month's list is the same source.

    >>> stem("客户名单-2026.11.xlsx"), stem("会员202611.csv.gz")
    ('客户名单', '会员')
    """
    bare = _ENDING.sub("", name)
    return _DATES.sub("", bare).strip(" -_（(") or bare


def header_row(top: Sequence[tuple[int, Sequence[str]]], table: Mapping[str, Field]) -> int:
    """Which of the rows at the top is the header: titles, dates and notes often stand above it. 0 where none is clear.

    It is the row with the most heads that we know; where there are none, the first full row below a nearly empty one.
    """
    rows = [(number, [cell.strip() for cell in cells]) for number, cells in top[:_HEADER_WITHIN]]
    if len(rows) <= 1:
        return 0
    names = _by_name(table)
    known = [len({name for cell in cells if cell and (name := names.get(normal(cell)))}) for _, cells in rows]
    best = max(range(len(rows)), key=lambda place: (known[place], -place))
    if known[best] > max(known[0], 1):
        return rows[best][0]
    width = max(len(list(filter(None, cells))) for _, cells in rows)
    if known[0] or len(list(filter(None, rows[0][1]))) * 2 > width:
        return 0
    return next((number for number, cells in rows[1:] if _is_head(cells, width)), 0)


def _is_head(cells: Sequence[str], width: int) -> bool:
    """Whether a row may name columns: nearly full, no numbers, nothing twice."""
    filled = [cell for cell in cells if cell]
    is_told = all(len(cell) <= _LONGEST_HEAD and not _FIGURES.fullmatch(cell) for cell in filled)
    return len(filled) > 1 and len(filled) >= width * _FEWEST and len(set(filled)) == len(filled) and is_told


def system_of(header: Iterable[str]) -> str:
    """The title of the system that writes such a header, "" where it is none that we know."""
    found = _system(header)
    return str(found["title"]) if found else ""


def suggested(
    header: Sequence[str],
    sample: Sequence[Sequence[str]],
    table: Mapping[str, Field],
    before: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The field of each column, "" for those that are left out. ``before``: what was chosen for this source."""
    choice = _Choice(table)
    profile = (_system(header) or {"columns": {}})["columns"]
    for known in (before or {}, profile):
        for column, target in known.items():
            if column in header:
                choice.take(column, target)
    names = _by_name(table)
    for column in header:
        if target := names.get(normal(column), ""):
            choice.take(column, target)
    for index, column in enumerate(header):
        if target := _by_content([row[index] for row in sample]):
            choice.take(column, target)
    return {column: choice.chosen.get(column, "") for column in header}


class _Choice:
    """Fields given to columns, each once."""

    def __init__(self, table: Mapping[str, Field]) -> None:
        self.chosen: dict[str, str] = {}
        self._table = table
        self._taken: set[str] = set()

    def take(self, column: str, target: str) -> None:
        """Give a column this field, where neither has been given yet."""
        is_possible = target == MATCH or target in self._table
        if column in self.chosen or (target and not is_possible):
            return
        if target and target not in JOINED and target in self._taken:
            return
        self.chosen[column] = target
        self._taken.add(target)


def _by_name(table: Mapping[str, Field]) -> dict[str, str]:
    names: dict[str, str] = {}
    for key, more in _synonyms()["fields"].items():
        for name in more:
            names.setdefault(normal(name), key)
    for key, field in table.items():
        if field.importable or key == MATCH:
            for name in (field.zh, field.en, *field.also):
                names[normal(name)] = key
    # A column 客户编码 in a foreign list is that list's own numbering.
    names[normal("客户编码")] = names[normal("customer code")] = "own_number"
    return names


def _by_content(cells: Sequence[str]) -> str:
    filled = [cell.strip() for cell in cells if cell.strip()]
    if len(filled) > 1 and len(set(filled)) == 1:
        return ""  # the same in every row: our own telephone, not the customer's
    for target, pattern in _CONTENTS:
        if filled and sum(bool(pattern.fullmatch(cell)) for cell in filled) >= _FEWEST * len(filled):
            return target
    return ""


def _system(header: Iterable[str]) -> Mapping[str, Any] | None:
    there = set(header)
    systems = _synonyms()["systems"].values()
    return next((system for system in systems if there.issuperset(system["heads"])), None)


@cache
def _synonyms() -> Mapping[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("synonyms.toml").read_text("utf-8"))
