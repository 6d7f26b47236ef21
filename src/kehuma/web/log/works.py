"""Verifying the log and writing it into files: asked for here, done by the worker, told on a page of its own."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRefresh
from django_tasks import task

from kehuma.apps.access import queries as access
from kehuma.apps.audit import exporting, queries, services, verifying, working
from kehuma.apps.audit.data import WorkRow
from kehuma.apps.audit.errors import UnknownEventError
from kehuma.apps.audit.working import Report
from kehuma.lib import clock
from kehuma.lib.tabular import write_table
from kehuma.lib.viewer import Viewer
from kehuma.web.log import events, state
from kehuma.web.log.files import sent
from kehuma.web.log.tabs import tabs
from kehuma.web.log.words import Words
from kehuma.web.pages import Request, page, show

_STEP = 1_000


@page("audit/verify/", name="audit-verify", needs="audit.view", methods="GET POST")
def verify(request: Request) -> HttpResponse:
    """What verifications have found; a POST asks for a new one."""
    if request.method == "POST":
        row = working.begin(request.viewer, "verify", at=clock.now())
        verify_log.enqueue(str(row.uuid))
        return HttpResponseRedirect(reverse("audit-task", args=[row.uuid]))
    rows = working.works(request.viewer, "verify")
    words = Words(request.viewer, (), [row.actor for row in rows])
    facts = {
        "rows": [(row, words.who(row.actor)) for row in rows],
        "tabs": tabs(request, "audit-verify"),
        "state": state.state(),
    }
    return show(request, "log/verify.html", facts)


@page("audit/export/", name="audit-export", needs="audit.view", methods="POST")
def export(request: Request) -> HttpResponse:
    """Ask for the list as a table, or for the whole log in files that are verified without kehuma."""
    kind = "files" if request.POST.get("kind") == "files" else "table"
    query = events.kept(request.viewer, request.POST.get("query", "")) if kind == "table" else ""
    row = working.begin(request.viewer, kind, query=query, at=clock.now())
    write_log.enqueue(str(row.uuid))
    return HttpResponseRedirect(reverse("audit-task", args=[row.uuid]))


@page("audit/tasks/<uuid:uuid>/", name="audit-task", needs="audit.view")
def told(request: Request, uuid: UUID) -> HttpResponse:
    """How far it is, asked again and again; then what came of it."""
    row = _found(request.viewer, uuid)
    if request.htmx and not row.is_running:
        return HttpResponseClientRefresh()
    is_verifying = row.kind == "verify"
    facts = {
        "row": row,
        "is_verifying": is_verifying,
        "is_mine": row.actor == request.viewer.actor,
        "who": Words(request.viewer, (), [row.actor]).who(row.actor),
        "fault": row.result.get("fault", {}).get(request.viewer.language, ""),
        "faults": _faults(row.result, request.viewer.language),
        "tabs": tabs(request, "audit-verify" if is_verifying else "audit"),
        "crumbs": [(reverse("audit"), _("操作日志"))],
    }
    return show(request, "log/progress.html" if request.htmx else "log/task.html", facts)


@page("audit/tasks/<uuid:uuid>/file/", name="audit-task-file", needs="audit.view")
def file(request: Request, uuid: UUID) -> HttpResponse:
    """The file itself, for who asked for it."""
    row = _found(request.viewer, uuid)
    path = working.path_of(row)
    if row.state != "done" or row.actor != request.viewer.actor or not path.exists():
        raise Http404(uuid)
    return sent(path, f"{_('操作日志')}-{timezone.localtime(row.at):%Y%m%d-%H%M}{path.suffix}")


@page("audit/tasks/<uuid:uuid>/cancel/", name="audit-task-cancel", needs="audit.view", methods="POST")
def cancel(request: Request, uuid: UUID) -> HttpResponse:
    """Stop it."""
    working.cancel(request.viewer, _found(request.viewer, uuid).uuid)
    return HttpResponseRedirect(reverse("audit-task", args=[uuid]))


@task()
def verify_log(uuid: str) -> None:
    """Recompute the whole log, and leave an event of what was found."""

    def do(row: WorkRow, report: Report) -> Mapping[str, Any]:
        verdict = verifying.verify(report)
        first = verdict.faults[0].at if verdict.faults else None
        detail = {"size": verdict.size, "faults": len(verdict.faults), "first": first}
        services.record_alone("log.verified", "", detail, actor=row.actor, at=clock.now())
        return verdict.as_json()

    working.perform(UUID(uuid), do, now=clock.now)


@task()
def write_log(uuid: str) -> None:
    """Write the file in the name and with the rights of who asked for it."""

    def do(row: WorkRow, report: Report) -> Mapping[str, Any]:
        viewer = access.viewer_of_actor(row.actor)
        viewer.require("audit.view")
        target = working.path_of(row)
        part = target.with_name(f"part-{target.name}")
        try:
            count = _files(part, report) if row.kind == "files" else _table(viewer, row.query, part, report)
            part.chmod(0o600)
            detail = {"rows": count, "kind": row.kind}
            services.record_alone("log.exported", "", detail, actor=row.actor, at=clock.now())
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
        return {"rows": count}

    working.perform(UUID(uuid), do, now=clock.now)


def _files(path: Path, report: Report) -> int:
    services.sequence(clock.now())
    return exporting.write_files(path, report, at=clock.now())


def _table(viewer: Viewer, query: str, path: Path, report: Report) -> int:
    with translation.override("en" if viewer.language == "en" else "zh-hans"):
        listing, asked = events.listing(viewer), QueryDict(query)
        expected = listing.narrowed(viewer, queries.logged(viewer), asked).order_by().count()
        rows = listing.export(viewer, queries.logged(viewer), asked)
        with write_table(path, next(rows)) as writer:
            while chunk := _some(rows):
                writer.write(chunk)
                report(min(writer.row_count / max(expected, 1), 1.0))
            return writer.row_count


def _some(rows: Iterator[list[str]]) -> list[list[str]]:
    return [row for row, _place in zip(rows, range(_STEP), strict=False)]


def _faults(result: Mapping[str, Any], language: str) -> list[tuple[int, str, str]]:
    """Each fault with its entry, its sentence and the address of the entry, "" where the log has none there."""
    size = int(result.get("size", 0))
    return [
        (one["index"], one[language], reverse("audit-entry", args=[one["index"]]) if one["index"] < size else "")
        for one in result.get("faults", ())
    ]


def _found(viewer: Viewer, uuid: UUID) -> WorkRow:
    try:
        return working.work(viewer, uuid)
    except UnknownEventError as error:
        raise Http404(uuid) from error
