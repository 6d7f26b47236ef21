"""The pages of the alarms beside one another."""

from django.urls import reverse
from django.utils.translation import gettext as _

from kehuma.web.pages import Request, may_open


def tabs(request: Request, here: str) -> list[tuple[str, str, None, bool]]:
    """Those that the viewer may open, this one marked."""
    titles = {"alarms": _("提醒列表"), "alarm-canaries": _("诱饵码"), "alarm-limits": _("规则与阈值")}
    return [
        (reverse(name), title, None, name == here) for name, title in titles.items() if may_open(request.viewer, name)
    ]
