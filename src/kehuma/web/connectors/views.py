"""设置 → 接口与回调: who is told what happens, what came of it, and the keys of programs."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kehuma.apps.access import queries as access
from kehuma.apps.access import services as people
from kehuma.apps.access.errors import UnknownError
from kehuma.apps.connectors import queries, services
from kehuma.apps.connectors.data import Attempt, EndpointRow
from kehuma.apps.connectors.errors import ConnectorError, UnknownEndpointError
from kehuma.engine.coding.errors import Language
from kehuma.lib import clock
from kehuma.lib.viewer import Viewer
from kehuma.web import rights, shell
from kehuma.web.connectors import words
from kehuma.web.connectors.forms import EndpointForm, PeriodForm
from kehuma.web.pages import Request, page, show
from kehuma.web.settings.tabs import tabs
from kehuma.web.shell import Notice

_RIGHT = "webhooks.manage"
# Which field of the form a refusal is about.
_FIELDS = {"name-missing": "name", "kinds-none": "kinds", "kinds-unknown": "kinds"}


@page("settings/connections/", name="connections", needs=_RIGHT)
def connections(request: Request) -> HttpResponse:
    """The endpoints, and the keys of programs."""
    at = clock.now()
    facts = {
        "tabs": tabs(request, "connections"),
        "endpoints": [_shown(one) for one in queries.endpoints(request.viewer, at=at)],
        "keys": _keys(request.viewer) if request.viewer.may("users.manage") else None,
        "api": request.build_absolute_uri("/api/v1/"),
    }
    return show(request, "connectors/connections.html", facts)


@page("settings/connections/new/", name="connection-new", needs=_RIGHT, methods="GET POST")
def connection_new(request: Request) -> HttpResponse:
    """A new endpoint; then its secret is shown this once."""
    form = EndpointForm(request.POST or None)
    if form.is_valid():
        try:
            made = services.add(request.viewer, **form.facts, at=clock.now())
        except ConnectorError as error:
            _blame(form, error)
        else:
            return _secret(request, made.uuid, made.text, is_new=True)
    return show(request, "connectors/new.html", {"form": form}, 422 if form.errors else 200)


@page("settings/connections/<uuid:endpoint>/", name="connection", needs=_RIGHT, methods="GET POST")
def connection(request: Request, endpoint: UUID) -> HttpResponse:
    """One endpoint: how it is doing, what it hears."""
    one = _endpoint(request.viewer, endpoint)
    form = EndpointForm(request.POST or None, initial={"name": one.name, "url": one.url, "kinds": list(one.kinds)})
    if form.is_valid():
        try:
            services.change(request.viewer, endpoint, **form.facts, at=clock.now())
        except ConnectorError as error:
            _blame(form, error)
        else:
            messages.success(request, _("已保存。"))
            return _back(endpoint)
    facts = {
        "one": _shown(one),
        "form": form,
        "period": PeriodForm(),
        "attempts": [_attempt(attempt) for attempt in one.recent],
        "undelivered": [
            {"row": row, "title": words.title(row.kind), "result": words.result(row.status, row.reason)}
            for row in queries.undelivered(request.viewer, endpoint)
        ],
    }
    return show(request, "connectors/connection.html", facts, 422 if form.errors else 200)


@page("settings/connections/<uuid:endpoint>/test/", name="connection-test", needs=_RIGHT, methods="POST")
def connection_test(request: Request, endpoint: UUID) -> HttpResponse:
    """Send a message at once and say what came of it."""
    _endpoint(request.viewer, endpoint)
    told = _attempt(services.test(request.viewer, endpoint, at=clock.now()))
    if told["one"].is_delivered:
        messages.success(request, _("测试消息已送达。"))
    else:
        answer = told["one"].status or ""
        messages.error(request, _("测试消息没有送达：{why} {answer}").format(why=told["result"], answer=answer).strip())
    return _back(endpoint)


@page("settings/connections/<uuid:endpoint>/secret/", name="connection-secret", needs=_RIGHT, methods="POST")
def connection_secret(request: Request, endpoint: UUID) -> HttpResponse:
    """Another secret, shown this once."""
    _endpoint(request.viewer, endpoint)
    made = services.rotate(request.viewer, endpoint, at=clock.now())
    return _secret(request, endpoint, made.text, is_new=False)


@page("settings/connections/<uuid:endpoint>/pause/", name="connection-pause", needs=_RIGHT, methods="POST")
def connection_pause(request: Request, endpoint: UUID) -> HttpResponse:
    """Send nothing for the time being."""
    _endpoint(request.viewer, endpoint)
    services.pause(request.viewer, endpoint, at=clock.now())
    messages.success(request, _("已暂停。期间的事件会留着。"))
    return _back(endpoint)


@page("settings/connections/<uuid:endpoint>/resume/", name="connection-resume", needs=_RIGHT, methods="POST")
def connection_resume(request: Request, endpoint: UUID) -> HttpResponse:
    """Go on."""
    _endpoint(request.viewer, endpoint)
    services.resume(request.viewer, endpoint, at=clock.now(), skips=request.POST.get("skip") == "1")
    messages.success(request, _("已恢复发送。"))
    return _back(endpoint)


@page("settings/connections/<uuid:endpoint>/resend/", name="connection-resend", needs=_RIGHT, methods="POST")
def connection_resend(request: Request, endpoint: UUID) -> HttpResponse:
    """Send one message once more."""
    _endpoint(request.viewer, endpoint)
    place = [request.POST.get(name, "") for name in ("entry", "part")]
    if not all(text.isascii() and text.isdigit() and len(text) < 18 for text in place):
        raise Http404
    services.send_again(request.viewer, endpoint, int(place[0]), int(place[1]), at=clock.now())
    messages.success(request, _("马上再发一次。"))
    return _back(endpoint)


@page("settings/connections/<uuid:endpoint>/replay/", name="connection-replay", needs=_RIGHT, methods="POST")
def connection_replay(request: Request, endpoint: UUID) -> HttpResponse:
    """Tell a period once more."""
    _endpoint(request.viewer, endpoint)
    form = PeriodForm(request.POST)
    if form.is_valid():
        told = form.cleaned_data
        number = services.replay(request.viewer, endpoint, told["since"], told["until"], at=clock.now())
        messages.success(request, _("将重放 {n} 个事件。").format(n=number))
    else:
        messages.error(request, _("请写上开始和结束时间。"))
    return _back(endpoint)


@page("settings/connections/<uuid:endpoint>/delete/", name="connection-delete", needs=_RIGHT, methods="POST")
def connection_delete(request: Request, endpoint: UUID) -> HttpResponse:
    """Forget it."""
    _endpoint(request.viewer, endpoint)
    services.remove(request.viewer, endpoint, at=clock.now())
    messages.success(request, _("回调已删除。"))
    return HttpResponseRedirect(reverse("connections"))


@page("settings/connections/keys/<str:prefix>/revoke/", name="any-key-revoke", needs="users.manage", methods="POST")
def any_key_revoke(request: Request, prefix: str) -> HttpResponse:
    """End a key at once, whosever it is."""
    try:
        people.revoke_any_key(request.viewer, prefix, at=clock.now())
    except UnknownError as error:
        raise Http404 from error
    messages.success(request, _("密钥已撤销，用它的程序立刻失效"))
    return HttpResponseRedirect(reverse("connections"))


@shell.notices_of("connections")
def _stopped(viewer: Viewer) -> list[Notice]:
    if not viewer.may(_RIGHT):
        return []
    return [
        Notice(
            _("回调“{name}”已停止").format(name=name),
            _("对方不再接收") if why == "gone" else _("对方多日没有收下任何消息"),
            reverse("connection", args=[uuid]),
            tone="bad",
            at=at,
            is_urgent=True,
        )
        for uuid, name, why, at in queries.stopped(viewer)
    ]


def _endpoint(viewer: Viewer, uuid: UUID) -> EndpointRow:
    try:
        return queries.endpoint(viewer, uuid, at=clock.now())
    except UnknownEndpointError as error:
        raise Http404 from error


def _shown(one: EndpointRow) -> dict[str, Any]:
    return {"row": one, "kinds": [words.title(kind) for kind in one.kinds], "last": _last(one)}


def _last(one: EndpointRow) -> dict[str, Any] | None:
    return _attempt(one.recent[0]) if one.recent else None


def _attempt(one: Attempt) -> dict[str, Any]:
    return {"one": one, "title": words.title(one.kind), "result": words.result(one.status, one.reason)}


def _keys(viewer: Viewer) -> list[dict[str, Any]]:
    return [
        {"key": key, "owner": owner, "rights": [rights.title(one) or one for one in key.permissions]}
        for key, owner in access.all_keys(viewer, at=clock.now())
    ]


def _secret(request: Request, endpoint: UUID, text: str, *, is_new: bool) -> HttpResponse:
    return show(request, "connectors/secret.html", {"endpoint": endpoint, "text": text, "is_new": is_new})


def _blame(form: EndpointForm, error: ConnectorError) -> None:
    language: Language = "en" if get_language() == "en" else "zh"
    form.add_error(_FIELDS.get(error.message, "url"), error.say(language))


def _back(endpoint: UUID) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("connection", args=[endpoint]))
