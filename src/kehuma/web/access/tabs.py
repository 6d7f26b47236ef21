"""The tabs that people, roles and teams share."""

from django.urls import reverse
from django.utils.translation import gettext as _

from kehuma.web.pages import Request, may_open

_TITLES = ("users", "roles", "teams")


def tabs(request: Request, here: str) -> list[tuple[str, str, None, bool]]:
    """Address, title, no number, whether one is here; only those that the viewer may open."""
    titles = {"users": _("用户"), "roles": _("角色"), "teams": _("小组")}
    return [(reverse(name), titles[name], None, name == here) for name in _TITLES if may_open(request.viewer, name)]
