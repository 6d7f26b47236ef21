"""The recycle bin: what was deleted, and the way back."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from kehuma.apps.customers import queries
from kehuma.lib import clock
from kehuma.web.customers import listing
from kehuma.web.customers.coding import Coder
from kehuma.web.pages import Request, page, show


@page("customers/bin/", name="customers-bin", needs="customers.delete")
def recycle_bin(request: Request) -> HttpResponse:
    """The customers in the recycle bin, the last deleted first."""
    viewer = request.viewer
    found = listing.listing(viewer, clock.now(), Coder(), is_bin=True).page(
        viewer, queries.visible(viewer, deleted=True), request.GET
    )
    return show(request, "customers/bin.html", {"page": found, "crumbs": [(reverse("customers"), _("客户"))]})
