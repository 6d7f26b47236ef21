"""Long work on the log beside the pages: verifying it, writing it into files. A worker does it, a row tells how far it is."""

import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from kehuma.apps.audit.data import WorkRow
from kehuma.apps.audit.errors import LogError, UnknownEventError
from kehuma.apps.audit.models import Work
from kehuma.lib.viewer import Viewer

KEPT = timedelta(days=1)
_VERIFIED_KEPT = timedelta(days=400)
_TOLD_EVERY = 0.5
SUFFIXES: Mapping[str, str] = {"table": "csv", "files": "zip"}

Report = Callable[[float], object]
Do = Callable[[WorkRow, Report], Mapping[str, Any]]


class Stopped(Exception):
    """Somebody asked for the work to stop."""


@transaction.atomic
def begin(viewer: Viewer, kind: str, *, query: str = "", at: datetime) -> WorkRow:
    """Ask for work; who asks tells a worker. Files of yesterday go."""
    viewer.require("audit.view")
    for old in Work.objects.filter(kind__in=SUFFIXES, at__lt=at - KEPT):
        path_of(_as_row(old)).unlink(missing_ok=True)
        old.delete()
    Work.objects.filter(kind="verify", at__lt=at - _VERIFIED_KEPT).delete()
    return _as_row(Work.objects.create(kind=kind, query=query, actor=viewer.actor, at=at))


def work(viewer: Viewer, uuid: UUID) -> WorkRow:
    """One piece of work; UnknownEventError."""
    viewer.require("audit.view")
    row = Work.objects.filter(uuid=uuid).first()
    if row is None:
        raise UnknownEventError("unknown-event")
    return _as_row(row)


def works(viewer: Viewer, kind: str, *, limit: int = 20) -> list[WorkRow]:
    """The newest pieces of work of one kind."""
    viewer.require("audit.view")
    return [_as_row(row) for row in Work.objects.filter(kind=kind).order_by("-id")[:limit]]


def cancel(viewer: Viewer, uuid: UUID) -> None:
    """Stop it; UnknownEventError."""
    row = work(viewer, uuid)
    Work.objects.filter(uuid=row.uuid, state="waiting").update(state="stopped")
    Work.objects.filter(uuid=row.uuid, state="running").update(is_cancelled=True)


def path_of(row: WorkRow) -> Path:
    """Where its file lies once it is done."""
    folder = Path(settings.KEHUMA_HOME) / "exports"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / f"log-{row.uuid.hex}.{SUFFIXES.get(row.kind, 'part')}"


def perform(uuid: UUID, do: Do, *, now: Callable[[], datetime]) -> None:
    """Have it done by ``do``, which is told how to report its share and gives back the result.

    It ends as done, stopped or failed, and its conditions go; begun again after the end of a worker, it is done anew.
    """
    if not Work.objects.filter(uuid=uuid, state__in=["waiting", "running"]).update(state="running", share=0.0):
        return
    row = _as_row(Work.objects.get(uuid=uuid))
    state, result = "failed", dict[str, Any]()
    try:
        result, state = dict(do(row, _reporting(uuid))), "done"
    except Stopped:
        state = "stopped"
    except LogError as error:
        result = {"fault": {"zh": error.say("zh"), "en": error.say("en")}}
    finally:
        if state != "done":
            path_of(row).unlink(missing_ok=True)
        Work.objects.filter(uuid=uuid).update(state=state, query="", result=result, ended_at=now())


def _reporting(uuid: UUID) -> Report:
    told = time.monotonic()

    def report(share: float) -> None:
        nonlocal told
        if time.monotonic() - told < _TOLD_EVERY:
            return
        told = time.monotonic()
        Work.objects.filter(uuid=uuid).update(share=share)
        if Work.objects.filter(uuid=uuid, is_cancelled=True).exists():
            raise Stopped

    return report


def _as_row(row: Work) -> WorkRow:
    return WorkRow(row.uuid, row.kind, row.query, row.actor, row.state, row.share, row.result, row.at, row.ended_at)
