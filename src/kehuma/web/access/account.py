"""A person's own page: name and language, password, second factor, where one is signed in."""

from typing import Any
from uuid import UUID

import segno
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from kehuma.apps.access import queries, services
from kehuma.apps.access.errors import AccessError, TakenError
from kehuma.lib import clock
from kehuma.web import rights
from kehuma.web.access import entering
from kehuma.web.access.forms import AgainForm, NumberForm, PasswordForm, ProfileForm
from kehuma.web.access.middleware import SESSION
from kehuma.web.pages import Request, page, show


@page("account/", name="account")
def account(request: Request) -> HttpResponse:
    """The person's own page."""
    return _account(request)


@page("account/profile/", name="account-profile", methods="POST")
def account_profile(request: Request) -> HttpResponse:
    """Name, address, language."""
    form = ProfileForm(request.POST)
    if not form.is_valid():
        return _account(request, profile=form)
    told, viewer = form.cleaned_data, request.viewer
    try:
        services.change_own(viewer, name=told["name"], email=told["email"], at=clock.now())
    except TakenError as error:
        form.add_error("email", error.say(viewer.language))
        return _account(request, profile=form)
    services.set_language(_own_id(request), told["language"])
    with translation.override("en" if told["language"] == "en" else "zh-hans"):
        return _back(request, _("已保存"))


@page("account/password/", name="account-password", methods="POST")
def account_password(request: Request) -> HttpResponse:
    """A new password; the person is signed out everywhere else."""
    form, at = PasswordForm(request.POST), clock.now()
    if not form.is_valid():
        return _account(request, password=form)
    told = form.cleaned_data
    try:
        user = services.change_password(request.viewer, told["old"], told["password"], session=_session(request), at=at)
    except AccessError as error:
        form.add_error("old", error.say(request.viewer.language))
        return _account(request, password=form)
    except ValidationError as error:
        form.add_error("password", error)
        return _account(request, password=form)
    update_session_auth_hash(request, user)
    answer = _back(request, _("密码已更换，其他设备上的登录已退出"))
    entering.remember(request, answer, user, at=at)
    return answer


@page("account/second-factor/", name="account-second-factor", methods="GET POST")
def account_second_factor(request: Request) -> HttpResponse:
    """Set the authenticator up: scan, type one number, keep the recovery codes."""
    waiting = queries.waiting_set_up(request.viewer)
    own = queries.account(request.viewer)
    if waiting is None:
        if own.has_second_factor:
            return HttpResponseRedirect(reverse("account"))
        return show(request, "access/second_factor_begin.html", {"form": AgainForm(), "account": own})
    form = NumberForm(request.POST or None)
    form.fields["number"].label, form.fields["number"].help_text = _("6 位动态码"), ""
    if form.is_valid():
        try:
            codes = services.confirm_second_factor(request.viewer, form.cleaned_data["number"], at=clock.now())
        except AccessError as error:
            form.add_error("number", error.say(request.viewer.language))
        else:
            return show(request, "access/recovery_codes.html", {"codes": codes})
    picture = segno.make(waiting.uri, error="m").svg_data_uri(scale=4, border=2, dark="#000", light="#fff")
    facts = {"form": form, "picture": picture, "secret": waiting.secret}
    return show(request, "access/second_factor.html", facts)


@page("account/second-factor/begin/", name="account-second-factor-begin", methods="POST")
def account_second_factor_begin(request: Request) -> HttpResponse:
    """The password once more, then a new secret."""
    form = AgainForm(request.POST)
    if form.is_valid():
        try:
            services.set_up_second_factor(request.viewer, form.cleaned_data["old"], at=clock.now())
        except AccessError as error:
            form.add_error("old", error.say(request.viewer.language))
        else:
            return HttpResponseRedirect(reverse("account-second-factor"))
    facts = {"form": form, "account": queries.account(request.viewer)}
    return show(request, "access/second_factor_begin.html", facts)


@page("account/second-factor/off/", name="account-second-factor-off", methods="POST")
def account_second_factor_off(request: Request) -> HttpResponse:
    """Do without the second factor."""
    form = AgainForm(request.POST)
    if form.is_valid():
        try:
            services.turn_off_second_factor(request.viewer, form.cleaned_data["old"], at=clock.now())
        except AccessError as error:
            form.add_error("old", error.say(request.viewer.language))
        else:
            return _back(request, _("两步验证已关闭"))
    return _account(request, again=form)


@page("account/second-factor/codes/", name="account-recovery-codes", methods="POST")
def account_recovery_codes(request: Request) -> HttpResponse:
    """New recovery codes; the old ones are worth nothing any more."""
    form = AgainForm(request.POST)
    if form.is_valid():
        try:
            codes = services.new_recovery_codes(request.viewer, form.cleaned_data["old"], at=clock.now())
        except AccessError as error:
            form.add_error("old", error.say(request.viewer.language))
        else:
            return show(request, "access/recovery_codes.html", {"codes": codes})
    return _account(request, again=form)


@page("account/sessions/<uuid:session>/end/", name="account-session-end", methods="POST")
def account_session_end(request: Request, session: UUID) -> HttpResponse:
    """Sign out on one other screen."""
    services.end_session(request.viewer, session, at=clock.now())
    return _back(request, _("已在那台设备上退出"))


@page("account/sessions/end/", name="account-sessions-end", methods="POST")
def account_sessions_end(request: Request) -> HttpResponse:
    """Sign out everywhere else."""
    services.end_other_sessions(request.viewer, _session(request), at=clock.now())
    return _back(request, _("其他设备上的登录已全部退出"))


def _account(request: Request, **forms: Form) -> HttpResponse:
    viewer, at = request.viewer, clock.now()
    own = queries.account(viewer)
    profile = ProfileForm(initial={"name": own.name, "email": own.email, "language": own.language})
    facts: dict[str, Any] = {
        "account": own,
        "role": own.role_en if viewer.language == "en" else own.role_zh,
        "profile": profile,
        "password": PasswordForm(),
        "again": AgainForm(),
        "sessions": queries.sessions(viewer, _session(request)),
        "keys": [(key, list(map(rights.title, key.permissions))) for key in queries.api_keys(viewer, at=at)],
    }
    return show(request, "access/account.html", {**facts, **forms})


def _back(request: Request, said: str) -> HttpResponse:
    messages.success(request, said)
    return HttpResponseRedirect(reverse("account"))


def _session(request: Request) -> str:
    return str(request.session.get(SESSION, ""))


def _own_id(request: Request) -> int:
    return int(request.viewer.user_id or 0)
