"""Tables that people bring along, turned into rows for ``Dictionary.extended``.

Two shapes are known: the code table of a standard (``code, name`` and, if it has one, ``section``: the column of the
entry each row belongs to) and our own (``symbol, zh, en, also``; several names are parted by ``|``).
"""

from collections.abc import Iterable, Mapping, Sequence

from kehuma.engine.coding.dictionaries.dictionary import AmbiguousValue, Dictionary, Entry, UnknownValue
from kehuma.engine.coding.errors import CodingError

_COLUMNS = {
    "代码": "code", "名称": "name", "门类": "section", "符号": "symbol", "中文": "zh", "英文": "en", "同义词": "also",
}  # fmt: skip


class TableError(CodingError):
    """A table cannot extend a dictionary. Facts: ``row`` (the header is 1), ``field`` and what the message needs."""


class SymbolError(CodingError):
    """A text cannot be a symbol. Facts: ``value``, and ``place``, that of the entry among those given."""


def require_symbols(entries: Iterable[Entry]) -> None:
    """SymbolError where a symbol is not printable ASCII without spaces: no code could be written with it."""
    for place, entry in enumerate(entries):
        if not _is_symbol(entry.symbol):
            raise SymbolError("not-ascii-symbol", value=entry.symbol, place=place)


def entries_from_table(
    dictionary: Dictionary, header: Sequence[str], rows: Iterable[Sequence[str]]
) -> tuple[Entry, ...]:
    """Rows for ``dictionary.extended``, one per symbol. Empty rows are passed over.

    Raises TableError at the first row that cannot be used.
    """
    columns = [_COLUMNS.get(title.strip(), title.strip().casefold()) for title in header]
    read = _row_of_standard if {"code", "name"} <= set(columns) else _row_of_ours if "symbol" in columns else None
    if read is None:
        raise TableError("dictionary-columns", found=columns)
    gathered = Dictionary(dictionary.name, ())
    entries: list[Entry] = []
    for number, row in enumerate(rows, start=2):
        cells = dict(zip(columns, (cell.strip() for cell in row), strict=False))
        if any(cells.values()):
            entries.append(read(dictionary, number, cells))
    return gathered.extended(entries).entries


def _row_of_standard(dictionary: Dictionary, number: int, cells: Mapping[str, str]) -> Entry:
    field = "section" if cells.get("section") else "code"
    value = cells.get(field, "")
    try:
        owner = dictionary.find(value)
    except (UnknownValue, AmbiguousValue) as error:
        raise TableError("dictionary-row", row=number, field=field, value=value) from error
    return Entry(owner.symbol, also=_names(cells.get("name", "")), codes=_names(cells.get("code", "")))


def _row_of_ours(_: Dictionary, number: int, cells: Mapping[str, str]) -> Entry:
    symbol = cells["symbol"]
    if not _is_symbol(symbol):
        raise TableError("dictionary-symbol", row=number, field="symbol", value=symbol)
    return Entry(symbol, cells.get("zh", ""), cells.get("en", ""), _names(cells.get("also", "")))


def _is_symbol(text: str) -> bool:
    return bool(text) and all("!" <= character <= "~" for character in text)


def _names(cell: str) -> tuple[str, ...]:
    return tuple(name for name in (part.strip() for part in cell.split("|")) if name)
