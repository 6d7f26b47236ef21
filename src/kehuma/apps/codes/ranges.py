"""How full the ranges of numbers are: one range per counter key, its pace, and the day on which it will be full."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Literal

from django.db.models import Count, Min
from django.utils import timezone

from kehuma.apps.codes import schemes
from kehuma.apps.codes.models import Code, Counter, SchemeVersion
from kehuma.engine.coding.capacity import Capacity, capacity_of, full_on
from kehuma.engine.coding.grammar import Grammar

_WINDOW = timedelta(days=90)
_LEAST_WINDOW = timedelta(days=7)
_WARN, _FULL = 0.7, 0.9
_SOON = timedelta(days=90)
_DAYS_A_YEAR = 365.25
# The pace of a range that millions of codes cannot fill is nobody's question, and costs a walk over its codes.
_LARGEST_PACED = 1_000_000


@dataclass(frozen=True, slots=True)
class Range:
    """The numbers of one counter key: ``used`` codes of ``total``; the pace of the last weeks, and when it ends."""

    scheme: str
    key: str
    used: int
    total: int
    a_week: float = 0.0
    full: date | None = None

    @property
    def texts(self) -> list[tuple[str, str]]:
        """The key as pairs of segment and written text."""
        pairs = (pair.partition("=") for pair in self.key.split(" ") if pair)
        return [(name, text) for name, _equals, text in pairs]

    @property
    def share(self) -> float:
        """How full it is, from 0 to 1."""
        return min(self.used / self.total, 1.0) if self.total else 1.0

    def tone(self, today: date) -> Literal["", "warn", "full"]:
        """``full`` where it must be seen to now, ``warn`` where it will have to be."""
        if self.share >= _FULL or (self.full is not None and self.full - today <= _SOON):
            return "full"
        return "warn" if self.share >= _WARN else ""


def ranges(scheme: str, at: datetime, *, first: int = 0, limit: int = 50) -> Sequence[Range]:
    """The ranges of a published scheme, the fullest first; empty for a scheme without numbers."""
    grammar = schemes.published(scheme, at).grammar
    return ranges_of(grammar, at, first=first, limit=limit)


def ranges_of(grammar: Grammar, at: datetime, *, first: int = 0, limit: int = 50) -> Sequence[Range]:
    """The ranges that this grammar, perhaps not published yet, has under the counters of its name."""
    if grammar.scheme.serial is None:
        return []
    rows = Counter.objects.filter(scheme=grammar.scheme.name).order_by("-next", "key")[first : first + limit]
    return _ranges(grammar, list(rows), at)


def number_of_ranges(scheme: str) -> int:
    """How many counter keys a scheme has so far."""
    return Counter.objects.filter(scheme=scheme).count()


def filling(at: datetime, *, limit: int = 4) -> Sequence[Range]:
    """The ranges of all schemes that ask for attention, the most urgent first."""
    today = timezone.localtime(at).date()
    names = SchemeVersion.objects.order_by("name").values_list("name", flat=True).distinct()
    found: list[Range] = []
    for name in names:
        version = schemes.version_at(name, at)
        grammar = schemes.opened(version).grammar if version else None
        if grammar is None or grammar.scheme.serial is None:
            continue
        serial, capacity = grammar.scheme.serial, _capacity(grammar)
        least = serial.start + int(_WARN * capacity.per_key * serial.step)
        rows = Counter.objects.filter(scheme=name, next__gte=least).order_by("-next", "key")[:limit]
        found += [one for one in _ranges(grammar, list(rows), at) if one.tone(today)]
    return sorted(found, key=lambda one: (one.full or date.max, -one.share))[:limit]


def _ranges(grammar: Grammar, counters: list[Counter], at: datetime) -> list[Range]:
    capacity = _capacity(grammar)
    used = _used(counters)
    paces = _paces(counters, at) if capacity.per_key <= _LARGEST_PACED else {}
    today = timezone.localtime(at).date()
    made = []
    for counter in counters:
        a_day, count = paces.get(counter.pk, 0.0), used.get(counter.pk, 0)
        end = full_on(capacity.per_key, used=count, codes_per_year=round(a_day * _DAYS_A_YEAR), today=today)
        made.append(Range(counter.scheme, counter.key, count, max(capacity.per_key, count), a_day * 7, end))
    return made


def _used(counters: list[Counter]) -> Mapping[int, int]:
    rows = Code.objects.filter(counter__in=[counter.pk for counter in counters])
    return dict(rows.order_by().values("counter").annotate(many=Count("number")).values_list("counter", "many"))


def _paces(counters: list[Counter], at: datetime) -> Mapping[int, float]:
    """Codes a day since the first of the last weeks."""
    since = at - _WINDOW
    rows = Code.objects.filter(counter__in=[counter.pk for counter in counters], issued_at__gte=since).order_by()
    grouped = rows.values("counter").annotate(many=Count("id"), first=Min("issued_at"))
    return {
        counter: many / (max(at - first, _LEAST_WINDOW) / timedelta(days=1))
        for counter, many, first in grouped.values_list("counter", "many", "first")
    }


@lru_cache(maxsize=64)
def _capacity(grammar: Grammar) -> Capacity:
    return capacity_of(grammar)
