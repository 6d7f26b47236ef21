"""The rows that need a person, into their tables and out of them; what stands in them is sealed with their batch."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Count, QuerySet

from kehuma.apps.intake.contents import key_of
from kehuma.apps.intake.errors import said
from kehuma.apps.intake.gate import suggestion_of
from kehuma.apps.intake.models import ImportBatch, ImportFault, ImportRow
from kehuma.apps.sealing import queries as sealing
from kehuma.apps.sealing.queries import Column, FieldIndex, SubjectKey
from kehuma.apps.sealing.services import seal_row
from kehuma.engine.coding.errors import CodingError
from kehuma.lib.db import rows as lib_rows

FAULT, DUPLICATE, SOUND = "fault", "duplicate", "sound"
_CHUNK = 1_000
_ROW_COLUMN, _FAULT_COLUMN = Column("intake_importrow", "sealed"), Column("intake_importfault", "sealed")
_ROW = ("id", "batch_id", "number", "sealed", "is_damaged", "state", "decision", "outcome")
_FAULT = ("batch_id", "row_id", "field", "sealed", "alike", "is_suggested")
_SEALED = ("key", "title", "cells", "mended", "error", "duplicates")
_LONGEST_VALUE, _LONGEST_SENTENCE, _LONGEST_SUGGESTION = 300, 500, 200


@dataclass(slots=True)
class Row:
    """A row of the file. ``mended`` holds the texts as they were corrected, by field; a damaged row has no key."""

    number: int
    key: str
    cells: list[str]
    state: str
    title: str = ""
    mended: dict[str, str] = field(default_factory=dict)
    error: dict[str, str] = field(default_factory=dict)
    duplicates: list[dict[str, Any]] = field(default_factory=list)
    decision: str = ""
    outcome: str = ""
    id: int = 0


@dataclass(slots=True)
class Staged:
    """A row to be staged with its faults: the field, the text, the error."""

    row: Row
    faults: list[tuple[str, str, CodingError]] = field(default_factory=list)


class Fault(NamedTuple):
    """What is wrong with one field of a row."""

    field: str
    value: str
    zh: str
    en: str
    suggestion: str


@transaction.atomic
def store(batch: ImportBatch, staged: Sequence[Staged]) -> None:
    """Store rows with their faults."""
    key = key_of(batch)
    ids = lib_rows.reserve_ids("intake_importrow", len(staged))
    for one, number in zip(staged, ids, strict=True):
        one.row.id = number
    lib_rows.insert("intake_importrow", _ROW, [_as_stored(batch, one.row, key) for one in staged])
    lib_rows.insert("intake_importfault", _FAULT, _faults(batch, staged))


@transaction.atomic
def replace_faults(batch: ImportBatch, staged: Sequence[Staged]) -> None:
    """Store rows as they are now, and what is wrong with them now."""
    key = key_of(batch)
    ImportFault.objects.filter(row__in=[one.row.id for one in staged]).delete()
    # Django's bulk_update asks for each row in a CASE of its own: 20 times slower from 1,000 rows on.
    lib_rows.execute_many(
        "UPDATE intake_importrow SET sealed = %s, state = %s, decision = %s WHERE id = %s",
        [(sealed_row(one.row, key), one.row.state, one.row.decision, one.row.id) for one in staged],
    )
    lib_rows.insert("intake_importfault", _FAULT, _faults(batch, staged))


def note_outcomes(batch: ImportBatch, found: Sequence[Row]) -> None:
    """Store what came of rows that are there already."""
    key = key_of(batch)
    lib_rows.execute_many(
        "UPDATE intake_importrow SET outcome = %s, sealed = %s WHERE id = %s",
        [(row.outcome, sealed_row(row, key), row.id) for row in found],
    )


def note_decision(found: Sequence[Row], decision: str) -> None:
    """Store what was decided about rows."""
    ids = [row.id for row in found]
    for start in range(0, len(ids), _CHUNK // 2):
        ImportRow.objects.filter(pk__in=ids[start : start + _CHUNK // 2]).update(decision=decision)


def empty(batch: ImportBatch) -> None:
    """Forget the rows of a batch."""
    ImportFault.objects.filter(batch=batch).delete()
    ImportRow.objects.filter(batch=batch).delete()


def between(batch: ImportBatch, numbers: Sequence[int]) -> dict[int, Row]:
    """The staged rows among those of a chunk, by number."""
    if not numbers:
        return {}
    found = ImportRow.objects.filter(batch=batch, number__gte=numbers[0], number__lte=numbers[-1])
    return {row.number: row for row in rows(batch, found)}


def rows(batch: ImportBatch, found: QuerySet[ImportRow]) -> Iterator[Row]:
    """Stored rows of a batch, opened."""
    key = key_of(batch)
    return (as_row(one, key) for one in found.iterator(chunk_size=_CHUNK))


def as_row(one: ImportRow, key: SubjectKey) -> Row:
    """A stored row, opened."""
    held = sealing.open_row(key, _ROW_COLUMN, one.sealed, row=str(one.number))
    return Row(number=one.number, state=one.state, decision=one.decision, outcome=one.outcome, id=one.pk, **held)


def as_fault(one: ImportFault, number: int, key: SubjectKey) -> Fault:
    """A stored fault of the row with this number, opened."""
    held = sealing.open_row(key, _FAULT_COLUMN, one.sealed, row=f"{number} {one.field}")
    return Fault(one.field, **held)


def sealed_row(row: Row, key: SubjectKey) -> bytes:
    """What is sealed of a row."""
    values = {name: getattr(row, name) for name in _SEALED}
    return seal_row(key, _ROW_COLUMN, values, row=str(row.number))


def sealed_fault(
    batch: ImportBatch, number: int, fault: Fault, index: FieldIndex | None = None
) -> tuple[bytes, bytes, bool]:
    """What is sealed of a fault in the row with this number, its token, and whether something was suggested."""
    held = fault._asdict()
    name = held.pop("field")
    sealed = seal_row(key_of(batch), _FAULT_COLUMN, held, row=f"{number} {name}")
    return sealed, _token(index or _index(), batch, name, fault.value), bool(fault.suggestion)


def alike(batch: ImportBatch, field: str, value: str) -> QuerySet[ImportFault]:
    """The faults with this text in this field."""
    return ImportFault.objects.filter(batch=batch, field=field, alike=_token(_index(), batch, field, value))


def tally(batch: ImportBatch) -> dict[str, int]:
    """How many rows would be created, updated, skipped, are faulty, wait for a decision."""
    plain: Mapping[str, Any] = batch.counts
    found = {"create": int(plain.get("create", 0)), "update": int(plain.get("update", 0)), "skip": 0}
    found |= {"fault": 0, "duplicate": 0}
    states = ImportRow.objects.filter(batch=batch).values_list("state", "decision")
    for state, decision, count in states.annotate(count=Count("id")).order_by():
        found[state if state == FAULT else decision or DUPLICATE] += count
    return found


def _as_stored(batch: ImportBatch, row: Row, key: SubjectKey) -> tuple[Any, ...]:
    sealed = sealed_row(row, key)
    return (row.id, batch.pk, row.number, sealed, not row.key, row.state, row.decision, row.outcome)


def _faults(batch: ImportBatch, staged: Iterable[Staged]) -> list[tuple[Any, ...]]:
    index = _index()
    return [
        (batch.pk, one.row.id, name, *sealed_fault(batch, one.row.number, _fault(name, value, error), index))
        for one in staged
        for name, value, error in one.faults
    ]


def _fault(name: str, value: str, error: CodingError) -> Fault:
    sentence = said(error)
    return Fault(
        name,
        value[:_LONGEST_VALUE],
        sentence["zh"][:_LONGEST_SENTENCE],
        sentence["en"][:_LONGEST_SENTENCE],
        suggestion_of(error)[:_LONGEST_SUGGESTION],
    )


def _index() -> FieldIndex:
    return sealing.index("intake.fault")


def _token(index: FieldIndex, batch: ImportBatch, field: str, value: str) -> bytes:
    """Equal for equal texts of a field, within one batch only."""
    return index.token(f"{batch.uuid.hex} {field} {value[:_LONGEST_VALUE]}")
