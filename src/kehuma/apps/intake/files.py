"""The files on their way in: kept sealed in the data folder, looked at, opened again."""

import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings

from kehuma.apps.customers import fields as record
from kehuma.apps.intake.contents import place_of
from kehuma.apps.intake.errors import IntakeError
from kehuma.apps.intake.headings import header_row
from kehuma.apps.intake.models import ImportBatch
from kehuma.lib import sealed_files
from kehuma.lib.tabular import Limits, Table, open_table

MOST_MB = 500
SAMPLE_ROWS = 20
# A pasted or uploaded list is no book: a cell of a megabyte is an attack or a mistake.
LIMITS = Limits(columns=500, cell=100_000, line=2_000_000, sheet_cells=50_000_000, memory=1 << 30, seconds=300)

_PIECE = 1 << 20
_ENDINGS = re.compile(r"(\.[a-z0-9]{1,5})?(\.gz)?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Look:
    """What was found out about a file. ``reading`` holds what is needed to open it in the same way again."""

    reading: dict[str, Any]
    header: list[str]
    sample: list[list[str]]
    expected: int


def folder() -> Path:
    """Where the files lie."""
    place = Path(settings.KEHUMA_HOME) / "imports"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


def keep(file: BinaryIO, name: str, batch: ImportBatch) -> tuple[str, int]:
    """Copy a file into our folder, sealed; its name there and its size. IntakeError where it is empty or too large.

    Its ending stays, its name does not.
    """
    ending = _ENDINGS.search(name)
    target = folder() / f"{batch.uuid.hex}{ending[0].lower() if ending else ''}"
    with sealed_files.writing(target, place_of(batch)) as kept:
        while piece := file.read(_PIECE):
            if kept.tell() + len(piece) > MOST_MB * 1_000_000:
                raise IntakeError("file-large", most=MOST_MB)
            kept.write(piece)
        if not kept.tell():
            raise IntakeError("file-empty")
        return target.name, kept.tell()


def remove(file: str) -> None:
    """Remove a kept file, if it is still there."""
    if file:
        (folder() / file).unlink(missing_ok=True)


def look(batch: ImportBatch, reading: Mapping[str, Any]) -> Look:
    """Open the file of a batch and read its first rows; TabularError, IntakeError where nothing stands under the header.

    Where ``reading`` does not say in which row the header is, it is found out.
    """
    if not reading.get("header_row"):
        with read_as(batch, reading) as table:
            found = header_row(table.top, record.table())
            if not found or found == table.header_row:
                return _looked(table)
        reading = {**reading, "header_row": found}
    with read_as(batch, reading) as table:
        return _looked(table)


def _looked(table: Table) -> Look:
    batch = next(iter(table.batches(SAMPLE_ROWS)), None)
    if batch is None or not (batch.rows or batch.faults):
        raise IntakeError("no-rows")
    found = {
        "kind": table.kind,
        "encoding": table.encoding or "",
        "delimiter": table.delimiter or "",
        "sheet": table.sheet or "",
        "sheets": list(table.other_sheets),
        "header_row": table.header_row,
    }
    sample = [list(row) for row in batch.rows]
    return Look(found, list(table.header), sample, table.row_count_estimate)


def opened(batch: ImportBatch) -> AbstractContextManager[Table]:
    """The table in the file of a batch, read as before; TabularError, IntakeError where it has gone."""
    return read_as(batch, batch.contents.reading)


@contextmanager
def read_as(batch: ImportBatch, reading: Mapping[str, Any]) -> Iterator[Table]:
    """The same, read in another way."""
    path, place = folder() / batch.file, place_of(batch)
    if not batch.file or not path.exists():
        raise IntakeError("file-changed")
    is_text = reading.get("kind", "csv") == "csv"
    with open_table(
        path,
        sheet=reading.get("sheet") or None,
        encoding=(reading.get("encoding") or None) if is_text else None,
        delimiter=(reading.get("delimiter") or None) if is_text else None,
        header_row=reading.get("header_row") or None,
        limits=LIMITS,
        opener=lambda: sealed_files.opened(path, place),
    ) as table:
        yield table
