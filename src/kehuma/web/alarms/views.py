"""All pages of the alarms, and what they bring to the frame of every page and to the workbench."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse

from kehuma.apps.alarms import queries
from kehuma.lib.viewer import Viewer
from kehuma.web import shell
from kehuma.web.alarms import keeping, listing, words
from kehuma.web.shell import Notice
from kehuma.web.workbench.cards import card

__all__ = ["keeping", "listing"]


@shell.notices_of("alarms")
def _newest(viewer: Viewer) -> list[Notice]:
    if not viewer.may(queries.VIEW):
        return []
    lines = [words.line(row) for row in queries.newest_open(viewer)]
    return [Notice(one.text, url=reverse("alarm", args=[one.row.uuid]), tone="bad", at=one.row.at) for one in lines]


@card("alarms/workbench.html", position=5)
def _card(viewer: Viewer) -> Mapping[str, Any] | None:
    """What nobody has looked into yet."""
    if not viewer.may(queries.VIEW):
        return None
    lines = [words.line(row) for row in queries.newest_open(viewer)]
    return {"lines": lines, "more": queries.number_open(viewer) - len(lines)} if lines else None
