"""Ranges of numbers as capacity bars."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from kehuma.apps.codes.ranges import Range
from kehuma.engine.coding.grammar import Grammar
from kehuma.web import wording
from kehuma.web.badges import Badge, key_badge

_FAR = 5


@dataclass(frozen=True, slots=True)
class Bar:
    """What ``<c-capacity>`` draws."""

    badge: Badge | None
    name: str
    used: int
    total: int
    foot: str
    end: str
    tone: str
    scheme: str = ""


def bars(grammar: Grammar, ranges: Sequence[Range], at: datetime) -> list[Bar]:
    """The bars of some ranges of one scheme."""
    today = timezone.localtime(at).date()
    return [bar(grammar, one, today) for one in ranges]


def bar(grammar: Grammar, one: Range, today: date) -> Bar:
    """The bar of a range."""
    drawn = key_badge(grammar, one.texts) if one.texts else None
    name = " · ".join(part.meaning for part in drawn.parts if part.kind != "sep") if drawn else _("全部统一编号")
    pace = _("每周新发 {n}").format(n=wording.number(one.a_week, 0 if one.a_week >= 10 or not one.a_week else 1))
    return Bar(drawn, name, one.used, one.total, pace, ending(one, today), one.tone(today), one.scheme)


def ending(one: Range, today: date) -> str:
    """When a range will be full, in words."""
    if one.used >= one.total:
        return _("已用尽")
    if one.full is None or one.full.year - today.year > _FAR:
        return _("{n} 年内不会用尽").format(n=_FAR)
    when = one.full.isoformat() if one.full.year - today.year <= 1 else one.full.strftime("%Y-%m")
    return _("{day} 用尽").format(day=when)
