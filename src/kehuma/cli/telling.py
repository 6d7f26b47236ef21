"""The worker tells other systems what happened, beside its tasks and chores: a slow receiver keeps only itself waiting."""

import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor

from django.db import connections

from kehuma.apps.connectors import services
from kehuma.lib import clock

_log = logging.getLogger("kehuma.worker")
_ASKED_EVERY = 1.0
_AFTER_FAILURE = 60.0
# Each waits for its receiver most of the time.
_AT_ONCE = 4


class Telling:
    """One turn after the other for each endpoint that has something to hear."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="webhooks")
        self._going: dict[int, Future[None]] = {}

    def go(self) -> None:
        """Begin a turn of every endpoint that has none and needs one."""
        self._going = {number: turn for number, turn in self._going.items() if not turn.done()}
        for number in services.due(clock.now()):
            if number not in self._going:
                self._going[number] = self._pool.submit(_turn, number)

    def wait(self) -> None:
        """Until the turns that were begun have ended."""
        for turn in self._going.values():
            turn.result()


def keep_telling() -> None:
    """Go on in a thread of its own for as long as the process lives."""
    threading.Thread(target=_rounds, name="webhooks", daemon=True).start()


def _turn(number: int) -> None:
    try:
        services.deliver(number, clock.now())
    except Exception:  # noqa: BLE001 - one endpoint must not end the others
        _log.exception("telling an endpoint failed")
    finally:
        connections.close_all()


def _rounds() -> None:
    telling, pause = Telling(), threading.Event()
    while True:
        wait = _ASKED_EVERY
        try:
            telling.go()
        except Exception:  # noqa: BLE001 - the worker lives on
            _log.exception("telling others failed")
            wait = _AFTER_FAILURE
        connections.close_all()
        pause.wait(wait)
