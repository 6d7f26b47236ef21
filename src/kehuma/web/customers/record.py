"""One customer, all round: profile, contacts, tree, timeline, history, codes and files."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, BinaryIO, cast
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from kehuma.apps.access import queries as access
from kehuma.apps.alarms import counting
from kehuma.apps.codes import queries as codes
from kehuma.apps.customers import queries, services
from kehuma.apps.customers.data import HistoryRow, Record, Row, TreeNode
from kehuma.apps.customers.errors import CustomerError, UnknownCustomerError
from kehuma.apps.customers.fields import HOLDS, RESTRICTIONS, Field
from kehuma.apps.interactions import queries as interactions
from kehuma.engine.coding.errors import Language
from kehuma.engine.coding.normal import loose
from kehuma.lib import clock
from kehuma.lib.viewer import Viewer
from kehuma.web import wording
from kehuma.web.badges import Badge
from kehuma.web.customers import coding, consent_card
from kehuma.web.customers.addresses import ref_of, segment_of, url_of
from kehuma.web.customers.coding import Coder
from kehuma.web.customers.forms import of_profile
from kehuma.web.customers.sending import download
from kehuma.web.customers.undoing import told
from kehuma.web.interactions.timeline import timeline_facts
from kehuma.web.pages import Request, page, show

_WANTED = {
    "enterprise": ("name", "region", "industry", "uscc", "address", "source", "contact_name", "mobile"),
    "person": ("name", "region", "industry", "address", "source", "mobile", "email"),
}


@page("customers/<str:code>/", name="customer", needs="customers.view")
def customer(request: Request, code: str) -> HttpResponse:
    """What one works on (profile, timeline) and what one needs to know (contacts, family, what is next)."""
    opened = Opened.of(request, code)
    if opened.elsewhere:
        return HttpResponseRedirect(opened.elsewhere)
    row, at = opened.record.row, clock.now()
    tree = queries.tree(request.viewer, row.identity)
    todo = interactions.open_tasks(request.viewer, row.identity)
    facts = {
        **opened.facts("overview"),
        **timeline_facts(request, row.identity, kinds=()),
        **consent_card.card(opened.record, request.viewer),
        "profile": profile(opened.record, request.viewer),
        "has_family": bool(tree.children) or not tree.is_self,
        "tree": [_node(tree, opened.coder)],
        "open_tasks": todo,
        "today": timezone.localtime(at).date(),
        "next_task": todo[0] if todo else None,
        "complete": completeness(row),
    }
    return show(request, "customers/record.html", facts)


@page("customers/<str:code>/codes/", name="customer-codes", needs="customers.view")
def known_as(request: Request, code: str) -> HttpResponse:
    """The code, its other ways of writing, and the numbers of other systems."""
    opened = Opened.of(request, code)
    row = opened.record.row
    others = [one for one in opened.record.identifiers if one.kind == "own_number"]
    written = loose(row.code, most=len(row.code))
    given = codes.issued(row.identity)
    language = request.viewer.language
    facts = {
        **opened.facts("codes"),
        "issued": given,
        "scheme": coding.title_of_issued(given.scheme, given.version, language) if given else "",
        "loose": written if written != row.code else "",
        "numbers": others,
        "identity": row.identity if row.identity != row.code else "",
    }
    return show(request, "customers/codes.html", facts)


@page("customers/<str:code>/history/", name="customer-history", needs="customers.view")
def history(request: Request, code: str) -> HttpResponse:
    """Every change of every field, the newest first."""
    opened = Opened.of(request, code)
    found = queries.history(request.viewer, opened.record.row.identity, before=request.GET.get("before", ""))
    names = access.names_by_actor({one.actor for one in found.items})
    facts = {
        **opened.facts("history"),
        "changes": [_change(one, names, request.viewer.language) for one in found.items],
        "next": found.next,
        "is_later": bool(request.GET.get("before")),
    }
    return show(request, "customers/history.html", facts)


@page("customers/<str:code>/files/", name="customer-files", needs="customers.view")
def files(request: Request, code: str) -> HttpResponse:
    """The files kept for the customer."""
    return show(request, "customers/files.html", _files(Opened.of(request, code)))


@page("customers/<str:code>/files/add/", name="customer-file-add", needs="customers.edit", methods="POST")
def add_file(request: Request, code: str) -> HttpResponse:
    """Keep a file."""
    opened, error = Opened.of(request, code), _("请选择文件。")
    for file in request.FILES.getlist("file"):
        try:
            media_type = file.content_type or "application/octet-stream"
            content, name = cast("BinaryIO", file), file.name or "file"
            services.attach(request.viewer, opened.ref, name, content, media_type=media_type, at=clock.now())
            error = ""
        except CustomerError as fault:
            error = fault.say(request.viewer.language)
            break
    if error:
        return show(request, "customers/files.html", {**_files(opened), "error": error}, status=422)
    told(request, _("已上传"))
    return HttpResponseRedirect(url_of(opened.ref, "customer-files"))


@page("customers/<str:code>/files/<uuid:file>/", name="customer-file", needs="customers.view")
def one_file(request: Request, code: str, file: UUID) -> HttpResponse:
    """A file, as a download."""
    Opened.of(request, code)
    row, content = queries.attachment(request.viewer, file)
    return download(content, row.name)


@page(
    "customers/<str:code>/files/<uuid:file>/remove/",
    name="customer-file-remove",
    needs="customers.edit",
    methods="POST",
)
def remove_file(request: Request, code: str, file: UUID) -> HttpResponse:
    """Let a file go."""
    opened = Opened.of(request, code)
    services.detach(request.viewer, file, at=clock.now())
    told(request, _("已删除附件"))
    return HttpResponseRedirect(url_of(opened.ref, "customer-files"))


@dataclass(frozen=True, slots=True)
class Opened:
    """A record as one request opens it. ``elsewhere`` is where its page is, when the address wrote its code otherwise."""

    request: Request
    record: Record
    coder: Coder
    elsewhere: str = ""

    @classmethod
    def of(cls, request: Request, code: str) -> "Opened":
        """The record of a code; Http404 where there is none within reach."""
        ref = ref_of(code)
        try:
            record = queries.record(request.viewer, ref)
        except UnknownCustomerError:
            identity = queries.find(request.viewer, ref)
            if identity is None or identity == ref:
                counting.missed(request.viewer, [ref], clock.now())
                raise Http404(ref) from None
        else:
            counting.found(request.viewer, [record.row.identity], clock.now())
            return cls(request, record, Coder())
        return cls(request, queries.record(request.viewer, identity), Coder(), url_of(identity))

    @property
    def ref(self) -> str:
        """The name of the customer for services and addresses."""
        return self.record.row.identity

    @property
    def badge(self) -> Badge:
        """The code with when and how it was given."""
        row = self.record.row
        return self.coder.issued(self.coder.badge(row.code, scheme=row.scheme), row.identity)

    def facts(self, here: str) -> dict[str, Any]:
        """What the head of the record and its tabs show."""
        row = self.record.row
        tabs = [("overview", "customer", _("概览"), None), ("codes", "customer-codes", _("编码与别名"), self._aliases()),
                ("history", "customer-history", _("历史"), None),
                ("files", "customer-files", _("附件"), len(self.record.attachments) or None)]  # fmt: skip
        crumbs = [(reverse("customers"), _("客户"))]
        if row.parent:
            crumbs.append((url_of(row.parent.identity), row.parent.name))
        return {
            "record": self.record,
            "row": row,
            "may": self.record.may,
            "hold": next((one.title(self.request.viewer.language) for one in HOLDS if one.key == row.held_for), ""),
            "restriction": _restriction(row, self.request.viewer.language),
            "may_reveal": "reveal" in self.record.may,
            "badge": self.badge,
            "crumbs": crumbs,
            "tabs": [(url_of(row.identity, page), title, number, key == here) for key, page, title, number in tabs],
            "url": url_of(row.identity),
            "ref": segment_of(row.identity),
            "kind": row.text("kind", self.request.viewer.language),
            "people": [one for one in access.colleagues() if one.id != (row.owner.id if row.owner else None)],
        }

    def _aliases(self) -> int:
        return 1 + sum(one.kind == "own_number" for one in self.record.identifiers)


@dataclass(frozen=True, slots=True)
class Said:
    """A field of the profile in words. ``more`` is the official code behind a name."""

    key: str
    title: str
    text: str
    more: str = ""
    is_masked: bool = False
    is_own: bool = False
    is_checked: bool = False
    is_long: bool = False
    can_reveal: bool = False


def _restriction(row: Row, language: Language) -> str:
    """Why nothing may be done with the record, "" where it can be used."""
    if row.restricted_at is None:
        return ""
    return next((one.title(language) for one in RESTRICTIONS if one.key == row.restricted_for), _("已限制"))


def profile(record: Record, viewer: Viewer) -> list[Said]:
    """The fields that hold something, and those that everybody expects to see."""
    row = record.row
    fields = [field for field in of_profile(record.fields, row.kind) if field.key != "name"]
    told = [_said(field, record, viewer) for field in fields if not _goes_without_saying(field, row)]
    return [one for one in told if one.text or one.key in _WANTED[row.kind] or one.is_own]


def completeness(row: Row) -> float:
    """The share of the expected fields that are filled in."""
    wanted = _WANTED[row.kind]
    return sum(bool(row.values.get(key)) for key in wanted) / len(wanted)


def _goes_without_saying(field: Field, row: Row) -> bool:
    return field.key == "country" and row.values.get("country") in {"", "CN"}


def _said(field: Field, record: Record, viewer: Viewer) -> Said:
    row, language = record.row, viewer.language
    value = row.values.get(field.key, "")
    text = row.text(field.key, language)
    is_masked = field.key in row.masked
    if field.type == "money" and value and not is_masked:
        text = wording.money(Decimal(str(value)))
    official = str(value) if field.type in {"division", "country"} and value and value != text else ""
    return Said(
        field.key,
        _("信用代码") if field.key == "uscc" else field.title(language),
        text,
        official,
        is_masked,
        is_own=field.store == "custom",
        is_checked=field.type == "identifier" and bool(value) and field.key in {"uscc", "resident_id"},
        is_long=field.type == "long-text",
        can_reveal="reveal" in record.may and (viewer.may_see("sensitive") or field.class_of(row.kind) != "sensitive"),
    )


def _node(node: TreeNode, coder: Coder) -> dict[str, Any]:
    url = url_of(node.identity) if node.is_visible else ""
    more = _("另有 {n} 户").format(n=node.more) if node.more else ""
    return {
        "badge": coder.badge(node.identity, url=url),
        "name": node.name if node.is_visible else _("不在你的范围内"),
        "url": url,
        "end": more,
        "is_here": node.is_self,
        "children": [_node(child, coder) for child in node.children],
    }


def _change(one: HistoryRow, names: Mapping[str, str], language: Language) -> Mapping[str, Any]:
    return {
        "at": one.at,
        "who": names.get(one.actor, one.actor),
        "field": one.title.get(language, one.field),
        "old": one.old,
        "new": one.new,
        "batch": one.batch_title or one.batch_kind,
        "batch_kind": one.batch_kind,
    }


def _files(opened: Opened) -> dict[str, Any]:
    kept = opened.record.attachments
    names = access.names_by_actor({one.actor for one in kept})
    return {**opened.facts("files"), "files": [(one, names.get(one.actor, "")) for one in kept]}
