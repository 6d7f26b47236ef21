"""The list of customers, its views, and the list as a file."""

from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from kehuma.apps.audit import services as audit
from kehuma.apps.customers import queries
from kehuma.lib import clock
from kehuma.lib.lists import ListPage
from kehuma.lib.tabular import write_table
from kehuma.web.customers import coding, listing, saved
from kehuma.web.customers.coding import Coder
from kehuma.web.customers.sending import download
from kehuma.web.customers.undoing import told
from kehuma.web.pages import Request, page, show

_READ_MOST = 1000
_FILES = {"xlsx": ".xlsx", "csv": ".csv"}


@page("customers/", name="customers", needs="customers.view")
def customers(request: Request) -> HttpResponse:
    """The list, with the regions that its codes name."""
    coder, viewer, at = Coder(), request.viewer, clock.now()
    kept = saved.kept(request)
    found = listing.listing(viewer, at, coder).page(
        viewer, queries.visible(viewer), request.GET, views=listing.views(viewer, kept)
    )
    shares, is_sampled = _shares(request, coder, found)
    facts = {
        "page": found,
        "shares": shares,
        "is_sampled": is_sampled,
        "people": [one for one in found.form.fields["owner"].choices if one[0].isdecimal()],
        "is_kept": found.query in [query for _name, query in kept],
        "export": found.url(at=None, count=None, size=None),
    }
    return show(request, "customers/list.html", facts)


@page("customers/views/", name="view-save", needs="customers.view", methods="POST")
def save_view(request: Request) -> HttpResponse:
    """Keep the conditions of the list under a name, or with ``forget`` let them go."""
    name, query = request.POST.get("name", "").strip()[:40], request.POST.get("query", "")
    if request.POST.get("forget"):
        for one, kept in saved.kept(request):
            if kept == query:
                saved.forget(request, one)
        return HttpResponseRedirect(reverse("customers"))
    if name:
        saved.keep(request, name, query)
        told(request, _("已存为视图「{name}」").format(name=name))
    return HttpResponseRedirect(f"{reverse('customers')}?{query}")


@page("customers/export/", name="customers-export", needs="customers.export")
def export(request: Request) -> HttpResponse:
    """The list as a file: the columns and conditions on screen, covered where the screen covers."""
    viewer, at = request.viewer, clock.now()
    suffix = _FILES.get(request.GET.get("format", ""), ".xlsx")
    rows = listing.listing(viewer, at, Coder()).export(viewer, queries.visible(viewer), request.GET)
    name = f"{_('客户')}-{timezone.localtime(at):%Y%m%d-%H%M}{suffix}"
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"customers{suffix}"
        _testify(request, _write(path, rows), suffix, at)
        return download(path, name)


def _write(path: Path, rows: Iterator[list[str]]) -> int:
    heads = next(rows)
    with write_table(path, heads) as writer:
        writer.write(rows)
        return writer.row_count


def _testify(request: Request, count: int, suffix: str, at: datetime) -> None:
    detail = {"rows": count, "kind": suffix.lstrip("."), "columns": request.GET.getlist("column")}
    with transaction.atomic():
        audit.record("customers.exported", "customers", detail, actor=request.viewer.actor, at=at)


def _shares(request: Request, coder: Coder, found: ListPage) -> tuple[coding.Shares, bool]:
    """The regions of the view. Of a large view the counters tell them, or the codes of its first rows."""
    if not found.conditions and request.viewer.scope == "all" and found.is_capped:
        return coding.shares(coding.regions_issued(coder)), False
    codes = _codes(found.found)
    return coding.shares(coding.regions_of(coder, codes)), len(codes) >= _READ_MOST


def _codes(found: QuerySet[Any]) -> list[str]:
    return list(chain.from_iterable(found.order_by().values_list("code_id")[:_READ_MOST]))
