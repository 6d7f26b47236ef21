"""A file for a recipient: its columns are chosen, a worker counts and writes, a person decides about what is rare."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRefresh
from django_tasks import task

from kehuma.apps.connectors.errors import ConnectorError, ReleaseError, UnknownRecipientError
from kehuma.apps.connectors.sharing import recipients, releases
from kehuma.apps.connectors.sharing.data import RecipientRow, ReleaseRow
from kehuma.apps.sealing import queries as sealing
from kehuma.apps.sealing.errors import StoreSealedError
from kehuma.lib import clock
from kehuma.lib.viewer import Viewer
from kehuma.web.customers.sending import download
from kehuma.web.pages import Request, page, show
from kehuma.web.sharing import words
from kehuma.web.sharing.forms import ReleaseForm

_MANAGE = recipients.MANAGE


@page("settings/sharing/<uuid:recipient>/export/", name="release-new", needs=_MANAGE, methods="GET POST")
def release_new(request: Request, recipient: UUID) -> HttpResponse:
    """Choose the columns, and how exact they are."""
    viewer, one = request.viewer, _recipient(request.viewer, recipient)
    form = ReleaseForm(request.POST or None, language=viewer.language, chosen=request.GET.getlist("column"))
    if form.is_valid():
        told = form.cleaned_data
        try:
            made = releases.begin(viewer, recipient, form.chosen, kind=told["kind"], rare=told["rare"], at=clock.now())
        except (ConnectorError, StoreSealedError) as error:
            form.add_error(None, _("至少选择一列。") if error.message == "columns-none" else error.say(viewer.language))
        else:
            write_release.enqueue(str(made.uuid))
            return _to(made.uuid)
    sealed = sealing.why_sealed()
    facts = {
        "one": one,
        "form": form,
        "sealed": sealed.say(viewer.language) if sealed else "",
        "crumbs": _crumbs(one),
    }
    return show(request, "sharing/release_new.html", facts, 422 if form.errors else 200)


@page("settings/sharing/files/<uuid:release>/", name="release", needs=_MANAGE)
def release(request: Request, release: UUID) -> HttpResponse:
    """How far a file is; what is to be decided; the file."""
    return show(request, "sharing/release.html", _facts(request, _found(request.viewer, release)))


@page("settings/sharing/files/<uuid:release>/progress/", name="release-progress", needs=_MANAGE)
def release_progress(request: Request, release: UUID) -> HttpResponse:
    """The same in a few lines, asked again and again; the whole page once it goes no further by itself."""
    row = _found(request.viewer, release)
    if not row.is_running:
        return HttpResponseClientRefresh()
    return show(request, "sharing/progress.html", {"row": row})


@page("settings/sharing/files/<uuid:release>/decide/", name="release-decide", needs=_MANAGE, methods="POST")
def release_decide(request: Request, release: UUID) -> HttpResponse:
    """Leave the rare rows out, or keep them."""
    row = _found(request.viewer, release)
    releases.decide(request.viewer, row.uuid, request.POST.get("rare", ""))
    write_release.enqueue(str(row.uuid))
    return _to(row.uuid)


@page("settings/sharing/files/<uuid:release>/cancel/", name="release-cancel", needs=_MANAGE, methods="POST")
def release_cancel(request: Request, release: UUID) -> HttpResponse:
    """Write no file after all."""
    row = _found(request.viewer, release)
    releases.cancel(request.viewer, row.uuid, at=clock.now())
    return HttpResponseRedirect(reverse("recipient", args=[row.recipient]))


@page("settings/sharing/files/<uuid:release>/file/", name="release-file", needs=_MANAGE)
def release_file(request: Request, release: UUID) -> HttpResponse:
    """The file itself, for who asked for it."""
    row = _found(request.viewer, release)
    name = recipients.recipient(request.viewer, row.recipient).name.replace("/", " ")
    try:
        found = releases.content(request.viewer, row.uuid)
    except ReleaseError as error:
        raise Http404(release) from error
    return download(found, f"{name}-{timezone.localtime(row.at):%Y%m%d-%H%M}.{row.kind}")


@task()
def write_release(uuid: str) -> None:
    """Write the file in the name and with the rights of who asked for it."""
    releases.perform(UUID(uuid), at=clock.now())


def _facts(request: Request, row: ReleaseRow) -> dict[str, Any]:
    viewer, one = request.viewer, recipients.recipient(request.viewer, row.recipient)
    return {
        "row": row,
        "one": one,
        "columns": words.titles(row.columns, viewer.language),
        "options": _options(row, viewer),
        "left": row.expected - row.rare.rows,
        "left_out": row.expected - row.rows,
        "rare_share": row.rare.rows / row.expected if row.expected else 0.0,
        "again": _address(row, row.columns),
        "crumbs": _crumbs(one),
    }


def _options(row: ReleaseRow, viewer: Viewer) -> list[dict[str, Any]]:
    """What helps: another precision of one column, or doing without it."""
    told = []
    for one in row.options:
        changed = [one.then if name == one.now else name for name in row.columns]
        if any(changed) and one.rare.rows < row.rare.rows:
            now, then = (
                words.titles([one.now], viewer.language),
                words.titles([one.then] if one.then else [], viewer.language),
            )
            url = _address(row, [name for name in changed if name])
            told.append({"now": now[0], "then": "".join(then), "rows": one.rare.rows, "url": url})
    return told


def _address(row: ReleaseRow, names: Sequence[str]) -> str:
    query = QueryDict(mutable=True)
    query.setlist("column", list(names))
    return f"{reverse('release-new', args=[row.recipient])}?{query.urlencode()}"


def _crumbs(one: RecipientRow) -> list[tuple[str, str]]:
    return [(reverse("sharing"), _("对外共享")), (reverse("recipient", args=[one.uuid]), one.name)]


def _recipient(viewer: Viewer, uuid: UUID) -> RecipientRow:
    try:
        return recipients.recipient(viewer, uuid)
    except UnknownRecipientError as error:
        raise Http404(uuid) from error


def _found(viewer: Viewer, uuid: UUID) -> ReleaseRow:
    try:
        return releases.release(viewer, uuid)
    except ReleaseError as error:
        raise Http404(uuid) from error


def _to(release: UUID) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("release", args=[release]))
