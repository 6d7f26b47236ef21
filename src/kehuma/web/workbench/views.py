"""The workbench, and the choice of the language."""

from django.http import HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from kehuma.apps.access import services as access
from kehuma.lib import clock
from kehuma.lib.viewer import Language
from kehuma.web import shell
from kehuma.web.middleware import LANGUAGE_COOKIE
from kehuma.web.pages import Request, page, show
from kehuma.web.workbench import cards

_YEAR = 365 * 24 * 3600


@page("", name="workbench")
def workbench(request: Request) -> HttpResponse:
    """Today's tasks first, then the cards of every area."""
    viewer = request.viewer
    tasks = cards.tasks_of(viewer)
    facts = {
        "today": timezone.localtime(clock.now()).date(),
        "urgent": next((one for one in shell.notices(viewer) if one.is_urgent), None),
        "facts": cards.facts_of(viewer),
        "tasks": tasks,
        "late": sum(task.state == "late" for task in tasks),
        "left": cards.cards_of(viewer, "left"),
        "right": cards.cards_of(viewer, "right"),
    }
    return show(request, "workbench/workbench.html", facts)


@page("language/", name="language", methods="POST", is_open=True)
def language(request: Request) -> HttpResponse:
    """Remember the language and go back to where one was."""
    chosen: Language = "en" if request.POST.get("language") == "en" else "zh"
    if request.viewer.user_id is not None:
        access.set_language(request.viewer.user_id, chosen)
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}, require_https=False):
        target = "/"
    answer = HttpResponseRedirect(target)
    answer.set_cookie(LANGUAGE_COOKIE, chosen, max_age=_YEAR, samesite="Lax", httponly=True, secure=request.is_secure())
    return answer
