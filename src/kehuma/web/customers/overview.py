"""The list of customers, its views, and the list as a file."""

from itertools import chain
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from kehuma.apps.customers import queries
from kehuma.lib import clock
from kehuma.lib.lists import ListPage
from kehuma.web.customers import coding, listing, saved
from kehuma.web.customers.coding import Coder
from kehuma.web.pages import Request, page, show

# Reading a code takes some 50 µs: a thousand of them were a third of the page.
_READ_MOST = 200
# Conditions that leave most rows, and what is no condition.
_BROAD = frozenset({"kind", "from", "to", "quiet", "sort", "at", "size", "column", "count"})


@page("customers/", name="customers", needs="customers.view")
def customers(request: Request) -> HttpResponse:
    """The list, with the regions that its codes name."""
    coder, viewer, at = Coder(), request.viewer, clock.now()
    kept = saved.kept(viewer)
    if not request.GET and (query := saved.default_of(kept)):
        return HttpResponseRedirect(f"{reverse('customers')}?{query}")
    found = listing.listing(viewer, at, coder).page(
        viewer,
        queries.visible(viewer, is_narrowed=bool(set(request.GET) - _BROAD)),
        request.GET,
        views=listing.views(viewer, kept),
    )
    here = next((one for one, is_here in found.views if is_here), None)
    shares, is_sampled = _shares(request, coder, found)
    facts = {
        "page": found,
        "shares": shares,
        "is_sampled": is_sampled,
        "people": [one for one in found.form.fields["owner"].choices if one[0].isdecimal()],
        "view": next((one for one in kept if here and (one.name, one.query) == (here.name, here.query)), None),
        "is_default": here is not None and here.is_default,
        "export": found.url(at=None, count=None, size=None),
    }
    return show(request, "customers/list.html", facts)


def _shares(request: Request, coder: Coder, found: ListPage) -> tuple[coding.Shares, bool]:
    """The regions of the view. Of a large view the counters tell them, or the codes of its first rows."""
    if not found.conditions and request.viewer.scope == "all" and found.is_capped:
        return coding.shares(coding.regions_issued(coder)), False
    keys = found.known.keys
    codes = _codes(
        found.found.order_by()[:_READ_MOST] if keys is None else found.found.filter(pk__in=keys[:_READ_MOST])
    )
    return coding.shares(coding.regions_of(coder, codes)), len(codes) >= _READ_MOST


def _codes(found: QuerySet[Any]) -> list[str]:
    return list(chain.from_iterable(found.values_list("code_id")))
