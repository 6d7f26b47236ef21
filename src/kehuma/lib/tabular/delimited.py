"""Text files with delimiters: CSV, TSV and the like, also gzipped, in constant memory."""

import csv
import gzip
import io
import zlib
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import BinaryIO, TextIO, cast

from kehuma.lib.tabular.encodings import ERRORS, decoded, detected
from kehuma.lib.tabular.errors import TabularError
from kehuma.lib.tabular.formulas import unguarded
from kehuma.lib.tabular.table import (
    BATCH_ROWS,
    TOP_CELL,
    TOP_ROWS,
    UNDECODABLE,
    Batch,
    Limits,
    Opener,
    RawRow,
    Row,
    Table,
    column_names,
    gathered,
)

DELIMITERS = (",", ";", "\t", "|", "，")

_SAMPLE = 1 << 20
_SAMPLE_LINES = 200
_PROGRESS_ROWS = 1_000  # asking for the position at every row costs a tenth of the time
_HINT = "sep="  # Excel's own first line that names the delimiter

_GZIP = b"\x1f\x8b"
_BROKEN_GZIP = (EOFError, gzip.BadGzipFile, zlib.error)


class DelimitedTable(Table):
    """A text file of rows. ``encoding`` and ``delimiter`` are found out unless they are given."""

    kind = "csv"
    encoding: str
    delimiter: str

    def __init__(  # noqa: PLR0913 - one argument per choice
        self,
        path: Path,
        opener: Opener,
        *,
        encoding: str | None,
        delimiter: str | None,
        header_row: int | None,
        limits: Limits,
    ) -> None:
        self.path, self._opener, self._limits = path, opener, limits
        self._read = 0
        sample, whole, packed, size = _sampled(path, opener)
        self._size = max(size, 1)
        self.encoding = _checked(encoding) if encoding else _detected(sample, path, whole=whole)
        text = decoded(sample, self.encoding, whole=whole)
        self._hinted, hint = _hint(text)
        self.delimiter = delimiter or hint or detected_delimiter(text)
        if len(self.delimiter) != 1 or self.delimiter in '"\r\n\ufeff':
            raise TabularError("wrong-delimiter", delimiter=self.delimiter)
        self.header, self.header_row, self.top = self._opening(header_row)
        self.row_count_estimate = _estimated(text, 1.0 if whole else self._size / max(packed, 1), self.header_row)

    @property
    def fraction(self) -> float:
        return min(self._read / self._size, 1.0)

    def batches(self, size: int = BATCH_ROWS) -> Iterator[Batch]:
        return gathered(self._rows(after=self.header_row), size, width=len(self.header), encoding=self.encoding)

    def _opening(self, wanted: int | None) -> tuple[Row, int, list[tuple[int, Row]]]:
        """The header, its row number and the rows at the top; those that hold nothing are passed over."""
        top: list[tuple[int, Row]] = []
        header: tuple[Row, int] | None = None
        for number, cells, error in self._rows(after=0):
            is_filled = any(cell.strip("\ufeff") for cell in cells)
            if header is None and (number == wanted if wanted else is_filled or error):
                header = self._header(number, cells, error), number
            if is_filled and error is None and len(top) < TOP_ROWS:
                top.append((number, tuple(cell[:TOP_CELL].replace(UNDECODABLE, "?") for cell in cells)))
            if header is not None and (len(top) >= TOP_ROWS or number >= header[1] + TOP_ROWS):
                break
        if header is None:
            raise TabularError("no-header", path=self.path)
        return *header, top

    def _header(self, number: int, cells: Sequence[str], error: TabularError | None) -> Row:
        if error:
            raise error
        if any(UNDECODABLE in cell for cell in cells):
            raise TabularError("row-undecodable", row=number, encoding=self.encoding)
        return column_names(cells, path=self.path, limits=self._limits)

    def _rows(self, *, after: int) -> Iterator[RawRow]:
        number = 0
        with _opened(self._opener) as (raw, unpacked):
            text = io.TextIOWrapper(unpacked, self.encoding, ERRORS, newline="")
            try:
                for number, cells, error in self._parsed(text):
                    if not number % _PROGRESS_ROWS:
                        self._read = raw.tell()
                    if number > after:
                        yield number, cells, error
                self._read = raw.tell()
            except _BROKEN_GZIP as error:
                raise TabularError("broken-gzip", path=self.path, row=number) from error

    def _parsed(self, text: TextIO) -> Iterator[RawRow]:
        """Rows by number. A row with an unclosed quotation mark costs only its first line: the rest is read again."""
        csv.field_size_limit(self._limits.cell)
        lines = _Lines(text, self._limits.line)
        number = int(self._hinted)
        if self._hinted:
            next(lines)
        rows = csv.reader(lines, delimiter=self.delimiter, strict=True)
        while True:
            number += 1
            lines.begin(number)
            try:
                cells = next(rows, None)
            except csv.Error:
                line, limit = lines.taken[0], self._limits.cell
                message = "row-quotes" if len(lines.taken) > 1 or len(line) <= limit else "row-cell-too-long"
                lines.again.extendleft(reversed(lines.taken[1:]))
                yield number, (line.rstrip("\r\n")[:limit],), TabularError(message, row=number, limit=limit)
                continue
            if cells is None:
                return
            yield number, unguarded(cells) if "'" in "".join(lines.taken) else cells, None


