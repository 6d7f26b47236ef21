"""The register: the list of all codes, and the page of one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kehuma.apps.alarms import counting
from kehuma.apps.audit.data import Testimony
from kehuma.apps.codes import listing, queries
from kehuma.apps.codes.draft_errors import UnknownCodeError
from kehuma.apps.codes.listing import CodeRow
from kehuma.lib import clock
from kehuma.lib.lists import Column, Filter, Listing, SavedView
from kehuma.lib.tabular.formulas import guarded
from kehuma.lib.viewer import Viewer
from kehuma.web.badges import Badge, badge
from kehuma.web.coding import names as titles
from kehuma.web.coding import said, states
from kehuma.web.coding.customers_of import Owner, owners
from kehuma.web.coding.states import WHY
from kehuma.web.log import kinds
from kehuma.web.log.words import Words
from kehuma.web.pages import Request, page, show

_RETIRED = ("merged", "retired", "superseded", "void")
EVENTS = {
    "codes.issued": gettext_lazy("发出"),
    "codes.retired": gettext_lazy("停用"),
    "codes.voided": gettext_lazy("作废"),
    "codes.reserved": gettext_lazy("预留"),
    "codes.confirmed": gettext_lazy("确认预留"),
    "codes.reinstated": gettext_lazy("恢复"),
    "codes.superseded": gettext_lazy("换码"),
    "codes.merged": gettext_lazy("归并"),
    "codes.issued-manually": gettext_lazy("人工发出"),
    "codes.alias-added": gettext_lazy("增加别名"),
    "codes.alias-ended": gettext_lazy("结束别名"),
    "codes.numbers-erased": gettext_lazy("抹去外部编号"),
    "codes.live-changed": gettext_lazy("可变段更新"),
}
ALIASES = {
    "former": gettext_lazy("旧码"),
    "form": gettext_lazy("旧的可变段"),
    "number": gettext_lazy("外部编号"),
    "replaced": gettext_lazy("已换号"),
    "ended": gettext_lazy("已结束"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A row of the list with whose code it is."""

    row: CodeRow
    badge: Badge
    owner: Owner | None


def code_badge(row: CodeRow) -> Badge:
    """The badge of a code of the register, leading to its page."""
    url = reverse("code", args=[row.identity])
    drawn = badge(row.grammar, row.code, url=url, is_retired=row.state in _RETIRED)
    return replace(drawn, issued_at=row.issued_at, version=row.version, scheme=said.title(row.grammar.scheme))


def _shown(viewer: Viewer, records: Sequence[Any]) -> list[Shown]:
    rows = listing.rows(viewer, records)
    found = owners(viewer, [row.identity for row in rows])
    return [Shown(row, code_badge(row), found.get(row.identity)) for row in rows]


def _owner(shown: Shown) -> object:
    return (shown.owner.url, shown.owner.name) if shown.owner and shown.owner.url else None


def _listing() -> Listing:
    """The definition; choices of rules are those of now."""
    named = titles.published()
    states = [(state, said.state(state)[1]) for state in listing.STATES]
    day = forms.DateInput({"type": "date"})
    return Listing(
        columns=(
            Column("code", _("编码"), lambda one: one.badge, kind="code", sort="identity", place="m-name", text=lambda one: one.row.code),
            Column("owner", _("客户"), _owner, kind="link", place="m-sub", text=lambda one: one.owner.name if one.owner else ""),
            Column("scheme", _("规则"), lambda one: said.title(one.row.grammar.scheme), room=2),
            Column("version", _("版本"), lambda one: f"v{one.row.version}", room=3),
            Column("number", _("号"), lambda one: one.row.number, kind="number", is_numeric=True, room=2),
            Column("state", _("状态"), lambda one: said.state(one.row.state), kind="badge", place="m-end", text=lambda one: one.row.state),
            Column("issued", _("发出时间"), lambda one: one.row.issued_at, kind="moment", sort="id", is_numeric=True, place="m-sub2"),
        ),
        order="-issued",
        filters=(
            Filter("text", forms.CharField(label=_("编码开头"), required=False, max_length=60), _beginning),
            Filter("scheme", forms.MultipleChoiceField(label=_("规则"), choices=named, required=False), _of_schemes),
            Filter("state", forms.MultipleChoiceField(label=_("状态"), choices=states, required=False), _in_states),
            Filter("since", forms.DateField(label=_("发出不早于"), required=False, widget=day), _since, said=str),
            Filter("until", forms.DateField(label=_("发出不晚于"), required=False, widget=day), _until, said=str),
        ),
        rows=_shown,
        title=lambda one: one.row.code,
    )  # fmt: skip


