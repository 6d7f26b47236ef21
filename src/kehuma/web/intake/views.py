"""From a file to coded customers: upload, look at it, map its columns, run dry, mend, commit, report."""

from collections.abc import Callable, Iterator
from functools import wraps
from io import BytesIO
from pathlib import PurePath
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_htmx.http import HttpResponseClientRefresh

from kehuma.apps.intake import queries, services
from kehuma.apps.intake.data import Import
from kehuma.apps.intake.errors import IntakeError, UnknownImportError
from kehuma.lib import clock
from kehuma.lib.tabular import TabularError, write_stream
from kehuma.lib.tabular.formulas import guarded
from kehuma.lib.viewer import Viewer
from kehuma.web import shell
from kehuma.web.intake import showing
from kehuma.web.intake.forms import CommitForm, MapForm, PasteForm, ReadForm, UploadForm
from kehuma.web.pages import Request, page, show
from kehuma.web.shell import Count, Notice

_RIGHT = "customers.import"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
View = Callable[..., HttpResponse]


def _found(view: View) -> View:
    """Answers 404 where the batch is not within reach: whether it exists is nobody's business."""

    @wraps(view)
    def guarded_view(request: Request, *args: object, **kwargs: object) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except UnknownImportError as error:
            raise Http404 from error

    return guarded_view


@shell.side_count("imports")
def _waiting(viewer: Viewer) -> Count:
    return Count(queries.waiting(viewer) if viewer.may(_RIGHT) else 0)


@shell.notices_of("imports")
def _notices(viewer: Viewer) -> list[Notice]:
    if not viewer.may(_RIGHT):
        return []
    said = {"checked": _("试运行完成，等你提交"), "stopped": _("提交到一半停下了"), "failed": _("没有完成")}
    return [
        Notice(
            _("{name}：{said}").format(name=showing.name_of(one), said=said[one.state]),
            url=reverse("import", args=[one.uuid]),
            tone="bad" if one.state == "failed" else "",
            at=one.progressed_at,
        )
        for one in queries.imports(viewer, limit=10)
        if one.state in said and one.cleared_at is None
    ]


@page("imports/", name="imports", needs=_RIGHT)
def imports(request: Request) -> HttpResponse:
    """All batches."""
    rows = [(one, showing.name_of(one), *_state(one)) for one in queries.imports(request.viewer)]
    return show(request, "intake/imports.html", {"rows": rows})


@page("imports/new/", name="import-new", needs=_RIGHT, methods="GET POST")
def import_new(request: Request) -> HttpResponse:
    """Upload a file, or paste a table."""
    is_paste = request.method == "POST" and "text" in request.POST
    upload = UploadForm(request.POST, request.FILES) if request.method == "POST" and not is_paste else UploadForm()
    pasted = PasteForm(request.POST) if is_paste else PasteForm()
    form = pasted if is_paste else upload
    if request.method == "POST" and form.is_valid():
        try:
            one = _received(request, form.cleaned_data)
        except (IntakeError, TabularError) as error:
            form.add_error("text" if is_paste else "file", error.say(request.viewer.language))
        else:
            return redirect("import", one.uuid)
    status = 422 if request.method == "POST" else 200
    crumbs = [(reverse("imports"), _("导入与清洗")), ("", _("上传名单"))]
    return show(request, "intake/new.html", {"upload": upload, "paste": pasted, "crumbs": crumbs}, status)


@page("imports/template/", name="import-template", needs=_RIGHT)
def import_template(request: Request) -> HttpResponse:
    """A file to fill in."""
    content = BytesIO()
    with write_stream(content, "template.xlsx", queries.template(request.viewer.language)):
        pass
    return _file(content.getvalue(), f"{_('客户名单模板')}.xlsx", _XLSX)


@page("imports/<uuid:uuid>/", name="import", needs=_RIGHT)
@_found
def import_one(request: Request, uuid: UUID) -> HttpResponse:
    """One import, at the step that it has come to."""
    one = queries.imported(request.viewer, uuid)
    match "cleared" if one.cleared_at else one.state:
        case "checking" | "committing":
            return show(request, "intake/running.html", _running(one))
        case "checked":
            return _checked(request, one)
        case "received":
            return show(request, "intake/mapping.html", _mapping(request, one))
        case "failed" if one.customer_batch is None:
            return show(request, "intake/mapping.html", _mapping(request, one))
        case _:
            return show(request, "intake/report.html", showing.report(one))


@page("imports/<uuid:uuid>/progress/", name="import-progress", needs=_RIGHT)
@_found
def import_progress(request: Request, uuid: UUID) -> HttpResponse:
    """How far it has come; asked every second."""
    one = queries.imported(request.viewer, uuid)
    if not one.is_running:
        return HttpResponseClientRefresh()
    return show(request, "intake/progress.html", _running(one))


