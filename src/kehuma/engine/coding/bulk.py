"""Codes by the million: the same texts as ``Grammar.write`` gives one by one, made column by column.

>>> from kehuma.engine.coding.grammar import compile_scheme
>>> from kehuma.engine.coding.scheme_file import load_scheme
>>> grammar = compile_scheme(load_scheme('''
... kehuma = 1
... name = "customer"
... template = "{region}-{serial:4}"
... segments.region.dictionary = "cn-province"
... '''))
>>> writer = BatchWriter(grammar)
>>> beijing, shanghai = (writer.kind_of(grammar.snapshot({"region": name})) for name in ("北京", "上海"))
>>> writer.write(np.array([beijing, shanghai, beijing])).texts()
['BJ-0001', 'SH-0001', 'BJ-0002']
>>> writer.next_numbers
{'region=BJ': 3, 'region=SH': 2}

Rows are numbered in their order, per counter key. The templates of the codes come from the grammar itself, so there is
one place that knows how a code is laid out; numbers and check characters are put into them from tables (``columns``).
Where no table can do it, each row goes through ``Grammar.write``.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kehuma.engine.coding.columns import Numbers
from kehuma.engine.coding.errors import WriteError
from kehuma.engine.coding.grammar import Grammar, Written
from kehuma.engine.coding.model import Random
from kehuma.engine.coding.snapshots import Snapshot
from kehuma.engine.coding.tabulated import Counter, Piece, Tabulated, is_tabular

# How often characters are drawn again when a scheme without serial has given the text out already.
_DRAWS = 100


@dataclass(frozen=True, slots=True)
class Batch:
    """The codes of a batch of rows. A row without code has length 0 and number -1.

    ``codes`` are fixed-width bytes, filled up with NUL; ``identities`` is the same array in a scheme without live
    parts. ``numbers`` are of type object where one of them needs more than 64 bits.
    """

    codes: NDArray[np.bytes_]
    lengths: NDArray[np.uint8]
    identities: NDArray[np.bytes_]
    numbers: NDArray[Any]

    def texts(self) -> list[str]:
        """The codes as texts."""
        return _as_texts(self.codes)

    def identity_texts(self) -> list[str]:
        """The identity forms as texts."""
        return _as_texts(self.identities)


def codes_of(grammar: Grammar, snapshot: Snapshot, count: int, first: int) -> tuple[list[int], list[str], list[str]]:
    """Numbers, codes and identities of the next ``count`` codes of one snapshot, from the number ``first`` on.

    They are fewer where the range ends. Codes and identities are one list where the scheme has no live part.
    """
    writer = BatchWriter(grammar, first=lambda _: first)
    batch = writer.write(np.full(count, writer.kind_of(snapshot)))
    written = int(np.count_nonzero(batch.lengths))
    codes = batch.texts()[:written]
    identities = codes if batch.identities is batch.codes else batch.identity_texts()[:written]
    return batch.numbers[:written].tolist(), codes, identities


class BatchWriter:
    """Writes batches of rows, and remembers the next number of each counter from batch to batch.

    ``first`` gives the next number of a counter key when it first appears (else it is the scheme's start); ``draw``
    gives the characters of a random segment. A scheme without serial gives each text to the first row that asks.
    """

    def __init__(
        self,
        grammar: Grammar,
        *,
        first: Callable[[str], int] | None = None,
        draw: Callable[[], str] | None = None,
    ) -> None:
        self._grammar, self._draw = grammar, draw
        self._serial = serial = grammar.scheme.serial
        self._first = first or (lambda _: serial.start if serial else 0)
        self._kinds: dict[Snapshot, int] = {}
        self._snapshots: list[Snapshot] = []
        self._counters: dict[str, Counter] = {}
        self._counter_of: list[Counter] = []
        self._given: set[str] = set()
        self._has_live = any(item.group is not None for item in grammar.items)
        self._require_draw()
        self._tables = Tabulated(grammar, serial, self._singly) if serial and is_tabular(grammar) else None

    @property
    def next_numbers(self) -> dict[str, int]:
        """The next number of each counter key, after the batches so far."""
        return {key: counter.next for key, counter in self._counters.items()}

    def kind_of(self, snapshot: Snapshot) -> int:
        """The number by which ``write`` knows all rows with this snapshot."""
        kind = self._kinds.get(snapshot)
        return self._new_kind(snapshot) if kind is None else kind

    def write(self, kinds: Numbers) -> Batch:
        """The codes of rows, in their order; -1 is the kind of a row that gets none."""
        rows = np.flatnonzero(kinds >= 0)
        if self._tables is None:
            return _joined(len(kinds), [self._singly(rows, kinds[rows])])
        small = np.uint16 if len(self._counters) <= np.iinfo(np.uint16).max else np.int64
        counter_of = np.array([counter.id for counter in self._counter_of], dtype=small)
        return _joined(len(kinds), self._tables.write(kinds, rows, counter_of, list(self._counters.values())))

    def _require_draw(self) -> None:
        for segment in self._grammar.segments:
            if isinstance(segment, Random) and self._draw is None:
                raise WriteError("random-wrong", segment=segment.name, value="", width=segment.width)

    def _new_kind(self, snapshot: Snapshot) -> int:
        kind = self._kinds[snapshot] = len(self._snapshots)
        key = snapshot.counter_key
        if key not in self._counters:
            self._counters[key] = Counter(len(self._counters), self._first(key))
        self._snapshots.append(snapshot)
        self._counter_of.append(self._counters[key])
        if self._tables is not None:
            self._tables.add(snapshot, self._counters[key])
        return kind

    def _singly(self, rows: Numbers, kinds: Numbers) -> Piece:
        """The rows one by one, through the grammar."""
        written = [self._next(self._snapshots[kind], self._counter_of[kind]) for kind in kinds.tolist()]
        done = [one for one in written if one is not None]
        numbers = [-1 if one.serial is None else one.serial for one in done]
        codes = np.array([one.code.encode() for one in done], dtype=np.bytes_)
        return Piece(
            rows[np.array([one is not None for one in written], dtype=np.bool_)],
            np.array(numbers, dtype=object if max(numbers, default=0) >= 2**63 else np.int64),
            codes,
            np.array([one.identity.encode() for one in done], dtype=np.bytes_) if self._has_live else codes,
            np.array([len(one.code) for one in done], dtype=np.uint8),
        )

    def _next(self, snapshot: Snapshot, counter: Counter) -> Written | None:
        for number in self._tries(counter):
            drawn = self._draw() if self._draw else None
            try:
                written = self._grammar.write(snapshot, serial=number, random=drawn)
            except WriteError as error:
                if error.message == "check-not-printable":
                    continue
                counter.next = counter.next if number is None else number
                return None
            if self._serial or written.identity not in self._given:
                self._given.update(() if self._serial else (written.identity,))
                return written
        return None

    def _tries(self, counter: Counter) -> Iterator[int | None]:
        """The numbers to try; without a serial there is nothing to try but other drawn characters."""
        if self._serial is None:
            yield from repeat(None, _DRAWS if self._draw else 1)
            return
        while True:
            counter.next += self._serial.step
            yield counter.next - self._serial.step


def _joined(size: int, pieces: Iterable[Piece]) -> Batch:
    """The pieces as one batch of ``size`` rows."""
    made = list(pieces)
    type_of_numbers = object if any(piece.numbers.dtype == object for piece in made) else np.int64
    numbers, lengths = np.full(size, -1, dtype=type_of_numbers), np.zeros(size, dtype=np.uint8)
    for piece in made:
        numbers[piece.rows], lengths[piece.rows] = piece.numbers, piece.lengths
    codes = _scattered(size, [(piece.rows, piece.codes) for piece in made])
    has_live = any(piece.identities is not piece.codes for piece in made)
    identities = _scattered(size, [(piece.rows, piece.identities) for piece in made]) if has_live else codes
    return Batch(codes, lengths, identities, numbers)


def _scattered(size: int, pieces: list[tuple[Numbers, NDArray[np.bytes_]]]) -> NDArray[np.bytes_]:
    texts = np.zeros(size, dtype=f"S{max((piece.itemsize for _, piece in pieces), default=1)}")
    for rows, piece in pieces:
        texts[rows] = piece
    return texts


def _as_texts(codes: NDArray[np.bytes_]) -> list[str]:
    texts: list[str] = codes.astype(np.str_).tolist()
    return texts
