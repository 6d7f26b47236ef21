"""The views of the list that a person keeps."""

from uuid import UUID

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from kehuma.apps.access import queries as access
from kehuma.apps.access import services as people
from kehuma.apps.access.data import ViewRow
from kehuma.lib.viewer import Viewer
from kehuma.web.customers.undoing import told
from kehuma.web.pages import Request, page

_PLACE = "customers"


def kept(viewer: Viewer) -> list[ViewRow]:
    """The views of this person, the oldest first."""
    return access.list_views(viewer, _PLACE)


def default_of(views: list[ViewRow]) -> str:
    """The conditions that the list opens with; "" for none."""
    return next((one.query for one in views if one.is_default), "")


@page("customers/views/", name="view-save", needs="customers.view", methods="POST")
def save(request: Request) -> HttpResponse:
    """Keep the conditions of the list under a name, with ``default`` as those that it opens with."""
    name, query = request.POST.get("name", "").strip(), _plain(request.POST.get("query", ""))
    if name:
        people.keep_view(request.viewer, _PLACE, name, query)
        if request.POST.get("default"):
            people.choose_view(request.viewer, _PLACE, query)
        told(request, _("已存为视图「{name}」").format(name=name))
    return _to(query)


@page("customers/views/default/", name="view-default", needs="customers.view", methods="POST")
def default(request: Request) -> HttpResponse:
    """Let the list open with these conditions, with ``no`` with none again."""
    query = _plain(request.POST.get("query", ""))
    people.choose_view(request.viewer, _PLACE, "" if request.POST.get("no") else query)
    told(request, _("打开客户列表时不再带条件") if request.POST.get("no") else _("以后打开客户列表就是这个视图"))
    return _to(query)


@page("customers/views/<uuid:view>/rename/", name="view-rename", needs="customers.view", methods="POST")
def rename(request: Request, view: UUID) -> HttpResponse:
    """Another name for a view of one's own."""
    people.rename_view(request.viewer, view, request.POST.get("name", ""))
    return _to(next((one.query for one in kept(request.viewer) if one.uuid == view), ""))


@page("customers/views/<uuid:view>/delete/", name="view-delete", needs="customers.view", methods="POST")
def delete(request: Request, view: UUID) -> HttpResponse:
    """Let a view of one's own go."""
    people.forget_view(request.viewer, view)
    told(request, _("视图已删除，客户不受影响"))
    return _to("")


def _plain(query: str) -> str:
    return QueryDict(query).urlencode()


def _to(query: str) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse('customers')}?{query or 'view=all'}")
