"""What our templates can say; built in, so that no template loads it."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django import template
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from kehuma.lib import clock
from kehuma.lib.lists import Column
from kehuma.lib.viewer import Viewer
from kehuma.web import badges, charts, drawing, icons, pages, wording

register = template.Library()


class Other(NamedTuple):
    """A value that is drawn otherwise than its column says, such as a badge in a column of people."""

    kind: str
    value: object


register.simple_tag(icons.icon, name="icon")
register.simple_tag(icons.sprite, name="icon_sprite")
register.filter("num", wording.number)
register.filter("money", wording.money)
register.filter("percent", wording.percent)
register.filter("share", wording.share)
for _drawn in (charts.lines, charts.stack, charts.ring, charts.heat):
    register.simple_tag(_drawn, name=f"chart_{_drawn.__name__}")

_PERSON = '<span class="row nowrap"><span class="avatar" aria-hidden="true">{}</span>{}</span>'


@register.filter
def day(value: date | datetime | None) -> str:
    """``11-20``, with the year when it is not this year."""
    return wording.day(value, _today())


@register.filter
def moment(value: datetime | None) -> str:
    """``11-20 15:12``; only the time for today."""
    return wording.moment(value, _today())


@register.filter
def may(viewer: Viewer, permission: str) -> bool:
    """``{% if viewer|may:"customers.edit" %}``."""
    return viewer.may(permission)


@register.filter
def may_see(viewer: Viewer, field_class: str) -> bool:
    """Whether this class of fields is shown in full."""
    return viewer.may_see(field_class)


@register.filter
def initial(name: str) -> str:
    """The first character of a name, for an avatar."""
    return name.strip()[:1].upper() or "·"


@register.filter
def width_of(part: float | Decimal, whole: float | Decimal) -> str:
    """A part of a whole as a length of SVG: ``96.7%``."""
    return wording.share(float(part) / float(whole) if whole else 0)


@register.simple_tag
def page_url(name: str, *args: object, **kwargs: object) -> str:
    """The address of a page, "" while there is no such page."""
    try:
        return reverse(name, args=args, kwargs=kwargs)
    except NoReverseMatch:
        return ""


@register.simple_tag(takes_context=True)
def may_open(context: template.Context, name: str) -> bool:
    """``{% may_open "customer-new" as is_allowed %}``: whether the page is there for this viewer."""
    return pages.may_open(context["viewer"], name)


@register.simple_tag
def code_badge(badge: badges.Badge | str, form: str = "full") -> SafeString:
    """The badge: ``full``, ``compact``, ``open``, ``tools``, ``meaning`` or ``text``; a bare text has no meaning."""
    shown = badges.plain(badge) if isinstance(badge, str) else badge
    match form:
        case "compact":
            return drawing.compact(shown)
        case "open":
            return drawing.opened(shown)
        case "tools":
            return drawing.tools(shown)
        case "meaning":
            return drawing.meaning(shown)
        case "text":
            return drawing.text(shown)
        case _:
            return drawing.full(shown)


@register.simple_tag
def sample_badge() -> badges.Badge:
    """The code of the look, for pages that explain what a code is."""
    return badges.SAMPLE


@register.simple_tag
def cell(kind: str, value: object) -> SafeString | str:
    """One cell of a list, drawn by its kind; one of an area's own by ``templates/cells/<kind>.html``.

    Kinds: code (a badge), name and link (address, text), text, number, money, day, moment, person (a name), tags,
    badge (tone, text), stage (stage, text). A value wrapped in ``Other`` is drawn by another kind than its column's.
    """
    if value is None or value == "":
        return wording.NOTHING
    if isinstance(value, Other):
        return cell(value.kind, value.value)
    if kind in _CELLS:
        return _CELLS[kind](value)
    return SafeString(render_to_string(f"cells/{kind}.html", {"value": value}))


@register.simple_tag
def list_cell(column: Column, value: object) -> SafeString:
    """A cell with its element: the name heads its row, the code stands as a badge."""
    tag = 'th scope="row"' if column.kind == "name" else "td"
    classes = [column.place, "num" if column.is_numeric else "", f"p{column.room}" if column.room > 1 else ""]
    classes.append("name" if column.kind == "name" else "" if column.kind == "tags" else "nowrap")
    named = " ".join(filter(None, classes))
    return format_html('<{} class="{}">{}</{}>', SafeString(tag), named, cell(column.kind, value), tag[:2])


@register.filter
def cut_decimal(length: str) -> str:
    """``96.7%`` as ``97%``."""
    return f"{float(length.rstrip('%')):.0f}%"


@register.filter
def whole_percent(share: float) -> int:
    """A share between 0 and 1 as a whole number of hundredths."""
    return round(share * 100)


@register.filter
def short_hash(value: bytes) -> str:
    """The beginning of a hash: enough to compare two of them by eye.

    >>> short_hash(bytes(32))
    '0000 0000 0000 …'
    """
    digits = value.hex()[:12]
    return " ".join(digits[place : place + 4] for place in range(0, 12, 4)) + " …"


@register.filter
def started(parts: Iterable[tuple[str, float, str]]) -> list[tuple[float, str, float]]:
    """The parts of a whole, each with the share at which it begins."""
    begun, rows = 0.0, []
    for name, share, _url in parts:
        rows.append((begun, name, share))
        begun += share
    return rows


def _link(value: tuple[str, str]) -> SafeString:
    return format_html('<a href="{}">{}</a>', *value)


_CELLS: dict[str, Callable[[Any], SafeString | str]] = {
    "text": str,
    "code": code_badge,
    "name": _link,
    "link": _link,
    "number": wording.number,
    "money": wording.money,
    "day": day,
    "moment": moment,
    "person": lambda name: format_html(_PERSON, initial(name), name),
    "stage": lambda pair: format_html('<span class="stage {}">{}</span>', *pair),
    "badge": lambda pair: format_html('<span class="badge {}">{}</span>', *pair),
}


def _today() -> date:
    return timezone.localtime(clock.now()).date()
