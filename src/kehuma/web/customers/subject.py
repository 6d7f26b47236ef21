"""What a person may ask for: to see what is kept about it, to have it left alone, to have it destroyed."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from kehuma.apps.customers import queries, services
from kehuma.apps.customers.fields import BASES, CONSENTS, HOLDS, RESTRICTIONS, TRACES
from kehuma.apps.customers.values import said
from kehuma.apps.interactions import queries as interactions
from kehuma.engine.coding.errors import CodingError, Language
from kehuma.lib import clock
from kehuma.web.customers.addresses import url_of
from kehuma.web.customers.record import Opened
from kehuma.web.customers.undoing import told
from kehuma.web.pages import Request, page, show

_MOST = 200
_PARTS = {"name": "contact_name", "role": "contact_role"}
_OF_CONTACTS = frozenset({"contact_name", "contact_role", "mobile", "phone", "email", "wechat"})


@page("customers/<str:code>/subject/", name="customer-subject", needs="customers.erase")
def subject(request: Request, code: str) -> HttpResponse:
    """All of it, to be chosen from."""
    reasons = [(one.key, one.title(request.viewer.language)) for one in RESTRICTIONS]
    holds = [(one.key, one.title(request.viewer.language)) for one in HOLDS]
    facts = {**Opened.of(request, code).facts("subject"), "reasons": reasons, "holds": holds}
    return show(request, "customers/subject.html", facts)


@page("customers/<str:code>/subject/export/", name="customer-subject-export", needs="customers.erase", methods="POST")
def export(request: Request, code: str) -> HttpResponse:
    """All that is kept about it, as JSON or as a page to read and print; leaves an event."""
    opened = Opened.of(request, code)
    try:
        kept = services.subject_export(request.viewer, opened.ref, at=clock.now())
    except CodingError as error:
        return _refused(request, opened, error)
    kept["interactions"] = [
        {"at": one.at.isoformat(), "kind": one.kind, "text": one.text}
        for one in interactions.timeline(request.viewer, opened.ref, limit=_MOST).entries
    ]
    if request.POST.get("as") == "json":
        name = content_disposition_header(as_attachment=True, filename=f"{opened.ref}.json") or "attachment"
        text = json.dumps(kept, ensure_ascii=False, indent=2)
        return HttpResponse(text, content_type="application/json", headers={"Content-Disposition": name})
    return show(request, "customers/subject_export.html", {**opened.facts("subject"), **_readable(request, kept)})


@page("customers/<str:code>/subject/erase/", name="customer-subject-erase", needs="customers.erase", methods="POST")
def erase(request: Request, code: str) -> HttpResponse:
    """Destroy it; the code has to be typed."""
    opened = Opened.of(request, code)
    if queries.find(request.viewer, request.POST.get("typed", "")) != opened.ref:
        messages.error(request, _("请照抄这位客户的编码，确认要删除。"))
        return HttpResponseRedirect(url_of(opened.ref, "customer-subject"))
    reason, at = request.POST.get("reason", ""), clock.now()
    return _done(
        request,
        opened,
        lambda: services.erase(request.viewer, opened.ref, reason=reason, at=at),
        _("已删除个人信息，编码仍记为已用"),
    )


@page("customers/<str:code>/subject/restrict/", name="customer-restrict", needs="customers.erase", methods="POST")
def restrict(request: Request, code: str) -> HttpResponse:
    """Restrict the use of the record, for the time being."""
    opened = Opened.of(request, code)
    reason, at = request.POST.get("reason", ""), clock.now()
    return _done(
        request, opened, lambda: services.restrict(request.viewer, opened.ref, reason=reason, at=at), _("已限制处理")
    )


@page("customers/<str:code>/subject/lift/", name="customer-lift", needs="customers.erase", methods="POST")
def lift(request: Request, code: str) -> HttpResponse:
    """Let the record be used again."""
    opened = Opened.of(request, code)
    at = clock.now()
    return _done(
        request, opened, lambda: services.lift(request.viewer, opened.ref, at=at), _("已解除限制，恢复正常使用")
    )


def _done(request: Request, opened: Opened, act: Callable[[], object], said: str) -> HttpResponse:
    """The record after an act on it, or why it was refused."""
    try:
        act()
    except CodingError as error:
        return _refused(request, opened, error)
    told(request, said)
    return HttpResponseRedirect(url_of(opened.ref))


@page("customers/<str:code>/subject/hold/", name="customer-hold", needs="customers.erase", methods="POST")
def hold(request: Request, code: str) -> HttpResponse:
    """Keep the customer whatever the rules of retention say, or let it go."""
    opened, reason = Opened.of(request, code), request.POST.get("reason", "")
    try:
        services.hold(request.viewer, opened.ref, reason=reason, at=clock.now())
    except CodingError as error:
        return _refused(request, opened, error)
    told(request, _("已标记为保留不删") if reason else _("已取消保留"))
    return HttpResponseRedirect(url_of(opened.ref, "customer-subject"))


def _refused(request: Request, opened: Opened, error: CodingError) -> HttpResponse:
    messages.error(request, error.say(request.viewer.language))
    return HttpResponseRedirect(url_of(opened.ref, "customer-subject"))


def _readable(request: Request, kept: dict[str, Any]) -> dict[str, Any]:
    """The same in words: titles of fields, names of places and choices, no empty lines."""
    fields, language = {**queries.fields(), **TRACES}, request.viewer.language

    def title(key: str) -> str:
        return fields[key].title(language) if key in fields else key

    def text(key: str, value: Any) -> str:  # noqa: ANN401 - what JSON holds
        if key not in fields or not isinstance(value, (str, list)):
            return str(value or "")
        return said(fields[key], value)[0 if language == "zh" else 1]

    return {
        "own": [(title(key), text(key, value)) for key, value in kept["values"].items() if key not in _OF_CONTACTS],
        "contacts": [[(title(_PARTS.get(name, name)), value) for name, value in one.items() if value]
                     for one in kept["contacts"]],
        "changes": [(_moment(one), title(one["field"]), *(text(one["field"], one[side]) for side in ("old", "new")))
                    for one in kept["history"]],
        "said": [(_moment(one), one["text"]) for one in kept["interactions"]],
        "agreed": [
            (text(CONSENTS, one["purpose"]), _basis(one["basis"], language), one["given_on"],
             (one["withdrawn_at"] or "")[:10])
            for one in kept["consents"]
        ],
        "numbers": [(one["system"], one["value"]) for one in kept["numbers"]],
        "kept": kept,
    }  # fmt: skip


def _basis(key: str, language: Language) -> str:
    return next((one.title(language) for one in BASES if one.key == key), key)


def _moment(one: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(one["at"])
