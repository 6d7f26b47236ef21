"""What every template finds in its context."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from kehuma.lib.viewer import ANONYMOUS
from kehuma.web import shell as shells

THEME_COOKIE, SIDE_COOKIE = "kehuma_theme", "kehuma_side"


def shell(request: HttpRequest) -> dict[str, Any]:
    """The viewer, the choices kept in cookies, and the parts of the shell, which are worked out when drawn."""
    viewer = getattr(request, "viewer", ANONYMOUS)
    theme = request.COOKIES.get(THEME_COOKIE, "")
    return {
        "viewer": viewer,
        "theme": theme if theme in {"light", "dark"} else "",
        "is_folded": request.COOKIES.get(SIDE_COOKIE) == "folded",
        "side": SimpleLazyObject(lambda: shells.side(viewer, request.path)),
        "bottom": SimpleLazyObject(lambda: shells.bottom(viewer, request.path)),
        "notices": SimpleLazyObject(lambda: shells.notices(viewer)),
        "organisation": SimpleLazyObject(shells.about),
    }
