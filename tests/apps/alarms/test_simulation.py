"""Thirty people at work for twenty days, and somebody who copies: what the rules make of both, in memory.

``python tests/apps/alarms/test_simulation.py`` prints the figures of ``docs/reference/alarms.md``.
"""

import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import pytest

from kehuma.apps.alarms import rules
from kehuma.apps.alarms.limits import USUAL, Limits

# 3,000 customers on 40 counters, as provinces and trades make them: a few large ones, many small ones.
PEOPLE, DAYS, CODES, COUNTERS = 30, 20, 3_000, 40


@dataclass
class Reader:
    """What the store keeps of one reader."""

    days: list[int] = field(default_factory=list)
    stretches: dict[int, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))
    seen: set[tuple[int, int]] = field(default_factory=set)
    misses: int = 0
    night: int = 0
    doubt: float = 0.0

    def looks(self, codes: Sequence[tuple[int, int] | None], own: set[tuple[int, int]], hour: int = 10) -> set[str]:
        """A minute's look-ups, None for one that finds nothing; the rules that speak up."""
        fresh = [code for code in dict.fromkeys(codes) if code is not None and code not in self.seen]
        self.seen.update(fresh)
        misses = sum(code is None for code in codes)
        self.misses += misses
        self.night += len(codes) if USUAL.is_night(hour) else 0
        self.doubt = rules.doubted(self.doubt, hits=len(fresh), misses=misses)
        return set(self._spoken([code for code in fresh if code not in own], USUAL))

    def ends_day(self) -> None:
        self.days.append(len(self.seen))
        self.stretches.clear()
        self.seen.clear()
        self.misses, self.night, self.doubt = 0, 0, 0.0

    def _spoken(self, foreign: Sequence[tuple[int, int]], limits: Limits) -> Iterable[str]:
        for counter, rank in foreign:
            self.stretches[counter] = rules.mark(self.stretches[counter], [rank])
            if rules.densest(self.stretches[counter], rank).number >= limits.neighbours:
                yield "neighbours"
        if self.doubt >= rules.SURE and self.misses >= limits.misses:
            yield "misses"
        if len(self.seen) >= rules.most_of(self.days, limits):
            yield "volume"
        if self.night >= limits.night:
            yield "hours"


class Company:
    """Who keeps which customers, and who looks up what on a usual day."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - the same every time
        weights = [1 / (place + 1) for place in range(COUNTERS)]
        sizes = [max(20, round(CODES * weight / sum(weights))) for weight in weights]
        self.codes = [(counter, rank) for counter, size in enumerate(sizes) for rank in range(size)]
        self.sizes = sizes
        self.own: list[set[tuple[int, int]]] = [set() for _ in range(PEOPLE)]
        # Customers are given out in runs, as they come in, and some lie in the public pool.
        place = 0
        while place < len(self.codes):
            run = self.chance.randint(1, 8)
            if self.chance.random() > 0.15:
                self.own[self.chance.randrange(PEOPLE)].update(self.codes[place : place + run])
            place += run

    def day(self, person: int) -> Iterable[tuple[list[tuple[int, int] | None], int]]:
        """The look-ups of a day, some at a time, with the hour: own customers, others', short lists, mistypings."""
        chance, own = self.chance, sorted(self.own[person])
        for _ in range(max(3, round(chance.gauss(30, 9)))):
            hour = chance.choices((8, 10, 14, 17, 19, 21), (10, 30, 30, 20, 9, 1))[0]
            kind = chance.random()
            if kind < 0.02:
                # Mistyped once, and rarely a second time before it is right.
                yield [None] * chance.choice((1, 1, 1, 2)), hour
            elif kind < 0.03:
                # A printed list of a customer's neighbours is gone through.
                counter, rank = chance.choice(self.codes)
                yield (
                    [(counter, one) for one in range(rank, min(rank + chance.randint(3, 9), self.sizes[counter]))],
                    hour,
                )
            else:
                yield [chance.choice(own if kind < 0.8 else self.codes)], hour


