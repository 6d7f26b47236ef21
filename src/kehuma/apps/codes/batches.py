"""Codes for whole files: set by set instead of row by row.

A chunk of rows is one transaction: its known rows are found in one query, each counter is read and moved once, the
codes are written column by column and stored with a few statements, and one event testifies to them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db import connection, transaction

from kehuma.apps.audit import services as audit
from kehuma.apps.codes import register, schemes
from kehuma.apps.codes.data import Order, Outcome
from kehuma.apps.codes.errors import SourceChangedError
from kehuma.apps.codes.fingerprints import fingerprints
from kehuma.apps.codes.sets import CodeSet, MetError, Prepared, prepared
from kehuma.apps.codes.writing import Taken
from kehuma.lib.db.durability import require_durable
from kehuma.lib.db.locks import stand_alone

CHUNK = 10_000
# Attributes repeat, names do not: a file of names must not fill the memory with their snapshots.
_REMEMBERED = 50_000

OnChange = Literal["keep", "reject"]


@dataclass(slots=True)
class _Chunk:
    """Rows on their way: the outcome of each, and of those that get a code their places, in order."""

    requests: list[bytes]
    prepared: list[Prepared]
    outcomes: list[Outcome | None]
    new: list[int]


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
        self._remembered: dict[tuple[str, ...], Prepared] = {}
        self._set = CodeSet(self._published)
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
        rows = [remembered.get(values) or self._prepare(values) for _, values in orders]
        chunk = _Chunk(requests, rows, [None] * len(orders), [])
        first: dict[bytes, int] = {}
        repeated: list[int] = []
        for place, (request, row) in enumerate(zip(requests, rows, strict=True)):
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
            again = self._again(rows[place].facts, rows[before].facts, code) if code else found
            chunk.outcomes[place] = again
        return [outcome for outcome in chunk.outcomes if outcome is not None]

    def _prepare(self, values: tuple[str, ...]) -> Prepared:
        facts = dict(zip(self._attributes, values, strict=True))
        fingerprint = self._fingerprints.of_facts(facts, None)
        row = prepared(self._published, fingerprint, facts, facts.get("parent") or None, self._at)
        if len(self._remembered) >= _REMEMBERED:
            self._remembered.clear()
        self._remembered[values] = row
        return row

    def _again(self, facts: bytes, before: bytes, code: str) -> Outcome:
        if facts == before:
            return Outcome("known", code)
        if self._on_change == "keep":
            return Outcome("changed", code)
        return Outcome("rejected", None, SourceChangedError("source-changed", code=code))

    def _code(self, chunk: _Chunk, taken: Taken) -> None:
        """Give the new rows of a chunk their codes; MetError where some of the texts are codes already."""
        rows = [chunk.prepared[place] for place in chunk.new]
        texts = self._set.issue(
            [chunk.requests[place] for place in chunk.new],
            rows,
            self._set.ask(rows),
            taken,
            source=self._source,
            actor=self._actor,
            at=self._at,
        )
        for index, (place, code) in enumerate(zip(chunk.new, texts.codes, strict=True)):
            error = texts.errors.get(index)
            chunk.outcomes[place] = Outcome("rejected", None, error) if error else Outcome("coded", code)
