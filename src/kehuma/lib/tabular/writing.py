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
    columns, make = distinct(header), _maker(Path(path), encoding)
    with _said_plainly(Path(path)):
        return Writer(_InPlace(Path(path)), columns, make, encoding)


def write_stream(target: BinaryIO, name: str, header: Sequence[str], *, encoding: str = UTF8_WITH_MARK) -> "Writer":
    """The same into something open, which stays open: in memory, or sealed. The ending of the name chooses the kind."""
    return Writer(_Given(Path(name), target), distinct(header), _maker(Path(name), encoding), encoding)


def _maker(path: Path, encoding: str) -> "Maker":
    suffix = _suffix(path)
    if suffix == ".parquet":
        from kehuma.lib.tabular.parquet import ParquetRows  # noqa: PLC0415 - pyarrow takes 0.2 s

        return ParquetRows
    if suffix == ".xlsx":
        from kehuma.lib.tabular.excel_rows import ExcelRows  # noqa: PLC0415 - needed for Excel only

        return ExcelRows
    delimiter = "\t" if suffix.startswith(".tsv") else ","
    packed = suffix.endswith(".gz")
    return lambda target, header: _TextRows(target, header, encoding, delimiter, packed=packed)


class Rows(Protocol):
    """What each kind of file has to do."""

    def write(self, rows: Sequence[Sequence[str]]) -> None:
        """Take rows of the right width."""

    def close(self) -> None:
        """Finish the file."""

    def abandon(self) -> None:
        """Let go of the file, which is removed afterwards."""


Maker = Callable[[BinaryIO, Row], Rows]


class _Target(Protocol):
    """Where a file goes: ``settle`` keeps it, ``drop`` leaves nothing of it."""

    path: Path
    file: BinaryIO

    def settle(self) -> None: ...

    def drop(self) -> None: ...


class Writer:
    """A table being written. ``with`` puts the file in place at its end, or leaves nothing after an error."""

    def __init__(self, target: _Target, header: Row, make: Maker, encoding: str) -> None:
        self._target, self._header, self._encoding = target, header, encoding
        self.row_count = 0
        try:
            self._refuse_unwritable([header], first=1)
            self._rows = make(target.file, header)
        except BaseException:
            target.drop()
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
        with _said_plainly(self._target.path):
            self._rows.write(listed)
        self.row_count += len(listed)

    def close(self) -> None:
        """Put the file in place."""
        try:
            with _said_plainly(self._target.path):
                self._rows.close()
                self._target.settle()
        finally:
            self._target.drop()

    def abandon(self) -> None:
        """Leave things as they were before."""
        with suppress(Exception):  # whatever goes wrong now: the file is thrown away
            self._rows.abandon()
        self._target.drop()

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


class _InPlace:
    """A file beside its path that takes the path in the end."""

    def __init__(self, path: Path) -> None:
        self.path, self._temporary = path, _temporary(path)
        self.file: BinaryIO = self._temporary.open("wb")

    def settle(self) -> None:
        """On the disk, and then under its name."""
        self.file.flush()
        os.fsync(self.file.fileno())
        self.file.close()
        self._temporary.replace(self.path)

    def drop(self) -> None:
        """Nothing stays beside the path."""
        with suppress(OSError):  # what could not be written is thrown away
            self.file.close()
        self._temporary.unlink(missing_ok=True)


class _Given:
    """Something open, which whoever opened it keeps or throws away."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.path, self.file = path, file

    def settle(self) -> None:
        """Nothing to do."""

    drop = settle


class _TextRows:
    """CSV in the form of RFC 4180, formulas guarded."""

    def __init__(self, target: BinaryIO, header: Row, encoding: str, delimiter: str, *, packed: bool) -> None:
        self._packed = gzip.GzipFile("", "wb", 6, target, mtime=0) if packed else None
        self._text = io.TextIOWrapper(cast("BinaryIO", self._packed or target), encoding, newline="")
        self._csv = csv.writer(self._text, delimiter=delimiter)
        self._csv.writerow(guarded(header))

    def write(self, rows: Sequence[Sequence[str]]) -> None:
        self._csv.writerows(map(guarded, rows))

    def close(self) -> None:
        # Let go of what was given: closing the text would close it too.
        self._text.detach()
        if self._packed:
            self._packed.close()

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


@contextmanager
def _said_plainly(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise TabularError("cannot-write", path=path, reason=error.strerror or str(error)) from error
