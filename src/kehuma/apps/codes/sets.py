"""Codes for many rows at once: each counter is read and moved once, a few statements store them, one event testifies."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import IntegrityError

from kehuma.apps.audit import services as audit
from kehuma.apps.codes import counters, register, skips
from kehuma.apps.codes.counters import Held
from kehuma.apps.codes.models import State
from kehuma.apps.codes.schemes import Published
from kehuma.apps.codes.writing import SetWriter, Taken, Texts
from kehuma.engine.coding.errors import CodingError
from kehuma.engine.coding.normal import loose_of
from kehuma.engine.coding.snapshots import Snapshot

_RELATION = "codes_code.identity"


@dataclass(slots=True)
class Prepared:
    """What all rows with the same values share; without a snapshot, ``error`` says why they have no code."""

    facts: bytes
    snapshot: Snapshot | None = None
    counter_key: str = ""
    stored: str = ""
    error: CodingError | None = None


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


def prepared(
    published: Published, fingerprint: bytes, facts: Mapping[str, object], parent: str | None, at: datetime
) -> Prepared:
    """The facts as the scheme writes them, or why it cannot; ``fingerprint`` is theirs."""
    row = Prepared(fingerprint)
    try:
        row.snapshot = published.grammar.snapshot(facts, at=at, parent=parent)
        row.counter_key = row.snapshot.counter_key
        row.stored = published.stored(row.snapshot)
    except CodingError as error:
        # A traceback keeps the rows of this chunk alive for as long as the error is remembered.
        error.__context__ = None
        row.error = error.with_traceback(None)
    return row


class Asked(NamedTuple):
    """What the register was asked for a set, and tells when it is called: its counters, held until the end."""

    held: Callable[[], Mapping[str, Held]]
    are_called: Callable[[], bool]
    ids: Callable[[], Sequence[int]]
    event: Callable[[], int]


class CodeSet:
    """Gives out codes of one version of a scheme; keeps the tables it made from call to call."""

    def __init__(self, published: Published) -> None:
        self._published = published
        self._writer = SetWriter(published.grammar)

    def ask(self, rows: Sequence[Prepared], others: Sequence[Prepared] = ()) -> Asked:
        """Ask what ``issue`` needs to know of these rows; who sends questions together waits once for the answers.

        The counters of the ``others`` are held too.
        """
        scheme, serial = self._published.version.name, self._published.grammar.scheme.serial
        keys = sorted({row.counter_key for row in (*rows, *others)})
        return Asked(
            counters.asked_held(scheme, keys, serial) if serial else dict,
            register.asked_whether_called(),
            register.asked_ids(len(rows)),
            audit.asked_event(),
        )

    def issue(  # noqa: PLR0913 - one argument per fact
        self,
        requests: Sequence[bytes],
        rows: Sequence[Prepared],
        asked: Asked,
        taken: Taken,
        *,
        source: str | None,
        actor: str,
        at: datetime,
    ) -> Texts:
        """What new requests get, in order, in the caller's transaction; the rows, asked about before, have snapshots.

        ``source`` is the file they come from, None where each was asked for by itself. MetError where some of the
        texts are codes already: the caller rolls back, adds them to ``taken``, and asks again.
        """
        snapshots = [_snapshot(row) for row in rows]
        keys = {row.counter_key for row in rows}
        held = {key: counter for key, counter in asked.held().items() if key in keys}
        texts = self._writer.write(snapshots, {key: counter.next for key, counter in held.items()}, taken)
        new = self._rows(requests, rows, texts, held, at)
        names = {counter.id: key for key, counter in held.items()}
        # A row of its own would be refused by the register; an earlier text of a code is in another table.
        if asked.are_called() and (called := register.called_before([row[0] for row in new]) - taken.texts):
            raise MetError(new, names, AssertionError(called))
        ids = asked.ids()[: len(new)]
        try:
            register.insert(ids, new)
        except IntegrityError as error:
            raise MetError(new, names, error) from error
        following = self._following(held, texts, new)
        audit.reach(self._published.version.name, [(names[counter], number) for counter, number in following])
        counters.advance(following)
        skips.note_taken([(held[key].id, number, text) for key, number, text in texts.met], actor=actor, at=at)
        if new:
            self._testify(new, asked, taken, source, actor, at)
        return texts

    def _following(self, held: Mapping[str, Held], texts: Texts, rows: Sequence[register.Row]) -> list[tuple[int, int]]:
        """Where the counters have come to. A row that gets no code moves none, also not past unprintable numbers."""
        if not texts.errors:
            return [(counter.id, texts.next_numbers[key]) for key, counter in held.items()]
        serial = self._published.grammar.scheme.serial
        last = {row[4]: row[5] for row in rows}
        step = serial.step if serial else 0
        return [(one.id, last_one + step) for one in held.values() if (last_one := last.get(one.id)) is not None]

    def _rows(
        self, requests: Sequence[bytes], rows: Sequence[Prepared], texts: Texts, held: Mapping[str, Held], at: datetime
    ) -> list[register.Row]:
        """The rows for the register, without those that get no code."""
        version, moment, issued = self._published.version.pk, register.moment(at), State.ISSUED.value
        ids = {key: counter.id for key, counter in held.items()}
        loose = loose_of("\n".join(texts.identities)).split("\n")
        columns = zip(requests, rows, texts.codes, texts.identities, loose, texts.numbers, strict=True)
        return [
            (
                identity,
                key,
                code,
                version,
                ids.get(row.counter_key),
                number,
                row.stored,
                request,
                row.facts,
                issued,
                moment,
            )
            for index, (request, row, code, identity, key, number) in enumerate(columns)
            if index not in texts.errors
        ]

    def _testify(  # noqa: PLR0913, PLR0917 - one argument per fact
        self, rows: Sequence[register.Row], asked: Asked, taken: Taken, source: str | None, actor: str, at: datetime
    ) -> None:
        version, names = self._published.version, [row[0] for row in rows]
        detail = {"version": version.number, "taken": sorted(taken.texts)}
        if source is None and len(names) == 1:
            audit.record("codes.issued", names[0], detail, actor=actor, at=at)
            return
        origin = {} if source is None else {"source": source}
        audit.record_rows(
            "codes.issued",
            version.name,
            {"codes": len(names), **detail, **origin},
            relation=_RELATION,
            names=names,
            ids=asked.ids()[: len(rows)],
            event=asked.event,
            actor=actor,
            at=at,
        )


def _snapshot(row: Prepared) -> Snapshot:
    assert row.snapshot is not None  # noqa: S101 - rows without one are rejected before
    return row.snapshot
