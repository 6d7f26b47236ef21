"""One definition of a list: its columns, filters, order, pages, and what leaves it as a file.

A ``Listing`` says once what a list can show; ``page`` answers one request with what a template draws, ``export`` with
rows of text. Pages are key-set pages: the cursor holds the last row's place, so page 5,000 costs what page 1 costs,
and the count stops at ``count_to``. Neither filters nor orders by a field that the viewer does not see: the order
of masked values would tell them. The parameters are those of the address::

    ?region=BJ&region=SH&sort=-last&column=code&column=name&size=50&at=<cursor>&count=all
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from kehuma.lib import keysets
from kehuma.lib.viewer import Viewer

Text = str | Promise
Rows = QuerySet[Any]
_SAID = 2
# The address of a list without conditions, where one without any parameter opens the view that a person chose.
_EVERYTHING = "view=all"


@dataclass(frozen=True, slots=True)
class Column:
    """A column. ``value`` takes a row; ``kind`` says how a page draws it; ``sort`` is the field to order by.

    ``room`` 2 and 3 leave first when the screen is narrow; ``place`` is the place on a phone's card (``m-name`` …).
    """

    key: str
    title: Text
    value: Callable[[Any], object]
    kind: str = "text"
    sort: str = ""
    is_nullable: bool = False
    field_class: str = "public"
    is_shown: bool = True
    is_numeric: bool = False
    room: Literal[1, 2, 3] = 1
    place: str = ""
    text: Callable[[Any], object] | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition: a form field, and how its value narrows the rows. ``said`` words the value; without it we do."""

    key: str
    field: forms.Field
    narrow: Callable[[Viewer, Rows, Any], Rows]
    field_class: str = "public"
    said: Callable[[Any], str] | None = None


@dataclass(frozen=True, slots=True)
class SavedView:
    """A named set of parameters, kept by the caller; ``count`` stands beside the name, ``is_default`` marks it."""

    name: Text
    query: str = ""
    count: int | None = None
    is_default: bool = False

    @property
    def url(self) -> str:
        """Where it leads, on the same page."""
        return f"?{self.query or _EVERYTHING}"


@dataclass(frozen=True, slots=True)
class Chip:
    """A condition in force, in words, and the address without it."""

    title: Text
    said: str
    without: str


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column: the address that orders by it ("" where that is not possible) and the order in force."""

    column: Column
    url: str = ""
    order: Literal["", "ascending", "descending"] = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its key, its name for a screen reader, its cells."""

    key: object
    title: str
    cells: Sequence[tuple[Column, object]]
    source: Any


@dataclass(frozen=True)
class Listing:
    """A list. ``order`` is a column's key, ``-`` before it for descending; ``rows`` turns records into rows to show.

    ``rows`` gets one page of records at once, so that what belongs to them is read set-wise.
    """

    columns: Sequence[Column]
    order: str
    filters: Sequence[Filter] = ()
    rows: Callable[[Viewer, Sequence[Any]], Sequence[Any]] = field(default=lambda _viewer, records: records)
    title: Callable[[Any], str] = str
    sizes: Sequence[int] = (15, 50, 100)
    count_to: int = 1000

    def narrowed(self, viewer: Viewer, records: Rows, params: QueryDict) -> Rows:
        """The records under the conditions of ``params``; conditions that make no sense are left out."""
        return ListPage(self, viewer, records, params).found

    def page(self, viewer: Viewer, records: Rows, params: QueryDict, views: Sequence[SavedView] = ()) -> "ListPage":
        """One page, in two queries and those of ``rows``."""
        return ListPage(self, viewer, records, params, views)

    def export(self, viewer: Viewer, records: Rows, params: QueryDict, chunk: int = 2000) -> Iterator[list[str]]:
        """The heads, then every row under the conditions, as text, in the order of the list."""
        page = ListPage(self, viewer, records, params)
        yield [str(column.title) for column in page.shown]
        batch: list[Any] = []
        for record in page.ordered().iterator(chunk_size=chunk):
            batch.append(record)
            if len(batch) == chunk:
                yield from page.texts(batch)
                batch = []
        yield from page.texts(batch)


