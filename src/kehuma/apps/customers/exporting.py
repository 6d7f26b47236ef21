"""Large lists written into sealed files beside the pages: how far each has come, and what stands in its file."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, cast
from urllib.parse import parse_qsl
from uuid import UUID

from django.conf import settings
from django.db import transaction

from kehuma.apps.access import own
from kehuma.apps.audit import services as audit
from kehuma.apps.customers.data import ExportRow
from kehuma.apps.customers.errors import FileError, UnknownError
from kehuma.apps.customers.models import Export
from kehuma.apps.sealing import queries as sealing
from kehuma.apps.sealing import services as keys
from kehuma.apps.sealing.queries import Column, SubjectKey
from kehuma.engine.encryption.streams import Place
from kehuma.lib import sealed_files
from kehuma.lib.viewer import Viewer

KEPT = timedelta(days=1)
_QUERY, _FILE = Column("customers_export", "sealed"), Column("customers_export", "file")
# Writes the file of a row and gives back in whose name; tells now and then how many rows are done.
Write = Callable[[ExportRow, BinaryIO, Callable[[int], None]], Viewer]


class Stopped(Exception):
    """Somebody asked for the export to stop."""


@transaction.atomic
def begin_export(viewer: Viewer, query: str, *, kind: str, expected: int, at: datetime) -> ExportRow:
    """Ask for a file of about so many rows; who asks tells a worker. StoreSealedError."""
    viewer.require("customers.export")
    (subject,) = keys.new_subjects(1)
    row = Export.objects.create(
        user_id=own.id_of(viewer),
        subject_id=subject.id,
        sealed=keys.seal_row(subject.key, _QUERY, {"query": query}),
        kind=kind,
        expected=expected,
        created_at=at,
    )
    return _as_row(row, subject.key)


def cancel_export(viewer: Viewer, uuid: UUID) -> None:
    """Stop writing; what is there of the file goes. UnknownError."""
    row = _mine(viewer, uuid)
    Export.objects.filter(pk=row.pk, state="waiting").update(state="stopped")
    Export.objects.filter(pk=row.pk, state="running").update(is_cancelled=True)


def export(viewer: Viewer, uuid: UUID) -> ExportRow:
    """An export of the viewer's own; UnknownError, StoreSealedError."""
    row = _mine(viewer, uuid)
    return _as_row(row, sealing.opened_one(row.subject_id))


def content(viewer: Viewer, uuid: UUID) -> BinaryIO:
    """What stands in its file, which the caller closes; UnknownError, FileError where it is not done or gone."""
    row = _mine(viewer, uuid)
    try:
        if row.state == "done":
            return sealed_files.opened(path_of(row), _place(row, sealing.opened_one(row.subject_id)))
    except FileNotFoundError:
        pass
    raise FileError("file-gone")


def clear_old_exports(at: datetime) -> int:
    """Files of yesterday go, and the keys that open them; how many."""
    old = list(Export.objects.filter(created_at__lt=at - KEPT))
    if not old:
        return 0
    with transaction.atomic():
        keys.erase([row.subject_id for row in old], actor="kehuma", at=at)
        Export.objects.filter(pk__in=[row.pk for row in old]).delete()
    for row in old:
        path_of(row).unlink(missing_ok=True)
    return len(old)


def path_of(row: ExportRow | Export) -> Path:
    """Where its file lies once it is done."""
    return Path(settings.KEHUMA_HOME) / "exports" / f"{row.uuid.hex}.{row.kind}"


def conditions(query: str) -> list[str]:
    """What a list is narrowed by, without the values: those may be names and numbers of people."""
    return sorted({name for name, value in parse_qsl(query) if value})


def write_export(uuid: UUID, write: Write, *, at: datetime) -> None:
    """Have the file written; begun again, it is written anew.

    The export ends as done, stopped or failed; only a whole file is ever there.
    """
    if not Export.objects.filter(uuid=uuid, state__in=["waiting", "running"]).update(state="running", done=0):
        return
    stored = Export.objects.get(uuid=uuid)

    def step(done: int) -> None:
        Export.objects.filter(uuid=uuid).update(done=done)
        if Export.objects.filter(uuid=uuid, is_cancelled=True).exists():
            raise Stopped

    try:
        key = sealing.opened_one(stored.subject_id)
        row = _as_row(stored, key)
        with sealed_files.writing(path_of(row), _place(stored, key)) as target:
            viewer = write(row, cast("BinaryIO", target), step)
        _note_done(row, viewer, at)
    except Stopped:
        Export.objects.filter(uuid=uuid).update(state="stopped")
    except BaseException:
        Export.objects.filter(uuid=uuid).update(state="failed")
        raise


@transaction.atomic
def _note_done(row: ExportRow, viewer: Viewer, at: datetime) -> None:
    count = Export.objects.get(uuid=row.uuid).done
    Export.objects.filter(uuid=row.uuid).update(state="done", expected=count)
    testify(viewer, rows=count, kind=row.kind, asked=conditions(row.query), at=at)


def testify(viewer: Viewer, *, rows: int, kind: str, asked: Iterable[str], at: datetime) -> None:
    """The event of a list that left, in the caller's transaction."""
    detail = {"rows": rows, "kind": kind, "conditions": list(asked)}
    audit.record("customers.exported", "customers", detail, actor=viewer.actor, at=at)


def _mine(viewer: Viewer, uuid: UUID) -> Export:
    viewer.require("customers.export")
    row = Export.objects.filter(uuid=uuid, user=own.id_of(viewer)).first()
    if row is None:
        raise UnknownError("export")
    return row


def _place(row: Export, key: SubjectKey) -> Place:
    return Place(key, _FILE, row.uuid.hex)


def _as_row(row: Export, key: SubjectKey) -> ExportRow:
    query = str(sealing.open_row(key, _QUERY, row.sealed)["query"])
    return ExportRow(row.uuid, row.user_id, query, row.kind, row.state, row.expected, row.done, row.created_at)
