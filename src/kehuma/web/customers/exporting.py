"""The list as a file: a small one at once, a large one by the worker, with a page that tells how far it is."""

from collections.abc import Callable, Iterator
from datetime import datetime
from io import BytesIO
from itertools import islice
from typing import BinaryIO
from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRefresh
from django_tasks import task

from kehuma.apps.access import queries as access
from kehuma.apps.customers import exporting, queries
from kehuma.apps.customers.data import ExportRow
from kehuma.apps.customers.errors import FileError, UnknownError
from kehuma.lib import clock
from kehuma.lib.tabular import write_stream
from kehuma.lib.viewer import Viewer
from kehuma.web.customers import listing
from kehuma.web.customers.coding import Coder
from kehuma.web.customers.sending import download
from kehuma.web.pages import Request, page, show

_KINDS = ("xlsx", "csv")
AT_ONCE = 10_000
_STEP = 2_000


@page("customers/export/", name="customers-export", needs="customers.export")
def export(request: Request) -> HttpResponse:
    """The list as a file: the columns and conditions on screen, covered where the screen covers."""
    viewer, at = request.viewer, clock.now()
    kind = next((one for one in _KINDS if one == request.GET.get("format")), _KINDS[0])
    defined = listing.listing(viewer, at, Coder())
    rows = queries.usable(queries.visible(viewer))
    found = defined.narrowed(viewer, rows, request.GET)
    if queries.count(found, AT_ONCE) > AT_ONCE:
        expected, query = found.order_by().count(), request.GET.urlencode()
        row = exporting.begin_export(viewer, query, kind=kind, expected=expected, at=at)
        write_list.enqueue(str(row.uuid))
        return HttpResponseRedirect(reverse("export", args=[row.uuid]))
    content = BytesIO()
    count = _write(content, kind, defined.export(viewer, rows, request.GET))
    with transaction.atomic():
        asked = exporting.conditions(request.GET.urlencode())
        exporting.testify(viewer, rows=count, kind=kind, asked=asked, at=at)
    return download(content, _name(kind, at))


@page("exports/<uuid:uuid>/", name="export", needs="customers.export")
def progress(request: Request, uuid: UUID) -> HttpResponse:
    """How far a large file has come; asked again and again."""
    row = _found(request.viewer, uuid)
    if request.htmx and not row.is_running:
        return HttpResponseClientRefresh()
    crumbs = [(reverse("customers"), _("客户"))]
    template = "customers/export_progress.html" if request.htmx else "customers/export.html"
    return show(request, template, {"row": row, "crumbs": crumbs})


@page("exports/<uuid:uuid>/file/", name="export-file", needs="customers.export")
def file(request: Request, uuid: UUID) -> HttpResponse:
    """The file itself, for who asked for it."""
    row = _found(request.viewer, uuid)
    try:
        return download(exporting.content(request.viewer, uuid), _name(row.kind, row.created_at))
    except FileError as error:
        raise Http404(uuid) from error


@page("exports/<uuid:uuid>/cancel/", name="export-cancel", needs="customers.export", methods="POST")
def cancel(request: Request, uuid: UUID) -> HttpResponse:
    """Stop it."""
    exporting.cancel_export(request.viewer, _found(request.viewer, uuid).uuid)
    return HttpResponseRedirect(reverse("export", args=[uuid]))


@task()
def write_list(uuid: str) -> None:
    """Write the file in the name and with the rights of who asked for it."""
    exporting.write_export(UUID(uuid), _written, at=clock.now())


def _written(row: ExportRow, target: BinaryIO, step: Callable[[int], None]) -> Viewer:
    viewer = access.viewer(row.user_id)
    viewer.require("customers.export")
    with translation.override("en" if viewer.language == "en" else "zh-hans"):
        defined = listing.listing(viewer, clock.now(), Coder())
        rows = queries.usable(queries.visible(viewer))
        _write(target, row.kind, defined.export(viewer, rows, QueryDict(row.query)), step)
    return viewer


def _write(target: BinaryIO, kind: str, rows: Iterator[list[str]], step: Callable[[int], None] | None = None) -> int:
    heads = next(rows)
    with write_stream(target, f"customers.{kind}", heads) as writer:
        while chunk := list(islice(rows, _STEP)):
            writer.write(chunk)
            if step:
                step(writer.row_count)
        return writer.row_count


def _found(viewer: Viewer, uuid: UUID) -> ExportRow:
    try:
        return exporting.export(viewer, uuid)
    except UnknownError as error:
        raise Http404(uuid) from error


def _name(kind: str, at: datetime) -> str:
    return f"{_('客户')}-{timezone.localtime(at):%Y%m%d-%H%M}.{kind}"