class ListPage:
    """A listing as one request asks for it: what a template draws. An address is "" where there is no way.

    ``columns`` tells of every column whether it is shown, ``orders`` are the heads that can be ordered by, ``clear``
    is the address without conditions, ``kept`` holds the parameters that a form on the page hands on.
    """

    def __init__(
        self, listing: Listing, viewer: Viewer, records: Rows, params: QueryDict, views: Sequence[SavedView] = ()
    ) -> None:
        params = _plain(params)
        self.listing, self.viewer, self.params, self._nothing = listing, viewer, params, _EVERYTHING if views else ""
        by_key = {column.key: column for column in listing.columns}
        chosen = [by_key[key] for key in params.getlist("column") if key in by_key]
        self.shown = chosen or [column for column in listing.columns if column.is_shown]
        self.size = next((size for size in listing.sizes if str(size) == params.get("size")), listing.sizes[0])
        wanted = params.get("sort", "")
        order = wanted if self._is_sortable(by_key.get(wanted.removeprefix("-"))) else listing.order
        self.sorted_by, self.is_descending = by_key[order.removeprefix("-")], order.startswith("-")
        self._order = keysets.Order(self.sorted_by.sort, self.is_descending, self.sorted_by.is_nullable)
        self._most = None if params.get("count") == "all" else listing.count_to
        self.filters = [one for one in listing.filters if viewer.may_see(one.field_class)]
        self.form = type("Conditions", (forms.Form,), {one.key: one.field for one in self.filters})(params)
        self.form.is_valid()
        told = self.form.cleaned_data
        self.conditions = {key: told[key] for key in self.form.fields if _is_told(told.get(key))}
        self.found = records
        for one in self.filters:
            if one.key in self.conditions:
                self.found = one.narrow(viewer, self.found, self.conditions[one.key])
        self.query = _plain(params, "at", "count").urlencode()
        self.views = [(view, _same(view.query, self.query)) for view in views]
        self.heads = [self.head(column) for column in self.shown]
        self.columns = [(column, column in self.shown) for column in listing.columns]
        self.orders = [head for column in listing.columns if (head := self.head(column)).url]
        self.order = self.head(self.sorted_by)
        self.clear, self.count_all = self.url(*self.conditions, at=None), self.url(count="all")
        self.kept = [(key, value) for key, values in params.lists() if key != "at" for value in values]

    @property
    def chips(self) -> list[Chip]:
        """The conditions in words."""
        told = [one for one in self.filters if one.key in self.conditions]
        return [Chip(one.field.label or one.key, self._said(one), self.url(one.key, at=None)) for one in told]

    @property
    def total(self) -> int:
        """How many there are, exactly or up to ``count_to`` (``is_capped``); ``count_all`` is where they are counted."""
        return self.known.total

    @property
    def is_capped(self) -> bool:
        return self._most is not None and self.total > self._most

    @cached_property
    def rows(self) -> list[Row]:
        records = self.cut.records
        rows = self.listing.rows(self.viewer, records) if records else ()
        return [
            Row(record.pk, self.listing.title(row), [(column, column.value(row)) for column in self.shown], row)
            for record, row in zip(records, rows, strict=True)
        ]

    @cached_property
    def cut(self) -> keysets.Cut:
        """The records of this page."""
        return keysets.cut(self.found, self._order, self.params.get("at", ""), self.size, keys=self.known.keys)

    @property
    def first(self) -> int:
        """The number of the first row; 0 without rows."""
        return self.cut.first

    @property
    def last(self) -> int:
        return self.first + len(self.cut.records) - 1 if self.first else 0

    @property
    def previous(self) -> str:
        return self.url(at=self.cut.before) if self.cut.before else ""

    @property
    def next(self) -> str:
        return self.url(at=self.cut.after) if self.cut.after else ""

    def ordered(self) -> Rows:
        """All records under the conditions, in order."""
        return self._order.applied(self.found)

    @cached_property
    def known(self) -> keysets.Known:
        return keysets.known(self.found.order_by(), self._order, self._most)

    def texts(self, records: Sequence[Any]) -> Iterator[list[str]]:
        """The rows of a file."""
        for row in self.listing.rows(self.viewer, records) if records else ():
            yield [_text((column.text or column.value)(row)) for column in self.shown]

    def head(self, column: Column) -> Head:
        if not self._is_sortable(column):
            return Head(column)
        if column is not self.sorted_by:
            return Head(column, self.url(at=None, sort=column.key))
        turned = column.key if self.is_descending else f"-{column.key}"
        return Head(column, self.url(at=None, sort=turned), "descending" if self.is_descending else "ascending")

    def url(self, *dropped: str, **changed: str | None) -> str:
        """The address of this list without some parameters and with others."""
        kept = _plain(self.params, *dropped, *changed)
        kept.update({key: value for key, value in changed.items() if value is not None})
        return f"?{kept.urlencode() or self._nothing}"

    def _is_sortable(self, column: Column | None) -> bool:
        return column is not None and bool(column.sort) and self.viewer.may_see(column.field_class)

    def _said(self, one: Filter) -> str:
        value = self.conditions[one.key]
        if one.said:
            return one.said(value)
        names = dict(_flat(getattr(one.field, "choices", ())))
        several = list(value) if isinstance(value, (list, tuple, QuerySet)) else [value]
        words = [_("是") if item is True else str(names.get(str(item), item)) for item in several]
        if len(words) <= _SAID:
            return _("、").join(words)
        return _("{some}等 {n} 个").format(some=_("、").join(words[:_SAID]), n=len(words))


def _is_told(value: object) -> bool:
    return value not in (None, "", False, [], ()) and not (isinstance(value, QuerySet) and not value)


def _flat(choices: Iterable[Any]) -> Iterator[tuple[str, object]]:
    for key, name in choices:
        if isinstance(name, (list, tuple)):
            yield from _flat(name)
        else:
            yield str(key), name


def _plain(params: QueryDict, *without: str) -> QueryDict:
    plain = QueryDict(mutable=True)
    for key, values in params.lists():
        if key not in ("view", *without) and (told := [value for value in values if value]):
            plain.setlist(key, told)
    return plain


def _same(one: str, other: str) -> bool:
    return sorted(QueryDict(one).lists()) == sorted(QueryDict(other).lists())


def _text(value: object) -> str:
    """A value as a file holds it."""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return "" if value is None else str(value)
