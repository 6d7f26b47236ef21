"""What the dry run and the commit have in common: progress kept on the batch's row, stopping when asked, failing."""

import logging
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from kehuma.apps.access import queries as access
from kehuma.apps.intake.errors import said
from kehuma.apps.intake.models import ImportBatch, State
from kehuma.lib import clock
from kehuma.lib.viewer import Viewer, system

_log = logging.getLogger("kehuma.intake")
SMALL, LARGE = 1_000, 10_000
# A run that has not moved for this long has died with its process.
DEAD_AFTER = timedelta(minutes=5)


class Stopped(Exception):
    """Somebody asked for the run to stop."""


def viewer_of(batch: ImportBatch) -> Viewer:
    """Who works: the person who brought the file, with the rights of today."""
    return access.viewer(batch.user_id) if batch.user_id else system(batch.actor)


def chunk_of(batch: ImportBatch) -> int:
    """How many rows go together: few where people watch, many where there is much to do."""
    return LARGE if batch.expected > 50_000 else SMALL


def step(batch: ImportBatch, *, rows: int, position: int, counts: Mapping[str, Any]) -> None:
    """Keep how far a run has come; Stopped where somebody asked for it."""
    batch.done += rows
    batch.position, batch.counts, batch.progressed_at = position, dict(counts), clock.now()
    batch.save(update_fields=["done", "position", "counts", "progressed_at"])
    if ImportBatch.objects.filter(pk=batch.pk, is_cancelled=True).exists():
        raise Stopped


@contextmanager
def keeping(batch: ImportBatch, *, stopped: State) -> Iterator[None]:
    """Whatever ends the run is kept on the row: people look there, not into a log. ``stopped`` is the state after it."""
    try:
        yield
    except Stopped:
        ImportBatch.objects.filter(pk=batch.pk).update(state=stopped, is_cancelled=False)
        batch.state = stopped
    except Exception as error:  # noqa: BLE001 - as above
        if not hasattr(error, "say"):
            # Where it broke, and not its sentence: an error of the store repeats the values of the row.
            where = "".join(traceback.format_tb(error.__traceback__))
            _log.error("import %s failed: %s\n%s", batch.uuid, type(error).__name__, where)
        batch.state, batch.error = State.FAILED, said(error)
        ImportBatch.objects.filter(pk=batch.pk).update(state=State.FAILED, error=batch.error, is_cancelled=False)


def interrupted() -> list[ImportBatch]:
    """Batches whose run has died."""
    states = (State.CHECKING, State.COMMITTING)
    return list(ImportBatch.objects.filter(state__in=states, progressed_at__lt=clock.now() - DEAD_AFTER))
