"""One's own API keys."""

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from kehuma.apps.access import services
from kehuma.lib import clock
from kehuma.web.access.forms import KeyForm
from kehuma.web.pages import Request, page, show


@page("account/keys/new/", name="key-new", methods="GET POST")
def key_new(request: Request) -> HttpResponse:
    """Choose its rights and its end; then it is shown this once."""
    form = KeyForm(request.POST or None, permissions=request.viewer.permissions)
    if form.is_valid():
        told, at = form.cleaned_data, clock.now()
        until = at + timedelta(days=told["days"])
        key = services.create_key(
            request.viewer, name=told["name"], permissions=told["permissions"], expires_at=until, at=at
        )
        return show(request, "access/key_made.html", {"key": key, "name": told["name"], "until": until})
    return show(request, "access/key_new.html", {"form": form})


@page("account/keys/<uuid:key>/revoke/", name="key-revoke", methods="POST")
def key_revoke(request: Request, key: UUID) -> HttpResponse:
    """End it at once."""
    services.revoke_key(request.viewer, key, at=clock.now())
    messages.success(request, _("密钥已撤销，用它的程序立刻失效"))
    return HttpResponseRedirect(reverse("account"))
