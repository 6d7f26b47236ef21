"""The alarms as a list, and one alarm with the day behind it."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from kehuma.apps.access import queries as access
from kehuma.apps.alarms import queries, services
from kehuma.apps.alarms.data import AlarmRow, DayRow
from kehuma.apps.alarms.errors import OwnAlarmError, UnknownAlarmError
from kehuma.lib import clock
from kehuma.lib.lists import Column, Filter, Listing, SavedView
from kehuma.lib.viewer import Viewer
from kehuma.web.alarms import words
from kehuma.web.alarms.forms import NoteForm
from kehuma.web.alarms.tabs import tabs
from kehuma.web.pages import Request, may_open, page, show


def _listing(viewer: Viewer) -> Listing:
    """The definition; people to choose from are those whom an alarm is about."""
    day = forms.DateInput({"type": "date"})
    readers = queries.readers(viewer)
    names = access.names_by_actor(readers)
    people = sorted(((one, names.get(one) or _("不再存在的用户")) for one in readers), key=lambda pair: pair[1])
    return Listing(
        columns=(
            Column("when", _("时间"), lambda one: one.row.at, kind="moment", sort="id", place="m-sub2"),
            Column("who", _("谁"), lambda one: one.who, kind="person", place="m-sub"),
            Column("what", _("提醒"), lambda one: (reverse("alarm", args=[one.row.uuid]), one.said), kind="name", place="m-name", text=lambda one: one.said),
            Column("rule", _("规则"), lambda one: one.rule, kind="badge", room=2, text=lambda one: one.rule[1]),
            Column("state", _("状态"), lambda one: one.state, kind="badge", place="m-end", text=lambda one: one.state[1]),
        ),
        order="-when",
        filters=(
            Filter("who", forms.MultipleChoiceField(label=_("谁"), choices=people, required=False), _of_readers),
            Filter("rule", forms.MultipleChoiceField(label=_("规则"), choices=words.choices(), required=False), _of_rules),
            Filter("since", forms.DateField(label=_("不早于"), required=False, widget=day), _since, said=str),
            Filter("until", forms.DateField(label=_("不晚于"), required=False, widget=day), _until, said=str),
            Filter("open", forms.BooleanField(label=_("待确认"), required=False), _open),
            Filter("done", forms.BooleanField(label=_("已确认"), required=False), _done),
        ),
        rows=lambda viewer, records: [words.line(row) for row in queries.rows(viewer, records)],
        title=lambda one: one.text,
    )  # fmt: skip


@page("alarms/", name="alarms", needs=queries.VIEW)
def alarms(request: Request) -> HttpResponse:
    """What was strange, the newest first."""
    views = [
        SavedView(_("全部提醒")),
        SavedView(_("待确认"), "open=on", count=queries.number_open(request.viewer)),
        SavedView(_("已确认"), "done=on"),
    ]
    found = _listing(request.viewer).page(request.viewer, queries.alarms(request.viewer), request.GET, views=views)
    return show(request, "alarms/alarms.html", {"page": found, "tabs": tabs(request, "alarms")})


@page("alarms/<uuid:uuid>/", name="alarm", needs=queries.VIEW)
def alarm(request: Request, uuid: UUID) -> HttpResponse:
    """One alarm: what happened, why it is strange, and the day behind it."""
    return _shown(request, _found(request.viewer, uuid), NoteForm())


@page("alarms/<uuid:uuid>/acknowledge/", name="alarm-acknowledge", needs=queries.MANAGE, methods="POST")
def acknowledge(request: Request, uuid: UUID) -> HttpResponse:
    """Somebody has looked into it."""
    row, form = _found(request.viewer, uuid), NoteForm(request.POST)
    if form.is_valid():
        try:
            services.acknowledge(request.viewer, uuid, form.cleaned_data["note"], at=clock.now())
        except OwnAlarmError as error:
            form.add_error(None, error.say(words.language()))
        else:
            messages.success(request, _("已确认。"))
            return HttpResponseRedirect(reverse("alarm", args=[uuid]))
    return _shown(request, row, form)


def _shown(request: Request, row: AlarmRow, form: NoteForm) -> HttpResponse:
    day = queries.day_of(request.viewer, row.reader, row.day)
    person = reverse("user", args=[row.reader]) if row.name and _is_person(request.viewer, row.reader) else ""
    facts = {
        "line": words.line(row),
        "why": words.why(row.rule, queries.limits(request.viewer)),
        "day": day,
        "bars": _bars(day),
        "most": max(day.hours),
        "codes": _by_hour(day),
        "person": person,
        "may_open_code": may_open(request.viewer, "code"),
        "form": NoteForm(initial={"note": row.note}) if not form.is_bound else form,
        "crumbs": [(reverse("alarms"), _("异常提醒")), ("", words.title(row.rule))],
    }
    return show(request, "alarms/alarm.html", facts, 422 if form.errors else 200)


def _bars(day: DayRow) -> list[tuple[None, str, int, str]]:
    """The hours in which something was looked up."""
    return [(None, f"{hour}:00", times, "") for hour, times in enumerate(day.hours) if times]


def _by_hour(day: DayRow) -> list[tuple[str, list[str]]]:
    hours: dict[int, list[str]] = {}
    for code, hour in day.codes:
        hours.setdefault(hour, []).append(code)
    return [(f"{hour}:00", some) for hour, some in hours.items()]


def _is_person(viewer: Viewer, reader: str) -> bool:
    return may_open(viewer, "user") and any(str(one.uuid) == reader for one in access.colleagues())


def _found(viewer: Viewer, uuid: UUID) -> AlarmRow:
    try:
        return queries.alarm(viewer, uuid)
    except UnknownAlarmError as error:
        raise Http404 from error


def _of_readers(_viewer: Viewer, rows: QuerySet[Any], readers: Sequence[str]) -> QuerySet[Any]:
    return queries.of_readers(rows, readers)


def _of_rules(_viewer: Viewer, rows: QuerySet[Any], rules: Sequence[str]) -> QuerySet[Any]:
    return queries.of_rules(rows, rules)


def _since(_viewer: Viewer, rows: QuerySet[Any], day: date) -> QuerySet[Any]:
    return queries.of_days(rows, day, None)


def _until(_viewer: Viewer, rows: QuerySet[Any], day: date) -> QuerySet[Any]:
    return queries.of_days(rows, None, day)


def _open(_viewer: Viewer, rows: QuerySet[Any], _is_asked: object) -> QuerySet[Any]:
    return queries.unacknowledged(rows)


def _done(_viewer: Viewer, rows: QuerySet[Any], _is_asked: object) -> QuerySet[Any]:
    return queries.acknowledged(rows)
