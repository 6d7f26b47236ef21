"""Putting rows right after the dry run: a cell, all equal cells, all suggestions; and deciding about duplicates."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from kehuma.apps.intake import contents, matching, staging
from kehuma.apps.intake.checking import gate_of
from kehuma.apps.intake.errors import IntakeError, NotUpdatableError
from kehuma.apps.intake.models import ImportBatch, ImportFault, ImportRow, Source
from kehuma.apps.intake.running import viewer_of
from kehuma.apps.intake.staging import DUPLICATE, FAULT, SOUND, Fault, Row, Staged

DECISIONS = ("", "skip", "update", "create")
# Fields whose words mean the same in every row: what was put right once is remembered for the source.
_WORDS = frozenset({"region", "industry", "country", "kind"})
_CHUNK = 500


def mend(batch: ImportBatch, number: int, field: str, value: str, *, at: datetime) -> Row:
    """Put another text into a row's field and check the row again."""
    row = _row(batch, number)
    if row.state != FAULT or not row.key:
        raise IntakeError("damaged-row")
    row.mended = {**row.mended, field: value.strip()}
    _recheck(batch, [row], at)
    return row


def mend_alike(batch: ImportBatch, field: str, old: str, new: str, *, at: datetime) -> int:
    """Put another text wherever this one stands in the field; how many rows. Words are remembered for the source."""
    count = _mend_each(batch, staging.alike(batch, field, old), at, lambda _fault: new.strip())
    if field in _WORDS and count:
        _remember(batch, field, old, new.strip())
    return count


def take_suggestions(batch: ImportBatch, field: str = "", *, at: datetime) -> int:
    """Take over what was probably meant, of one field or of all; how many values."""
    faults = ImportFault.objects.filter(batch=batch, is_suggested=True)
    faults = faults.filter(field=field) if field else faults
    return _mend_each(batch, faults, at, lambda fault: fault.suggestion)


def leave_empty(batch: ImportBatch, field: str, *, at: datetime) -> int:
    """Bring the rows in without their faulty values of this field; how many values."""
    return _mend_each(batch, ImportFault.objects.filter(batch=batch, field=field), at, lambda _fault: "")


def decide(batch: ImportBatch, decision: str, numbers: Sequence[int] | None, same: str = "") -> int:
    """Decide about rows that may be customers already: those of ``numbers``, or all not decided yet (by ``same``)."""
    if decision not in DECISIONS:
        raise IntakeError("bad-decision", value=decision)
    rows = ImportRow.objects.filter(batch=batch, state=DUPLICATE)
    rows = rows.filter(decision="") if numbers is None else rows.filter(number__in=numbers)
    chosen = [row for row in staging.rows(batch, rows) if not same or same == same_of(row.duplicates)]
    if decision == "update":
        possible = [row for row in chosen if is_updatable(row.duplicates)]
        if chosen and not possible:
            raise NotUpdatableError
        chosen = possible
    staging.note_decision(chosen, decision)
    return len(chosen)


def same_of(duplicates: Sequence[Mapping[str, Any]]) -> str:
    """The field that the row has in common with another."""
    return str(duplicates[0]["field"]) if duplicates else ""


def is_updatable(duplicates: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the row could update what it repeats."""
    return bool(duplicates) and ("row" in duplicates[0] or bool(duplicates[0].get("is_visible")))


def _mend_each(batch: ImportBatch, faults: QuerySet[ImportFault], at: datetime, text: Callable[[Fault], str]) -> int:
    by_row: dict[int, dict[str, str]] = {}
    key = contents.key_of(batch)
    for one in faults.select_related("row"):
        by_row.setdefault(one.row_id, {})[one.field] = text(staging.as_fault(one, one.row.number, key))
    rows = _several(batch, by_row)
    for row in rows:
        row.mended = {**row.mended, **by_row[row.id]}
    _recheck(batch, rows, at)
    return sum(len(fields) for fields in by_row.values())


def _several(batch: ImportBatch, ids: Iterable[int]) -> list[Row]:
    wanted = list(ids)
    pieces = [wanted[start : start + _CHUNK] for start in range(0, len(wanted), _CHUNK)]
    return [row for piece in pieces for row in staging.rows(batch, ImportRow.objects.filter(pk__in=piece))]


def _recheck(batch: ImportBatch, rows: Sequence[Row], at: datetime) -> None:
    """Send rows through the gate again, as they stand now."""
    viewer = viewer_of(batch)
    gate = gate_of(batch, viewer, at)
    for start in range(0, len(rows), _CHUNK):
        piece = rows[start : start + _CHUNK]
        passed = gate.rows([(row.cells, row.mended) for row in piece])
        found = matching.among_customers(viewer, [one.values for one in passed])
        known = matching.known(batch.scheme, batch.source, [row.key for row in piece])
        staged = []
        for row, one, same in zip(piece, passed, found, strict=True):
            inside = [duplicate for duplicate in row.duplicates if "row" in duplicate]
            is_known = bool(one.match) or row.key in known
            row.duplicates = inside if is_known else [*inside, *same]
            row.title = (one.texts.get("name") or row.title)[:200]
            _place(row, is_faulty=bool(one.faults), is_known=is_known)
            faults = [(name, one.texts.get(name, ""), error) for name, error in one.faults.items()]
            staged.append(Staged(row, faults))
        staging.replace_faults(batch, staged)


def _place(row: Row, *, is_faulty: bool, is_known: bool) -> None:
    if is_faulty:
        row.state, row.decision = FAULT, ""
    elif row.duplicates:
        row.state, row.decision = DUPLICATE, ""
    else:
        row.state, row.decision = SOUND, "update" if is_known else "create"


def _remember(batch: ImportBatch, field: str, old: str, new: str) -> None:
    before = batch.contents.words
    words = {**before, field: {**before.get(field, {}), old: new}}
    batch.contents.words = words
    contents.seal(batch)
    batch.save(update_fields=["sealed"])
    Source.objects.filter(name=batch.source).update(words=words)


def _row(batch: ImportBatch, number: int) -> Row:
    for row in staging.rows(batch, ImportRow.objects.filter(batch=batch, number=number)):
        return row
    raise IntakeError("damaged-row")
