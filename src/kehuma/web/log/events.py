"""The log as a list, and one event with everything that is known and proved of it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kehuma.apps.audit import placing, proving, queries, tree
from kehuma.apps.audit.data import Testimony
from kehuma.apps.audit.errors import NotCertifiedError, UnknownEventError
from kehuma.apps.audit.proving import Certificate
from kehuma.apps.codes import queries as codes
from kehuma.apps.codes.certifying import RELATION
from kehuma.apps.customers import queries as customers
from kehuma.apps.customers.revealing import OWN_WORDS
from kehuma.lib import clock
from kehuma.lib.lists import Column, Filter, Listing, SavedView
from kehuma.lib.viewer import Viewer
from kehuma.web.log import details, kinds, state
from kehuma.web.log.files import download
from kehuma.web.log.tabs import tabs
from kehuma.web.log.words import Line, Thing, Words
from kehuma.web.pages import Request, page, show
from kehuma.web.templatetags.kehuma import Other

# No event is about this.
_NOTHING = "-"


def listing(viewer: Viewer) -> Listing:
    """The definition; people and kinds to choose from are those that stand in the log."""
    day = forms.DateInput({"type": "date"})
    return Listing(
        columns=(
            Column("when", _("时间"), lambda one: one.event.at, kind="moment", sort="id", place="m-sub2", text=lambda one: timezone.localtime(one.event.at).isoformat()),
            Column("what", _("做了什么"), lambda one: (reverse("audit-event", args=[one.event.uuid]), one.what), kind="name", place="m-name", text=lambda one: one.what),
            Column("who", _("谁"), lambda one: one.who, place="m-sub"),
            Column("about", _("关于"), _about, kind="link", place="m-code", text=_about_text),
            Column("index", _("序号"), lambda one: one.logged.index, kind="number", is_numeric=True, room=2),
            Column("state", _("状态"), lambda one: badge(one.logged.index), kind="badge", place="m-end", room=2, text=lambda one: badge(one.logged.index)[1]),
            Column("event", _("事件编号"), lambda one: str(one.event.uuid), is_shown=False),
        ),
        order="-when",
        filters=(
            Filter("who", forms.MultipleChoiceField(label=_("谁"), choices=_people(viewer), required=False), _of_people),
            Filter("kind", forms.MultipleChoiceField(label=_("做了什么"), choices=_kinds(viewer), required=False), _of_kinds),
            Filter("code", forms.CharField(label=_("编码"), required=False, max_length=100), _about_code, said=str),
            Filter("since", forms.DateField(label=_("不早于"), required=False, widget=day), _since, said=str),
            Filter("until", forms.DateField(label=_("不晚于"), required=False, widget=day), _until, said=str),
            Filter("waiting", forms.BooleanField(label=_("还没有进入日志"), required=False), _waiting),
        ),
        rows=lines,
        title=lambda one: f"{one.what} {one.about.text}".strip(),
    )  # fmt: skip


def lines(viewer: Viewer, records: Sequence[Any]) -> list[Line]:
    """The events of one page in words."""
    found = queries.rows(viewer, records)
    words = Words(viewer, [one.event for one in found])
    return [words.line(one) for one in found]


def kept(viewer: Viewer, query: str) -> str:
    """The conditions and columns of a list as they may be stored until its file is written.

    What names nothing in the log may be anything, also somebody's name: it is not kept, and finds nothing either.
    """
    page = listing(viewer).page(viewer, queries.logged(viewer), QueryDict(query))
    told = QueryDict(mutable=True)
    for key in page.conditions:
        told.setlist(key, page.params.getlist(key))
    if (text := page.conditions.get("code")) is not None:
        is_there = _about_code(viewer, queries.logged(viewer), text).exists()
        told["code"] = (codes.resolve(text).identity or text.strip()) if is_there else _NOTHING
    told.setlist("column", [column.key for column in page.shown])
    told["sort"] = f"{'-' if page.is_descending else ''}{page.sorted_by.key}"
    return told.urlencode()


def badge(index: int | None) -> tuple[str, str]:
    """Whether the event is in the log."""
    return ("warn", _("待入日志")) if index is None else ("ok", _("已入日志"))


@page("audit/", name="audit", needs="audit.view")
def audit(request: Request) -> HttpResponse:
    """Everything that ever happened, the newest first."""
    views = [
        SavedView(_("全部")),
        SavedView(_("登录与权限"), _of_area("access")),
        SavedView(_("查看与导出"), "kind=customers.revealed&kind=customers.exported&kind=log.exported"),
        SavedView(_("编码"), _of_area("codes")),
    ]
    found = listing(request.viewer).page(request.viewer, queries.logged(request.viewer), request.GET, views=views)
    facts = {"page": found, "tabs": tabs(request, "audit"), "state": state.state()}
    return show(request, "log/events.html", facts)


@page("audit/events/<uuid:uuid>/", name="audit-event", needs="audit.view")
def event(request: Request, uuid: UUID) -> HttpResponse:
    """One event: what it says, and its place in the tree."""
    try:
        logged = queries.event(request.viewer, uuid)
    except UnknownEventError as error:
        raise Http404 from error
    words = Words(request.viewer, [logged.event])
    line = words.line(logged)
    facts = {
        "line": line,
        "area": kinds.area(logged.event.kind),
        "facts": [*details.facts(words, logged.event), *_own_words(request.viewer, logged.event)],
        "badge": badge(logged.index),
        **_placed(logged.index),
        **_neighbours(logged.index),
        "crumbs": [(reverse("audit"), _("操作日志")), ("", line.what)],
    }
    return show(request, "log/event.html", facts)


@page("audit/entries/<int:index>/", name="audit-entry", needs="audit.view")
def entry(request: Request, index: int) -> HttpResponse:
    """The event that is this entry of the log."""
    try:
        found = queries.event_at(request.viewer, index)
    except UnknownEventError as error:
        raise Http404 from error
    return HttpResponseRedirect(reverse("audit-event", args=[found.event.uuid]))


@page("audit/events/<uuid:uuid>/certificate/", name="audit-certificate-file", needs="audit.view")
def certificate(request: Request, uuid: UUID) -> HttpResponse:
    """The certificate of an event, for ``tools/verify.py`` and ``kehuma verify``."""
    made = _certificate(request, uuid)
    return download(made.text, f"entry-{made.index}.tlog-proof")


@page("audit/events/<uuid:uuid>/opening/", name="audit-opening-file", needs="audit.view")
def opening(request: Request, uuid: UUID) -> HttpResponse:
    """What the certificate is about, beside it."""
    made = _certificate(request, uuid)
    return download(proving.as_text(made.opening), f"entry-{made.index}.tlog-proof.opening.json")


def _certificate(request: Request, uuid: UUID) -> Certificate:
    try:
        queries.event(request.viewer, uuid)
        return proving.of_event(uuid, at=clock.now())
    except (UnknownEventError, NotCertifiedError) as error:
        raise Http404 from error


def _own_words(viewer: Viewer, told: Testimony) -> list[tuple[str, list[Thing], int]]:
    """Of who looked at a value, what is not in the log because it may be about somebody."""
    if told.kind != "customers.revealed" or told.detail.get("reason") != OWN_WORDS:
        return []
    reason = customers.reason_of(viewer, told.uuid)
    return [(_("原话"), [Thing(reason)], 0)] if reason else []


def _placed(index: int | None) -> dict[str, Any]:
    if index is None:
        return {"place": None}
    try:
        return {"place": placing.standing(index)}
    except tree.MissingNodeError:
        return {"place": None, "is_broken": True}


def _neighbours(index: int | None) -> dict[str, str]:
    """The entries before and after this one."""
    if index is None:
        return {"before": "", "after": ""}
    before = reverse("audit-entry", args=[index - 1]) if index else ""
    return {"before": before, "after": reverse("audit-entry", args=[index + 1]) if index + 1 < tree.size() else ""}


def _about(line: Line) -> object:
    about = line.about
    if line.many and not about.is_code:
        told = ngettext("{n} 项", "{n} 项", line.many).format(n=f"{line.many:,}")
        about = Thing(f"{about.text} · {told}" if about.text else told, about.url)
    if about.url:
        return (about.url, about.text)
    return Other("text", about.text) if about.text else None


def _about_text(line: Line) -> str:
    return " ".join(filter(None, (line.about.text, str(line.many) if line.many else "")))


def _of_area(name: str) -> str:
    return "&".join(f"kind={kind}" for kind in kinds.KINDS if kind.startswith(f"{name}."))


def _people(viewer: Viewer) -> list[tuple[str, str]]:
    actors = queries.actors(viewer)
    words = Words(viewer, (), actors)
    return sorted(((actor, words.who(actor)) for actor in actors), key=lambda one: one[1])


def _kinds(viewer: Viewer) -> list[tuple[str, list[tuple[str, str]]]]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for kind in queries.kinds(viewer):
        groups.setdefault(kinds.area(kind), []).append((kind, kinds.title(kind)))
    return sorted(groups.items())


def _of_people(_viewer: Viewer, rows: QuerySet[Any], actors: Sequence[str]) -> QuerySet[Any]:
    return queries.of_actors(rows, actors)


def _of_kinds(_viewer: Viewer, rows: QuerySet[Any], names: Sequence[str]) -> QuerySet[Any]:
    return queries.of_kinds(rows, names)


def _about_code(viewer: Viewer, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    identity = codes.resolve(text).identity
    together = customers.batches_of(viewer, identity) if identity else ()
    return queries.about(rows, identity or text.strip(), relation=RELATION, also=together)


def _since(_viewer: Viewer, rows: QuerySet[Any], day: Any) -> QuerySet[Any]:  # noqa: ANN401
    return queries.happened_between(rows, day, None)


def _until(_viewer: Viewer, rows: QuerySet[Any], day: Any) -> QuerySet[Any]:  # noqa: ANN401
    return queries.happened_between(rows, None, day)


def _waiting(_viewer: Viewer, rows: QuerySet[Any], _is_waiting: Any) -> QuerySet[Any]:  # noqa: ANN401
    return queries.pending(rows)
