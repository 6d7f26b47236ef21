"""Writes of the intake: a file comes in, its columns are mapped, it is checked, mended, committed, undone, cleared."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any, BinaryIO
from uuid import UUID

from django.conf import settings
from django.db import transaction

from kehuma.apps.audit import services as audit
from kehuma.apps.customers import fields as record
from kehuma.apps.customers import queries as customer_queries
from kehuma.apps.customers import services as customers
from kehuma.apps.customers.data import Undone
from kehuma.apps.intake import checking, committing, contents, files, mending, queries, running, staging, tasks
from kehuma.apps.intake.data import Contents, Import
from kehuma.apps.intake.errors import IntakeError, StateError
from kehuma.apps.intake.headings import MATCH
from kehuma.apps.intake.models import ImportBatch, Source, State
from kehuma.apps.intake.plan import is_joined
from kehuma.apps.sealing import queries as sealing
from kehuma.apps.sealing import services as keys
from kehuma.lib.viewer import Viewer

MODES = ("both", "create", "update")
_LONGEST_SOURCE = 100
_OPEN = (State.RECEIVED, State.CHECKED, State.FAILED)
_RUNNING = (State.CHECKING, State.COMMITTING)
_OURSELVES = "kehuma"
# "new:date" makes a field of one's own out of a column.
NEW = "new:"


def receive(viewer: Viewer, file: BinaryIO, name: str, *, at: datetime) -> Import:
    """Keep a file and look at it; TabularError where it is no table, IntakeError where it is empty or too large."""
    viewer.require("customers.import")
    batch = ImportBatch(user_id=viewer.user_id, actor=viewer.actor, created_at=at, progressed_at=at)
    with transaction.atomic():
        contents.begin(batch, Contents(name=name.replace("\\", "/").rsplit("/", 1)[-1][-200:]))
    try:
        batch.file, batch.size = files.keep(file, name, batch)
        look = files.look(batch, {})
        with transaction.atomic():
            _take_look(batch, look)
            _testify("intake.received", batch, viewer, at, {"size": batch.size})
    except BaseException:
        files.remove(batch.file)
        _erase(batch, actor=viewer.actor, at=at)
        raise
    return queries.as_import(batch)


def paste(viewer: Viewer, text: str, name: str, *, at: datetime) -> Import:
    """The same for a table copied from a spreadsheet."""
    if not text.strip():
        raise IntakeError("paste-empty")
    return receive(viewer, BytesIO(text.encode("utf-8", "replace")), f"{name}.tsv", at=at)


def read_as(  # noqa: PLR0913 - one argument per choice
    viewer: Viewer,
    uuid: UUID,
    *,
    encoding: str = "",
    delimiter: str = "",
    sheet: str = "",
    header_row: int | None = None,
) -> Import:
    """Read the file in another encoding, with another delimiter, from another sheet or row; TabularError.

    Where something else is read, the header is looked for anew unless another row is named.
    """
    batch = _batch(viewer, uuid, *_OPEN)
    before, chosen = batch.contents.reading, {"encoding": encoding, "delimiter": delimiter, "sheet": sheet}
    wanted: dict[str, Any] = {name: value for name, value in chosen.items() if value}
    is_other = any(before.get(name) != value for name, value in wanted.items())
    if header_row and (header_row != before.get("header_row") or not is_other):
        wanted["header_row"] = header_row
    look = files.look(batch, {"kind": before.get("kind", "csv"), **wanted})
    with transaction.atomic():
        staging.empty(batch)
        batch.state, batch.contents.columns, batch.error = State.RECEIVED, {}, {}
        _take_look(batch, look)
    return queries.as_import(batch)


def map_columns(  # noqa: PLR0913 - one argument per choice
    viewer: Viewer,
    uuid: UUID,
    columns: Mapping[str, str],
    *,
    source: str,
    scheme: str,
    at: datetime,
    words: Mapping[str, Mapping[str, str]] | None = None,
    is_waiting: bool = False,
) -> None:
    """Say which column is which field, remember it for the source, and begin the dry run.

    A column mapped to ``new:date`` (text, number, choice …) becomes a field of its own. ``is_waiting`` runs it here and
    now. IntakeError where the mapping cannot work.
    """
    batch = _batch(viewer, uuid, *_OPEN)
    source = source.strip()
    _require_sound(batch, columns, source, scheme)
    columns = _with_new_fields(viewer, columns, at)
    known = Source.objects.filter(name=source).first()
    words = words or (known.words if known else {})
    Source.objects.update_or_create(
        name=source,
        defaults={
            "columns": {**(known.columns if known else {}), **columns},
            "words": words,
            "scheme": scheme,
            "used_at": at,
        },
    )
    batch.source, batch.scheme = source, scheme
    held = batch.contents
    held.columns, held.words, held.estimate = dict(columns), {name: dict(one) for name, one in words.items()}, {}
    contents.seal(batch)
    batch.state, batch.error, batch.counts = State.CHECKING, {}, {}
    batch.done = batch.position = 0
    batch.is_cancelled, batch.progressed_at, batch.customer_batch = False, at, None
    batch.save()
    _begin(batch, at, is_waiting=is_waiting)


def back_to_columns(viewer: Viewer, uuid: UUID) -> None:
    """Leave the dry run to map the columns otherwise."""
    batch = _batch(viewer, uuid, State.CHECKED, State.FAILED)
    staging.empty(batch)
    batch.state, batch.counts, batch.contents.estimate, batch.error = State.RECEIVED, {}, {}, {}
    contents.seal(batch)
    batch.save(update_fields=["state", "counts", "sealed", "error"])


def mend(  # noqa: PLR0913 - one argument per fact
    viewer: Viewer, uuid: UUID, number: int, field: str, value: str, *, at: datetime
) -> None:
    """Put another text into a row's field and check the row again."""
    mending.mend(_batch(viewer, uuid, State.CHECKED), number, field, value, at=at)