@page("imports/<uuid:uuid>/read/", name="import-read", needs=_RIGHT, methods="POST")
@_found
def import_read(request: Request, uuid: UUID) -> HttpResponse:
    """Read the file in another way."""
    one = queries.imported(request.viewer, uuid)
    form = _read_form(one, request.POST)
    try:
        if form.is_valid():
            services.read_as(request.viewer, uuid, **form.cleaned_data)
    except (IntakeError, TabularError) as error:
        return _told(request, uuid, error)
    return redirect("import", uuid)


@page("imports/<uuid:uuid>/map/", name="import-map", needs=_RIGHT, methods="POST")
@_found
def import_map(request: Request, uuid: UUID) -> HttpResponse:
    """Begin the dry run with these columns."""
    one = queries.imported(request.viewer, uuid)
    columns = {name: request.POST.get(f"column-{place}", "") for place, name in enumerate(one.header)}
    form = MapForm(request.POST, schemes=showing.schemes())
    if form.is_valid():
        chosen: dict[str, Any] = form.cleaned_data
        try:
            services.map_columns(request.viewer, uuid, columns, **chosen, at=clock.now())
        except IntakeError as error:
            form.add_error(None, error.say(request.viewer.language))
        else:
            return redirect("import", uuid)
    return show(request, "intake/mapping.html", _mapping(request, one, form, columns), status=422)


@page("imports/<uuid:uuid>/back/", name="import-back", needs=_RIGHT, methods="POST")
@_found
def import_back(request: Request, uuid: UUID) -> HttpResponse:
    """Map the columns otherwise."""
    services.back_to_columns(request.viewer, uuid)
    return redirect("import", uuid)


@page("imports/<uuid:uuid>/mend/", name="import-mend", needs=_RIGHT, methods="POST")
@_found
def import_mend(request: Request, uuid: UUID) -> HttpResponse:
    """Put one value right, or all that are alike."""
    field, value = request.POST.get("field", ""), request.POST.get("value", "")
    at = clock.now()
    if request.POST.get("alike"):
        services.mend_alike(request.viewer, uuid, field, request.POST.get("old", ""), value, at=at)
    else:
        services.mend(request.viewer, uuid, _number(request.POST.get("number", "")), field, value, at=at)
    return _result(request, uuid)


@page("imports/<uuid:uuid>/mend-all/", name="import-mend-all", needs=_RIGHT, methods="POST")
@_found
def import_mend_all(request: Request, uuid: UUID) -> HttpResponse:
    """Take all suggestions over, or leave the faulty values of a field empty."""
    field, at = request.POST.get("in", ""), clock.now()
    if request.POST.get("how") == "empty":
        count = services.leave_empty(request.viewer, uuid, field, at=at)
        said = ngettext("已留空 {n} 处", "已留空 {n} 处", count)
    else:
        count = services.take_suggestions(request.viewer, uuid, field, at=at)
        said = ngettext("已采用 {n} 处建议", "已采用 {n} 处建议", count)
    messages.success(request, said.format(n=count))
    return _result(request, uuid)


@page("imports/<uuid:uuid>/decide/", name="import-decide", needs=_RIGHT, methods="POST")
@_found
def import_decide(request: Request, uuid: UUID) -> HttpResponse:
    """Decide about rows that may be customers already."""
    numbers = [_number(text) for text in request.POST.getlist("number")] or None
    services.decide(request.viewer, uuid, request.POST.get("decision", ""), numbers=numbers)
    return _result(request, uuid, tab="duplicates")


@page("imports/<uuid:uuid>/commit/", name="import-commit", needs=_RIGHT, methods="POST")
@_found
def import_commit(request: Request, uuid: UUID) -> HttpResponse:
    """Bring the rows in."""
    form = CommitForm(request.POST)
    mode = form.cleaned_data["mode"] if form.is_valid() else queries.imported(request.viewer, uuid).mode
    services.commit(request.viewer, uuid, mode, at=clock.now())
    return redirect("import", uuid)


@page("imports/<uuid:uuid>/cancel/", name="import-cancel", needs=_RIGHT, methods="POST")
@_found
def import_cancel(request: Request, uuid: UUID) -> HttpResponse:
    """Stop what runs."""
    services.cancel(request.viewer, uuid)
    messages.info(request, _("做完手上这一块就停"))
    return redirect("import", uuid)


@page("imports/<uuid:uuid>/undo/", name="import-undo", needs=_RIGHT, methods="POST")
@_found
def import_undo(request: Request, uuid: UUID) -> HttpResponse:
    """Take the whole batch back."""
    undone = services.undo(request.viewer, uuid, at=clock.now())
    messages.success(request, _("已撤销 {n} 处").format(n=undone.reverted))
    if undone.kept:
        said = _("{n} 处后来又改过，保持现状").format(n=len(undone.kept))
        messages.warning(request, said)
    return redirect("import", uuid)


