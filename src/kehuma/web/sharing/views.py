"""设置 → 对外共享: with whom customers are shared under pseudonyms, and leading these back."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from kehuma.apps.access import queries as access
from kehuma.apps.connectors.errors import ConnectorError, RecipientError, UnknownRecipientError
from kehuma.apps.connectors.sharing import reading, recipients, releases
from kehuma.apps.connectors.sharing.data import RecipientRow
from kehuma.apps.sealing import queries as sealing
from kehuma.apps.sealing.errors import StoreSealedError
from kehuma.lib import clock
from kehuma.lib.viewer import Viewer
from kehuma.web.customers.addresses import url_of
from kehuma.web.customers.coding import Coder
from kehuma.web.pages import Request, page, show
from kehuma.web.settings.tabs import tabs
from kehuma.web.sharing import files, words
from kehuma.web.sharing.forms import PseudonymsForm, RecipientForm

__all__ = ["files"]

_SEE, _MANAGE = recipients.SEE, recipients.MANAGE
_MOST_READ = 1_000


@page("settings/sharing/", name="sharing", needs=_SEE)
def sharing(request: Request) -> HttpResponse:
    """The recipients."""
    found = recipients.recipients(request.viewer)
    facts = {"tabs": tabs(request, "sharing"), "rows": found, "may": request.viewer.may(_MANAGE)}
    return show(request, "sharing/recipients.html", facts)


@page("settings/sharing/new/", name="recipient-new", needs=_MANAGE, methods="GET POST")
def recipient_new(request: Request) -> HttpResponse:
    """Another recipient."""
    form = RecipientForm(request.POST or None)
    if form.is_valid():
        try:
            made = recipients.add(request.viewer, **form.cleaned_data, at=clock.now())
        except RecipientError as error:
            form.add_error("name", error.say(request.viewer.language))
        else:
            messages.success(request, _("接收方已登记。"))
            return _back(made)
    facts = {"form": form, "crumbs": [(reverse("sharing"), _("对外共享"))]}
    return show(request, "sharing/new.html", facts, 422 if form.errors else 200)


@page("settings/sharing/<uuid:recipient>/", name="recipient", needs=_SEE)
def recipient(request: Request, recipient: UUID) -> HttpResponse:
    """One recipient: what it was given, and leading pseudonyms back."""
    return _shown(request, recipient, PseudonymsForm())


@page("settings/sharing/<uuid:recipient>/pseudonyms/", name="recipient-pseudonyms", needs=_MANAGE, methods="POST")
def pseudonyms(request: Request, recipient: UUID) -> HttpResponse:
    """The codes behind pseudonyms."""
    form, found = PseudonymsForm(request.POST), []
    if form.is_valid():
        try:
            found = reading.codes_of(
                request.viewer, _found(request.viewer, recipient).uuid, _texts(form), at=clock.now()
            )
        except (ConnectorError, StoreSealedError) as error:
            form.add_error("pseudonyms", error.say(request.viewer.language))
    coder = Coder()
    read = [(one, coder.badge(one.identity, url=url_of(one.identity)) if one.identity else None) for one in found]
    return _shown(request, recipient, form, read)


@page("settings/sharing/<uuid:recipient>/renew/", name="recipient-renew", needs=_MANAGE, methods="POST")
def recipient_renew(request: Request, recipient: UUID) -> HttpResponse:
    """Other pseudonyms from now on."""
    epoch = recipients.renew(request.viewer, _found(request.viewer, recipient).uuid, at=clock.now())
    messages.success(request, _("从第 {n} 期起用新的假名。").format(n=epoch))
    return _back(recipient)


@page("settings/sharing/<uuid:recipient>/end/", name="recipient-end", needs=_MANAGE, methods="POST")
def recipient_end(request: Request, recipient: UUID) -> HttpResponse:
    """Give it nothing any more."""
    recipients.end(request.viewer, _found(request.viewer, recipient).uuid, at=clock.now())
    messages.success(request, _("共享已结束。"))
    return _back(recipient)


def _shown(request: Request, uuid: UUID, form: PseudonymsForm, read: list[Any] | None = None) -> HttpResponse:
    viewer, one = request.viewer, _found(request.viewer, uuid)
    given = releases.releases(viewer, uuid)
    names = access.names_by_actor({one.actor, *(row.actor for row in given)})
    sealed = sealing.why_sealed()
    facts = {
        "one": one,
        "form": form,
        "read": read,
        "missing": sum(1 for back, _badge in read or () if not back.identity),
        "by": _who(one.actor, names),
        "given": [
            {
                "row": row,
                "columns": words.titles(row.columns, viewer.language),
                "state": words.state(row),
                "by": _who(row.actor, names),
                "is_mine": row.actor == viewer.actor,
            }
            for row in given
        ],
        "may": viewer.may(_MANAGE),
        "sealed": sealed.say(viewer.language) if sealed else "",
        "crumbs": [(reverse("sharing"), _("对外共享"))],
    }
    return show(request, "sharing/recipient.html", facts, 422 if form.errors else 200)


def _texts(form: PseudonymsForm) -> list[str]:
    texts = form.cleaned_data["pseudonyms"].replace(",", " ").replace("，", " ").split()
    if len(texts) > _MOST_READ:
        raise ConnectorError("pseudonyms-many", most=_MOST_READ)
    return list(dict.fromkeys(texts))


def _who(actor: str, names: dict[str, str]) -> str:
    if actor.startswith("cli:"):
        return _("命令行（{name}）").format(name=actor.removeprefix("cli:"))
    return names.get(actor, "")


def _found(viewer: Viewer, uuid: UUID) -> RecipientRow:
    try:
        return recipients.recipient(viewer, uuid)
    except UnknownRecipientError as error:
        raise Http404(uuid) from error


def _back(recipient: UUID) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("recipient", args=[recipient]))
