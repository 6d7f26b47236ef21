"""Who asks: from ``Authorization: Bearer KEY`` to a viewer, which every operation hands down."""

import time
from dataclasses import replace
from functools import cache
from typing import cast

from django.conf import settings
from django.http import HttpRequest
from ninja.security import HttpBearer

from kehuma.api.limits import Limits, Standing
from kehuma.api.problems import Problem, language_of
from kehuma.apps.access import queries as access
from kehuma.lib import clock
from kehuma.lib.viewer import Viewer

_LONGEST = 200


class Request(HttpRequest):
    """A request whose key was looked at."""

    viewer: Viewer
    rate: Standing


class Key(HttpBearer):
    """Asks for a key with the right ``needs``; an empty one asks for any key."""

    def __init__(self, needs: str) -> None:
        super().__init__()
        self.needs = needs

    def authenticate(self, request: HttpRequest, token: str) -> Viewer | None:
        found = viewer_of(request, token)
        if found is not None and self.needs:
            found.require(self.needs)
        return found


def viewer(request: HttpRequest) -> Viewer:
    """Who asks; only in an operation with a ``Key``."""
    return cast("Request", request).viewer


def viewer_of(request: HttpRequest, token: str) -> Viewer | None:
    """The viewer behind a key, None where it is none; Problem where it has asked too often."""
    known = access.viewer_of_key(token, at=clock.now()) if len(token) <= _LONGEST else None
    if known is None:
        return None
    asked = cast("Request", request)
    asked.viewer = replace(known, language=language_of(request))
    asked.rate = _limits(settings.API_RATE).taken(token.strip(), time.monotonic())
    if asked.rate.remaining < 0:
        wait = {"Retry-After": str(asked.rate.reset)}
        raise Problem("too-many", headers=wait, limit=asked.rate.limit, seconds=asked.rate.reset)
    return asked.viewer


@cache
def _limits(limit: int) -> Limits:
    return Limits(limit)


# Now, before the server forks its processes: what is made before is shared by all of them.
_limits(settings.API_RATE)
