"""What signing in does to the request: a new session, its row, the cookie of the browser."""

from datetime import datetime, timedelta

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from kehuma.apps.access import services
from kehuma.web.access.clients import DEVICE_COOKIE, client_of
from kehuma.web.access.middleware import SESSION

_PENDING = "second_factor"
_PENDING_LASTS = timedelta(minutes=10)
_FORTNIGHT = 14 * 24 * 3600
_HALF_A_YEAR = 180 * 24 * 3600


def enter(request: HttpRequest, user: services.User, *, is_kept: bool, target: str, at: datetime) -> HttpResponse:
    """Sign the person in and go to ``target``. The session gets another key, so one that was planted is worth nothing."""
    request.session.pop(_PENDING, None)
    client = client_of(request)
    login(request, user)
    request.session[SESSION] = str(services.begin_session(user, client, is_kept=is_kept, at=at))
    request.session.set_expiry(_FORTNIGHT if is_kept else 0)
    answer = HttpResponseRedirect(target)
    remember(request, answer, user, at=at)
    return answer


def remember(request: HttpRequest, answer: HttpResponse, user: services.User, *, at: datetime) -> None:
    """Give the browser the cookie by which it is known as the person's own."""
    token = services.remember_device(user, client_of(request).device, at=at)
    answer.set_cookie(
        DEVICE_COOKIE, token, max_age=_HALF_A_YEAR, httponly=True, samesite="Lax", secure=request.is_secure()
    )


def wait_for_second_factor(
    request: HttpRequest, user: services.User, *, is_kept: bool, target: str, at: datetime
) -> HttpResponse:
    """Keep in mind who knew the password, and ask for the second factor."""
    request.session.cycle_key()
    until = (at + _PENDING_LASTS).timestamp()
    request.session[_PENDING] = {"user": user.pk, "until": until, "kept": is_kept, "target": target}
    return HttpResponseRedirect(reverse("sign-in-second"))


def waiting(request: HttpRequest, *, at: datetime) -> dict[str, object] | None:
    """Whose second factor is asked for, while that lasts."""
    pending = request.session.get(_PENDING)
    if not isinstance(pending, dict) or pending["until"] < at.timestamp():
        return None
    return pending


def target_of(request: HttpRequest) -> str:
    """Where the person wanted to go, if that is here."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=False)
    return wanted if is_ours else reverse("workbench")
