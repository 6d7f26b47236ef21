"""Putting rows right after the dry run: a cell, all equal cells, all suggestions; and deciding about duplicates."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from kehuma.apps.intake import matching, staging
from kehuma.apps.intake.checking import gate_of
from kehuma.apps.intake.errors import IntakeError, NotUpdatableError
from kehuma.apps.intake.models import ImportBatch, ImportFault, ImportRow, Source
from kehuma.apps.intake.running import viewer_of
from kehuma.apps.intake.staging import DUPLICATE, FAULT, SOUND, Staged

DECISIONS = ("", "skip", "update", "create")
# Fields whose words mean the same in every row: what was put right once is remembered for the source.
_WORDS = frozenset({"region", "industry", "country", "kind"})
_CHUNK = 500


def mend(batch: ImportBatch, number: int, field: str, value: str, *, at: datetime) -> ImportRow:
    """Put another text into a row's field and check the row again."""
    row = _row(batch, number)
    if row.state != FAULT or not row.key:
        raise IntakeError("damaged-row")
    row.mended = {**row.mended, field: value.strip()}
    _recheck(batch, [row], at)
    return row


def mend_alike(batch: ImportBatch, field: str, old: str, new: str, *, at: datetime) -> int:
    """Put another text wherever this one stands in the field; how many rows. Words are remembered for the source."""
    faults = ImportFault.objects.filter(batch=batch, field=field, value=old)
    count = _mend_each(batch, faults, at, lambda _fault: new.strip())
    if field in _WORDS and count:
        _remember(batch, field, old, new.strip())
    return count


def take_suggestions(batch: ImportBatch, field: str = "", *, at: datetime) -> int:
    """Take over what was probably meant, of one field or of all; how many values."""
    faults = ImportFault.objects.filter(batch=batch).exclude(suggestion="")
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
    chosen = [row for row in rows if not same or same == same_of(row.duplicates)]
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


def _mend_each(batch: ImportBatch, faults: QuerySet[ImportFault], at: datetime, text: Any) -> int:  # noqa: ANN401
    by_row: dict[int, dict[str, str]] = {}
    for fault in faults:
        by_row.setdefault(fault.row_id, {})[fault.field] = text(fault)
    rows = list(ImportRow.objects.filter(pk__in=by_row)) if len(by_row) < _CHUNK else _several(by_row)
    for row in rows:
        row.mended = {**row.mended, **by_row[row.pk]}
    _recheck(batch, rows, at)
    return sum(len(fields) for fields in by_row.values())


def _several(ids: Iterable[int]) -> list[ImportRow]:
    wanted = list(ids)
    pieces = [wanted[start : start + _CHUNK] for start in range(0, len(wanted), _CHUNK)]
    return [row for piece in pieces for row in ImportRow.objects.filter(pk__in=piece)]


def _recheck(batch: ImportBatch, rows: Sequence[ImportRow], at: datetime) -> None:
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
        staging.replace_faults(staged)


def _place(row: ImportRow, *, is_faulty: bool, is_known: bool) -> None:
    if is_faulty:
        row.state, row.decision = FAULT, ""
    elif row.duplicates:
        row.state, row.decision = DUPLICATE, ""
    else:
        row.state, row.decision = SOUND, "update" if is_known else "create"


def _remember(batch: ImportBatch, field: str, old: str, new: str) -> None:
    words = {**batch.words, field: {**batch.words.get(field, {}), old: new}}
    batch.words = words
    batch.save(update_fields=["words"])
    Source.objects.filter(name=batch.source).update(words=words)


def _row(batch: ImportBatch, number: int) -> ImportRow:
    row = ImportRow.objects.filter(batch=batch, number=number).first()
    if row is None:
        raise IntakeError("damaged-row")
    return row
