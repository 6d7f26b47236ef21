"""People: who there is, invitations, links for a new password, leaving."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from kehuma.apps.access import queries, services
from kehuma.apps.access.data import PersonRow
from kehuma.apps.access.errors import AccessError, TakenError
from kehuma.lib import clock
from kehuma.web.access import mail
from kehuma.web.access.forms import PersonForm
from kehuma.web.access.tabs import tabs
from kehuma.web.pages import Request, page, show


@page("users/", name="users", needs="users.manage")
def users(request: Request) -> HttpResponse:
    """Everybody, and what they may."""
    people = queries.people(request.viewer, at=clock.now())
    wanted = request.GET.get("q", "").strip()
    shown = [one for one in people if _is_meant(one, wanted)] if wanted else people
    here = sum(one.state == "active" for one in people)
    facts = {"people": shown, "number": here, "wanted": wanted, "tabs": tabs(request, "users")}
    return show(request, "access/users.html", facts)


@page("users/new/", name="user-new", needs="users.manage", methods="GET POST")
def user_new(request: Request) -> HttpResponse:
    """Make a person; then its link is shown this once."""
    form = _form(request, role=next((str(one.uuid) for one in queries.roles() if one.key == "member"), ""))
    if request.method == "POST" and form.is_valid():
        try:
            invited = services.invite(request.viewer, form.facts, at=clock.now())
        except AccessError as error:
            _blame(request, form, error)
        else:
            return _link_page(request, invited.uuid, invited.token, is_invitation=True)
    facts = {"form": form, "crumbs": [(reverse("users"), _("用户与角色"))]}
    return show(request, "access/user_new.html", facts)


@page("users/<uuid:person>/", name="user", needs="users.manage", methods="GET POST")
def user(request: Request, person: UUID) -> HttpResponse:
    """One person: change it, send a link, let it go."""
    row = queries.person(request.viewer, person, at=clock.now())
    initial = {"name": row.name, "username": row.username, "email": row.email}
    form = _form(request, **initial, role=str(row.role_uuid or ""), team=row.team_id)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_person(request.viewer, person, form.facts, at=clock.now())
        except AccessError as error:
            _blame(request, form, error)
        else:
            messages.success(request, _("已保存"))
            return HttpResponseRedirect(reverse("users"))
    is_self = str(row.uuid) == request.viewer.actor
    facts = {"form": form, "person": row, "is_self": is_self, "crumbs": [(reverse("users"), _("用户与角色"))]}
    return show(request, "access/user.html", facts)


@page("users/<uuid:person>/link/", name="user-link", needs="users.manage", methods="POST")
def user_link(request: Request, person: UUID) -> HttpResponse:
    """A new link to set a password, shown this once; older ones stop working."""
    row = queries.person(request.viewer, person, at=clock.now())
    token = services.new_link(request.viewer, person, at=clock.now())
    return _link_page(request, person, token, is_invitation=row.state == "invited")


@page("users/<uuid:person>/deactivate/", name="user-deactivate", needs="users.manage", methods="POST")
def user_deactivate(request: Request, person: UUID) -> HttpResponse:
    """The person can no longer sign in."""
    services.deactivate(request.viewer, person, at=clock.now())
    return _back(request, person, _("已停用，立刻不能再登录；名下的客户还在"))


@page("users/<uuid:person>/activate/", name="user-activate", needs="users.manage", methods="POST")
def user_activate(request: Request, person: UUID) -> HttpResponse:
    """The person may sign in again."""
    services.activate(request.viewer, person, at=clock.now())
    return _back(request, person, _("已恢复，可以登录"))


@page("users/<uuid:person>/second-factor/off/", name="user-second-factor-off", needs="users.manage", methods="POST")
def user_second_factor_off(request: Request, person: UUID) -> HttpResponse:
    """For somebody who lost the telephone and the recovery codes."""
    services.remove_second_factor(request.viewer, person, at=clock.now())
    return _back(request, person, _("两步验证已解除，下次登录只要密码"))


def _form(request: Request, **initial: Any) -> PersonForm:
    is_english = request.viewer.language == "en"
    rows = queries.givable_roles(request.viewer)
    # What the person has stays chosen, also where it is not the viewer's to give.
    rows += [one for one in queries.roles() if str(one.uuid) == initial.get("role") and one not in rows]
    roles = [(str(one.uuid), one.en if is_english else one.zh) for one in rows]
    teams = [(one.id, one.name) for one in queries.teams()]
    return PersonForm(request.POST or None, initial=initial, roles=roles, teams=teams)


def _blame(request: Request, form: Form, error: AccessError) -> None:
    sentence = error.say(request.viewer.language)
    field = error.field if isinstance(error, TakenError) and error.field in form.fields else None
    form.add_error(field, sentence if field else _("{sentence}。").format(sentence=sentence))


def _link_page(request: Request, person: UUID, token: str, *, is_invitation: bool) -> HttpResponse:
    row = queries.person(request.viewer, person, at=clock.now())
    url = request.build_absolute_uri(reverse("join", args=[token]))
    is_sent = bool(mail.is_set() and row.email)
    if is_sent:
        with mail.in_language(row.language):
            name = queries.organisation_name()
            mail.send_link(row.email, url, organisation=name, name=row.name, is_invitation=is_invitation)
    facts = {"person": row, "url": url, "is_invitation": is_invitation, "is_sent": is_sent}
    crumbs = [(reverse("users"), _("用户与角色"))]
    return show(request, "access/link_made.html", {**facts, "crumbs": crumbs})


def _back(request: Request, person: UUID, said: str) -> HttpResponse:
    messages.success(request, said)
    return HttpResponseRedirect(reverse("user", args=[person]))


def _is_meant(person: PersonRow, wanted: str) -> bool:
    return any(
        wanted.lower() in text.lower() for text in (person.name, person.username, person.email, person.team_name)
    )
