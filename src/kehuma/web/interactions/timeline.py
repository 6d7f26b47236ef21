"""The timeline of a customer, as its card shows it."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kehuma.apps.interactions import queries
from kehuma.apps.interactions.data import Entry
from kehuma.web.pages import Request
from kehuma.web.shell import Text

# Each kind with its icon and its name; the first ones can be noted by hand.
KINDS = {
    "call": ("phone", gettext_lazy("电话")),
    "visit": ("map-pin", gettext_lazy("到访")),
    "message": ("chat-bubble-left-right", gettext_lazy("微信")),
    "mail": ("envelope", gettext_lazy("邮件")),
    "note": ("chat-bubble-bottom-center-text", gettext_lazy("批注")),
}
_CONTACTS = ("call", "visit", "message", "mail")
VIEWS = {"": (), "contacts": _CONTACTS, "notes": ("note",)}


def timeline_facts(request: Request, ref: str, *, kinds: Sequence[str], after: str = "") -> dict[str, Any]:
    """What the card of the timeline shows: the newest entries by month, and where the older ones begin."""
    found = queries.timeline(request.viewer, ref, after=after or None, kinds=tuple(kinds))
    titles = {"": _("全部"), "contacts": _("联系"), "notes": _("批注")}
    return {
        "months": list(_by_month(found.entries)),
        "older": found.next,
        "kinds": [(key, icon, title) for key, (icon, title) in KINDS.items()],
        "timeline_views": [(key, titles[key], VIEWS[key] == tuple(kinds)) for key in VIEWS],
    }


def _by_month(entries: Sequence[Entry]) -> Iterator[tuple[date, list[tuple[str, Text, Entry]]]]:
    for (year, month), those in groupby(entries, _month):
        yield date(year, month, 1), [(*_drawn(one.kind), one) for one in those]


def _month(entry: Entry) -> tuple[int, int]:
    there = timezone.localtime(entry.at)
    return there.year, there.month


def _drawn(kind: str) -> tuple[str, Text]:
    return KINDS.get(kind, ("arrow-path", kind))
