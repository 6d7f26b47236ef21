"""What happens to every request before and after its view."""

from collections.abc import Callable
from dataclasses import replace
from typing import cast

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import translation
from django.utils.deprecation import MiddlewareMixin

from kehuma.apps.access import queries as access
from kehuma.engine.coding.errors import CodingError
from kehuma.lib.viewer import ANONYMOUS, Language, Refused, Viewer
from kehuma.web.failures import handlers
from kehuma.web.pages import Request

LANGUAGE_COOKIE = "kehuma_language"
# Nothing comes from elsewhere and nothing inline runs: a script that slips into a name stays text.
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_LOCALES = {"zh": "zh-hans", "en": "en"}

GetResponse = Callable[[HttpRequest], HttpResponse]


def content_policy(get_response: GetResponse) -> GetResponse:
    """Tell the browser that pages stand on their own files only, and that personal pages are not kept."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_POLICY)
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    return middleware


class ViewerMiddleware(MiddlewareMixin):
    """Give the request its viewer and its language, and turn what the packages refuse into pages."""

    def process_request(self, request: HttpRequest) -> None:
        asked = cast("Request", request)
        asked.viewer = _viewer(request)
        translation.activate(_LOCALES[asked.viewer.language])

    def process_response(self, _: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        response.headers.setdefault("Content-Language", translation.get_language() or "zh-hans")
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, Refused):
            return handlers.refused(request, error)
        if isinstance(error, CodingError):
            return handlers.not_possible(request, error)
        return None


def _viewer(request: HttpRequest) -> Viewer:
    if request.user.is_authenticated:
        return access.viewer_of(request.user)
    # Not the browser's wish: Chinese, unless English was chosen here before.
    chosen: Language = "en" if request.COOKIES.get(LANGUAGE_COOKIE) == "en" else "zh"
    return replace(ANONYMOUS, language=chosen)
