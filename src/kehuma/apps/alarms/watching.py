"""The rules at work: what was looked up since the last time, and what of it is strange.

Each look-up is read once. What the rules need of the past stands in ``Tally`` and ``Stretch``, so that a minute costs
what happened in it, however much came before.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone

from kehuma.apps.access import queries as access
from kehuma.apps.access.readers import Reader
from kehuma.apps.alarms import limits, rules
from kehuma.apps.alarms.limits import Limits
from kehuma.apps.alarms.models import Alarm, Canary, Read, Setting, Stretch, Tally
from kehuma.apps.audit import feed
from kehuma.apps.audit import services as audit
from kehuma.apps.codes import queries as codes
from kehuma.apps.codes.places import Place
from kehuma.apps.customers import queries as customers

KEPT = timedelta(days=60)
_STRETCHES_KEPT = timedelta(days=2)
_AT_ONCE = 2_000
_TOGETHER = 500
_EXPORTED = "customers.exported"


class _Finding(NamedTuple):
    rule: str
    facts: Mapping[str, Any]
    about: str = ""


def watch(at: datetime) -> int:
    """Go on from where the last time ended; how many alarms it gave."""
    settings = _settings()
    raised = 0
    while Read.objects.filter(pk__gt=settings.last_read).exists():
        raised += _watch_some(at)
        settings = _settings()
    return raised + _watch_exports(at)


def clear(at: datetime) -> None:
    """Forget look-ups and days that are too old to matter; alarms stay."""
    today = timezone.localtime(at).date()
    for model, kept in ((Read, KEPT), (Tally, KEPT), (Stretch, _STRETCHES_KEPT)):
        model.objects.filter(day__lt=today - kept).delete()


def history(reader: str, day: date) -> list[int]:
    """How much the reader looked up and exported on each of its days before."""
    days = Tally.objects.filter(reader=reader, day__lt=day, day__gte=day - KEPT).order_by("day")
    return [looked + exported for looked, exported in days.values_list("looked", "exported") if looked + exported]


def _settings() -> Setting:
    return Setting.objects.get_or_create(pk=1)[0]


@transaction.atomic
def _watch_some(at: datetime) -> int:
    # Who holds the row goes on, whoever comes meanwhile finds the work done.
    settings = Setting.objects.select_for_update().get(pk=1)
    reads = list(Read.objects.filter(pk__gt=settings.last_read).order_by("pk")[:_AT_ONCE])
    if not reads:
        return 0
    known, raised = _Known(reads), 0
    for (reader, day), some in known.days.items():
        raised += _Day(known, reader, day, some, settings.last_read).watched(at)
    settings.last_read = reads[-1].pk
    settings.save(update_fields=["last_read"])
    return raised


def _watch_exports(at: datetime) -> int:
    """Lists that left count as looked at: the log tells of them."""
    raised, is_last = 0, Setting.objects.filter(pk=1, leaf=feed.head()).exists()
    while not is_last:
        more, is_last = _watch_some_exports(at)
        raised += more
    return raised


@transaction.atomic
def _watch_some_exports(at: datetime) -> tuple[int, bool]:
    settings = Setting.objects.select_for_update().get(pk=1)
    # What left before there were rules is nobody's affair any more.
    start = feed.head() if settings.leaf is None else settings.leaf
    piece, raised, most = feed.since(start, (_EXPORTED,), limit=_TOGETHER), 0, limits.current()
    for entry in piece.entries:
        event = entry.event
        tally = _tally(event.actor, timezone.localtime(event.at).date())
        tally.exported += int(event.detail.get("rows", 0))
        tally.save(update_fields=["exported"])
        raised += _raised(tally, _volume(tally, most), at)
    settings.leaf = piece.next
    settings.save(update_fields=["leaf"])
    return raised, piece.is_last


class _Known:
    """What a set of look-ups is about, read set-wise."""

    def __init__(self, reads: Sequence[Read]) -> None:
        self.limits = limits.current()
        self.days: dict[tuple[str, date], list[Read]] = defaultdict(list)
        for one in reads:
            self.days[one.reader, one.day].append(one)
        ids = {one.code for one in reads if one.code is not None}
        self.places: Mapping[int, Place] = codes.places(ids)
        self._keepers = customers.keepers(place.identity for place in self.places.values())
        self._readers = access.readers({reader for reader, _day in self.days})
        canaries = Canary.objects.filter(code__in=ids) if ids else Canary.objects.none()
        self.canaries = dict(canaries.values_list("code", "identity"))

    def reader(self, reader: str) -> Reader:
        return self._readers.get(reader, Reader())

    def is_foreign(self, reader: str, code: int) -> bool:
        return self._keepers.get(self.places[code].identity) not in self.reader(reader).keeps


@dataclass
class _Day:
    """New look-ups of one reader on one day; ``before`` is the last one that was watched already."""

    known: _Known
    reader: str
    day: date
    reads: Sequence[Read]
    before: int

    def watched(self, at: datetime) -> int:
        """Count them and apply the rules; how many alarms came of it."""
        tally = self._counted()
        return _raised(tally, self._findings(tally), at)

    @cached_property
    def fresh(self) -> list[int]:
        """The codes that the reader had not looked up on this day before."""
        asked = list(dict.fromkeys(one.code for one in self.reads if one.code in self.known.places))
        mine = Read.objects.filter(reader=self.reader, day=self.day, pk__lte=self.before)
        there: set[int | None] = set()
        for start in range(0, len(asked), _TOGETHER):
            there |= set(mine.filter(code__in=asked[start : start + _TOGETHER]).values_list("code", flat=True))
        return [code for code in asked if code is not None and code not in there]

    @cached_property
    def foreign(self) -> list[int]:
        return [code for code in self.fresh if self.known.is_foreign(self.reader, code)]

    def _counted(self) -> Tally:
        tally, most = _tally(self.reader, self.day), self.known.limits
        misses = sum(one.times for one in self.reads if one.is_miss)
        hits = len(self.fresh) + sum(one.times for one in self.reads if one.code is None and not one.is_miss)
        tally.looked += hits
        tally.foreign += len(self.foreign)
        tally.misses += misses
        # Programs work at night by nature.
        if not self.known.reader(self.reader).is_program:
            tally.night += sum(one.times for one in self.reads if most.is_night(one.hour))
        tally.doubt = rules.doubted(tally.doubt, hits=hits, misses=misses)
        tally.save()
        return tally

    def _findings(self, tally: Tally) -> Iterator[_Finding]:
        most = self.known.limits
        yield from self._canaries()
        if self.reader in most.trusted:
            return
        yield from self._neighbours()
        if tally.doubt >= rules.SURE and tally.misses >= most.misses:
            yield _Finding("misses", {"misses": tally.misses, "all": tally.looked + tally.misses})
        yield from _volume(tally, most)
        if tally.night >= most.night:
            yield _Finding("hours", {"count": tally.night, "opens": most.opens, "closes": most.closes})

    def _canaries(self) -> Iterator[_Finding]:
        if "canary" in self.known.limits.off:
            return
        for code in dict.fromkeys(one.code for one in self.reads):
            if code is not None and (identity := self.known.canaries.get(code)):
                yield _Finding("canary", {"code": identity}, identity)

    def _neighbours(self) -> Iterator[_Finding]:
        ranks: dict[int, list[int]] = defaultdict(list)
        for code in self.foreign:
            _identity, counter, rank = self.known.places[code]
            if counter is not None and rank is not None:
                ranks[counter].append(rank)
        for counter, some in ranks.items():
            marked = self._marked(counter, some)
            best = max((rules.densest(marked, rank) for rank in some), key=lambda one: one.number)
            if best.number >= self.known.limits.neighbours:
                named = codes.at_ranks(counter, (best.first, best.last))
                ends = {"first": named.get(best.first, ""), "last": named.get(best.last, "")}
                yield _Finding("neighbours", {"count": best.number, **ends})

    def _marked(self, counter: int, ranks: Sequence[int]) -> Mapping[int, int]:
        """The stretches around these ranks with these marked in them, and kept so."""
        places = {rank // rules.WINDOW for rank in ranks}
        mine = Stretch.objects.filter(reader=self.reader, day=self.day, counter=counter)
        around = sorted({place + beside for place in places for beside in (-1, 0, 1)})
        there: dict[int, Stretch] = {}
        for start in range(0, len(around), _TOGETHER):
            there |= {one.place: one for one in mine.filter(place__in=around[start : start + _TOGETHER])}
        marked = rules.mark({place: one.bits for place, one in there.items()}, ranks)
        told = [(place, there.get(place), marked[place]) for place in sorted(places)]
        Stretch.objects.bulk_update(
            [one for _place, one, bits in told if one is not None and _set(one, bits)], ["bits"], batch_size=_TOGETHER
        )
        facts = {"reader": self.reader, "day": self.day, "counter": counter}
        Stretch.objects.bulk_create(
            [Stretch(**facts, place=place, bits=bits) for place, one, bits in told if one is None]
        )
        return marked


def _set(stretch: Stretch, bits: int) -> bool:
    stretch.bits, before = bits, stretch.bits
    return before != bits


def _tally(reader: str, day: date) -> Tally:
    return Tally.objects.get_or_create(reader=reader, day=day)[0]


def _volume(tally: Tally, most: Limits) -> Iterator[_Finding]:
    count = tally.looked + tally.exported
    if tally.reader in most.trusted or count < most.volume:
        return
    days = history(tally.reader, tally.day)
    limit = rules.most_of(days, most)
    if count >= limit:
        yield _Finding("volume", {"count": count, "usual": rules.usual(days), "limit": limit})


def _raised(tally: Tally, findings: Iterator[_Finding], at: datetime) -> int:
    """Keep and testify to what was found and is not known yet; how much that was."""
    mine, raised = Alarm.objects.filter(reader=tally.reader, day=tally.day), 0
    known = set(mine.values_list("rule", "about"))
    off = limits.current().off
    for rule, facts, about in findings:
        if rule in off or (rule, about) in known:
            continue
        known.add((rule, about))
        alarm = Alarm.objects.create(reader=tally.reader, day=tally.day, rule=rule, about=about, facts=facts, at=at)
        detail = {"rule": rule, "reader": tally.reader, "day": tally.day.isoformat(), **facts}
        audit.record("alarms.raised", str(alarm.uuid), detail, actor="kehuma", at=at)
        raised += 1
    return raised