def mend_alike(  # noqa: PLR0913 - one argument per fact
    viewer: Viewer, uuid: UUID, field: str, old: str, new: str, *, at: datetime
) -> int:
    """Put another text wherever ``old`` stands in the field; how many rows."""
    return mending.mend_alike(_batch(viewer, uuid, State.CHECKED), field, old, new, at=at)


def take_suggestions(viewer: Viewer, uuid: UUID, field: str = "", *, at: datetime) -> int:
    """Take over what was probably meant, of one field or of all; how many values."""
    return mending.take_suggestions(_batch(viewer, uuid, State.CHECKED), field, at=at)


def leave_empty(viewer: Viewer, uuid: UUID, field: str, *, at: datetime) -> int:
    """Bring rows in without their faulty values of this field; how many."""
    return mending.leave_empty(_batch(viewer, uuid, State.CHECKED), field, at=at)


def decide(viewer: Viewer, uuid: UUID, decision: str, *, numbers: Sequence[int] | None = None, same: str = "") -> int:
    """Decide what happens to rows that may be customers already; how many rows. Without numbers: all undecided ones."""
    return mending.decide(_batch(viewer, uuid, State.CHECKED), decision, numbers, same)


def commit(viewer: Viewer, uuid: UUID, mode: str, *, at: datetime, is_waiting: bool = False) -> None:
    """Begin to bring the rows in, or go on where a stopped run ended, or once more after an undo."""
    if mode not in MODES:
        raise IntakeError("bad-mode", value=mode)
    batch = _batch(viewer, uuid, State.CHECKED, State.STOPPED, State.UNDONE, State.FAILED)
    if batch.state == State.FAILED and batch.customer_batch is None:
        raise StateError(State.RECEIVED)
    if batch.state not in (State.STOPPED, State.FAILED):
        batch.position, batch.customer_batch = 0, None
        batch.counts = {name: count for name, count in batch.counts.items() if name != "committed"}
    batch.mode, batch.state, batch.done, batch.error = mode, State.COMMITTING, 0, {}
    batch.is_cancelled, batch.progressed_at = False, at
    batch.save()
    _begin(batch, at, is_waiting=is_waiting)


def cancel(viewer: Viewer, uuid: UUID) -> None:
    """Ask what runs to stop after the present chunk."""
    batch = _batch(viewer, uuid, State.CHECKING, State.COMMITTING)
    ImportBatch.objects.filter(pk=batch.pk).update(is_cancelled=True)


def undo(viewer: Viewer, uuid: UUID, *, at: datetime) -> Undone:
    """Take back everything the batch did; what was changed since stays as it is. Codes stay used."""
    batch = _batch(viewer, uuid, State.DONE, State.STOPPED, State.FAILED)
    if batch.customer_batch is None:
        raise StateError(batch.state)
    undone = customers.undo(viewer, batch.customer_batch, at=at)
    with transaction.atomic():
        batch.state = State.UNDONE
        batch.save(update_fields=["state"])
        _testify("intake.undone", batch, viewer, at, {"reverted": undone.reverted, "kept": len(undone.kept)})
    return undone


def discard(viewer: Viewer, uuid: UUID, *, at: datetime) -> None:
    """Throw a batch away that was never committed."""
    batch = _batch(viewer, uuid, *_OPEN)
    if batch.customer_batch is not None:
        raise StateError(batch.state)
    with transaction.atomic():
        _testify("intake.discarded", batch, viewer, at, {})
        staging.empty(batch)
        batch.delete()
        _erase(batch, actor=viewer.actor, at=at)
    files.remove(batch.file)


