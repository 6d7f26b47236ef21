"""A table that was opened: its header, and its rows in batches, every cell as text."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Self

from kehuma.lib.tabular.errors import TabularError

Row = tuple[str, ...]
# Opens the content anew from its beginning, each time it is called; what it gives can be read from any place.
Opener = Callable[[], BinaryIO]

BATCH_ROWS = 10_000
# So many rows at the top tell where the header is; so much of a cell.
TOP_ROWS, TOP_CELL = 20, 200

# One character stands for each run of bytes that the encoding does not know. It is a lone surrogate, so it can come
# from no sound text, and encoding a batch finds it.
UNDECODABLE = "\udcff"
_UNREADABLE = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a file is taken in before it is refused: a small hostile file must not take the machine down."""

    columns: int = 16_384  # as many as Excel has
    cell: int = 1_000_000  # characters of one cell
    line: int = 16_000_000  # characters of one row of a text file
    sheet_cells: int = 50_000_000
    memory: int = 2 << 30  # bytes of address space for the process that reads a workbook
    seconds: int = 600  # processor time of that process


@dataclass(frozen=True, slots=True)
class RowFault:
    """A row that is no row of the table. ``cells`` is what could be made out; a raw line counts as one cell."""

    number: int
    cells: Row
    error: TabularError


@dataclass(frozen=True, slots=True)
class Batch:
    """Sound rows with their numbers, and the faults found between them.

    Numbers are those a spreadsheet shows: without anything above it the header is row 1. ``blank`` rows hold nothing and are left out.
    """

    rows: list[Row] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    faults: list[RowFault] = field(default_factory=list)
    blank: int = 0


class Table(ABC):
    """A file of rows. ``with`` closes it; ``batches`` may be asked for again."""

    kind: str  # csv, excel or parquet
    path: Path
    header: Row
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    other_sheets: Row = ()  # sheets of the workbook that are not read
    header_row: int = 1
    top: Sequence[tuple[int, Row]] = ()  # the first rows that hold something, what stands above the header too
    row_count_estimate: int = 0  # exact for Excel and Parquet, from a sample for text

    @property
    @abstractmethod
    def fraction(self) -> float:
        """How much of the file the latest ``batches`` has read, 0 to 1."""

    @abstractmethod
    def batches(self, size: int = BATCH_ROWS) -> Iterator[Batch]:
        """All rows from the first, ``size`` at a time. ``TabularError`` where the file cannot be read on."""

    def close(self) -> None:
        """Give back what the table holds open."""
        return  # text and Parquet files are open only while batches are read

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


RawRow = tuple[int, Sequence[str], TabularError | None]


def gathered(raw_rows: Iterable[RawRow], size: int, *, width: int, encoding: str = "utf-8") -> Iterator[Batch]:
    """Raw rows (number, cells, what is wrong) as batches; short rows are padded, long ones become faults."""
    kept: list[tuple[int, Sequence[str]]] = []
    faults: list[RowFault] = []
    blank = 0
    for number, found, error in raw_rows:
        cells = found if len(found) == width or error else _fitted(found, width)
        if error:
            faults.append(RowFault(number, _readable(cells), error))
        elif len(cells) > width:
            error_here = TabularError("row-too-long", row=number, cells=len(cells), columns=width)
            faults.append(RowFault(number, _readable(cells), error_here))
        elif any(cells):
            kept.append((number, cells))
        else:
            blank += 1
        if len(kept) + len(faults) >= size:
            yield _batch(kept, faults, blank, encoding)
            kept, faults, blank = [], [], 0
    if kept or faults or blank:
        yield _batch(kept, faults, blank, encoding)


def column_names(cells: Sequence[str], *, path: Path, limits: Limits) -> Row:
    """The header: cells without surrounding space; empty and repeated names get the column's number.

    >>> column_names((" 名称", "", "电话", "电话"), path=Path("x.csv"), limits=Limits())
    ('名称', '[2]', '电话 [3]', '电话 [4]')

    All of the repeated ones are numbered, so that nobody picks the first one unawares.
    """
    names = [cell.strip("\ufeff\u200b \t").strip() for cell in cells]
    if not any(names):
        raise TabularError("no-header", path=path)
    if len(names) > limits.columns:
        raise TabularError("too-many-columns", columns=len(names), limit=limits.columns)
    counts: dict[str, int] = {}
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    return distinct(
        [
            name if name and counts[name] == 1 else f"{name} [{position}]".lstrip()
            for position, name in enumerate(names, start=1)
        ]
    )


def distinct(names: Sequence[str]) -> Row:
    """The names as they are; ``TabularError`` when one stands twice."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise TabularError("duplicate-column", column=name)
        seen.add(name)
    return tuple(names)


def _fitted(cells: Sequence[str], width: int) -> Sequence[str]:
    # Spreadsheets write empty cells behind the last column; only a cell that holds something is one too many.
    length = len(cells)
    while length > width and not cells[length - 1]:
        length -= 1
    return [*cells[:length], *[""] * (width - length)]


def _batch(kept: list[tuple[int, Sequence[str]]], faults: list[RowFault], blank: int, encoding: str) -> Batch:
    if not _is_sound("".join("".join(cells) for _, cells in kept)):
        found = [(number, cells, _unsound(number, cells, encoding)) for number, cells in kept]
        faults += [RowFault(number, _readable(cells), error) for number, cells, error in found if error]
        faults.sort(key=lambda fault: fault.number)
        kept = [(number, cells) for number, cells, error in found if not error]
    return Batch([tuple(cells) for _, cells in kept], [number for number, _ in kept], faults, blank)


def _is_sound(text: str) -> bool:
    if "\0" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _unsound(number: int, cells: Sequence[str], encoding: str) -> TabularError | None:
    text = "".join(cells)
    if _is_sound(text):
        return None
    if "\0" in text:
        return TabularError("row-nul", row=number)
    return TabularError("row-undecodable", row=number, encoding=encoding)


def _readable(cells: Sequence[str]) -> Row:
    return tuple(_UNREADABLE.sub("�", cell) for cell in cells)
