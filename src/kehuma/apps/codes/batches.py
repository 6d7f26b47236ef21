"""Codes for whole files: set by set instead of row by row.

A chunk of rows is one transaction: its known rows are found in one query, each counter is read and moved once, the
codes are written column by column and stored with a few statements, and one event testifies to them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db import IntegrityError, connection, transaction

from kehuma.apps.audit import services as audit
from kehuma.apps.codes import counters, register, schemes, skips
from kehuma.apps.codes.counters import Held
from kehuma.apps.codes.data import Order, Outcome
from kehuma.apps.codes.errors import SourceChangedError
from kehuma.apps.codes.fingerprints import fingerprints
from kehuma.apps.codes.models import State
from kehuma.apps.codes.writing import SetWriter, Taken, Texts
from kehuma.engine.coding.errors import CodingError
from kehuma.engine.coding.normal import loose_of
from kehuma.engine.coding.snapshots import Snapshot
from kehuma.lib.db.durability import require_durable
from kehuma.lib.db.locks import stand_alone

CHUNK = 10_000
_RELATION = "codes_code.identity"
# Attributes repeat, names do not: a file of names must not fill the memory with their snapshots.
_REMEMBERED = 50_000

OnChange = Literal["keep", "reject"]


@dataclass(slots=True)
class _Prepared:
    """What all rows with the same values share; without a snapshot, ``error`` says why they have no code."""

    facts: bytes
    snapshot: Snapshot | None = None
    counter_key: str = ""
    stored: str = ""
    error: CodingError | None = None


@dataclass(slots=True)
class _Chunk:
    """Rows on their way: the outcome of each, and of those that get a code their places, in order."""

    requests: list[bytes]
    prepared: list[_Prepared]
    outcomes: list[Outcome | None]
    new: list[int]

    def snapshot(self, place: int) -> Snapshot:
        """The snapshot of a row that gets a code."""
        snapshot = self.prepared[place].snapshot
        assert snapshot is not None  # noqa: S101 - rows without one are rejected before
        return snapshot


class MetError(Exception):
    """The new rows cannot be stored, perhaps because some of their texts or numbers are there already."""

    def __init__(self, rows: Sequence[register.Row], keys: Mapping[int, str], refusal: Exception) -> None:
        super().__init__()
        self._rows, self._keys, self.refusal = rows, keys, refusal

    def add_to(self, taken: Taken) -> bool:
        """Look up which they are; whether there is one more than were known to be."""
        texts = register.taken([row[0] for row in self._rows]) - taken.texts
        held = register.held((row[4], row[5]) for row in self._rows)
        numbers = {(self._keys[counter], number) for counter, number in held} - taken.numbers
        taken.texts |= texts
        taken.numbers |= numbers
        return bool(texts or numbers)


class Batch:
    """Issues codes of one scheme to the rows of one source; keeps what it has learnt from chunk to chunk.

    ``attributes`` name the values of an order; ``parent`` among them is the superior's code. ``source`` is the
    name space of the row keys. UnknownSchemeError where the scheme is not published.
    """

    def __init__(  # noqa: PLR0913 - one argument per fact
        self,
        scheme: str,
        attributes: Sequence[str],
        *,
        source: str,
        actor: str,
        at: datetime,
        on_change: OnChange = "keep",
    ) -> None:
        self._published = schemes.published(scheme, at)
        self._attributes, self._source = tuple(attributes), source
        self._actor, self._at, self._on_change = actor, at, on_change
        with transaction.atomic():
            self._fingerprints = fingerprints(scheme)
        self._hashed = self._fingerprints.of_source(source)
        self._remembered: dict[tuple[str, ...], _Prepared] = {}
        self._writer = SetWriter(self._published.grammar)
        self._met = Taken()

    def issue(self, orders: Sequence[Order]) -> list[Outcome]:
        """The outcome of each row, in order; a row that cannot be coded does not hold up the others."""
        outcomes: list[Outcome] = []
        for start in range(0, len(orders), CHUNK):
            outcomes += self._chunk(orders[start : start + CHUNK])
        return outcomes

    def issue_together(self, orders: Sequence[Order]) -> list[Outcome]:
        """The same in the caller's transaction and without a savepoint: with one, SQLite keeps a second journal.

        MetError where texts turn out to be taken, which is rare: the caller rolls its transaction back, lets ``learn``
        know, and asks again.
        """
        # Every statement walks the second journal from its beginning: ten times the time, among 400,000 customers.
        with transaction.atomic(savepoint=False):
            outcomes: list[Outcome] = []
            for start in range(0, len(orders), CHUNK):
                outcomes += self._alone(orders[start : start + CHUNK], self._met)
        self._met = Taken()
        return outcomes

    def learn(self, error: MetError) -> None:
        """What is taken, outside of the transaction that met it; the refusal itself where it was something else."""
        if not error.add_to(self._met):
            raise error.refusal from None

    def _chunk(self, orders: Sequence[Order]) -> list[Outcome]:
        taken = Taken()
        while True:
            # No savepoint inside either. Texts that are taken are rare, so the whole chunk is rolled back and done again.
            try:
                with transaction.atomic():
                    return self._alone(orders, taken)
            except MetError as error:
                if not error.add_to(taken):
                    raise error.refusal from None

    def _alone(self, orders: Sequence[Order], taken: Taken) -> list[Outcome]:
        require_durable(connection)
        audit.require_current()
        # The same file twice at once: the second finds the rows of the first as known.
        stand_alone("source", self._published.version.name, self._source)
        return self._issued(orders, taken)

    def _issued(self, orders: Sequence[Order], taken: Taken) -> list[Outcome]:
        hashed = self._hashed.of
        requests = [hashed(key) for key, _ in orders]
        known = register.known(requests)
        remembered = self._remembered
        prepared = [remembered.get(values) or self._prepare(values) for _, values in orders]
        chunk = _Chunk(requests, prepared, [None] * len(orders), [])
        first: dict[bytes, int] = {}
        repeated: list[int] = []
        for place, (request, row) in enumerate(zip(requests, prepared, strict=True)):
            if request in known:
                chunk.outcomes[place] = self._again(row.facts, *known[request])
            elif request in first:
                repeated.append(place)
            elif row.snapshot is None:
                chunk.outcomes[place] = Outcome("rejected", None, row.error)
            else:
                first[request] = place
                chunk.new.append(place)
        if chunk.new:
            self._code(chunk, taken)
        for place in repeated:
            before = first[requests[place]]
            found = chunk.outcomes[before]
            code = found.code if found else None
            again = self._again(prepared[place].facts, prepared[before].facts, code) if code else found
            chunk.outcomes[place] = again
        return [outcome for outcome in chunk.outcomes if outcome is not None]

    def _prepare(self, values: tuple[str, ...]) -> _Prepared:
        facts = dict(zip(self._attributes, values, strict=True))
        prepared = _Prepared(self._fingerprints.of_facts(facts, None))
        try:
            parent = facts.get("parent") or None
            prepared.snapshot = self._published.grammar.snapshot(facts, at=self._at, parent=parent)
            prepared.counter_key = prepared.snapshot.counter_key
            prepared.stored = self._published.stored(prepared.snapshot)
        except CodingError as error:
            # A traceback keeps the rows of this chunk alive for as long as the error is remembered.
            error.__context__ = None
            prepared.error = error.with_traceback(None)
        if len(self._remembered) >= _REMEMBERED:
            self._remembered.clear()
        self._remembered[values] = prepared
        return prepared

    def _again(self, facts: bytes, before: bytes, code: str) -> Outcome:
        if facts == before:
            return Outcome("known", code)
        if self._on_change == "keep":
            return Outcome("changed", code)
        return Outcome("rejected", None, SourceChangedError("source-changed", code=code))

    def _code(self, chunk: _Chunk, taken: Taken) -> None:
        """Give the new rows of a chunk their codes; MetError where some of the texts are codes already."""
        serial = self._published.grammar.scheme.serial
        snapshots = [chunk.snapshot(place) for place in chunk.new]
        keys = {snapshot.counter_key: None for snapshot in snapshots}
        held = counters.held(self._published.version.name, keys, serial) if serial else {}
        texts = self._writer.write(snapshots, {key: counter.next for key, counter in held.items()}, taken)
        rows = self._rows(chunk, texts, held)
        names = {counter.id: key for key, counter in held.items()}
        # A row of its own would be refused by the register; an earlier text of a code is in another table.
        if called := register.called_before([row[0] for row in rows]) - taken.texts:
            raise MetError(rows, names, AssertionError(called))
        last = audit.highest(_RELATION)
        try:
            register.insert(rows)
        except IntegrityError as error:
            raise MetError(rows, names, error) from error
        following = self._following(held, texts, rows)
        audit.reach(self._published.version.name, [(names[counter], number) for counter, number in following])
        counters.advance(following)
        skips.note_taken(
            [(held[key].id, number, text) for key, number, text in texts.met], actor=self._actor, at=self._at
        )
        if rows:
            self._testify(rows, last, taken)

    def _following(self, held: Mapping[str, Held], texts: Texts, rows: Sequence[register.Row]) -> list[tuple[int, int]]:
        """Where the counters have come to. A row that gets no code moves none, also not past unprintable numbers."""
        if not texts.errors:
            return [(counter.id, texts.next_numbers[key]) for key, counter in held.items()]
        serial = self._published.grammar.scheme.serial
        last = {row[4]: row[5] for row in rows}
        step = serial.step if serial else 0
        return [(one.id, last_one + step) for one in held.values() if (last_one := last.get(one.id)) is not None]

    def _rows(self, chunk: _Chunk, texts: Texts, held: Mapping[str, Held]) -> list[register.Row]:
        """The rows for the register; fills in the outcomes."""
        version, at, issued = self._published.version.pk, register.moment(self._at), State.ISSUED.value
        ids = {key: counter.id for key, counter in held.items()}
        rows: list[register.Row] = []
        loose = loose_of("\n".join(texts.identities)).split("\n")
        columns = zip(chunk.new, texts.codes, texts.identities, loose, texts.numbers, strict=True)
        for index, (place, code, identity, key, number) in enumerate(columns):
            if index in texts.errors:
                chunk.outcomes[place] = Outcome("rejected", None, texts.errors[index])
                continue
            chunk.outcomes[place] = Outcome("coded", code)
            row = chunk.prepared[place]
            counter = ids.get(row.counter_key)
            rows.append(
                (
                    identity,
                    key,
                    code,
                    version,
                    counter,
                    number,
                    row.stored,
                    chunk.requests[place],
                    row.facts,
                    issued,
                    at,
                )
            )
        return rows

    def _testify(self, rows: Sequence[register.Row], last: int, taken: Taken) -> None:
        version = self._published.version
        detail = {"codes": len(rows), "version": version.number, "source": self._source, "taken": sorted(taken.texts)}
        audit.record_rows(
            "codes.issued",
            version.name,
            detail,
            relation=_RELATION,
            after=last,
            names=[row[0] for row in rows],
            actor=self._actor,
            at=self._at,
        )
