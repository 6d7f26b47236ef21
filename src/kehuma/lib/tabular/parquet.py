"""Parquet files, in and out; every column goes out as text."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kehuma.lib.tabular.cells import cell_text
from kehuma.lib.tabular.errors import TabularError
from kehuma.lib.tabular.table import BATCH_ROWS, Batch, Limits, Opener, RawRow, Row, Table, column_names, gathered

_GROUP_ROWS = 100_000


class ParquetTable(Table):
    """A Parquet file; its typed values are turned into text."""

    kind = "parquet"

    def __init__(self, path: Path, opener: Opener, *, limits: Limits) -> None:
        self.path, self._opener = path, opener
        self._done = 0
        try:
            with opener() as content, pq.ParquetFile(content) as file:
                self.row_count_estimate = file.metadata.num_rows
                self.header = column_names(file.schema_arrow.names, path=path, limits=limits)
        except (pa.ArrowException, OSError) as error:
            raise TabularError("parquet-broken", path=path) from error

    @property
    def fraction(self) -> float:
        return self._done / max(self.row_count_estimate, 1)

    def batches(self, size: int = BATCH_ROWS) -> Iterator[Batch]:
        return gathered(self._rows(size), size, width=len(self.header))

    def _rows(self, size: int) -> Iterator[RawRow]:
        self._done = 0
        try:
            with self._opener() as content, pq.ParquetFile(content) as file:
                for batch in file.iter_batches(batch_size=size):
                    columns = [_texts(column) for column in batch.columns]
                    first = self._done + 2  # the header is row 1
                    for number, cells in enumerate(zip(*columns, strict=True), start=first):
                        yield number, cells, None
                    self._done += batch.num_rows
        except (pa.ArrowException, OSError) as error:
            raise TabularError("parquet-broken", path=self.path) from error


class ParquetRows:
    """Where rows go that become a Parquet file; see ``writing``."""

    def __init__(self, target: BinaryIO, header: Row) -> None:
        self._header = header
        self._waiting: list[Sequence[str]] = []
        self._writer = pq.ParquetWriter(target, pa.schema([(name, pa.string()) for name in header]), compression="zstd")

    def write(self, rows: Sequence[Sequence[str]]) -> None:
        self._waiting.extend(rows)
        if len(self._waiting) >= _GROUP_ROWS:
            self._flush()

    def close(self) -> None:
        try:
            self._flush()
        finally:
            self._writer.close()

    def abandon(self) -> None:
        self._writer.close()

    def _flush(self) -> None:
        if self._waiting:
            columns = [pa.array(column, pa.string()) for column in zip(*self._waiting, strict=True)]
            self._writer.write_table(pa.table(columns, names=list(self._header)))
            self._waiting = []


def _texts(column: pa.Array) -> list[str]:
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return list(pc.fill_null(column, "").to_pylist())
    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        # Python's own times end at microseconds.
        column = column.cast(pa.timestamp("us", kind.tz), safe=False)
    return [cell_text(value) for value in column.to_pylist()]
