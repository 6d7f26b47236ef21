"""What happens to every request of a program before its operation and after it."""

import time
from collections.abc import Callable

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse

from kehuma.api import figures, problems
from kehuma.api.bodies import MOST, is_usable
from kehuma.api.problems import Problem, fault, invalid
from kehuma.api.refusals import problem_of

GetResponse = Callable[[HttpRequest], HttpResponse]
_API = "/api/"
_WATCHING = frozenset({"/healthz", "/readyz", "/metrics"})
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
# A file is its body, as large as the intake takes it; it is read piece by piece.
_FILES = "/api/v1/imports/file"
_MOST_OF_FILE = 500_000_000
_FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
# Nothing that the API answers is a page, whatever a browser thinks of it.
_POLICY = "default-src 'none'; frame-ancestors 'none'"


def front(get_response: GetResponse) -> GetResponse:
    """The middleware: pages pass through untouched."""

    def middleware(request: HttpRequest) -> HttpResponse:
        path = request.path_info
        if not path.startswith(_API) and path not in _WATCHING:
            return get_response(request)
        began = time.monotonic()
        # Nobody is known here by a cookie, so nobody's browser can be made to ask.
        request.META.pop("HTTP_COOKIE", None)
        try:
            _require_readable(request)
            response = get_response(request)
        except (Problem, SuspiciousOperation) as error:
            response = problems.answer(request, error if isinstance(error, Problem) else Problem("bad-request"))
        except Exception as error:  # noqa: BLE001 - a program gets a problem, whatever happened
            response = problems.answer(request, problem_of(error))
        if path.startswith(_API):
            response = _as_problem(request, response)
        _finished(request, response, time.monotonic() - began)
        return response

    return middleware


def _require_readable(request: HttpRequest) -> None:
    try:
        size = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        raise Problem("bad-request") from None
    most = _MOST_OF_FILE if request.path_info == _FILES else MOST
    if size > most:
        raise Problem("too-large", most=most)
    if request.path_info == _FILES and request.content_type in _FORMS:
        raise Problem("not-file-type")
    if size and request.method in _WITH_BODY and request.path_info != _FILES:
        charset = (request.content_params or {}).get("charset", "utf-8").lower()
        if request.content_type != "application/json" or charset != "utf-8":
            raise Problem("not-json-type")
    if not is_usable(request.path_info):
        raise Problem("not-found")
    for name, values in request.GET.lists():
        if not all(map(is_usable, (name, *values))):
            raise invalid(fault(name, "text-unusable"))


def _as_problem(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """An answer of somebody below us, such as the page of an unknown address, as a problem."""
    if response.status_code < 400 or response.headers.get("Content-Type") == problems.CONTENT_TYPE:
        return response
    made = problems.answer(request, problems.of_status(response.status_code))
    for name in ("Allow", "Retry-After"):
        if name in response.headers:
            made.headers[name] = response.headers[name]
    return made


def _finished(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    rate = getattr(request, "rate", None)
    for name, value in (rate.as_headers() if rate else {}).items():
        response.headers[name] = value
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Vary"] = "Authorization, Accept-Language"
    figures.note(request.method or "", response.status_code, seconds)
