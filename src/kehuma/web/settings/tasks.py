"""Backups made and checked by the worker. How far it has come stands beside the backups, so any page can tell."""

import logging
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django_tasks import task

from kehuma.apps.audit import services as audit
from kehuma.engine.coding.errors import CodingError
from kehuma.lib import clock
from kehuma.lib.backups import making, shelf
from kehuma.lib.backups.shelf import State

_log = logging.getLogger("kehuma.settings")
_STEP = 0.01


@task()
def make_backup(actor: str) -> None:
    """Make a backup in the folder of backups."""
    home, at = Path(settings.KEHUMA_HOME), clock.now()

    def run() -> None:
        made = making.make(home, at=at, report=_reporting(home, "make", ""))
        audit.record_alone("store.backed-up", made.name, actor=actor, at=at)

    _telling(home, "make", "", run)


@task()
def check_backup(name: str, actor: str) -> None:
    """Restore a backup on trial and compare it."""
    home, at = Path(settings.KEHUMA_HOME), clock.now()

    def run() -> None:
        path, report = shelf.path_of(home, name), _reporting(home, "check", name)
        try:
            with making.alone(home):
                making.check(home, path, report=lambda share: report("check", share))
        except CodingError as error:
            shelf.note_check(home, name, at=at, fault=error.say("zh"))
            raise
        shelf.note_check(home, name, at=at)
        audit.record_alone("store.backup-checked", name, actor=actor, at=at)

    _telling(home, "check", name, run)


def begin(home: Path, task_name: str, name: str = "") -> None:
    """Say that work was asked for, until the worker takes it up."""
    shelf.set_state(home, State(task_name, name, "wait", 0.0, is_running=True, fault={}))


def _reporting(home: Path, task_name: str, name: str) -> Callable[[str, float], None]:
    told = -1.0

    def report(phase: str, share: float) -> None:
        nonlocal told
        if share - told >= _STEP:
            told = share
            shelf.set_state(home, State(task_name, name, phase, share, is_running=True, fault={}))

    return report


def _telling(home: Path, task_name: str, name: str, run: Callable[[], None]) -> None:
    """What ends the work is told beside the backups: people look there, not into a log."""
    try:
        run()
    except Exception as error:  # noqa: BLE001 - as above
        if not isinstance(error, CodingError | OSError):
            _log.exception("backup failed")
        fault = {"zh": str(error), "en": str(error)}
        if isinstance(error, CodingError):
            fault = {"zh": error.say("zh"), "en": error.say("en")}
        shelf.set_state(home, State(task_name, name, "", 0.0, is_running=False, fault=fault))
    else:
        shelf.set_state(home, None)