@page("imports/<uuid:uuid>/discard/", name="import-discard", needs=_RIGHT, methods="POST")
@_found
def import_discard(request: Request, uuid: UUID) -> HttpResponse:
    """Throw it away, file and all."""
    services.discard(request.viewer, uuid, at=clock.now())
    messages.success(request, _("已取消导入，文件已删除"))
    return redirect("imports")


@page("imports/<uuid:uuid>/clear/", name="import-clear", needs=_RIGHT, methods="POST")
@_found
def import_clear(request: Request, uuid: UUID) -> HttpResponse:
    """Let go of the file and the rows before their time."""
    services.clear(request.viewer, uuid, at=clock.now())
    messages.success(request, _("已删除文件与明细"))
    return redirect("import", uuid)


@page("imports/<uuid:uuid>/rejected/", name="import-rejected", needs=_RIGHT)
@_found
def import_rejected(request: Request, uuid: UUID) -> HttpResponse:
    """The rows that did not come in, to mend and upload again."""
    one = queries.imported(request.viewer, uuid)
    rows = queries.rejected(request.viewer, uuid, request.viewer.language)
    name = _("{name}-未导入").format(name=PurePath(showing.name_of(one)).stem)
    answer = StreamingHttpResponse(_as_csv(rows), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = _attachment(f"{name}.csv")
    return answer  # type: ignore[return-value]  # Django's stubs keep the two kinds of answers apart


def _file(content: bytes, name: str, kind: str) -> HttpResponse:
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": _attachment(name)})


def _attachment(name: str) -> str:
    return content_disposition_header(as_attachment=True, filename=name) or "attachment"


def _received(request: Request, data: dict[str, Any]) -> Import:
    at = clock.now()
    if "text" in data:
        return services.paste(request.viewer, data["text"], _("粘贴的表格"), at=at)
    file = data["file"]
    return services.receive(request.viewer, file, file.name, at=at)


def _mapping(
    request: Request, one: Import, form: MapForm | None = None, chosen: dict[str, str] | None = None
) -> dict[str, Any]:
    source = queries.suggested_source(one)
    schemes = showing.schemes()
    first = queries.scheme_of(source) or (schemes[0][0] if schemes else "")
    return {
        **showing.head(one),
        **showing.mapping(one, can_define=request.viewer.may("fields.manage"), chosen=chosen),
        "form": form or MapForm(initial={"source": source, "scheme": one.scheme or first}, schemes=schemes),
        "has_schemes": bool(schemes),
        "read_form": _read_form(one),
    }


def _read_form(one: Import, data: Any = None) -> ReadForm:  # noqa: ANN401 - a QueryDict
    initial = {"encoding": one.encoding, "delimiter": one.delimiter, "sheet": one.sheet, "header_row": one.header_row}
    sheets = tuple(filter(None, [one.sheet, *one.sheets]))
    return ReadForm(data, initial=initial, sheets=sheets, is_text=one.kind == "csv")


def _running(one: Import) -> dict[str, Any]:
    return {**showing.head(one), "is_commit": one.state == "committing", "at": 4 if one.state == "committing" else 3}


def _checked(request: Request, one: Import, **more: Any) -> HttpResponse:
    asked = request.GET
    facts = showing.checked(
        one,
        field=more.get("field", asked.get("field", "")),
        start=_number(asked.get("start", "0")),
        tab=more.get("tab", asked.get("tab", "faults")),
    )
    template = "intake/result.html" if request.htmx else "intake/checked.html"
    return show(request, template, facts)


def _result(request: Request, uuid: UUID, tab: str = "faults") -> HttpResponse:
    """After a change: the result as it is now, or the page itself where there is no script."""
    if not request.htmx:
        return redirect("import", uuid)
    one = queries.imported(request.viewer, uuid)
    return _checked(request, one, tab=tab, field=request.POST.get("in", ""))


def _told(request: Request, uuid: UUID, error: IntakeError | TabularError) -> HttpResponse:
    messages.error(request, error.say(request.viewer.language))
    return redirect("import", uuid)


def _state(one: Import) -> tuple[str, str]:
    tone, title = showing.STATES[one.state]
    return tone, _(title)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _as_csv(rows: Iterator[list[str]]) -> Iterator[bytes]:
    # Excel in China takes a file without this mark for GBK.
    yield "\ufeff".encode()
    for row in rows:
        yield (",".join('"' + cell.replace('"', '""') + '"' for cell in guarded(row)) + "\r\n").encode()