def clear(viewer: Viewer, uuid: UUID, *, at: datetime) -> None:
    """Let go of the file and the rows of a batch now, and of the key they lay under. Its counts and customers stay."""
    batch = _batch(viewer, uuid, *(state for state in State if state not in _RUNNING))
    _clear(batch, actor=viewer.actor, at=at)


def clear_old(*, days: int | None = None, at: datetime) -> int:
    """The same for batches that lie still for so many days, or as many as the settings say; how many."""
    kept = timedelta(days=settings.IMPORT_DAYS if days is None else days)
    still = ImportBatch.objects.filter(cleared_at=None, progressed_at__lt=at - kept)
    batches = list(still.exclude(state__in=_RUNNING))
    for batch in batches:
        _clear(batch, actor=_OURSELVES, at=at)
    return len(batches)


def _clear(batch: ImportBatch, *, actor: str, at: datetime) -> None:
    with transaction.atomic():
        staging.empty(batch)
        _erase(batch, actor=actor, at=at)
        batch.sealed, batch.cleared_at = None, at
        batch.save(update_fields=["sealed", "cleared_at"])
    files.remove(batch.file)


def _erase(batch: ImportBatch, *, actor: str, at: datetime) -> None:
    if batch.subject_id is not None:
        keys.erase([batch.subject_id], actor=actor, at=at)


def resume_interrupted(*, at: datetime) -> int:
    """Begin again what died with its process; how many. A worker calls it when it starts, and now and then."""
    # Without the keys it would only fail; it waits.
    batches = running.interrupted() if sealing.is_open() else []
    for batch in batches:
        ImportBatch.objects.filter(pk=batch.pk).update(progressed_at=at)
        _begin(contents.opened_one(batch), at, is_waiting=False)
    return len(batches)


def _begin(batch: ImportBatch, at: datetime, *, is_waiting: bool) -> None:
    is_check = batch.state == State.CHECKING
    if is_waiting:
        (checking.check if is_check else committing.commit)(batch, at=at)
    else:
        (tasks.check_import if is_check else tasks.commit_import).enqueue(str(batch.uuid))


def _batch(viewer: Viewer, uuid: UUID, *states: str) -> ImportBatch:
    viewer.require("customers.import")
    batch = queries.batch_of(viewer, uuid)
    if error := sealing.why_sealed():
        raise error
    if batch.cleared_at is not None:
        raise IntakeError("cleared")
    if batch.state not in states:
        raise StateError(batch.state)
    return batch


def _take_look(batch: ImportBatch, look: files.Look) -> None:
    held = batch.contents
    held.reading, held.header, held.sample = look.reading, look.header, look.sample
    batch.expected = look.expected
    contents.seal(batch)
    batch.save()


def _require_sound(batch: ImportBatch, columns: Mapping[str, str], source: str, scheme: str) -> None:
    if not source:
        raise IntakeError("source-missing")
    if len(source) > _LONGEST_SOURCE:
        raise IntakeError("source-long")
    if not scheme:
        raise IntakeError("scheme-missing")
    table = record.table()
    by_target: dict[str, list[str]] = {}
    for column, target in columns.items():
        if column not in batch.contents.header:
            raise IntakeError("unknown-column", column=column)
        is_known = target in queries.targets(table) or target.startswith(NEW)
        if target and not is_known:
            raise IntakeError("unknown-target", field=target)
        by_target.setdefault(target, []).append(column)
    for target, names in by_target.items():
        if target and len(names) > 1 and not is_joined(target) and not target.startswith(NEW):
            raise IntakeError("target-twice", field=queries.title_of(table, target), columns=names)
    if "name" not in by_target and MATCH not in by_target:
        raise IntakeError("name-missing")


def _with_new_fields(viewer: Viewer, columns: Mapping[str, str], at: datetime) -> dict[str, str]:
    """The mapping with fields in place of the wish for new ones."""
    made = dict(columns)
    for column, target in columns.items():
        if target.startswith(NEW):
            made[column] = _new_field(viewer, column, target.removeprefix(NEW), at)
    return made


def _new_field(viewer: Viewer, column: str, kind: str, at: datetime) -> str:
    found = next((field.key for field in record.table().values() if field.custom_id and field.zh == column[:60]), "")
    if found:
        return found
    # Retired ones keep their keys.
    used = {row.field.key for row in customer_queries.custom_fields(retired=True)}
    key = next(name for number in range(1, 10_000) if (name := f"column_{number}") not in used)
    customers.define_field(
        viewer,
        key=key,
        zh=column[:60],
        en="",
        type=kind,
        choices=(),
        field_class="internal",
        required=False,
        filterable=True,
        at=at,
    )
    return key


def _testify(kind: str, batch: ImportBatch, viewer: Viewer, at: datetime, detail: Mapping[str, Any]) -> None:
    audit.record(kind, str(batch.uuid), detail, actor=viewer.actor, at=at)
