"""Requests that wait at the same time are answered together: whoever goes to the disk takes the others along.

A durable commit waits for the disk as long for fifty requests as for one. So the first of the requests that wait does
the work for all of them in one transaction; those that come meanwhile wait for the next one, which the first of them
begins. No thread stands behind this, so nothing has to be stopped, and who is alone is served at once.
"""

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Generic, Protocol, TypeVar
from weakref import WeakSet

from kehuma.lib.db.lending import Lent

# More than a server has threads; who finds so many waiting helps itself.
MOST = 500
_GLANCE = 0.0002

Asked = TypeVar("Asked")
Given = TypeVar("Given")
Asked_contra = TypeVar("Asked_contra", contravariant=True)
Given_co = TypeVar("Given_co", covariant=True)

_all: "WeakSet[Together[Any, Any]]" = WeakSet()


class Answering(Protocol[Asked_contra, Given_co]):
    """Who answers a group."""

    def answers(self, take: Callable[[], Sequence[Asked_contra]]) -> Sequence[Given_co | None]:
        """The answers to the requests that ``take`` names once it is their turn, None for one to be asked alone."""


class Together(Generic[Asked, Given]):
    """The requests of one process that wait; a process that is forked from it begins with none.

    ``patience`` is how much of the time of the last group may go by while more of the next one come.
    """

    def __init__(self, make: Callable[[], Answering[Asked, Given]], *, patience: float = 0.1) -> None:
        self._make, self._patience = make, patience
        self.begin()
        _all.add(self)

    def begin(self) -> None:
        """Begin anew: a forked child has none of the threads that wait here."""
        self._groups, self._store = self._make(), Lent()
        self._lock = threading.Lock()
        self._queue: deque[_Waiting[Asked, Given]] = deque()
        self._is_led = False
        self._expected = 0
        self._lasted = 0.0

    def answered(self, request: Asked) -> Given | None:
        """The answer to this request; None where it is to be asked alone, as where its group could not be answered."""
        mine = self._queued(request)
        if mine is None:
            return None
        mine.turn.acquire()
        if not mine.is_over:
            self._lead()
        return mine.answer

    def _queued(self, request: Asked) -> "_Waiting[Asked, Given] | None":
        mine: _Waiting[Asked, Given] = _Waiting(request)
        with self._lock:
            if len(self._queue) >= MOST:
                return None
            self._queue.append(mine)
            if not self._is_led:
                self._is_led = True
                mine.turn.release()
        return mine

    def _lead(self) -> None:
        """Answer all that wait, and hand the lead to the first of those that came meanwhile."""
        group: list[_Waiting[Asked, Given]] = []
        began = time.monotonic()

        def take() -> Sequence[Asked]:
            self._gather(began)
            with self._lock:
                group.extend(self._queue)
                self._queue.clear()
            return [one.request for one in group]

        try:
            with self._store.instead():
                answers = self._groups.answers(take)
            for one, answer in zip(group, answers, strict=True):
                one.answer = answer
        except Exception as error:  # noqa: BLE001 - each of them finds out by itself what is wrong
            logging.getLogger(__name__).debug("%s: requests are answered one by one", type(error).__name__)
        finally:
            if not group:
                take()
            self._lasted = time.monotonic() - began
            self._hand_over(len(group))
            for one in group:
                one.is_over = True
                one.turn.release()

    def _gather(self, began: float) -> None:
        """Wait a little for those who were answered last and may ask again: alone they would cost as much as together."""
        until = began + self._lasted * self._patience
        while len(self._queue) < self._expected and time.monotonic() < until:
            time.sleep(_GLANCE)

    def _hand_over(self, answered: int) -> None:
        with self._lock:
            self._expected = answered + len(self._queue)
            self._is_led = bool(self._queue)
            if self._queue:
                self._queue[0].turn.release()


class _Waiting(Generic[Asked, Given]):
    """A request in the queue; its ``turn`` comes when it is answered, or when it is to lead."""

    __slots__ = ("answer", "is_over", "request", "turn")

    def __init__(self, request: Asked) -> None:
        self.request = request
        self.answer: Given | None = None
        self.is_over = False
        self.turn = threading.Lock()
        self.turn.acquire()


def _begin_anew() -> None:
    for one in list(_all):
        one.begin()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)
