"""Is the server alive, is it ready, and what does it do: for programs that watch over it."""

import os
import time
from collections.abc import Iterator, Mapping
from functools import lru_cache

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from kehuma.api import figures, problems
from kehuma.api.keys import viewer_of
from kehuma.api.problems import Problem
from kehuma.apps.codes import queries as codes
from kehuma.lib.db import upgrading

_LOOPBACK = frozenset({"127.0.0.1", "::1"})
_COUNTED_EVERY = 60
_ESCAPED = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})


@require_safe
def healthz(_: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is looked at."""
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(_: HttpRequest) -> HttpResponse:
    """The store answers and has the tables of this version; 503 otherwise."""
    try:
        is_ready = _is_current()
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
    process = f'process="{os.getpid()}"'
    yield "# HELP kehuma_http_requests_total Requests of programs to this process of the server."
    yield "# TYPE kehuma_http_requests_total counter"
    for (method, status), number in sorted(figures.requests().items()):
        yield f'kehuma_http_requests_total{{{process},method="{method}",status="{status}"}} {number}'
    yield "# HELP kehuma_http_seconds_total The time that they took."
    yield "# TYPE kehuma_http_seconds_total counter"
    for method, seconds in sorted(figures.seconds().items()):
        yield f'kehuma_http_seconds_total{{{process},method="{method}"}} {seconds:.6f}'
    yield "# HELP kehuma_codes Codes given out, by scheme; counted once a minute."
    yield "# TYPE kehuma_codes gauge"
    for scheme, number in sorted(_codes(int(time.monotonic()) // _COUNTED_EVERY).items()):
        yield f'kehuma_codes{{scheme="{scheme.translate(_ESCAPED)}"}} {number}'


@lru_cache(maxsize=1)
def _codes(_minute: int) -> Mapping[str, int]:
    names = dict.fromkeys(one.name for one in codes.versions())
    return {name: codes.number_of_codes(name) for name in names}
