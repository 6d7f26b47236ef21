"""Roles: sets of rights, whose records they reach, which fields they see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kehuma.apps.access import queries, services
from kehuma.apps.access.data import RoleRow
from kehuma.apps.access.errors import AccessError, TakenError, UnknownError
from kehuma.lib import clock
from kehuma.web import rights
from kehuma.web.access.forms import RoleForm
from kehuma.web.access.tabs import tabs
from kehuma.web.pages import Request, page, show

_SUBJECTS: Sequence[tuple[Promise, tuple[str, ...]]] = (
    (gettext_lazy("客户"), ("customers", "interactions", "tags", "fields")),
    (gettext_lazy("编码"), ("schemes", "dictionaries", "codes")),
    (gettext_lazy("管理"), ("users", "roles", "settings", "webhooks", "audit", "backup", "keys", "tasks")),
)
_SCOPES = {
    "own": (gettext_lazy("本人"), gettext_lazy("自己名下的客户，加上公海")),
    "team": (gettext_lazy("本组"), gettext_lazy("同组同事名下的客户，加上公海")),
    "all": (gettext_lazy("全部"), gettext_lazy("所有客户")),
}
_CLASSES = {
    "public": (gettext_lazy("公开"), gettext_lazy("单位名称、区域、行业")),
    "internal": (gettext_lazy("内部"), gettext_lazy("来源、备注、标签")),
    "personal": (gettext_lazy("个人信息"), gettext_lazy("电话、邮箱、个人的住址；看不到的人只见 138****1234")),
    "sensitive": (gettext_lazy("敏感"), gettext_lazy("身份证号、护照号")),
}


@dataclass(frozen=True, slots=True)
class Option:
    """A box of the editor."""

    value: str
    title: object
    text: object
    is_chosen: bool


@page("users/roles/", name="roles", needs="roles.manage")
def roles(request: Request) -> HttpResponse:
    """All roles, side by side: what each may do."""
    rows = queries.roles()
    table = [
        (title, [(rights.TITLES[one], [one in row.permissions for row in rows]) for one in permissions])
        for title, permissions in _by_subject()
    ]
    facts = {
        "roles": [(row, row.title(request.viewer.language), _SCOPES[row.scope][0]) for row in rows],
        "is_separated": queries.is_separated(),
        "mixing": {row.uuid for row in rows if len(queries.parts_of(row.permissions)) > 1},
        "sees": [(title, [one in row.sees for row in rows]) for one, (title, _text) in _CLASSES.items()],
        "table": table,
        "columns": len(rows) + 1,
        "tabs": tabs(request, "roles"),
    }
    return show(request, "access/roles.html", facts)


@page("users/roles/new/", name="role-new", needs="roles.manage", methods="GET POST")
def role_new(request: Request) -> HttpResponse:
    """A new role, empty or like another one (``?like=``)."""
    like = _like(request)
    form = RoleForm(request.POST or None, initial={"scope": "own", "sees": ["public"], **like})
    if form.is_valid():
        try:
            services.create_role(request.viewer, form.facts, at=clock.now())
        except AccessError as error:
            _blame(request, form, error)
        else:
            messages.success(request, _("已新建角色"))
            return HttpResponseRedirect(reverse("roles"))
    return _editor(request, form, None)


@page("users/roles/<uuid:role>/", name="role", needs="roles.manage", methods="GET POST")
def role(request: Request, role: UUID) -> HttpResponse:
    """One role."""
    row = queries.role(request.viewer, role)
    initial = {**_told(row), "zh": row.zh, "en": row.en}
    form = RoleForm(request.POST or None, initial=initial)
    if form.is_valid():
        try:
            services.change_role(request.viewer, role, form.facts, at=clock.now())
        except AccessError as error:
            _blame(request, form, error)
        else:
            messages.success(request, _("已保存，从下一次点击起生效"))
            return HttpResponseRedirect(reverse("roles"))
    return _editor(request, form, row)


@page("users/roles/<uuid:role>/delete/", name="role-delete", needs="roles.manage", methods="POST")
def role_delete(request: Request, role: UUID) -> HttpResponse:
    """Remove a role that nobody has."""
    services.delete_role(request.viewer, role, at=clock.now())
    messages.success(request, _("角色已删除"))
    return HttpResponseRedirect(reverse("roles"))


def _editor(request: Request, form: RoleForm, row: RoleRow | None) -> HttpResponse:
    chosen = form.data if form.is_bound else form.initial
    facts: dict[str, Any] = {
        "form": form,
        "role": row,
        "title": row.title(request.viewer.language) if row else _("新建角色"),
        "subjects": _subjects(_many(chosen, "permissions")),
        "scopes": [Option(one, title, text, chosen.get("scope") == one) for one, (title, text) in _SCOPES.items()],
        "classes": [Option(one, title, text, one in _many(chosen, "sees")) for one, (title, text) in _CLASSES.items()],
        "crumbs": [(reverse("users"), _("用户与角色")), (reverse("roles"), _("角色"))],
    }
    return show(request, "access/role.html", facts)


def _by_subject() -> list[tuple[Promise, list[str]]]:
    return [
        (title, [one for one in rights.TITLES if one.partition(".")[0] in subjects]) for title, subjects in _SUBJECTS
    ]


def _subjects(chosen: frozenset[str]) -> list[tuple[Promise, list[Option]]]:
    return [
        (title, [Option(one, rights.TITLES[one], "", one in chosen) for one in permissions])
        for title, permissions in _by_subject()
    ]


def _many(told: Mapping[str, Any], name: str) -> frozenset[str]:
    getlist = getattr(told, "getlist", None)
    return frozenset(getlist(name) if getlist else told.get(name, ()))


def _like(request: Request) -> dict[str, object]:
    try:
        return _told(queries.role(request.viewer, UUID(request.GET.get("like", ""))))
    except (ValueError, UnknownError):
        return {}


def _told(row: RoleRow) -> dict[str, object]:
    return {
        "permissions": sorted(row.permissions),
        "scope": row.scope,
        "sees": sorted(row.sees),
        "asks_second_factor": row.asks_second_factor,
    }


def _blame(request: Request, form: RoleForm, error: AccessError) -> None:
    sentence = error.say(request.viewer.language)
    if isinstance(error, TakenError):
        form.add_error(error.field, sentence)
    else:
        form.add_error(None, _("{sentence}。").format(sentence=sentence))
