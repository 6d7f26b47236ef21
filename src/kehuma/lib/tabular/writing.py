"""Tables out: CSV, Excel or Parquet, whole or not at all.

Rows go to a file beside the target that takes its place when all are written and on the disk; after an error the target
is as it was. The same rows give the same bytes.
"""

import csv
import gzip
import io
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import chain, count
from pathlib import Path
from typing import BinaryIO, Protocol, Self, cast

from kehuma.lib.tabular.errors import TabularError
from kehuma.lib.tabular.formulas import guarded
from kehuma.lib.tabular.table import Row, distinct

# Excel in China takes a file without this mark for GBK.
UTF8_WITH_MARK = "utf-8-sig"

KINDS = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt", ".txt.gz", ".xlsx", ".parquet")


def write_table(path: str | Path, header: Sequence[str], *, encoding: str = UTF8_WITH_MARK) -> "Writer":
    """A table to be written to the path, whose ending chooses the kind; ``encoding`` counts for text files.

    ``TabularError`` for an ending that is none of ``KINDS``, a column name that stands twice, a place that cannot be
    written to.
    """
    path, columns = Path(path), distinct(header)
    suffix = _suffix(path)
    if suffix == ".parquet":
        from kehuma.lib.tabular.parquet import ParquetRows  # noqa: PLC0415 - pyarrow takes 0.2 s

        return Writer(path, columns, lambda place: ParquetRows(place, columns))
    if suffix == ".xlsx":
        from kehuma.lib.tabular.excel_rows import ExcelRows  # noqa: PLC0415 - needed for Excel only

        return Writer(path, columns, lambda place: ExcelRows(place, columns))
    delimiter = "\t" if suffix.startswith(".tsv") else ","
    packed = suffix.endswith(".gz")
    return Writer(path, columns, lambda place: _TextRows(place, columns, encoding, delimiter, packed=packed), encoding)


class Rows(Protocol):
    """What each kind of file has to do."""

    def write(self, rows: Sequence[Sequence[str]]) -> None:
        """Take rows of the right width."""

    def close(self) -> None:
        """Finish the file."""

    def abandon(self) -> None:
        """Let go of the file, which is removed afterwards."""


class Writer:
    """A table being written. ``with`` puts the file in place at its end, or leaves nothing after an error."""

    def __init__(self, path: Path, header: Row, make: Callable[[Path], Rows], encoding: str = "utf-8") -> None:
        self.path, self._header, self._encoding = path, header, encoding
        self.row_count = 0
        with _said_plainly(path):
            self._temporary = _temporary(path)
            try:
                self._refuse_unwritable([header], first=1)
                self._rows = make(self._temporary)
            except BaseException:
                self._temporary.unlink(missing_ok=True)
                raise

    def write(self, rows: Iterable[Sequence[str]]) -> None:
        """Add rows, each with one text for each column of the header.

        ``ValueError`` for a row of another length; ``TabularError`` for a text that this kind of file cannot hold, and
        for a full disk.
        """
        listed = list(rows)
        width = len(self._header)
        if any(len(row) != width for row in listed):
            raise ValueError(f"each row needs {width} cells")
        self._refuse_unwritable(listed, first=self.row_count + 2)
        with _said_plainly(self.path):
            self._rows.write(listed)
        self.row_count += len(listed)

    def close(self) -> None:
        """Put the file in place."""
        try:
            with _said_plainly(self.path):
                self._rows.close()
                _to_disk(self._temporary)
                self._temporary.replace(self.path)
        finally:
            self._temporary.unlink(missing_ok=True)

    def abandon(self) -> None:
        """Leave things as they were before."""
        with suppress(Exception):  # whatever goes wrong now: the file is thrown away
            self._rows.abandon()
        self._temporary.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.close()
        else:
            self.abandon()

    def _refuse_unwritable(self, rows: Sequence[Sequence[str]], *, first: int) -> None:
        """A lone surrogate is found here, with its row, and not deep in a library when its buffer is flushed."""
        try:
            "".join(chain.from_iterable(rows)).encode(self._encoding)
        except UnicodeEncodeError as error:
            raise TabularError("cannot-encode", row=first + self._index_of_unwritable(rows)) from error
        except LookupError as error:
            raise TabularError("wrong-encoding", encoding=self._encoding) from error

    def _index_of_unwritable(self, rows: Sequence[Sequence[str]]) -> int:
        for index, row in enumerate(rows):
            try:
                "".join(row).encode(self._encoding)
            except UnicodeEncodeError:
                return index
        return 0  # pragma: no cover - called only when there is one


class _TextRows:
    """CSV in the form of RFC 4180, formulas guarded."""

    def __init__(self, path: Path, header: Row, encoding: str, delimiter: str, *, packed: bool) -> None:
        self._file: BinaryIO = path.open("wb")
        self._packed = gzip.GzipFile("", "wb", 6, self._file, mtime=0) if packed else None
        target = cast("BinaryIO", self._packed or self._file)
        self._text = io.TextIOWrapper(target, encoding, newline="")
        self._csv = csv.writer(self._text, delimiter=delimiter)
        self._csv.writerow(guarded(header))

    def write(self, rows: Sequence[Sequence[str]]) -> None:
        self._csv.writerows(map(guarded, rows))

    def close(self) -> None:
        # Closing the text closes what lies below, but a gzip file leaves the file it was given open.
        try:
            self._text.close()
        finally:
            self._file.close()

    abandon = close


def _suffix(path: Path) -> str:
    """The ending that names the kind, ``.csv.gz`` as one; ``TabularError`` when it is none we write."""
    name = path.name.lower()
    found = max((kind for kind in KINDS if name.endswith(kind)), key=len, default=None)
    if found is None:
        raise TabularError("cannot-write-kind", suffix=path.suffix, kinds=KINDS)
    return found


def _temporary(path: Path) -> Path:
    """A new empty file beside the target, with the rights any new file gets."""
    for number in count():
        place = path.with_name(f".{path.name}.{number}.part")
        with suppress(FileExistsError):
            os.close(os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
            return place
    raise AssertionError  # pragma: no cover - count() has no end


def _to_disk(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


@contextmanager
def _said_plainly(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise TabularError("cannot-write", path=path, reason=error.strerror or str(error)) from error
