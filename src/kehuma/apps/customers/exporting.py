"""Large lists written into files beside the pages: how far each has come, and where its file lies."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction

from kehuma.apps.access import own
from kehuma.apps.audit import services as audit
from kehuma.apps.customers.data import ExportRow
from kehuma.apps.customers.errors import UnknownError
from kehuma.apps.customers.models import Export
from kehuma.lib.viewer import Viewer

KEPT = timedelta(days=1)


class Stopped(Exception):
    """Somebody asked for the export to stop."""


@transaction.atomic
def begin_export(viewer: Viewer, query: str, *, kind: str, expected: int, at: datetime) -> ExportRow:
    """Ask for a file of about so many rows; who asks tells a worker. Files of yesterday go."""
    viewer.require("customers.export")
    for old in Export.objects.filter(created_at__lt=at - KEPT):
        path_of(_as_row(old)).unlink(missing_ok=True)
        old.delete()
    user = own.id_of(viewer)
    return _as_row(Export.objects.create(user_id=user, query=query, kind=kind, expected=expected, created_at=at))


def cancel_export(viewer: Viewer, uuid: UUID) -> None:
    """Stop writing; what is there of the file goes. UnknownError."""
    row = _mine(viewer, uuid)
    Export.objects.filter(pk=row.pk, state="waiting").update(state="stopped")
    Export.objects.filter(pk=row.pk, state="running").update(is_cancelled=True)


def export(viewer: Viewer, uuid: UUID) -> ExportRow:
    """An export of the viewer's own; UnknownError."""
    return _as_row(_mine(viewer, uuid))


def path_of(row: ExportRow) -> Path:
    """Where its file lies once it is done, for its owner only."""
    folder = Path(settings.KEHUMA_HOME) / "exports"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / f"{row.uuid.hex}.{row.kind}"


def write_export(
    uuid: UUID, write: Callable[[ExportRow, Path, Callable[[int], None]], Viewer], *, at: datetime
) -> None:
    """Have the file written by ``write`` (row, path, told how many rows are done); begun again, it is written anew.

    ``write`` gives back in whose name. The export ends as done, stopped or failed; only a whole file is ever there.
    """
    if not Export.objects.filter(uuid=uuid, state__in=["waiting", "running"]).update(state="running", done=0):
        return
    row = _as_row(Export.objects.get(uuid=uuid))
    target = path_of(row)
    part = target.with_name(f"part-{target.name}")

    def step(done: int) -> None:
        Export.objects.filter(uuid=uuid).update(done=done)
        if Export.objects.filter(uuid=uuid, is_cancelled=True).exists():
            raise Stopped

    try:
        viewer = write(row, part, step)
        part.chmod(0o600)
        with transaction.atomic():
            count = Export.objects.get(uuid=uuid).done
            Export.objects.filter(uuid=uuid).update(state="done", expected=count)
            detail = {"rows": count, "kind": row.kind, "query": row.query}
            audit.record("customers.exported", "customers", detail, actor=viewer.actor, at=at)
            part.replace(target)
    except Stopped:
        Export.objects.filter(uuid=uuid).update(state="stopped")
    except BaseException:
        Export.objects.filter(uuid=uuid).update(state="failed")
        raise
    finally:
        part.unlink(missing_ok=True)


def _mine(viewer: Viewer, uuid: UUID) -> Export:
    viewer.require("customers.export")
    row = Export.objects.filter(uuid=uuid, user=own.id_of(viewer)).first()
    if row is None:
        raise UnknownError("export")
    return row


def _as_row(row: Export) -> ExportRow:
    return ExportRow(row.uuid, row.user_id, row.query, row.kind, row.state, row.expected, row.done, row.created_at)
