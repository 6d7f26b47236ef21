"""A new customer: one page, with the code that it will probably get beside the form."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from kehuma.apps.codes import queries as codes
from kehuma.apps.codes.data import PublishedScheme
from kehuma.apps.customers import queries, services, values
from kehuma.apps.customers.coding import Facts
from kehuma.apps.customers.data import CustomerRef, Value
from kehuma.apps.customers.errors import CustomerError, ValuesError
from kehuma.apps.customers.fields import KINDS
from kehuma.apps.customers.fields import table as field_table
from kehuma.engine.coding.errors import CodingError
from kehuma.lib import clock
from kehuma.web.customers import coding
from kehuma.web.customers.addresses import url_of
from kehuma.web.customers.coding import Coder
from kehuma.web.customers.forms import RecordForm, at_first, at_last
from kehuma.web.customers.suggesting import known
from kehuma.web.customers.undoing import told
from kehuma.web.pages import Request, page, show

# What stays in the form for the next customer of a pile.
_SAME_AGAIN = ("kind", "scheme", "region", "industry", "source", "tags", "parent", "owner")


@page("customers/new/", name="customer-new", needs="customers.create", methods="GET POST")
def new(request: Request) -> HttpResponse:
    """Ask for a customer, and give it its code."""
    asked = _Asked(request, request.POST if request.method == "POST" else request.GET)
    if request.method == "POST":
        created = _create(request, asked)
        if created is not None:
            return created
    return show(request, "customers/new.html", asked.facts(), status=422 if asked.form.errors else 200)


@page("customers/new/check/", name="customer-check", needs="customers.create", methods="POST")
def check(request: Request) -> HttpResponse:
    """What stands beside the form: the probable code, and who is there already with the same numbers or name."""
    asked = _Asked(request, request.POST)
    cleaned = values.clean(asked.told(), whole=False, table=asked.table).values
    coder = Coder()
    found = queries.duplicates(request.viewer, cleaned)
    facts = {
        "estimate": asked.estimate(cleaned, clock.now()),
        "duplicates": [
            (coder.badge(one.identity, url=url_of(one.identity)), one, _same(one.field, asked)) for one in found
        ],
        "scheme": asked.scheme,
        "title": coding.title_of(asked.scheme, request.viewer.language) if asked.scheme else "",
    }
    return show(request, "customers/check.html", facts)


class _Asked:
    """The form of a new customer as far as it is filled in."""

    def __init__(self, request: Request, given: QueryDict) -> None:
        self.viewer, self.given = request.viewer, given
        self.kind = next((one.key for one in KINDS if one.key == given.get("kind")), KINDS[0].key)
        self.table = field_table()
        self.schemes = coding.customer_schemes(clock.now())
        self.scheme = self._scheme()
        bound = given if request.method == "POST" and "name" in given else None
        initial = {key: _plain(given, key) for key in self.table if key in given}
        language = self.viewer.language
        self.form = RecordForm(at_first(self.table, self.kind), bound, language=language, initial=initial)
        self.form.fields["name"].widget.attrs["autofocus"] = True
        if self.kind == "person":
            self.form.fields["name"].label = _("姓名")
        self.more = RecordForm(at_last(self.table, self.kind), bound, language=language, initial=initial)
        self.parent = self._parent()

    def told(self) -> dict[str, Value]:
        """All that was filled in."""
        return (
            {"kind": self.kind, **self.form.told(), **self.more.told()} if self.form.is_bound else {"kind": self.kind}
        )

    def estimate(self, cleaned: Mapping[str, Value], at: datetime) -> coding.Estimate:
        """The code that would be given now."""
        if self.scheme is None:
            return coding.Estimate()
        try:
            wanted = Facts(self.scheme.name, self.table, at)
        except CodingError as error:
            return coding.Estimate(why=error.say(self.viewer.language))
        parent = self.parent.code if self.parent else None
        facts = dict(zip(wanted.attributes, wanted.of({"kind": self.kind, **cleaned}, parent), strict=True))
        return coding.estimate(self.scheme.name, facts, at=at, parent=parent, language=self.viewer.language)

    def show(self, error: CodingError) -> None:
        """Hang an error where it belongs."""
        if not isinstance(error, ValuesError):
            self.form.add_error(None, error.say(self.viewer.language))
            return
        for key, fault in error.faults.items():
            holder = self.more if key in self.more.fields else self.form
            if key not in holder.errors:
                holder.show({key: fault})

    def facts(self) -> dict[str, Any]:
        """What the page shows."""
        language = self.viewer.language
        return {
            **known(language),
            "form": self.form,
            "more": self.more,
            "is_more_open": bool(self.more.errors) or any(self.more.data.get(key) for key in self.more.fields),
            "kinds": [(one.key, one.title(language)) for one in KINDS],
            "kind": self.kind,
            "schemes": [(one.name, coding.title_of(one, language)) for one in self.schemes],
            "scheme": self.scheme.name if self.scheme else "",
            "parent": self.parent,
            "request_key": self.given.get("request_key") or uuid4().hex,
            "crumbs": [(reverse("customers"), _("客户"))],
        }

    def _scheme(self) -> PublishedScheme | None:
        if not self.schemes:
            return None
        known = {one.name: one for one in self.schemes}
        # Unasked, the rule that most customers have got their codes by.
        return known.get(self.given.get("scheme", "")) or known[codes.most_used(list(known))]

    def _parent(self) -> CustomerRef | None:
        ref = self.given.get("parent", "").strip()
        if not ref:
            return None
        identity = queries.find(self.viewer, ref)
        if identity is None:
            if self.form.is_bound:
                self.form.add_error(None, _("找不到上级客户“{ref}”").format(ref=ref))
            return None
        row = queries.record(self.viewer, identity).row
        return CustomerRef(row.id, row.identity, row.code, row.name)


def _create(request: Request, asked: _Asked) -> HttpResponse | None:
    if asked.scheme is None:
        asked.form.add_error(None, _("还没有发布的编码规则，无法给客户编码。"))
    if asked.form.errors or asked.more.errors or asked.scheme is None:
        return None
    try:
        created = services.create(
            request.viewer,
            asked.told(),
            scheme=asked.scheme.name,
            request_key=f"web:{request.viewer.actor}:{request.POST.get('request_key', '')[:64]}",
            at=clock.now(),
            parent=asked.parent.identity if asked.parent else None,
            owner=None if request.POST.get("owner") == "sea" else "me",
        )
    except (CustomerError, CodingError) as error:
        asked.show(error)
        return None
    url = url_of(created.identity)
    told(request, format_html(_("已建档，编码 {}"), format_html('<a href="{}">{}</a>', url, created.code)))
    if not request.POST.get("again"):
        return HttpResponseRedirect(url)
    kept = QueryDict(mutable=True)
    for key in _SAME_AGAIN:
        if request.POST.get(key):
            kept[key] = request.POST[key]
    return HttpResponseRedirect(f"{reverse('customer-new')}?{kept.urlencode()}")


def _plain(given: QueryDict, key: str) -> Value:
    several = given.getlist(key)
    return [str(one) for one in several] if len(several) > 1 else str(several[0])


def _same(field: str, asked: _Asked) -> str:
    named = asked.table.get(field)
    return named.title(asked.viewer.language) if named else field