def clean(seed: int) -> tuple[int, dict[str, int]]:
    """How many days of people there were, and on how many of them each rule spoke up."""
    company, readers = Company(seed), [Reader() for _ in range(PEOPLE)]
    spoken: dict[str, int] = defaultdict(int)
    for _ in range(DAYS):
        for person, reader in enumerate(readers):
            told: set[str] = set()
            for codes, hour in company.day(person):
                told |= reader.looks(codes, company.own[person], hour)
            for rule in told:
                spoken[rule] += 1
            spoken["any"] += bool(told)
            reader.ends_day()
    return PEOPLE * DAYS, dict(spoken)


def copying(seed: int, count: int, *, is_shuffled: bool = False, with_own: bool = False) -> set[str]:
    """Somebody goes through neighbours of others beside a usual day's work; ``with_own`` counts the own ones too."""
    company, thief = Company(seed), Reader(days=[30, 28, 35, 31, 26, 33])
    told: set[str] = set()
    counter = company.chance.choice([place for place, size in enumerate(company.sizes) if size >= 2 * count])
    start = company.chance.randrange(company.sizes[counter] - 3 * count // 2)
    run = [(counter, rank) for rank in range(start, company.sizes[counter])]
    wanted = [code for code in run if with_own or code not in company.own[0]][:count]
    if is_shuffled:
        company.chance.shuffle(wanted)
    for codes, hour in company.day(0):
        told |= thief.looks(codes, company.own[0], hour)
    for code in wanted:
        told |= thief.looks([code], company.own[0])
    return told


def guessing(seed: int, count: int, *, hits: float = 0.3) -> set[str]:
    """Somebody makes up codes, of which this share is right."""
    company, thief = Company(seed), Reader(days=[30, 28, 35, 31, 26, 33])
    told: set[str] = set()
    for _ in range(count):
        code = company.chance.choice(company.codes) if company.chance.random() < hits else None
        told |= thief.looks([code], company.own[0])
    return told


def test_people_at_work_are_rarely_accused() -> None:
    days, spoken = clean(seed=1)
    assert spoken.get("any", 0) <= days / 200, spoken


@pytest.mark.parametrize("count", [20, 30, 50])
@pytest.mark.parametrize("is_shuffled", [False, True], ids=["in order", "in any order"])
def test_whoever_copies_neighbours_is_always_found(count: int, is_shuffled: bool) -> None:  # noqa: FBT001 - a parameter
    for seed in range(8):
        assert "neighbours" in copying(seed, count, is_shuffled=is_shuffled), seed


def test_whoever_makes_codes_up_is_found_by_what_is_not_there() -> None:
    for seed in range(8):
        assert "misses" in guessing(seed, 20), seed


def test_whoever_works_at_night_is_found_though_every_customer_is_the_own_one() -> None:
    company, reader = Company(1), Reader(days=[30] * 6)
    own = sorted(company.own[0])[: USUAL.night]
    assert "hours" in [rule for code in own for rule in reader.looks([code], company.own[0], hour=23)]


def test_a_habit_of_much_work_is_no_alarm_and_ten_times_the_usual_is_one() -> None:
    busy, calm = [150, 160, 140, 155, 170, 165], [20, 25, 30, 22, 28, 24]
    assert 170 < rules.most_of(busy, USUAL) <= 320
    assert rules.most_of(calm, USUAL) == USUAL.volume
    assert rules.most_of([], USUAL) == rules.NEWCOMER * USUAL.volume


def main() -> None:
    """Print the figures."""
    days, spoken = 0, Counter[str]()
    for seed in range(20):
        more, told = clean(seed)
        days += more
        spoken.update(told)
    said = ", ".join(f"{rule} {number} ({number / days:.2%})" for rule, number in spoken.items())
    sys.stdout.write(f"clean: {days} days of people; {said}\n")
    for count in (18, 20, 25, 30, 40, 50):
        for name, how in (
            ("", {}),
            (", shuffled", {"is_shuffled": True}),
            (", own ones among them", {"with_own": True}),
        ):
            found = [copying(seed, count, **how) for seed in range(300)]
            caught = sum("neighbours" in one for one in found)
            sys.stdout.write(f"copying {count} neighbours{name}: {caught / len(found):.1%}\n")
    for count in (10, 20, 30, 50):
        found = [guessing(seed, count) for seed in range(300)]
        sys.stdout.write(f"guessing {count} codes: {sum('misses' in one for one in found) / len(found):.1%}\n")


if __name__ == "__main__":
    main()
