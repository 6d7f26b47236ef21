"""Rows numbered and written by tables, in rounds: a round ends for a counter where the width of its numbers changes."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kehuma.engine.coding.columns import Band, Numbers, bands_of, record, symbols_of, weights_of
from kehuma.engine.coding.grammar import Grammar
from kehuma.engine.coding.model import Check, Random, Serial
from kehuma.engine.coding.serials import last_number
from kehuma.engine.coding.snapshots import Snapshot
from kehuma.engine.coding.templates import Form, Layout, Template, template_of

# MOD 37,2 skips one number in 37: so many more than are needed are looked at, and more in the next round.
_SKIPPED = 32
# How the rows of a counter are numbered in a round.
_PLAINLY, _IN_TURN, _SINGLY, _NOT = range(4)


@dataclass(frozen=True, slots=True)
class Piece:
    """The codes of some rows; ``rows`` are their places in the batch."""

    rows: Numbers
    numbers: NDArray[Any]
    codes: NDArray[np.bytes_]
    identities: NDArray[np.bytes_]
    lengths: NDArray[np.uint8]


@dataclass(slots=True)
class Counter:
    """A counter key: its next number, and the kinds (numbers of snapshots) that draw on it.

    ``waiting`` are the kinds that have no template for the band yet. ``behaviours`` tell apart kinds that skip or
    refuse different numbers: rows of one behaviour are numbered by arithmetic, others one after the other.
    """

    id: int
    next: int
    kinds: list[int] = field(default_factory=list)
    band: Band | None = None
    waiting: list[int] = field(default_factory=list)
    behaviours: set[tuple[int, int, bool]] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Groups:
    """Rows sorted by counter: ``counts[i]`` of them belong to ``counters[i]``."""

    rows: Numbers
    counters: Sequence[Counter]
    counts: Numbers

    def only(self, chosen: NDArray[np.bool_]) -> "_Groups":
        """The groups of which ``chosen`` is true."""
        counters = [counter for counter, is_chosen in zip(self.counters, chosen, strict=True) if is_chosen]
        return _Groups(self.rows[np.repeat(chosen, self.counts)], counters, self.counts[chosen])

    def each(self) -> Iterator[tuple[Counter, Numbers]]:
        """Every counter with its rows."""
        ends = np.cumsum(self.counts)
        for counter, end, size in zip(self.counters, ends.tolist(), self.counts.tolist(), strict=True):
            yield counter, self.rows[end - size : end]


@dataclass(frozen=True, slots=True)
class _Arrays:
    """The templates of all kinds as columns."""

    layouts: NDArray[np.int64]
    constants: Numbers
    codes: NDArray[np.bytes_]
    identities: NDArray[np.bytes_]


def is_tabular(grammar: Grammar) -> bool:
    """Whether the codes of a scheme can be put together from tables."""
    serial = grammar.scheme.serial
    is_plain = (
        serial is not None and serial.order == "sequential" and (grammar.algorithm is None or grammar.algorithm.linear)
    )
    return is_plain and not any(isinstance(segment, Random) for segment in grammar.segments)


class Tabulated:
    """Writes the rows of a tabular scheme. ``singly`` writes those whose numbers are too large for tables."""

    def __init__(self, grammar: Grammar, serial: Serial, singly: Callable[[Numbers, Numbers], Piece]) -> None:
        self._grammar, self._step, self._singly = grammar, serial.step, singly
        self._bands = bands_of(serial, grammar.room)
        self._firsts = [band.first for band in self._bands]
        self._last = last_number(serial, grammar.room)
        self._has_live = any(item.group is not None for item in grammar.items)
        self._printed = _printed(grammar)
        self._skips = grammar.algorithm is not None and not set(grammar.algorithm.alphabet_out) <= self._printed
        self._snapshots: list[Snapshot] = []
        self._templates: list[Template | None] = []
        self._layouts: dict[Layout, int] = {}
        self._made: _Arrays | None = None

    def add(self, snapshot: Snapshot, counter: Counter) -> None:
        """Take in the snapshot of the next kind."""
        counter.kinds.append(len(self._snapshots))
        counter.waiting.append(len(self._snapshots))
        self._snapshots.append(snapshot)
        self._templates.append(None)

    def write(
        self, kinds: Numbers, rows: Numbers, counter_of: NDArray[Any], counters: Sequence[Counter]
    ) -> Iterator[Piece]:
        """The codes of ``rows`` of a batch that has these ``kinds``; ``counter_of`` names the counter of each kind."""
        # A stable sort of 16-bit numbers is a radix sort: it keeps the order of the file at about 10 ns a row.
        rows = rows.take(np.argsort(counter_of.take(kinds.take(rows)), kind="stable"))
        while len(rows):
            ids = counter_of.take(kinds.take(rows))
            starts = np.flatnonzero(np.concatenate(([True], ids[1:] != ids[:-1])))
            counts = np.diff(starts, append=len(rows))
            groups = _Groups(rows, [counters[index] for index in ids.take(starts).tolist()], counts)
            left: list[Numbers] = [rows[:0]]
            yield from self._round(groups, kinds, left)
            rows = np.concatenate(left)

    def _round(self, groups: _Groups, kinds: Numbers, left: list[Numbers]) -> Iterator[Piece]:
        ways = np.array([self._way(counter) for counter in groups.counters])
        is_plain = ways == _PLAINLY
        if is_plain.any():
            rows, numbers = self._numbered(groups if is_plain.all() else groups.only(is_plain), left)
            yield from self._written(rows, kinds.take(rows), numbers)
        for counter, turn in groups.only(ways == _IN_TURN).each():
            rows, numbers = self._numbered_in_turn(counter, turn, kinds.take(turn), left)
            yield from self._written(rows, kinds.take(rows), numbers)
        for _, turn in groups.only(ways == _SINGLY).each():
            yield self._singly(turn, kinds.take(turn))

    def _way(self, counter: Counter) -> int:
        """How to number the rows of a counter, after its templates were made ready for the next number."""
        band = counter.band
        if band is None or counter.next > band.last:
            place = bisect_right(self._firsts, counter.next) - 1
            band = self._bands[place] if place >= 0 and counter.next <= self._bands[place].last else None
            counter.band, counter.waiting, counter.behaviours = band, list(counter.kinds), set()
        if band is None:
            return _SINGLY if counter.next <= self._last else _NOT
        for kind in counter.waiting:
            template = self._templates[kind] = template_of(self._grammar, self._snapshots[kind], band)
            skipped = (template.layout.right, template.constant) if self._skips else (0, 0)
            counter.behaviours.add((*skipped, template.is_too_long))
            self._made = None
        counter.waiting = []
        return _PLAINLY if len(counter.behaviours) == 1 and not next(iter(counter.behaviours))[2] else _IN_TURN

    def _numbered(self, groups: _Groups, left: list[Numbers]) -> tuple[Numbers, Numbers]:
        """Rows and their numbers, where all rows of a counter skip the same numbers."""
        step, counts = self._step, groups.counts
        firsts = np.array([counter.next for counter in groups.counters], dtype=np.int64)
        limits = (np.array([counter.band.last for counter in groups.counters if counter.band]) - firsts) // step + 1
        ahead = np.minimum(limits, counts + counts // _SKIPPED + 2 if self._skips else counts)
        served, numbers = ahead, _runs(firsts, ahead, step)
        if self._skips:
            behaving = np.array([counter.kinds[0] for counter in groups.counters])
            is_good = self._checks(np.repeat(behaving, ahead), numbers) != 0
            numbers, served = _first_good(numbers, is_good, ahead, counts)
        is_served = served == counts
        lasts = np.append(numbers, 0).take(np.cumsum(served) - 1)
        following = np.where(is_served, lasts + step, firsts + ahead * step)
        for counter, number in zip(groups.counters, following.tolist(), strict=True):
            counter.next = number
        if is_served.all():
            return groups.rows, numbers
        is_row = _runs(np.zeros_like(counts), counts, 1) < np.repeat(served, counts)
        left.append(groups.rows[~is_row])
        return groups.rows[is_row], numbers

    def _numbered_in_turn(
        self, counter: Counter, rows: Numbers, kinds: Numbers, left: list[Numbers]
    ) -> tuple[Numbers, Numbers]:
        """Rows and their numbers, where which numbers are skipped or refused depends on the row."""
        assert counter.band is not None  # noqa: S101  # settled by _way
        limit = (counter.band.last - counter.next) // self._step + 1
        ahead = min(limit, len(rows) + len(rows) // _SKIPPED + 2)
        numbers = counter.next + self._step * np.arange(ahead)
        good: dict[int, bytes] = {}
        place = 0
        places: list[int] = []
        served: list[int] = []
        for turn, kind in enumerate(kinds.tolist()):
            if kind not in good:
                good[kind] = self._is_good(kind, numbers).tobytes()
            place = good[kind].find(1, place)
            if place < 0:
                left.append(rows[turn:])
                place = ahead
                break
            if not self._template(kind).is_too_long:
                places.append(place)
                served.append(turn)
                place += 1
        counter.next += place * self._step
        return rows[np.array(served, dtype=np.int64)], numbers[np.array(places, dtype=np.int64)]

    def _is_good(self, kind: int, numbers: Numbers) -> NDArray[np.bool_]:
        if not self._skips:
            return np.ones(len(numbers), dtype=np.bool_)
        return np.asarray(self._checks(np.full(len(numbers), kind), numbers) != 0)

    def _written(self, rows: Numbers, kinds: Numbers, numbers: Numbers) -> Iterator[Piece]:
        arrays = self._arrays
        for layout, places in self._by_layout(kinds):
            some, some_kinds = numbers[places], kinds[places]
            parts = layout.band.parts(some)
            checks = self._checks_of(layout, some_kinds, parts) if self._grammar.algorithm else None
            codes = _filled(arrays.codes.take(some_kinds), layout.code, layout.band, parts, checks)
            identities = codes
            if self._has_live:
                identities = _filled(arrays.identities.take(some_kinds), layout.identity, layout.band, parts, checks)
            lengths = np.full(len(some), layout.code.length, dtype=np.uint8)
            yield Piece(rows[places], some, codes, identities, lengths)

    def _checks(self, kinds: Numbers, numbers: Numbers) -> NDArray[np.uint8]:
        checks = np.empty(len(numbers), dtype=np.uint8)
        for layout, places in self._by_layout(kinds):
            checks[places] = self._checks_of(layout, kinds[places], layout.band.parts(numbers[places]))
        return checks

    def _checks_of(self, layout: Layout, kinds: Numbers, parts: Sequence[Numbers]) -> NDArray[np.uint8]:
        """The check characters as bytes, 0 for one that is never printed."""
        algorithm = self._grammar.algorithm
        assert algorithm is not None  # noqa: S101  # asked only where there is one
        sums = self._arrays.constants.take(kinds)
        for weights, part in zip(weights_of(algorithm, layout.band, layout.right), parts, strict=True):
            sums += weights.take(part)
        return symbols_of(algorithm, self._printed, 1 + len(parts)).take(sums)

    def _by_layout(self, kinds: Numbers) -> Iterator[tuple[Layout, Any]]:
        """The layouts of these kinds, each with the places where it is."""
        ids = self._arrays.layouts.take(kinds)
        layouts = list(self._layouts)
        present = ids[:1] if (ids == ids[:1]).all() else np.unique(ids)
        for index in present.tolist():
            yield layouts[index], slice(None) if len(present) == 1 else np.flatnonzero(ids == index)

    def _template(self, kind: int) -> Template:
        template = self._templates[kind]
        assert template is not None  # noqa: S101  # made by _way
        return template

    @property
    def _arrays(self) -> _Arrays:
        if self._made is None:
            made = list(self._templates)
            self._made = _Arrays(
                np.array([self._layouts.setdefault(t.layout, len(self._layouts)) if t else -1 for t in made]),
                np.array([t.constant if t else 0 for t in made], dtype=np.int64),
                np.array([t.code if t else b"" for t in made]),
                np.array([t.identity if t else b"" for t in made]),
            )
        return self._made


def _printed(grammar: Grammar) -> frozenset[str]:
    """The characters that the check segment prints."""
    pairs = zip(grammar.items, grammar.languages, strict=True)
    return frozenset().union(*(language.characters for item, language in pairs if isinstance(item.part, Check)))


def _runs(firsts: Numbers, counts: Numbers, step: int) -> Numbers:
    """``counts[i]`` numbers from ``firsts[i]`` on, one run after the other."""
    starts = np.cumsum(counts) - counts
    return np.repeat(firsts - starts * step, counts) + np.arange(int(counts.sum())) * step


def _first_good(
    numbers: Numbers, is_good: NDArray[np.bool_], ahead: Numbers, counts: Numbers
) -> tuple[Numbers, Numbers]:
    """Of each run of ``ahead[i]`` numbers the first ``counts[i]`` good ones; and how many these are."""
    starts = np.cumsum(ahead) - ahead
    rank = np.cumsum(is_good)
    before: Numbers = rank.take(starts) - is_good.take(starts)
    is_taken = is_good & (rank <= np.repeat(before + counts, ahead))
    return numbers[is_taken], np.add.reduceat(is_taken, starts, dtype=np.int64)


def _filled(
    texts: NDArray[np.bytes_], form: Form, band: Band, parts: Sequence[Numbers], checks: NDArray[np.uint8] | None
) -> NDArray[np.bytes_]:
    """Templates with their numbers and check characters put in."""
    words = {form.number_at + chunk.offset: chunk.word for chunk in band.chunks}
    if checks is not None:
        words[form.check_at] = np.dtype("u1")
    rows = texts.view(record(words, texts.itemsize))
    for chunk, part in zip(band.chunks, parts, strict=True):
        rows[str(form.number_at + chunk.offset)] = chunk.texts.take(part)
    if checks is not None:
        rows[str(form.check_at)] = checks
    return texts