def _beginning(_viewer: Viewer, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    return listing.beginning_with(rows, text)


def _of_schemes(_viewer: Viewer, rows: QuerySet[Any], names: Sequence[str]) -> QuerySet[Any]:
    return listing.of_schemes(rows, names)


def _in_states(_viewer: Viewer, rows: QuerySet[Any], states: Sequence[str]) -> QuerySet[Any]:
    return listing.in_states(rows, states)


def _since(_viewer: Viewer, rows: QuerySet[Any], day: Any) -> QuerySet[Any]:  # noqa: ANN401
    return listing.issued_between(rows, day, None)


def _until(_viewer: Viewer, rows: QuerySet[Any], day: Any) -> QuerySet[Any]:  # noqa: ANN401
    return listing.issued_between(rows, None, day)


@page("codes/", name="codes", needs="codes.view")
def codes(request: Request) -> HttpResponse:
    """All codes given out, the newest first."""
    views = [
        SavedView(_("全部编码")),
        SavedView(_("在用"), "state=issued"),
        SavedView(_("已停用和作废"), "state=retired&state=void"),
    ]
    found = _listing().page(request.viewer, listing.given_out(request.viewer), request.GET, views=views)
    return show(request, "coding/codes.html", {"page": found})


@page("codes/export/", name="codes-export", needs="codes.view")
def codes_export(request: Request) -> HttpResponse:
    """The list as a CSV file, with the conditions in force."""
    rows = _listing().export(request.viewer, listing.given_out(request.viewer), request.GET)
    answer = StreamingHttpResponse(csv_lines(rows), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="codes.csv"'
    return cast("HttpResponse", answer)


@page("codes/<path:code>/", name="code", needs="codes.view")
def code(request: Request, code: str) -> HttpResponse:
    """One code: what each part says, how it came to be, what became of it."""
    try:
        record = listing.record(request.viewer, code)
    except UnknownCodeError:
        return _elsewhere(request, code)
    row = record.row
    counting.found(request.viewer, [row.identity], clock.now())
    drawn = code_badge(row)
    by_name = {one.name: one for one in drawn.parts if one.kind != "sep"}
    facts = {
        "record": record,
        "badge": drawn.to(""),
        "owner": owners(request.viewer, [row.identity]).get(row.identity),
        "state": said.state(row.state),
        "title": said.title(row.grammar.scheme),
        "subject": said.subject(row.subject),
        "texts": [(titles.of_part(name), text, by_name.get(name)) for name, text in record.texts],
        "parts": [one for one in drawn.parts if one.kind != "sep" and (one.title or one.meaning)],
        "events": _events(request.viewer, record.events),
        "history": _history(request.viewer, row.identity),
        "aliases": [(one, ALIASES.get(one.ended_for or one.kind, "")) for one in queries.aliases(row.identity)],
        "acts": states.acts(row.state) if request.viewer.may("codes.manual") else (),
        "reasons": states.reasons(),
        "kept": _kept(request.viewer, row.identity),
        "key": record.counter_key.replace("=", " = "),
        "gaps": f"?{urlencode({'scheme': row.scheme, 'key': record.counter_key})}" if row.number is not None else "",
        "crumbs": [(reverse("codes"), _("编码台账")), ("", row.code)],
    }
    return show(request, "coding/code.html", facts)


def _elsewhere(request: Request, text: str) -> HttpResponse:
    """The page of the code that another form of it names; 404 where there is none."""
    found = queries.resolve(text)
    if not found.found or found.identity is None:
        counting.missed(request.viewer, [text], clock.now())
        raise Http404
    return HttpResponseRedirect(reverse("code", args=[found.identity]))


def _events(viewer: Viewer, events: Sequence[Testimony]) -> list[Mapping[str, Any]]:
    words = Words(viewer, events)
    return [
        {"title": EVENTS.get(event.kind) or kinds.title(event.kind), "who": words.who(event.actor), "at": event.at}
        for event in events
        if event.kind.startswith("codes.")  # what happened to the customer stands in the customer's record
    ]


def _kept(viewer: Viewer, identity: str) -> Mapping[str, Any] | None:
    """For whom the code is kept, and until when."""
    kept = queries.reserved(identity)
    if kept is None:
        return None
    owner, until = kept
    return {"who": Words(viewer, (), [owner]).who(owner), "until": until}


def _history(viewer: Viewer, identity: str) -> list[Mapping[str, Any]]:
    """The changes of the state in words, the last one first."""
    changes = queries.history(identity)
    words = Words(viewer, (), [change.actor for change in changes])
    return [
        {
            "change": change,
            "state": said.state(change.after),
            "why": WHY.get(change.reason, change.reason),
            "who": words.who(change.actor),
        }
        for change in reversed(changes)
    ]


def csv_lines(rows: Iterator[list[str]]) -> Iterator[str]:
    """Rows as lines of a file that every spreadsheet opens as it should; no cell is a formula."""
    yield "\ufeff"
    for row in rows:
        yield ",".join('"' + cell.replace('"', '""') + '"' for cell in guarded(row)) + "\r\n"
