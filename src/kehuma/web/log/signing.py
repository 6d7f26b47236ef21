"""Checkpoints on paper, and the sign-off of a period."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kehuma.apps.audit import checkpoints, keyring, services
from kehuma.apps.audit import signing as audit
from kehuma.apps.audit.data import SignedOff
from kehuma.apps.audit.errors import LogError, SignOffError, UnknownEventError
from kehuma.lib import clock
from kehuma.web.coding.symbols import qr
from kehuma.web.log import state
from kehuma.web.log.tabs import tabs
from kehuma.web.log.words import Words
from kehuma.web.pages import Request, page, show


class PeriodForm(forms.Form):
    """The days to be signed off."""

    since = forms.DateField(label=gettext_lazy("自"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    until = forms.DateField(label=gettext_lazy("至（含）"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))


@page("audit/checkpoint/", name="audit-checkpoint", needs="audit.view", methods="GET POST")
def checkpoint(request: Request) -> HttpResponse:
    """The newest checkpoint, to be printed and kept; a POST signs how far the log has come now."""
    if request.method == "POST":
        try:
            services.sequence(clock.now(), keeps_checkpoint=True)
        except LogError as error:
            messages.error(request, error.say(request.viewer.language))
        return HttpResponseRedirect(reverse("audit-checkpoint"))
    facts = {**_note(checkpoints.newest()), "tabs": tabs(request, "audit-checkpoint"), "state": state.state()}
    return show(request, "log/checkpoint.html", facts)


@page("audit/sign-offs/", name="sign-offs", needs="audit.view")
def sign_offs(request: Request) -> HttpResponse:
    """The periods that were signed off."""
    found = audit.all_signed_off(request.viewer)
    words = Words(request.viewer, (), [actor for one in found for actor, _at in one.signatures])
    rows = [(one, [words.who(actor) for actor, _at in one.signatures]) for one in found]
    return show(request, "log/sign_offs.html", {"rows": rows, "tabs": tabs(request, "sign-offs")})


@page("audit/sign-offs/new/", name="sign-off-new", needs="audit.sign", methods="GET POST")
def sign_off_new(request: Request) -> HttpResponse:
    """Sign off a period as the first person; last month is suggested."""
    form = PeriodForm(request.POST or None, initial=_last_month(timezone.localdate(clock.now())))
    if form.is_valid():
        try:
            row = audit.sign_off(request.viewer, form.cleaned_data["since"], form.cleaned_data["until"], at=clock.now())
        except LogError as error:
            form.add_error(None, error.say(request.viewer.language))
        else:
            return HttpResponseRedirect(reverse("sign-off", args=[row.uuid]))
    crumbs = [(reverse("sign-offs"), _("期间签核")), ("", _("签核一个期间"))]
    return show(request, "log/sign_off_new.html", {"form": form, "crumbs": crumbs}, 422 if form.errors else 200)


@page("audit/sign-offs/<uuid:uuid>/", name="sign-off", needs="audit.view")
def sign_off(request: Request, uuid: UUID) -> HttpResponse:
    """One sign-off, as a page to print."""
    row = _found(request, uuid)
    words = Words(request.viewer, (), [actor for actor, _at in row.signatures])
    facts = {
        "row": row,
        "signatures": [(words.who(actor), at) for actor, at in row.signatures],
        "open_places": range(len(row.signatures), row.needed),
        "may_sign": request.viewer.may("audit.sign")
        and not row.is_complete
        and all(actor != request.viewer.actor for actor, _at in row.signatures),
        **_note(row.note),
        "crumbs": [(reverse("sign-offs"), _("期间签核")), ("", f"{row.since} – {row.until}")],
    }
    return show(request, "log/sign_off.html", facts)


@page("audit/sign-offs/<uuid:uuid>/sign/", name="sign-off-sign", needs="audit.sign", methods="POST")
def sign(request: Request, uuid: UUID) -> HttpResponse:
    """Sign as the next person."""
    _found(request, uuid)
    try:
        audit.countersign(request.viewer, uuid, at=clock.now())
    except SignOffError as error:
        messages.error(request, error.say(request.viewer.language))
    else:
        messages.success(request, _("已签名。"))
    return HttpResponseRedirect(reverse("sign-off", args=[uuid]))


def _found(request: Request, uuid: UUID) -> SignedOff:
    try:
        return audit.signed_off(request.viewer, uuid)
    except UnknownEventError as error:
        raise Http404(uuid) from error


def _note(note: str) -> dict[str, Any]:
    """A checkpoint as paper holds it: its three lines, the signature, all of it as a QR symbol, and the key to check it."""
    if not note:
        return {"note": ""}
    body, _blank, signatures = note.partition("\n\n")
    try:
        ring = keyring.recalled()
    except LogError:
        ring = None
    return {
        "note": note,
        "lines": body.split("\n"),
        "signatures_text": signatures.strip(),
        "symbol": qr(note, label=_("检查点的二维码")),
        "key": str(ring.verifier) if ring else "",
    }


def _last_month(today: date) -> dict[str, date]:
    until = today.replace(day=1) - timedelta(days=1)
    return {"since": until.replace(day=1), "until": until}
