r"""Large files coded without a register: UTF-8 text in, Parquet out, the code in front, in constant memory.

>>> import tempfile, pathlib
>>> from kehuma.engine.coding.grammar import compile_scheme
>>> from kehuma.engine.coding.scheme_file import load_scheme
>>> grammar = compile_scheme(load_scheme('''
... kehuma = 1
... name = "customer"
... template = "{region}-{serial:4}"
... segments.region.dictionary = "cn-province"
... '''))
>>> folder = pathlib.Path(tempfile.mkdtemp())
>>> _ = (folder / "in.csv").write_text("名称,省份\n甲,北京\n乙,火星\n丙,北京市\n", encoding="utf-8")
>>> done = code_file_in_bulk(folder / "in.csv", folder / "out.parquet", grammar, columns={"region": "省份"})
>>> done.rows, done.coded, [(refusal.rows, refusal.error.message) for refusal in done.refusals]
(3, 2, [(1, 'value-unknown')])
>>> pq.read_table(folder / "out.parquet")["code"].to_pylist()
['BJ-0001', None, 'BJ-0002']

Columns travel as Arrow arrays from DuckDB's reader to the Parquet writer and are looked at only where a code needs
them. Files that need more care (other encodings, faulty rows) are refused here; ``open_table`` reads those.
"""

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from kehuma.engine.coding.bulk import Batch, BatchWriter
from kehuma.engine.coding.errors import WriteError
from kehuma.engine.coding.grammar import Grammar
from kehuma.engine.coding.snapshots import Snapshot
from kehuma.lib.tabular.errors import TabularError
from kehuma.lib.tabular.formulas import GUARDED
from kehuma.lib.tabular.reading import open_table
from kehuma.lib.tabular.table import Table, distinct

