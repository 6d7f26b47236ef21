"""A session counts only while its row is there: whoever is signed out on another screen is out at once."""

from collections.abc import Callable
from typing import cast

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.deprecation import MiddlewareMixin
from django_htmx.http import HttpResponseClientRedirect

from kehuma.apps.access import queries, services
from kehuma.lib import clock
from kehuma.web.access.clients import client_of
from kehuma.web.pages import Request

SESSION = "sign_in"
# Where a person may go whose role asks for a second factor that is not there yet.
_ON_THE_WAY = frozenset({"account-second-factor", "account-second-factor-begin", "sign-out", "language"})


class SignedInMiddleware(MiddlewareMixin):
    """Sign out whose session was ended, and lead to the second factor whose role asks for it."""

    def process_request(self, request: HttpRequest) -> None:
        if not request.user.is_authenticated:
            return
        at = clock.now()
        session = request.session.get(SESSION)
        if session is None:
            # Signed in by something else than our page, such as a test.
            request.session[SESSION] = str(
                services.begin_session(request.user, client_of(request), is_kept=False, at=at)
            )
        elif not services.is_session_open(request.user.pk, session, at=at):
            logout(request)

    def process_view(
        self, request: HttpRequest, _view: Callable[..., HttpResponse], _args: object, _kwargs: object
    ) -> HttpResponse | None:
        if not request.user.is_authenticated or not queries.must_set_up_second_factor(request.user):
            return None
        match = request.resolver_match
        if match is not None and match.url_name in _ON_THE_WAY:
            return None
        target = reverse("account-second-factor")
        return HttpResponseClientRedirect(target) if cast("Request", request).htmx else HttpResponseRedirect(target)
