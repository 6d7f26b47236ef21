"""Codes for requests that wait at the same time: whoever goes to the disk takes the others along.

A durable commit waits for the disk as long for fifty codes as for one. So the first of the requests that wait issues
for all of them in one transaction; those that come meanwhile wait for the next one, which the first of them begins. No
thread stands behind this, so nothing has to be stopped, and who is alone is served at once.
"""

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection

from kehuma.apps.codes.data import IssuedCode
from kehuma.apps.codes.groups import Answer, Groups, Request
from kehuma.apps.codes.issuing import issue
from kehuma.lib.db.lending import Lent

# More than a server has threads; who finds so many waiting helps itself.
MOST = 500
# How much of the time of the last group may go by while more of the next one come.
_SHARE = 0.1
_GLANCE = 0.0002


class Front:
    """The requests of one process that wait for codes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queue: deque[_Waiting] = deque()
        self._is_led = False
        self._groups = Groups()
        self._store = Lent()
        self._last = 0
        self._lasted = 0.0

    def issued(self, request: Request) -> IssuedCode:
        """What ``issue`` gives, or raises, for this request; whoever is in a transaction already issues in it."""
        mine = None if connection.in_atomic_block else self._queued(request)
        if mine is not None:
            mine.turn.acquire()
            if not mine.is_over:
                self._lead()
            if mine.answer is not None:
                return mine.answer
        return issue(
            request.scheme,
            request.facts,
            request_key=request.key,
            actor=request.actor,
            at=request.at,
            parent=request.parent,
            dated=request.dated,
        )

    def _queued(self, request: Request) -> "_Waiting | None":
        mine = _Waiting(request)
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
        group: list[_Waiting] = []
        began = time.monotonic()

        def take() -> Sequence[Request]:
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
            self._last, self._lasted = len(group), time.monotonic() - began
            self._hand_over()
            for one in group:
                one.is_over = True
                one.turn.release()

    def _gather(self, began: float) -> None:
        """Wait a little for those who were answered last and may ask again: alone they would cost as much as together."""
        until = began + self._lasted * _SHARE
        while len(self._queue) < self._last and time.monotonic() < until:
            time.sleep(_GLANCE)

    def _hand_over(self) -> None:
        with self._lock:
            self._is_led = bool(self._queue)
            if self._queue:
                self._queue[0].turn.release()


class _Waiting:
    """A request in the queue; its ``turn`` comes when it is answered, or when it is to lead."""

    __slots__ = ("answer", "is_over", "request", "turn")

    def __init__(self, request: Request) -> None:
        self.request = request
        self.answer: Answer = None
        self.is_over = False
        self.turn = threading.Lock()
        self.turn.acquire()


_front = Front()


def issue_waiting(  # noqa: PLR0913 - as ``issue``
    scheme: str,
    facts: Mapping[str, object],
    *,
    request_key: str,
    actor: str,
    at: datetime,
    parent: str | None = None,
    dated: datetime | None = None,
) -> IssuedCode:
    """As ``issue``, in a transaction with other requests that wait at this moment; committed when it returns."""
    return _front.issued(Request(scheme, facts, request_key, actor, at, parent, dated))


def _begin_anew() -> None:
    """A forked child has none of the threads that wait here."""
    global _front  # noqa: PLW0603 - one for each process
    _front = Front()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)