# The size of DuckDB's own row groups; larger batches cost memory and gain nothing.
_BATCH_ROWS = 122_880
# No cell holds this, so DuckDB takes none for missing: an empty cell stays an empty text.
_NEVER = "\x01kehuma\x01"
# A column whose values stand this often in the first batch is written with a dictionary.
_REPEATED = 4


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why some rows have no code: what is wrong with these facts, and how many rows have them."""

    facts: Mapping[str, str]
    error: WriteError
    rows: int


@dataclass(frozen=True, slots=True)
class Coded:
    """What came of a file: ``rows`` are those with a code and those of the refusals together."""

    rows: int
    coded: int
    refusals: tuple[Refusal, ...]


def code_file_in_bulk(  # noqa: PLR0913 - from where to where, by what, and two options
    source: str | Path,
    target: str | Path,
    grammar: Grammar,
    *,
    columns: Mapping[str, str],
    name: str = "code",
    at: datetime | None = None,
) -> Coded:
    """Code all rows of ``source`` in their order; rows that cannot be coded keep their place and have no code.

    ``columns`` names the column of each attribute, ``name`` the new one in front, ``at`` is the time of issue. Every
    counter begins at the start of the scheme. TabularError where a file cannot be read or written, WriteError for a
    scheme with random characters; then there is no ``target``.
    """
    with open_table(source) as table:
        arrays = _arrays(table)
        unknown = next((column for column in columns.values() if column not in table.header), None)
        if unknown is not None:
            raise TabularError("unknown-column", column=unknown, columns=table.header)
        places = {attribute: table.header.index(column) for attribute, column in columns.items()}
        schema = pa.schema([(column, pa.string()) for column in distinct((name, *table.header))])
    coder = _Coder(grammar, places, at, BatchWriter(grammar))
    batches = (pa.record_batch([coder.codes(batch), *batch], schema=schema) for batch in arrays)
    first = next(batches, pa.record_batch([[] for _ in schema], schema=schema))
    with (
        _placed(Path(target)) as place,
        pq.ParquetWriter(place, schema, compression="zstd", use_dictionary=_repeating(first)) as writer,
        ThreadPoolExecutor(1) as pool,
    ):
        # While one batch is compressed and written, the next is read and coded.
        writing = pool.submit(writer.write_batch, first)
        for batch in batches:
            writing.result()
            writing = pool.submit(writer.write_batch, batch)
        writing.result()
    return coder.result()


class _Coder:
    """From batches of columns to columns of codes; ``places`` says which column holds each attribute."""

    def __init__(self, grammar: Grammar, places: Mapping[str, int], at: datetime | None, writer: BatchWriter) -> None:
        self._grammar, self._places, self._at, self._writer = grammar, places, at, writer
        self._kinds: dict[tuple[str, ...], int] = {}
        self._snapshots: list[Snapshot] = []
        self._refused: dict[tuple[str, ...], WriteError] = {}
        self._counts: Counter[tuple[str, ...]] = Counter()
        self._rows = 0

    def codes(self, columns: Sequence[pa.Array]) -> pa.Array:
        """The codes of a batch."""
        self._rows += len(columns[0])
        combinations, which = _combinations([columns[place] for place in self._places.values()], len(columns[0]))
        kinds = np.array([self._kind(values) for values in combinations], dtype=np.int64)
        batch = self._writer.write(kinds.take(which))
        is_refused = batch.lengths == 0
        if is_refused.any():
            rows = np.bincount(which[is_refused], minlength=len(combinations)).tolist()
            self._counts.update({values: count for values, count in zip(combinations, rows, strict=True) if count})
        return _column(batch)

    def _kind(self, values: tuple[str, ...]) -> int:
        """The kind of all rows with these values, -1 where they cannot be written."""
        if values not in self._kinds:
            facts = dict(zip(self._places, values, strict=True))
            try:
                self._kinds[values] = self._writer.kind_of(self._grammar.snapshot(facts, at=self._at))
            except WriteError as error:
                self._kinds[values], self._refused[values] = -1, error
        return self._kinds[values]

    def result(self) -> Coded:
        """What came of all batches."""
        refusals = (
            Refusal(dict(zip(self._places, values, strict=True)), self._error(values), rows)
            for values, rows in self._counts.items()
        )
        return Coded(self._rows, self._rows - self._counts.total(), tuple(refusals))

    def _error(self, values: tuple[str, ...]) -> WriteError:
        """Why there is no code: the facts cannot be written, or the counter has come to its end."""
        if values in self._refused:
            return self._refused[values]
        snapshot = self._grammar.snapshot(dict(zip(self._places, values, strict=True)), at=self._at)
        try:
            written = self._grammar.write(snapshot, serial=self._writer.next_numbers[snapshot.counter_key])
        except WriteError as error:
            return error
        return WriteError("already-issued", segment="", value=written.code, code=written.code)


def _combinations(columns: Sequence[pa.Array], size: int) -> tuple[list[tuple[str, ...]], NDArray[np.int64]]:
    """The different combinations of values in some columns, and for each of ``size`` rows which one it has."""
    combinations: list[tuple[str, ...]] = [()]
    which = np.zeros(size, dtype=np.int64)
    for column in columns:
        encoded = column.dictionary_encode()
        values = encoded.dictionary.to_pylist()
        joint = pa.array(which * len(values) + encoded.indices.to_numpy()).dictionary_encode()
        pairs = (divmod(number, len(values)) for number in joint.dictionary.to_pylist())
        combinations = [(*combinations[before], values[last]) for before, last in pairs]
        which = joint.indices.to_numpy()
    return combinations, which


def _repeating(batch: pa.RecordBatch) -> list[str]:
    """The columns worth a dictionary in the file: for columns of different values it takes half of all the time."""
    pairs = zip(batch.schema.names, batch.columns, strict=True)
    return [name for name, column in pairs if pc.count_distinct(column).as_py() * _REPEATED <= len(column)]


def _column(batch: Batch) -> pa.Array:
    """The codes of a batch as an Arrow array, null where there is none."""
    size = len(batch.lengths)
    ends = np.zeros(size + 1, dtype=np.int32)
    np.cumsum(batch.lengths, out=ends[1:])
    data = batch.codes.view(np.uint8)
    data = data if ends[-1] == len(data) else data[data != 0]
    is_coded = batch.lengths > 0
    bitmap = None if is_coded.all() else pa.py_buffer(np.packbits(is_coded, bitorder="little"))
    return pa.Array.from_buffers(pa.string(), size, [bitmap, pa.py_buffer(ends), pa.py_buffer(data)])


def _arrays(table: Table) -> Iterator[list[pa.Array]]:
    """The columns of a text file, a batch at a time."""
    if table.kind != "csv" or table.encoding not in ("utf-8", "utf-8-sig"):
        raise TabularError("not-for-bulk", path=table.path, reason=table.encoding or table.kind)
    with duckdb.connect() as connection, _refused_plainly(table.path):
        found = connection.read_csv(
            str(table.path),
            all_varchar=True,
            header=True,
            delimiter=table.delimiter,
            quotechar='"',
            escapechar='"',
            na_values=_NEVER,
        )
        if not _is_same(found.columns, table.header):
            raise TabularError("not-for-bulk", path=table.path, reason=", ".join(found.columns))
        for batch in found.to_arrow_reader(_BATCH_ROWS):
            yield [_unguarded(column) for column in batch.columns]


def _is_same(found: Sequence[str], header: Sequence[str]) -> bool:
    """Whether DuckDB took the same line for the header; empty and repeated names are numbered otherwise by each."""
    pairs = zip(found, header, strict=False)
    return len(found) == len(header) and all(a.strip() == b or b.endswith("]") for a, b in pairs)


def _unguarded(column: pa.Array) -> pa.Array:
    """Cells as they were before a spreadsheet was kept from taking them for formulas; see ``formulas``."""
    if not pc.any(pc.starts_with(column, "'")).as_py():
        return column
    return pc.replace_substring_regex(column, f"^'('*{GUARDED})", r"\1")


@contextmanager
def _refused_plainly(path: Path) -> Iterator[None]:
    try:
        yield
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        raise TabularError("not-for-bulk", path=path, reason=str(error).partition("\n")[0]) from error


@contextmanager
def _placed(target: Path) -> Iterator[Path]:
    """A place to write to that becomes ``target`` when all went well, and is gone otherwise."""
    place = target.with_name(f".{target.name}.part")
    try:
        yield place
        with place.open("rb+") as file:
            os.fsync(file.fileno())
        place.replace(target)
    except OSError as error:
        raise TabularError("cannot-write", path=target, reason=error.strerror or str(error)) from error
    finally:
        place.unlink(missing_ok=True)
