"""From snapshots to texts that may become codes: numbers and drawn characters are added here."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kehuma.apps.codes.errors import AlreadyIssuedError, NoFreeTextError
from kehuma.engine.coding.errors import CodingError, WriteError
from kehuma.engine.coding.grammar import Grammar, Written
from kehuma.engine.coding.model import Random
from kehuma.engine.coding.snapshots import Snapshot

if TYPE_CHECKING:
    from kehuma.engine.coding.bulk import BatchWriter

# A random part of which nine in ten texts are taken still fails only once in 37,000 codes.
_TRIES = 100
# A scheme with a counter for every name must not fill the memory with counters.
_MOST_COUNTERS = 50_000


@dataclass(slots=True)
class Texts:
    """What snapshots became, one entry for each; where ``errors`` has its index, there is no code.

    ``next_numbers`` says where each counter has come to, ``met`` names counter key, number and text where a number was
    passed over because its text was taken.
    """

    codes: list[str] = field(default_factory=list)
    identities: list[str] = field(default_factory=list)
    numbers: list[int | None] = field(default_factory=list)
    errors: dict[int, CodingError] = field(default_factory=dict)
    next_numbers: dict[str, int] = field(default_factory=dict)
    met: list[tuple[str, int, str]] = field(default_factory=list)

    def add(self, written: Written | CodingError) -> None:
        """The next entry."""
        if isinstance(written, CodingError):
            self.errors[len(self.codes)] = written
            written = Written("", "", None)
        self.codes.append(written.code)
        self.identities.append(written.identity)
        self.numbers.append(written.serial)


@dataclass(slots=True)
class Taken:
    """Texts that are codes already, and numbers of counter keys that were given by hand."""

    texts: set[str] = field(default_factory=set)
    numbers: set[tuple[str, int]] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.texts or self.numbers)


class SetWriter:
    """Writes many snapshots of one scheme; keeps the tables it made from call to call."""

    def __init__(self, grammar: Grammar) -> None:
        self._grammar = grammar
        self._bulk: BatchWriter | None = None
        self._numbers: Mapping[str, int] = {}
        self._is_counted = grammar.scheme.serial is not None and not _random(grammar)

    def write(self, snapshots: Sequence[Snapshot], numbers: Mapping[str, int], taken: Taken) -> Texts:
        """A text for each snapshot, in order, that is not ``taken``; ``numbers`` are the next of each counter."""
        if not self._is_counted or taken:
            self._bulk = None
            return _one_by_one(self._grammar, snapshots, numbers, taken)
        # Numpy takes longer to load than one code takes to be given out, and only sets of them need it.
        import numpy as np  # noqa: PLC0415

        bulk = self._at(numbers)
        batch = bulk.write(np.fromiter(map(bulk.kind_of, snapshots), dtype=np.int64, count=len(snapshots)))
        codes = batch.texts()
        identities = codes if batch.identities is batch.codes else batch.identity_texts()
        following = bulk.next_numbers
        texts = Texts(codes, identities, batch.numbers.tolist(), {}, {key: following[key] for key in numbers})
        for index in np.flatnonzero(batch.lengths == 0).tolist():
            texts.errors[index] = _refusal(self._grammar, snapshots[index], following)
        return texts

    def _at(self, numbers: Mapping[str, int]) -> "BatchWriter":
        """The bulk writer, made anew where its counters are not at these numbers: others have issued meanwhile."""
        from kehuma.engine.coding.bulk import BatchWriter  # noqa: PLC0415 - as above

        known = self._bulk.next_numbers if self._bulk else {}
        if self._bulk is None or len(known) > _MOST_COUNTERS or known != {**known, **numbers}:
            self._bulk = BatchWriter(self._grammar, first=lambda key: self._numbers[key])
        self._numbers = numbers
        return self._bulk


def candidates(grammar: Grammar, snapshot: Snapshot, numbers: Iterator[int]) -> Iterator[Written]:
    """Texts for a snapshot, one after another until the caller finds one free.

    Numbers whose check character cannot be printed are left out. WriteError where the range is full,
    NoFreeTextError or AlreadyIssuedError where a scheme without serial has nothing more to offer.
    """
    if grammar.scheme.serial is not None:
        for number in numbers:
            try:
                yield grammar.write(snapshot, serial=number, random=_drawn(grammar))
            except WriteError as error:
                if error.message != "check-not-printable":
                    raise
    elif _random(grammar):
        for _ in range(_TRIES):
            yield grammar.write(snapshot, random=_drawn(grammar))
        raise NoFreeTextError("no-free-text", tries=_TRIES)
    else:
        written = grammar.write(snapshot)
        yield written
        raise AlreadyIssuedError("already-issued", code=written.identity)


def _one_by_one(grammar: Grammar, snapshots: Sequence[Snapshot], numbers: Mapping[str, int], taken: Taken) -> Texts:
    texts = Texts(next_numbers=dict(numbers))
    step = grammar.scheme.serial.step if grammar.scheme.serial else 0
    used = set(taken.texts)
    for snapshot in snapshots:
        key = snapshot.counter_key
        tried = candidates(grammar, snapshot, _counting(texts.next_numbers.get(key, 0), step))
        try:
            found = _first_free(tried, key, used, taken.numbers, texts.met)
        except CodingError as error:
            texts.add(error)
            continue
        used.add(found.identity)
        texts.add(found)
        if found.serial is not None:
            texts.next_numbers[key] = found.serial + step
    return texts


def _first_free(
    tried: Iterator[Written], key: str, used: set[str], held: set[tuple[str, int]], met: list[tuple[str, int, str]]
) -> Written:
    passed: list[tuple[str, int, str]] = []
    for written in tried:
        if (key, written.serial) in held:
            continue
        if written.identity not in used:
            # What was passed over for a row that gets no code is met again by the next row.
            met += passed
            return written
        if written.serial is not None:
            passed.append((key, written.serial, written.identity))
    raise AssertionError("candidates end with an error")


def _refusal(grammar: Grammar, snapshot: Snapshot, numbers: Mapping[str, int]) -> CodingError:
    """Why a snapshot gets no code from its counter."""
    step = grammar.scheme.serial.step if grammar.scheme.serial else 0
    try:
        next(candidates(grammar, snapshot, _counting(numbers[snapshot.counter_key], step)))
    except CodingError as error:
        return error
    raise AssertionError("the bulk writer left out a row that can be written")


def _counting(number: int, step: int) -> Iterator[int]:
    while True:
        yield number
        number += step


def _random(grammar: Grammar) -> Random | None:
    return next((segment for segment in grammar.segments if isinstance(segment, Random)), None)


def _drawn(grammar: Grammar) -> str | None:
    segment = _random(grammar)
    return None if segment is None else "".join(secrets.choice(segment.alphabet) for _ in range(segment.width))
