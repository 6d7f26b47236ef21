"""The search box: a code in any form opens its record, anything else is looked for."""

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _

from kehuma.apps.codes import queries as codes
from kehuma.apps.customers import queries
from kehuma.apps.sealing import queries as sealing
from kehuma.web.customers.addresses import url_of
from kehuma.web.customers.coding import Coder
from kehuma.web.pages import Request, page, show

_LONGEST, _HINTED = 200, 7
WHY = {
    "code": _("编码"),
    "identifier": _("证件号"),
    "phone": _("电话"),
    "name": _("名称"),
    "pinyin": _("拼音"),
    "initials": _("拼音首字母"),
    "contact": _("联系人"),
    "tag": _("标签"),
}


@page("find/hints/", name="find-hints", needs="customers.view")
def hints(request: Request) -> HttpResponse:
    """The first of what would be found, under the search box while one types."""
    text = request.GET.get("q", "").strip()[:_LONGEST]
    hits, coder = (queries.search(request.viewer, text, limit=_HINTED) if text else []), Coder()
    facts = {"hits": [(coder.badge(one.code, url=url_of(one.identity)), one) for one in hits]}
    return show(request, "customers/hints.html", facts)


@page("find/", name="find", needs="customers.view")
def find(request: Request) -> HttpResponse:
    """Straight to the record of a code, or a page of what was found."""
    text = request.GET.get("q", "").strip()[:_LONGEST]
    viewer = request.viewer
    identity = queries.find(viewer, text) if text else None
    if identity is not None:
        return HttpResponseRedirect(url_of(identity))
    hits, coder = (queries.search(viewer, text, limit=50) if text else []), Coder()
    meant = [] if hits or not text else codes.resolve(text).suggestions
    facts = {
        "q": text,
        "is_sealed": not sealing.is_open(),
        "is_partial": not queries.is_complete(),
        "hits": [(coder.badge(one.code, url=url_of(one.identity)), one, WHY.get(one.why, one.why)) for one in hits],
        "meant": [coder.badge(one.code, url=url_of(one.code)) for one in meant],
    }
    return show(request, "customers/found.html", facts)
