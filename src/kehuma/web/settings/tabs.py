"""The tabs that the pages of settings share."""

from django.urls import reverse
from django.utils.translation import gettext as _

from kehuma.web.pages import Request, may_open

_PAGES = ("settings", "purposes", "retention", "connections", "sharing", "keys", "backups", "health")


def tabs(request: Request, here: str) -> list[tuple[str, str, None, bool]]:
    """Address, title, no number, whether one is here; only those that the viewer may open."""
    titles = {
        "settings": _("单位"),
        "purposes": _("用途与同意"),
        "retention": _("保留期限"),
        "connections": _("接口与回调"),
        "sharing": _("对外共享"),
        "keys": _("密钥与封存"),
        "backups": _("备份"),
        "health": _("体检"),
    }
    return [(reverse(name), titles[name], None, name == here) for name in _PAGES if may_open(request.viewer, name)]
