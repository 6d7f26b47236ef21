"""The pages of the log beside one another."""

from django.urls import reverse
from django.utils.translation import gettext as _

from kehuma.web.pages import Request, may_open


def tabs(request: Request, here: str) -> list[tuple[str, str, None, bool]]:
    """Those that the viewer may open, this one marked."""
    titles = {
        "audit": _("记录"),
        "audit-verify": _("校验"),
        "audit-checkpoint": _("检查点与见证"),
        "sign-offs": _("期间签核"),
    }
    return [
        (reverse(name), title, None, name == here) for name, title in titles.items() if may_open(request.viewer, name)
    ]
