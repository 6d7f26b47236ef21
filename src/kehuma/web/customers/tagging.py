"""The tags: how often each is used, another name, a new one, none."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from kehuma.apps.customers import queries, services
from kehuma.engine.coding.errors import CodingError
from kehuma.lib import clock
from kehuma.web.customers.undoing import told
from kehuma.web.pages import Request, page, show


@page("tags/", name="tags", needs="customers.view")
def tags(request: Request) -> HttpResponse:
    """All tags by use."""
    return _tags(request)


@page("tags/new/", name="tag-new", needs="tags.edit", methods="POST")
def new(request: Request) -> HttpResponse:
    """A new tag by its name."""
    name = request.POST.get("name", "").strip()
    try:
        services.create_tag(request.viewer, name, at=clock.now())
    except CodingError as fault:
        return _tags(request, fault.say(request.viewer.language), name)
    told(request, _("已新建标签「{name}」").format(name=name))
    return HttpResponseRedirect(reverse("tags"))


@page("tags/<int:tag>/rename/", name="tag-rename", needs="tags.edit", methods="POST")
def rename(request: Request, tag: int) -> HttpResponse:
    """Give a tag another name, wherever it is used."""
    try:
        services.rename_tag(request.viewer, tag, request.POST.get("name", "").strip(), at=clock.now())
    except CodingError as error:
        messages.error(request, error.say(request.viewer.language))
    else:
        told(request, _("已改名"))
    return HttpResponseRedirect(reverse("tags"))


@page("tags/<int:tag>/delete/", name="tag-delete", needs="tags.edit", methods="POST")
def delete(request: Request, tag: int) -> HttpResponse:
    """Let a tag go, from every customer that has it."""
    try:
        services.delete_tag(request.viewer, tag, at=clock.now())
    except CodingError as error:
        messages.error(request, error.say(request.viewer.language))
    else:
        told(request, _("已删除标签"))
    return HttpResponseRedirect(reverse("tags"))


def _tags(request: Request, error: str = "", name: str = "") -> HttpResponse:
    known = sorted(queries.tags(counted=True, limit=1000), key=lambda tag: (-tag.count, tag.name))
    facts = {"tags": known, "error": error, "name": name, "most": known[0].count if known else 0}
    return show(request, "customers/tags.html", facts, status=422 if error else 200)
