"""What surrounds every page: the side bar, the counts in it, the bell, the name of the organisation.

Areas add to it from their ``views`` module with one decorator each::

    @side_count("imports")
    def _waiting(viewer: Viewer) -> Count:
        return Count(queries.waiting(viewer))
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kehuma.lib.viewer import Viewer
from kehuma.web import pages

Text = str | Promise
Tone = Literal["", "ok", "warn", "bad"]


@dataclass(frozen=True, slots=True)
class Count:
    """A number beside an entry; ``is_hot`` asks for action."""

    number: int
    is_hot: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the side bar: a page by name. ``covers`` are the beginnings of addresses that belong to it.

    Who may not open the page is led to the first of the ``others`` that it may open.
    """

    page: str
    title: Text
    icon: str
    covers: str = ""
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to know or to do: one line of the bell, and a note on the workbench where ``is_urgent``."""

    text: str
    more: str = ""
    url: str = ""
    action: str = ""
    tone: Tone = ""
    at: datetime | None = None
    is_urgent: bool = False


# Entries whose page is not there, or that the viewer may not open, are left out.
SIDE: tuple[tuple[Text, tuple[Entry, ...]], ...] = (
    ("", (Entry("workbench", _("工作台"), "home"),)),
    (
        _("客户"),
        (
            Entry("customers", _("客户"), "users", "/customers/"),
            Entry("imports", _("导入与清洗"), "arrow-up-tray", "/imports/"),
            Entry("tags", _("标签与分类"), "tag", "/tags/"),
        ),
    ),
    (
        _("编码"),
        (
            Entry("schemes", _("编码规则"), "adjustments-horizontal", "/schemes/"),
            Entry("codes", _("编码台账"), "book-open", "/codes/"),
            Entry("dictionaries", _("码表"), "language", "/dictionaries/"),
            Entry("resolve", _("查码"), "magnifying-glass", "/resolve/"),
            Entry("labels", _("标签打印"), "qr-code", "/labels/"),
        ),
    ),
    (
        _("管理"),
        (
            Entry("fields", _("自定义字段"), "table-cells", "/fields/"),
            Entry("users", _("用户与角色"), "user-group", "/users/"),
            Entry("audit", _("操作日志"), "shield-check", "/audit/"),
            Entry("alarms", _("异常提醒"), "bell-alert", "/alarms/"),
            Entry("tasks", _("任务"), "queue-list", "/tasks/"),
            Entry(
                "settings",
                _("设置"),
                "cog-6-tooth",
                "/settings/",
                others=("connections", "sharing", "keys", "backups"),
            ),
            Entry("components", _("组件"), "squares-2x2"),
        ),
    ),
)
BOTTOM = (
    Entry("workbench", _("工作台"), "home"),
    Entry("customers", _("客户"), "users"),
    Entry("resolve", _("查码"), "magnifying-glass"),
    Entry("schemes", _("编码"), "adjustments-horizontal"),
    Entry("account", _("我的"), "user-circle"),
)

_counts: dict[str, Callable[[Viewer], Count]] = {}
_notices: dict[str, Callable[[Viewer], Sequence[Notice]]] = {}
_organisation: list[Callable[[], tuple[str, str]]] = []


def side_count(page: str) -> Callable[[Callable[[Viewer], Count]], Callable[[Viewer], Count]]:
    """Register who counts what waits behind the entry of ``page``; asked on every page, so one cheap query at most."""

    def register(count: Callable[[Viewer], Count]) -> Callable[[Viewer], Count]:
        _counts[page] = count
        return count

    return register


def notices_of(name: str) -> Callable[[Callable[[Viewer], Sequence[Notice]]], Callable[[Viewer], Sequence[Notice]]]:
    """Register a source of notices under a name of its own."""

    def register(source: Callable[[Viewer], Sequence[Notice]]) -> Callable[[Viewer], Sequence[Notice]]:
        _notices[name] = source
        return source

    return register


def organisation(source: Callable[[], tuple[str, str]]) -> Callable[[], tuple[str, str]]:
    """Register who tells the name of the organisation and one fact under it, such as ``20,000 户``."""
    _organisation[:] = [source]
    return source


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as the template draws it."""

    title: Text
    icon: str
    url: str
    is_here: bool
    count: Count | None = None


def side(viewer: Viewer, address: str) -> list[tuple[Text, list[Link]]]:
    """The groups of the side bar for this viewer, the entry of this address marked."""
    groups = [(title, _links(entries, viewer, address, is_counted=True)) for title, entries in SIDE]
    return [(title, links) for title, links in groups if links]


def bottom(viewer: Viewer, address: str) -> list[Link]:
    """The bar at the foot of a phone."""
    return _links(BOTTOM, viewer, address, is_counted=False)


def notices(viewer: Viewer) -> list[Notice]:
    """What waits for this viewer, from all sources."""
    return [notice for name in sorted(_notices) for notice in _notices[name](viewer)]


def about() -> tuple[str, str]:
    """The name of the organisation and one fact; empty before there is one."""
    return _organisation[0]() if _organisation else ("", "")


def _links(entries: Sequence[Entry], viewer: Viewer, address: str, *, is_counted: bool) -> list[Link]:
    links = []
    for entry in entries:
        page = next((one for one in (entry.page, *entry.others) if pages.may_open(viewer, one)), "")
        if not page:
            continue
        url = reverse(page)
        is_here = address == url or bool(entry.covers and address.startswith(entry.covers))
        count = _counts[entry.page](viewer) if is_counted and entry.page in _counts else None
        links.append(Link(entry.title, entry.icon, url, is_here, count if count and count.number else None))
    return links