class _Lines:
    """The lines of a text, remembered while one row is being read, so that they can be read again."""

    def __init__(self, text: TextIO, limit: int) -> None:
        self._text, self._limit = text, limit
        self.again: deque[str] = deque()
        self.begin(1)

    def begin(self, row: int) -> None:
        self._row, self._length = row, 0
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self.again.popleft() if self.again else self._text.readline(self._limit)
        if not line:
            raise StopIteration
        self.taken.append(line)
        self._length += len(line)
        if self._length >= self._limit:
            raise TabularError("line-too-long", row=self._row, limit=self._limit)
        return line


def detected_delimiter(text: str) -> str:
    """The delimiter that splits the most of the first rows into as many cells as the first; a comma if none does."""
    lines = list(islice(io.StringIO(text, newline=""), _SAMPLE_LINES))
    return max(DELIMITERS, key=lambda delimiter: _agreement(lines, delimiter))


def _agreement(lines: list[str], delimiter: str) -> tuple[float, int]:
    rows: list[list[str]] = []
    with suppress(csv.Error):  # a cell that is too long ends the trial, not the reading
        rows += (row for row in csv.reader(lines, delimiter=delimiter) if row)
    width = len(rows[0]) if rows else 0
    if width < 2:
        return 0.0, 0
    return sum(len(row) == width for row in rows) / len(rows), width


def _sampled(path: Path, opener: Opener) -> tuple[bytes, bool, int, int]:
    """The first megabyte, whether that is the whole file, how many bytes of the file it took, and how many there are."""
    with _opened(opener) as (raw, unpacked):
        try:
            sample = unpacked.read(_SAMPLE)
            whole = not unpacked.read(1)
        except _BROKEN_GZIP as error:
            raise TabularError("broken-gzip", path=path, row=0) from error
        if not sample.strip():
            raise TabularError("empty-file", path=path)
        return sample, whole, raw.tell(), raw.seek(0, io.SEEK_END)


@contextmanager
def _opened(opener: Opener) -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """The file as it is kept, for its position, and unpacked where it is gzipped."""
    with opener() as raw:
        start = raw.read(2)
        raw.seek(0)
        if start != _GZIP:
            yield raw, raw
            return
        with gzip.GzipFile(fileobj=raw) as unpacked:
            yield raw, cast("BinaryIO", unpacked)


def _checked(encoding: str) -> str:
    try:
        decoded(b"", encoding, whole=True)
    except LookupError as error:
        raise TabularError("wrong-encoding", encoding=encoding) from error
    return encoding


def _detected(sample: bytes, path: Path, *, whole: bool) -> str:
    found = detected(sample, whole=whole)
    if not found:
        raise TabularError("unknown-encoding", path=path)
    return found


def _hint(text: str) -> tuple[bool, str | None]:
    first = text.lstrip("\ufeff").split("\n", 1)[0].rstrip("\r")
    if first.lower().startswith(_HINT) and len(first) <= len(_HINT) + 1:
        return True, first[len(_HINT) :] or None
    return False, None


def _estimated(text: str, times: float, header_row: int) -> int:
    lines = max(text.count("\n"), text.count("\r")) + (not text.endswith(("\n", "\r")))
    return max(round(lines * times) - header_row, 0)
