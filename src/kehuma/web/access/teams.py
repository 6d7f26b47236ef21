"""Teams: people whose records their colleagues see."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from kehuma.apps.access import queries, services
from kehuma.apps.access.errors import TakenError
from kehuma.lib import clock
from kehuma.web.access.forms import TeamForm
from kehuma.web.access.tabs import tabs
from kehuma.web.pages import Request, page, show


@page("users/teams/", name="teams", needs="users.manage", methods="GET POST")
def teams(request: Request) -> HttpResponse:
    """All teams; a new one is made here."""
    form = TeamForm(request.POST or None)
    if form.is_valid():
        try:
            services.create_team(request.viewer, form.cleaned_data["name"], at=clock.now())
        except TakenError as error:
            form.add_error("name", error.say(request.viewer.language))
        else:
            messages.success(request, _("已新建小组"))
            return HttpResponseRedirect(reverse("teams"))
    facts = {"form": form, "teams": queries.teams(), "tabs": tabs(request, "teams")}
    return show(request, "access/teams.html", facts)


@page("users/teams/<int:team>/rename/", name="team-rename", needs="users.manage", methods="POST")
def team_rename(request: Request, team: int) -> HttpResponse:
    """Another name."""
    form = TeamForm(request.POST)
    if form.is_valid():
        services.rename_team(request.viewer, team, form.cleaned_data["name"], at=clock.now())
        messages.success(request, _("已保存"))
    return HttpResponseRedirect(reverse("teams"))


@page("users/teams/<int:team>/delete/", name="team-delete", needs="users.manage", methods="POST")
def team_delete(request: Request, team: int) -> HttpResponse:
    """Remove a team without people."""
    services.delete_team(request.viewer, team, at=clock.now())
    messages.success(request, _("小组已删除"))
    return HttpResponseRedirect(reverse("teams"))
