"""The rows that need a person, into their tables and out of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Count

from kehuma.apps.intake.errors import said
from kehuma.apps.intake.gate import suggestion_of
from kehuma.apps.intake.models import ImportBatch, ImportFault, ImportRow
from kehuma.engine.coding.errors import CodingError
from kehuma.lib.db import rows as lib_rows

FAULT, DUPLICATE, SOUND = "fault", "duplicate", "sound"
_CHUNK = 1_000
_ROW = (
    "id", "batch_id", "number", "key", "title", "cells", "mended", "error", "duplicates", "state", "decision", "outcome",
)  # fmt: skip
_FAULT = ("batch_id", "row_id", "field", "value", "zh", "en", "suggestion")
_LONGEST_VALUE, _LONGEST_SENTENCE, _LONGEST_SUGGESTION = 300, 500, 200


@dataclass(slots=True)
class Staged:
    """A row to be staged with its faults: the field, the text, the error."""

    row: ImportRow
    faults: list[tuple[str, str, CodingError]] = field(default_factory=list)


@transaction.atomic
def store(staged: Sequence[Staged]) -> None:
    """Store rows with their faults."""
    ids = lib_rows.reserve_ids("intake_importrow", len(staged))
    for one, number in zip(staged, ids, strict=True):
        one.row.pk = number
    lib_rows.insert("intake_importrow", _ROW, [_as_row(one.row) for one in staged])
    lib_rows.insert("intake_importfault", _FAULT, _faults(staged))


@transaction.atomic
def replace_faults(staged: Sequence[Staged]) -> None:
    """Store what is wrong now with rows that are there already."""
    ImportFault.objects.filter(row__in=[one.row.pk for one in staged]).delete()
    # Django's bulk_update asks for each row in a CASE of its own: 20 times slower from 1,000 rows on.
    lib_rows.execute_many(
        "UPDATE intake_importrow SET mended = %s, duplicates = %s, state = %s, decision = %s, title = %s WHERE id = %s",
        [_as_found(one.row) for one in staged],
    )
    lib_rows.insert("intake_importfault", _FAULT, _faults(staged))


def note_outcomes(found: Sequence[ImportRow]) -> None:
    """Store what came of rows that are there already."""
    lib_rows.execute_many(
        "UPDATE intake_importrow SET outcome = %s, error = %s WHERE id = %s",
        [(row.outcome, lib_rows.as_json(row.error), row.pk) for row in found],
    )


def note_decision(found: Sequence[ImportRow], decision: str) -> None:
    """Store what was decided about rows."""
    ids = [row.pk for row in found]
    for start in range(0, len(ids), _CHUNK // 2):
        ImportRow.objects.filter(pk__in=ids[start : start + _CHUNK // 2]).update(decision=decision)


def empty(batch: ImportBatch) -> None:
    """Forget the rows of a batch."""
    ImportFault.objects.filter(batch=batch).delete()
    ImportRow.objects.filter(batch=batch).delete()


def between(batch: ImportBatch, numbers: Sequence[int]) -> dict[int, ImportRow]:
    """The staged rows among those of a chunk, by number."""
    if not numbers:
        return {}
    rows = ImportRow.objects.filter(batch=batch, number__gte=numbers[0], number__lte=numbers[-1])
    return {row.number: row for row in rows}


def tally(batch: ImportBatch) -> dict[str, int]:
    """How many rows would be created, updated, skipped, are faulty, wait for a decision."""
    plain: Mapping[str, Any] = batch.counts
    found = {"create": int(plain.get("create", 0)), "update": int(plain.get("update", 0)), "skip": 0}
    found |= {"fault": 0, "duplicate": 0}
    rows = ImportRow.objects.filter(batch=batch).values_list("state", "decision")
    for state, decision, count in rows.annotate(count=Count("id")).order_by():
        found[state if state == FAULT else decision or DUPLICATE] += count
    return found


def _as_found(row: ImportRow) -> tuple[Any, ...]:
    mended, duplicates = lib_rows.as_json(row.mended), lib_rows.as_json(row.duplicates)
    return (mended, duplicates, row.state, row.decision, row.title, row.pk)


def _as_row(row: ImportRow) -> tuple[Any, ...]:
    kept = [lib_rows.as_json(value) for value in (row.cells, row.mended, row.error, row.duplicates)]
    return (row.pk, row.batch_id, row.number, row.key, row.title, *kept, row.state, row.decision, row.outcome)


def _faults(staged: Iterable[Staged]) -> list[tuple[Any, ...]]:
    return [
        (
            one.row.batch_id,
            one.row.pk,
            name,
            value[:_LONGEST_VALUE],
            sentence["zh"][:_LONGEST_SENTENCE],
            sentence["en"][:_LONGEST_SENTENCE],
            suggestion_of(error)[:_LONGEST_SUGGESTION],
        )
        for one in staged
        for name, value, error in one.faults
        for sentence in [said(error)]
    ]
