"""How full the ranges of numbers are, as a page, a card of the workbench and a notice."""

from collections.abc import Mapping
from typing import Any

from django.core.cache import cache
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from kehuma.apps.codes import queries
from kehuma.apps.codes import ranges as found_ranges
from kehuma.apps.codes.errors import UnknownSchemeError
from kehuma.apps.codes.ranges import Range
from kehuma.lib import clock
from kehuma.lib.viewer import Viewer
from kehuma.web import shell
from kehuma.web.coding import names, said
from kehuma.web.coding.capacity_bars import Bar, bar, bars
from kehuma.web.pages import Request, page, show
from kehuma.web.workbench import cards

_SIZE = 30
_KEY, _SECONDS = "coding-ranges-filling", 60


@page("codes/capacity/", name="capacity", needs="codes.view")
def capacity(request: Request) -> HttpResponse:
    """The ranges of one rule, the fullest first."""
    named = names.published()
    name = request.GET.get("scheme") or (_fullest() or (named[0][0] if named else ""))
    if name and name not in dict(named):
        raise Http404
    first = int(text) if (text := request.GET.get("first", "")).isdigit() and len(text) < 9 else 0
    now = clock.now()
    drawn: list[Bar] = []
    total, fault = 0, ""
    if name:
        try:
            grammar = queries.grammar(name, now)
            total = found_ranges.number_of_ranges(name)
            drawn = bars(grammar, found_ranges.ranges_of(grammar, now, first=first, limit=_SIZE), now)
        except UnknownSchemeError as error:
            fault = error.say(said.language())
    facts = {
        "names": named,
        "name": name,
        "bars": drawn,
        "fault": fault,
        "total": total,
        "first": first + 1,
        "last": first + len(drawn),
        "previous": f"?scheme={name}&first={max(0, first - _SIZE)}" if first else "",
        "next": f"?scheme={name}&first={first + _SIZE}" if first + _SIZE < total else "",
        "crumbs": [(reverse("codes"), _("编码台账")), ("", _("容量"))],
    }
    return show(request, "coding/capacity.html", facts)


@cards.card("coding/workbench_ranges.html", position=20, column="right")
def _card(viewer: Viewer) -> Mapping[str, Any] | None:
    if not viewer.may("codes.view"):
        return None
    drawn = [_bar(one) for one in filling()]
    return {"bars": drawn} if drawn else None


@shell.notices_of("ranges")
def _notices(viewer: Viewer) -> list[shell.Notice]:
    if not viewer.may("codes.view"):
        return []
    today = timezone.localtime(clock.now()).date()
    notices = []
    for one in filling():
        if one.tone(today) != "full":
            continue
        drawn = _bar(one)
        text = _("号段「{name}」{end}").format(name=drawn.name, end=drawn.end)
        more = _("规则「{scheme}」已用 {used} / {total}；改为「加一位」或加宽流水号，已发的码不受影响。").format(
            scheme=names.titles().get(one.scheme, one.scheme), used=f"{one.used:,}", total=f"{one.total:,}"
        )
        url = reverse("scheme", args=[one.scheme]) if viewer.may("schemes.view") else reverse("capacity")
        notices.append(shell.Notice(text, more, url, _("看规则"), "bad", is_urgent=True))
    return notices


def filling() -> list[Range]:
    """The ranges that ask for attention; every page asks, so the answer is kept for a minute."""
    kept: list[Range] | None = cache.get(_KEY)
    if kept is None:
        kept = list(found_ranges.filling(clock.now()))
        cache.set(_KEY, kept, _SECONDS)
    return kept


def _bar(one: Range) -> Bar:
    now = clock.now()
    return bar(queries.grammar(one.scheme, now), one, timezone.localtime(now).date())


def _fullest() -> str:
    return next((one.scheme for one in filling()), "")
