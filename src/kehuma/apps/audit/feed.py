"""The events for packages above, in the order of the log: whoever reads them keeps the number of the next leaf."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db.models import Max, Min

from kehuma.apps.audit import members, tree
from kehuma.apps.audit.data import Testimony
from kehuma.apps.audit.models import Leaf
from kehuma.apps.audit.sequencing import extents_of

# So many leaves are looked through at once, however few of them are asked for.
_WINDOW = 20_000


class Entry(NamedTuple):
    """The event that is leaf ``leaf`` of the log; ``names`` are the rows that it is about, of a table in ``relation``."""

    leaf: int
    event: Testimony
    relation: str
    names: Sequence[str]


class Piece(NamedTuple):
    """Some entries, and the leaf to go on from; there is more where ``is_last`` is false."""

    entries: Sequence[Entry]
    next: int
    is_last: bool


def head() -> int:
    """How many leaves the log has: the number of the next one."""
    return tree.size()


def since(leaf: int, kinds: Collection[str], *, limit: int) -> Piece:
    """Up to ``limit`` events of these kinds from this leaf on."""
    end = head()
    until = min(end, leaf + _WINDOW)
    rows = Leaf.objects.filter(id__gte=leaf, id__lt=until, event__kind__in=kinds).select_related("event")
    found = list(rows.order_by("id")[:limit])
    extents = extents_of([row.event_id for row in found]) if found else {}
    entries = [_entry(row, extents.get(row.event_id, ())) for row in found]
    following = found[-1].pk + 1 if len(found) == limit else max(until, leaf)
    return Piece(entries, following, following >= end)


def count(leaf: int, kinds: Collection[str], *, most: int, end: int | None = None) -> int:
    """How many events of these kinds there are from this leaf on, up to ``end``; ``most`` for as many or more."""
    leaves = Leaf.objects.filter(id__gte=leaf, event__kind__in=kinds)
    return (leaves if end is None else leaves.filter(id__lt=end))[:most].count()


def between(first: datetime, last: datetime) -> tuple[int, int] | None:
    """The leaves of a period, from the first up to and without the second; None where nothing happened."""
    leaves = Leaf.objects.filter(event__at__gte=first, event__at__lte=last)
    found = leaves.aggregate(first=Min("id"), last=Max("id"))
    return None if found["first"] is None else (found["first"], found["last"] + 1)


def _entry(row: Leaf, extents: Sequence[tuple[str, int, int]]) -> Entry:
    event = row.event
    told = Testimony(event.uuid, event.at, event.actor, event.kind, event.subject, event.detail)
    return Entry(row.pk, told, extents[0][0] if extents else "", tuple(members.names_of(extents)))
