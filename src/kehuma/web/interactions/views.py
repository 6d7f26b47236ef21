"""Noting a call, a visit or a remark in two clicks; what is to be done, done or put off; being mentioned."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kehuma.apps.customers.errors import UnknownCustomerError
from kehuma.apps.interactions import queries, services
from kehuma.engine.coding.errors import CodingError
from kehuma.lib import clock
from kehuma.lib.viewer import Viewer
from kehuma.web import wording
from kehuma.web.customers.addresses import ref_of, url_of
from kehuma.web.customers.coding import Coder
from kehuma.web.customers.undoing import told
from kehuma.web.interactions.timeline import KINDS, VIEWS, timeline_facts
from kehuma.web.pages import Request, page, show
from kehuma.web.shell import Notice, notices_of
from kehuma.web.workbench.cards import Task, tasks

_SHOWN = 8


@page("customers/<str:code>/timeline/", name="timeline", needs="customers.view")
def timeline(request: Request, code: str) -> HttpResponse:
    """The entries of the timeline, older ones behind ``after``, only some kinds with ``view``."""
    kinds = VIEWS.get(request.GET.get("view", ""), ())
    ref = ref_of(code)
    try:
        facts = timeline_facts(request, ref, kinds=kinds, after=request.GET.get("after", ""))
    except UnknownCustomerError:
        raise Http404(ref) from None
    if not request.htmx:
        return HttpResponseRedirect(url_of(ref))
    return show(request, "interactions/entries.html", {**facts, "ref": code, "view": request.GET.get("view", "")})


@page("customers/<str:code>/interactions/add/", name="interaction-add", needs="interactions.add", methods="POST")
def add(request: Request, code: str) -> HttpResponse:
    """Note what happened, and what is to follow."""
    ref, at, given = ref_of(code), clock.now(), request.POST
    kind, text = given.get("kind", "note"), given.get("text", "").strip()
    back = HttpResponseRedirect(url_of(ref))
    due, what = _day(given.get("due", "")), given.get("what", "").strip()
    if kind not in KINDS or (kind == "note" and not text):
        messages.error(request, _("请写下说了什么。"))
        return back
    try:
        if kind == "note":
            services.note(request.viewer, ref, text, at=at)
            if due:
                services.plan(request.viewer, ref, due, what or text[:60], at=at)
        else:
            services.log(request.viewer, ref, kind, text, next_at=due, next_what=what, at=at)
    except UnknownCustomerError:
        raise Http404(ref) from None
    except CodingError as error:
        messages.error(request, error.say(request.viewer.language))
        return back
    told(request, _("已记下"))
    return back


@page("interactions/<uuid:entry>/remove/", name="interaction-remove", needs="interactions.add", methods="POST")
def remove(request: Request, entry: UUID) -> HttpResponse:
    """Take back an entry of one's own."""
    services.remove(request.viewer, entry, at=clock.now())
    return _answer(request, _("已删除"))


@page("customers/<str:code>/follow-ups/add/", name="follow-up-add", needs="interactions.add", methods="POST")
def plan(request: Request, code: str) -> HttpResponse:
    """Plan what is to be done with a customer."""
    ref, due, what = ref_of(code), _day(request.POST.get("due", "")), request.POST.get("what", "").strip()
    if due is None or not what:
        messages.error(request, _("请填哪天、做什么。"))
        return HttpResponseRedirect(url_of(ref))
    try:
        services.plan(request.viewer, ref, due, what, at=clock.now())
    except UnknownCustomerError:
        raise Http404(ref) from None
    told(request, _("已安排"))
    return HttpResponseRedirect(url_of(ref))


@page("follow-ups/", name="follow-ups", needs="customers.view")
def follow_ups(request: Request) -> HttpResponse:
    """Everything that one has planned, and where one was mentioned."""
    coder, today = Coder(), timezone.localtime(clock.now()).date()
    found = queries.my_tasks(request.viewer, today=today)
    groups = [(_("逾期"), "bad", found.overdue), (_("今天"), "warn", found.today), (_("以后"), "", found.coming)]
    facts = {
        "groups": [
            (title, tone, [(coder.badge(one.identity, url=url_of(one.identity)), one) for one in those])
            for title, tone, those in groups
            if those
        ],
        "mentions": _mentioned(request.viewer, coder),
        "tomorrow": today + timedelta(days=1),
    }
    return show(request, "interactions/follow_ups.html", facts)


@page("follow-ups/<int:task>/finish/", name="follow-up-finish", needs="interactions.add", methods="POST")
def finish(request: Request, task: int) -> HttpResponse:
    """Tick off what is done."""
    services.finish(request.viewer, task, at=clock.now())
    return _answer(request, _("已完成"))


@page("follow-ups/<int:task>/postpone/", name="follow-up-postpone", needs="interactions.add", methods="POST")
def postpone(request: Request, task: int) -> HttpResponse:
    """Put something off to another day."""
    due = _day(request.POST.get("due", ""))
    if due is None:
        messages.error(request, _("请选日期。"))
        return HttpResponseRedirect(reverse("follow-ups"))
    services.postpone(request.viewer, task, due, at=clock.now())
    return _answer(request, _("已改到 {day}").format(day=due.isoformat()))


@page("follow-ups/read/", name="mentions-read", needs="customers.view", methods="POST")
def read_mentions(request: Request) -> HttpResponse:
    """Say that one has read where one was mentioned."""
    services.read_mentions(request.viewer, at=clock.now())
    return _answer(request, _("都已读"))


@tasks
def _tasks(viewer: Viewer) -> Sequence[Task]:
    if not viewer.may("customers.view") or viewer.user_id is None:
        return []
    today = timezone.localtime(clock.now()).date()
    found, coder = queries.my_tasks(viewer, today=today), Coder()
    due = [(one, "late") for one in found.overdue] + [(one, "today") for one in found.today]
    return [
        Task(
            one.what,
            url_of(one.identity),
            coder.badge(one.identity, url=url_of(one.identity)),
            one.name,
            wording.day(one.due, today),
            "late" if state == "late" else "today",
            one.overdue_days,
            reverse("follow-up-finish", args=[one.id]),
        )
        for one, state in due[:_SHOWN]
    ]


@notices_of("mentions")
def _notices(viewer: Viewer) -> Sequence[Notice]:
    number = queries.unread_count(viewer) if viewer.user_id is not None and viewer.may("customers.view") else 0
    if not number:
        return []
    text = ngettext("有 {n} 条批注提到你", "有 {n} 条批注提到你", number).format(n=number)
    return [Notice(text, url=reverse("follow-ups"))]


def _mentioned(viewer: Viewer, coder: Coder) -> list[Mapping[str, Any]]:
    return [
        {"badge": coder.badge(one.identity, url=url_of(one.identity)), "one": one}
        for one in queries.mentions(viewer, unread=False)
    ]


def _answer(request: Request, text: str) -> HttpResponse:
    """After an action: nothing but the change for htmx, the page one came from otherwise."""
    if request.htmx:
        return HttpResponse("")
    told(request, text)
    return HttpResponseRedirect(request.META.get("HTTP_REFERER") or reverse("follow-ups"))


def _day(text: str) -> date | None:
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        return None
