"""What the worker does unasked beside its tasks: now and then, or once a day."""

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.contrib.sessions.backends.db import SessionStore
from django.db import connections
from django_tasks_db.models import DBTaskResult

from kehuma.apps.access import queries as access
from kehuma.apps.alarms import services as alarms
from kehuma.apps.audit import services as audit
from kehuma.apps.codes import services as codes
from kehuma.apps.connectors import services as connectors
from kehuma.apps.connectors.sharing import releases
from kehuma.apps.customers import exporting
from kehuma.apps.customers import services as customers
from kehuma.apps.intake import services as intake
from kehuma.apps.interactions import queries as interactions
from kehuma.apps.sealing import tasks as sealing
from kehuma.lib import clock
from kehuma.lib.viewer import system

_log = logging.getLogger("kehuma.worker")
_ASKED_EVERY = 1.0
_AFTER_FAILURE = timedelta(minutes=1)
# What became of a task is kept for as long as somebody may ask.
_RESULTS_KEPT = timedelta(days=7)


class Chore(NamedTuple):
    """Something to do every so often; it is done when the worker begins as well."""

    name: str
    every: timedelta
    do: Callable[[datetime], object]


def _resume_imports(at: datetime) -> None:
    intake.resume_interrupted(at=at)


def _clear_imports(at: datetime) -> None:
    intake.clear_old(at=at)


def _clear_exports(at: datetime) -> None:
    exporting.clear_old_exports(at)
    releases.clear_old(at)


def _clear_messages(at: datetime) -> None:
    connectors.clear(at)


def _clear_results(at: datetime) -> None:
    DBTaskResult.objects.finished().filter(finished_at__lt=at - _RESULTS_KEPT).delete()


def _clear_sessions(_: datetime) -> None:
    SessionStore.clear_expired()


def _sequence(at: datetime) -> None:
    audit.sequence(at)


def _move_keys(_: datetime) -> None:
    sealing.resume()


def _remember_erased(at: datetime) -> None:
    customers.replay_erasures(actor="kehuma", at=at)


def _expire_reservations(at: datetime) -> None:
    codes.expire_reservations(at)


def _watch_look_ups(at: datetime) -> None:
    alarms.watch(at)


def _clear_look_ups(at: datetime) -> None:
    alarms.clear(at)


def _return_idle(at: datetime) -> None:
    if days := access.idle_days():
        customers.return_idle(system("kehuma"), days=days, at=at)


def _retain(at: datetime) -> None:
    customers.run_retention(system("kehuma"), busy=interactions.busy, at=at)


_DAY = timedelta(days=1)
CHORES = (
    Chore("log", timedelta(seconds=1), _sequence),
    Chore("resume-imports", timedelta(minutes=1), _resume_imports),
    Chore("expire-reservations", timedelta(minutes=1), _expire_reservations),
    Chore("move-keys", timedelta(minutes=1), _move_keys),
    Chore("watch-look-ups", timedelta(minutes=1), _watch_look_ups),
    Chore("remember-erased", timedelta(hours=1), _remember_erased),
    Chore("return-idle", timedelta(hours=1), _return_idle),
    Chore("retention", _DAY, _retain),
    Chore("clear-imports", _DAY, _clear_imports),
    Chore("clear-exports", timedelta(hours=1), _clear_exports),
    Chore("clear-messages", _DAY, _clear_messages),
    Chore("clear-look-ups", _DAY, _clear_look_ups),
    Chore("clear-results", _DAY, _clear_results),
    Chore("clear-sessions", _DAY, _clear_sessions),
)


class Round:
    """Which chores are due. A worker that is begun again does them all once more: each can be done twice."""

    def __init__(self, chores: Sequence[Chore] = CHORES) -> None:
        self._chores = chores
        self._done: dict[str, datetime] = {}

    def go(self, at: datetime) -> None:
        """Do what is due; one that fails is told in the log and waits for its next time, the others are done."""
        for chore in self._chores:
            if chore.name in self._done and at - self._done[chore.name] < chore.every:
                continue
            self._done[chore.name] = at
            try:
                chore.do(at)
            except Exception:  # noqa: BLE001 - as above: the worker lives on
                _log.exception("chore %s failed", chore.name)
                # What is due every second must not fill the log every second.
                self._done[chore.name] = at + max(_AFTER_FAILURE - chore.every, timedelta())


def keep_doing() -> None:
    """Go round in a thread of its own for as long as the process lives: a task may take an hour."""
    threading.Thread(target=_rounds, name="chores", daemon=True).start()


def _rounds() -> None:
    going, pause = Round(), threading.Event()
    while True:
        going.go(clock.now())
        connections.close_all()
        pause.wait(_ASKED_EVERY)
