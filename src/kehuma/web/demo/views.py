"""The pages of a demonstration; in earnest there is nothing at their addresses."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from kehuma.apps.access import services
from kehuma.apps.access.errors import AccessError
from kehuma.lib import clock
from kehuma.lib.demo import stage
from kehuma.lib.demo.stage import Stage
from kehuma.lib.viewer import Viewer
from kehuma.web.access.clients import client_of
from kehuma.web.access.entering import enter
from kehuma.web.pages import Request, page, show
from kehuma.web.workbench.cards import card


@page("demo/enter/<str:token>/", name="demo-enter", is_open=True)
def demo_enter(request: Request, token: str) -> HttpResponse:
    """Sign in by the link that the command has opened; a second time it leads to the sign-in page."""
    found = _stage()
    if not stage.take_token(_home(), token):
        return HttpResponseRedirect(reverse("sign-in"))
    at = clock.now()
    try:
        checked = services.check_password(found.user, found.password, client_of(request), at=at)
    except AccessError:
        return HttpResponseRedirect(reverse("sign-in"))
    if checked.needs_second_factor:
        return HttpResponseRedirect(reverse("sign-in"))
    return enter(request, checked.user, is_kept=False, target=reverse("workbench"), at=at)


@page("demo/progress/", name="demo-progress", needs="customers.view")
def demo_progress(request: Request) -> HttpResponse:
    """How many customers have come in so far."""
    facts = _progress(_stage())
    answer = show(request, "demo/progress.html", {"card": facts})
    if facts is None:
        answer.headers["HX-Refresh"] = "true"
    return answer


@page("demo/clear/", name="demo-clear", needs="settings.manage", methods="POST")
def demo_clear(request: Request) -> HttpResponse:
    """Ask the command to empty the demonstration and to serve the real data folder at the same address."""
    _stage()
    stage.change(_home(), phase="clearing")
    return show(request, "demo/clearing.html")


@page("demo/cleared/", name="demo-cleared", is_open=True)
def demo_cleared(_: Request) -> HttpResponse:
    """Asked again and again from the page of clearing: leads on as soon as the demonstration is gone."""
    if stage.read(_home()) is not None:
        return HttpResponse(status=204)
    return HttpResponseClientRedirect(reverse("first-run"))


@card("demo/progress.html", position=0)
def _filling(viewer: Viewer) -> Mapping[str, Any] | None:
    found = stage.read(_home())
    return _progress(found) if found is not None and viewer.may("customers.view") else None


def _progress(found: Stage) -> Mapping[str, Any] | None:
    if found.phase not in ("making", "filling"):
        return None
    return {"done": found.done, "total": found.total, "share": found.share}


def _stage() -> Stage:
    found = stage.read(_home())
    if found is None:
        raise Http404
    return found


def _home() -> Path:
    return Path(settings.KEHUMA_HOME)
