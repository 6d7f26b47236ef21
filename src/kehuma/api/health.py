"""Is the server alive, is it ready, and what does it do: for programs that watch over it."""

import os
import time
from collections.abc import Iterator, Mapping
from functools import lru_cache

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from django_tasks_db.models import DBTaskResult

from kehuma.api import figures, problems
from kehuma.api.keys import viewer_of
from kehuma.api.problems import Problem
from kehuma.apps.audit import health as log
from kehuma.apps.audit import queries as audit
from kehuma.apps.audit import tree
from kehuma.apps.codes import queries as codes
from kehuma.apps.sealing import queries as sealing
from kehuma.lib import clock
from kehuma.lib.db import room, upgrading

_LOOPBACK = frozenset({"127.0.0.1", "::1"})
_COUNTED_EVERY = 60
_ESCAPED = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})


@require_safe
def healthz(_: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is looked at."""
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(_: HttpRequest) -> HttpResponse:
    """The store answers, has the tables of this version and room for more codes; 503 otherwise."""
    try:
        is_ready = _is_current() and room.is_left()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        is_ready = False
    if not is_ready:
        _is_current.cache_clear()
    return JsonResponse({"status": "ok" if is_ready else "unavailable"}, status=200 if is_ready else 503)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Figures for Prometheus: for this machine itself, and for keys with the right ``audit.view``."""
    try:
        _require_watcher(request)
    except Problem as problem:
        return problems.answer(request, problem)
    return HttpResponse("\n".join(_lines()) + "\n", content_type="text/plain; version=0.0.4; charset=utf-8")


@lru_cache(maxsize=1)
def _is_current() -> bool:
    # Looking takes a while, and nobody upgrades a store under a server that runs.
    return upgrading.is_current()


def _require_watcher(request: HttpRequest) -> None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        viewer = viewer_of(request, token)
        if viewer is None:
            raise Problem("unauthorised", headers={"WWW-Authenticate": 'Bearer realm="kehuma"'})
        if not viewer.may("audit.view"):
            raise Problem("forbidden", permission="audit.view")
        return
    # Whoever comes through a proxy on this machine is not this machine.
    is_direct = not any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"))
    if not is_direct or request.META.get("REMOTE_ADDR") not in _LOOPBACK:
        raise Problem("unauthorised", headers={"WWW-Authenticate": 'Bearer realm="kehuma"'})


def _lines() -> Iterator[str]:
    yield from _of_requests()
    counted = _codes(int(time.monotonic()) // _COUNTED_EVERY)
    yield from _told("kehuma_codes", "gauge", "Codes given out, by scheme; counted once a minute.")
    for scheme, number in sorted(counted.items()):
        yield f'kehuma_codes{{scheme="{scheme.translate(_ESCAPED)}"}} {number}'
    yield from _one(
        "kehuma_codes_issued_total", "counter", "Codes given out; its rate is that of issuing.", sum(counted.values())
    )
    yield from _of_log()
    waiting, failed = _tasks()
    yield from _one("kehuma_tasks_waiting", "gauge", "Tasks that no worker has taken up yet.", waiting)
    yield from _one("kehuma_tasks_failed", "gauge", "Tasks of the last seven days that failed.", failed)
    is_open = sealing.is_open()
    yield from _one(
        "kehuma_sealed", "gauge", "1 where personal values are sealed for want of the key.", int(not is_open)
    )


def _of_requests() -> Iterator[str]:
    process = f'process="{os.getpid()}"'
    yield from _told("kehuma_http_requests_total", "counter", "Requests of programs to this process of the server.")
    for (method, status), number in sorted(figures.requests().items()):
        yield f'kehuma_http_requests_total{{{process},method="{method}",status="{status}"}} {number}'
    yield from _told("kehuma_http_seconds_total", "counter", "The time that they took.")
    for method, seconds in sorted(figures.seconds().items()):
        yield f'kehuma_http_seconds_total{{{process},method="{method}"}} {seconds:.6f}'


def _of_log() -> Iterator[str]:
    waiting, since = audit.waiting()
    lag = max((clock.now() - since).total_seconds(), 0.0) if since else 0.0
    yield from _one("kehuma_log_entries", "gauge", "Entries of the log.", tree.size())
    yield from _one("kehuma_log_waiting", "gauge", "Events that are not in the log yet.", waiting)
    yield from _one("kehuma_log_lag_seconds", "gauge", "How long the oldest of them has waited.", f"{lag:.3f}")
    refuses = log.fence_looked() is not None
    yield from _one(
        "kehuma_issuing_refused", "gauge", "1 where the witness keeps codes from being issued.", int(refuses)
    )


def _tasks() -> tuple[int, int]:
    found = DBTaskResult.objects
    return found.ready().count(), found.failed().count()


def _one(name: str, kind: str, told: str, value: float | str) -> Iterator[str]:
    yield from _told(name, kind, told)
    yield f"{name} {value}"


def _told(name: str, kind: str, told: str) -> Iterator[str]:
    yield f"# HELP {name} {told}"
    yield f"# TYPE {name} {kind}"


@lru_cache(maxsize=1)
def _codes(_minute: int) -> Mapping[str, int]:
    names = dict.fromkeys(one.name for one in codes.versions())
    return {name: codes.number_of_codes(name) for name in names}
