"""New look-ups of readers, day by day: what they add up to and what of it is strange. Nothing is written here."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from kehuma.apps.access import queries as access
from kehuma.apps.access.readers import Reader
from kehuma.apps.alarms import limits, rules
from kehuma.apps.alarms.limits import Limits
from kehuma.apps.alarms.models import Canary, Read, Stretch, Tally
from kehuma.apps.codes import queries as codes
from kehuma.apps.codes.places import Place
from kehuma.apps.customers import queries as customers

KEPT = timedelta(days=60)
_TOGETHER = 400


class Finding(NamedTuple):
    """What a rule says; ``about`` tells findings of one rule and day apart."""

    rule: str
    facts: Mapping[str, Any]
    about: str = ""


class Known:
    """What a set of look-ups is about, read set-wise; ``before`` is the last one that was watched already."""

    def __init__(self, reads: Sequence[Read], before: int) -> None:
        self.limits, self.before = limits.current(), before
        days: dict[tuple[str, date], list[Read]] = defaultdict(list)
        for one in reads:
            days[one.reader, one.day].append(one)
        ids = {one.code for one in reads if one.code is not None}
        self.places: Mapping[int, Place] = codes.places(ids)
        self._keepers = customers.keepers(place.identity for place in self.places.values())
        self._readers = access.readers({reader for reader, _day in days})
        self.canaries = dict(Canary.objects.values_list("code", "identity")) if ids else {}
        tallies = Tally.objects.filter(
            reader__in={reader for reader, _day in days}, day__in={day for _reader, day in days}
        )
        there = {(one.reader, one.day): one for one in tallies}
        self.days = [Day(self, there.get(key) or Tally(reader=key[0], day=key[1]), some) for key, some in days.items()]

    def reader(self, reader: str) -> Reader:
        """Who it is; nobody in particular where it is gone."""
        return self._readers.get(reader, Reader())

    def is_foreign(self, reader: str, code: int) -> bool:
        """Whether the code is somebody else's affair, or nobody's."""
        return self._keepers.get(self.places[code].identity) not in self.reader(reader).keeps


@dataclass
class Day:
    """New look-ups of one reader on one day, with the sums of the day; ``count`` comes before the findings."""

    known: Known
    tally: Tally
    reads: Sequence[Read]
    stretches: list[Stretch] = field(default_factory=list)

    @cached_property
    def fresh(self) -> list[int]:
        """The codes that the reader had not looked up on this day before."""
        asked = [code for one in self.reads if (code := one.code) is not None and code in self.known.places]
        asked = list(dict.fromkeys(asked))
        mine = Read.objects.filter(reader=self.tally.reader, day=self.tally.day, pk__lte=self.known.before)
        there: set[int | None] = set()
        for start in range(0, len(asked) if self.tally.looked else 0, _TOGETHER):
            there |= set(mine.filter(code__in=asked[start : start + _TOGETHER]).values_list("code", flat=True))
        return [code for code in asked if code not in there]

    @cached_property
    def foreign(self) -> list[int]:
        """Those of them that are not the reader's own."""
        return [code for code in self.fresh if self.known.is_foreign(self.tally.reader, code)]

    def count(self) -> None:
        """Add the new look-ups to the sums."""
        tally, most = self.tally, self.known.limits
        misses = sum(one.times for one in self.reads if one.is_miss)
        hits = len(self.fresh) + sum(one.times for one in self.reads if one.code is None and not one.is_miss)
        tally.looked += hits
        tally.foreign += len(self.foreign)
        tally.misses += misses
        # Programs work at night by nature.
        if not self.known.reader(tally.reader).is_program:
            tally.night += sum(one.times for one in self.reads if most.is_night(one.hour))
        tally.doubt = rules.doubted(tally.doubt, hits=hits, misses=misses)

    def findings(self) -> Iterator[Finding]:
        """What is strange about the day so far."""
        tally, most = self.tally, self.known.limits
        for code in dict.fromkeys(one.code for one in self.reads):
            if code is not None and (identity := self.known.canaries.get(code)):
                yield Finding("canary", {"code": identity}, identity)
        if tally.reader in most.trusted:
            return
        yield from self._neighbours()
        if tally.doubt >= rules.SURE and tally.misses >= most.misses:
            yield Finding("misses", {"misses": tally.misses, "all": tally.looked + tally.misses})
        yield from volume(tally, most)
        if tally.night >= most.night:
            yield Finding("hours", {"count": tally.night, "opens": most.opens, "closes": most.closes})

    def _neighbours(self) -> Iterator[Finding]:
        ranks: dict[int, list[int]] = defaultdict(list)
        for code in self.foreign:
            _identity, counter, rank = self.known.places[code]
            if counter is not None and rank is not None:
                ranks[counter].append(rank)
        there = self._marked_before(ranks)
        for counter, some in ranks.items():
            marked = rules.mark(there[counter], some)
            self.stretches += [
                Stretch(reader=self.tally.reader, day=self.tally.day, counter=counter, place=place, bits=marked[place])
                for place in sorted({rank // rules.WINDOW for rank in some})
            ]
            best = max((rules.densest(marked, rank) for rank in some), key=lambda one: one.number)
            if best.number >= self.known.limits.neighbours:
                named = codes.at_ranks(counter, (best.first, best.last))
                ends = {"first": named.get(best.first, ""), "last": named.get(best.last, "")}
                yield Finding("neighbours", {"count": best.number, **ends})

    def _marked_before(self, ranks: Mapping[int, Sequence[int]]) -> Mapping[int, dict[int, int]]:
        """Of each counter the stretches around these ranks, as they were."""
        around = {rank // rules.WINDOW + beside for some in ranks.values() for rank in some for beside in (-1, 0, 1)}
        there: dict[int, dict[int, int]] = {counter: {} for counter in ranks}
        mine = Stretch.objects.filter(reader=self.tally.reader, day=self.tally.day)
        for start in range(0, len(around) if self.tally.pk else 0, _TOGETHER):
            rows = mine.filter(place__in=sorted(around)[start : start + _TOGETHER])
            for counter, place, bits in rows.values_list("counter", "place", "bits"):
                if counter in there:
                    there[counter][place] = bits
        return there


def volume(tally: Tally, most: Limits) -> Iterator[Finding]:
    """Whether it was far more than on other days."""
    count = tally.looked + tally.exported
    if tally.reader in most.trusted or count < most.volume:
        return
    days = history(tally.reader, tally.day)
    limit = rules.most_of(days, most)
    if count >= limit:
        yield Finding("volume", {"count": count, "usual": rules.usual(days), "limit": limit})


def history(reader: str, day: date) -> list[int]:
    """How much the reader looked up and exported on each of its days before."""
    days = Tally.objects.filter(reader=reader, day__lt=day, day__gte=day - KEPT).order_by("day")
    return [looked + exported for looked, exported in days.values_list("looked", "exported") if looked + exported]
