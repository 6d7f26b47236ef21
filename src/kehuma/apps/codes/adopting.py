"""Codes that somebody else wrote: one given by hand, and all those that were there before the register."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from kehuma.apps.audit import services as audit
from kehuma.apps.codes import certifying, counters, register, schemes, skips
from kehuma.apps.codes.counters import Held
from kehuma.apps.codes.data import IssuedCode, Outcome
from kehuma.apps.codes.errors import ManualError
from kehuma.apps.codes.fingerprints import Fingerprints, fingerprints
from kehuma.apps.codes.issuing import as_issued, asked_before
from kehuma.apps.codes.models import Code, State
from kehuma.apps.codes.schemes import Published
from kehuma.engine.coding.errors import CodingError
from kehuma.engine.coding.model import Check, Random, Serial
from kehuma.engine.coding.normal import loose_of
from kehuma.engine.coding.reading import Reading
from kehuma.lib.db.durability import require_durable
from kehuma.lib.db.locks import stand_alone
from kehuma.lib.viewer import Viewer

MANUAL, ADOPTED = "manual", "adopted"
_CHUNK = 10_000
# How far a counter goes that others have filled by hand; the columns of both stores end there.
_LAST = 2**63 - 1


@transaction.atomic
def issue_manual(viewer: Viewer, scheme: str, text: str, *, request_key: str, at: datetime) -> IssuedCode:
    """Give out the code that somebody chose; asked again with the same key, the same code.

    Its counter does not move; where it comes to the number, it passes over it. ``Refused`` without the right
    ``codes.manual``, ReadError for a text that is no code of the scheme, ManualError where text or number are taken.
    """
    viewer.require("codes.manual")
    require_durable(connection)
    audit.require_current()
    prints = fingerprints(scheme)
    request, facts = prints.of_request(request_key), prints.of_facts({"text": text}, None)
    if (before := asked_before(request, facts)) is not None:
        return as_issued(before)
    published = schemes.published(scheme, at)
    reading = published.grammar.read(text)
    held = _counters(published, [reading])
    row = _row(published, reading, held, request, facts, MANUAL, at)
    _require_free(row)
    if not register.insert_unless_taken(row):
        raise ManualError("manual-taken", text=reading.code)
    detail = {"version": published.version.number, "number": reading.serial}
    audit.record("codes.issued-manually", reading.identity, detail, actor=viewer.actor, at=at)
    return as_issued(Code.objects.select_related("version").get(identity=reading.identity))


def adopt(scheme: str, texts: Sequence[str], *, source: str, actor: str, at: datetime) -> list[Outcome]:
    """Take codes that are in use into the register, set by set; those it has of this scheme are known.

    Each counter moves past the greatest of its numbers (in a permuted order it passes over them one by one instead:
    there they lie anywhere). Two codes of one counter and number are both taken in, the second without its number.
    """
    outcomes: list[Outcome] = []
    for start in range(0, len(texts), _CHUNK):
        outcomes += _adopted(scheme, texts[start : start + _CHUNK], source, actor, at)
    return outcomes


@dataclass(slots=True)
class _Place:
    """A text that becomes a code, and where it stood in the list."""

    index: int
    reading: Reading


@transaction.atomic
def _adopted(scheme: str, texts: Sequence[str], source: str, actor: str, at: datetime) -> list[Outcome]:
    require_durable(connection)
    audit.require_current()
    published = schemes.published(scheme, at)
    stand_alone("source", published.version.name, source)
    prints = fingerprints(scheme)
    outcomes: list[Outcome | None] = [None] * len(texts)
    places: dict[str, _Place] = {}
    for index, text in enumerate(texts):
        try:
            reading = published.grammar.read(text)
        except CodingError as error:
            outcomes[index] = Outcome("rejected", None, error)
            continue
        if reading.identity in places:
            outcomes[index] = Outcome("known", reading.code)
        else:
            places[reading.identity] = _Place(index, reading)
    held = _counters(published, [place.reading for place in places.values()])
    _sort_out(published, places, outcomes)
    ids = _store(published, list(places.values()), held, prints, source, at)
    _move(published, list(places.values()), held, actor, at)
    for place in places.values():
        outcomes[place.index] = Outcome("coded", place.reading.code)
    if places:
        detail = {"codes": len(places), "version": published.version.number, "source": source}
        audit.record_rows(
            "codes.adopted", published.version.name, detail,
            relation=certifying.RELATION, names=list(places), ids=ids, actor=actor, at=at,
        )  # fmt: skip
    return [outcome for outcome in outcomes if outcome is not None]


def _sort_out(published: Published, places: dict[str, _Place], outcomes: list[Outcome | None]) -> None:
    """Those that the register has already are known, or belong to somebody else."""
    there = Code.objects.filter(identity__in=list(places)).values_list("identity", "form", "version__name")
    for identity, form, name in there:
        error = None if name == published.version.name else ManualError("manual-taken", text=identity)
        outcomes[places.pop(identity).index] = Outcome("known", form) if error is None else _refused(error)
    for identity in register.called_before(list(places)):
        outcomes[places.pop(identity).index] = _refused(ManualError("manual-taken", text=identity))


def _refused(error: CodingError) -> Outcome:
    return Outcome("rejected", None, error)


def _store(  # noqa: PLR0913, PLR0917 - one argument per fact
    published: Published,
    places: Sequence[_Place],
    held: dict[str, Held],
    prints: Fingerprints,
    source: str,
    at: datetime,
) -> Sequence[int]:
    hashed = prints.of_source(f"adopted {source}")
    rows = [
        _row(published, one.reading, held, hashed.of(one.reading.identity), prints.of_facts({}, None), ADOPTED, at)
        for one in places
    ]
    given = register.held((row[4], row[5]) for row in rows)
    stored = []
    for row in rows:
        number = (row[4] or 0, row[5] or 0)
        stored.append((*row[:4], None, None, *row[6:]) if number in given else row)
        given.add(number)
    ids = register.asked_ids(len(stored))()
    register.insert(ids, stored)
    return ids


def _move(published: Published, places: Sequence[_Place], held: dict[str, Held], actor: str, at: datetime) -> None:
    """Move the counters past what was taken in, and keep what they jumped over."""
    serial = published.grammar.scheme.serial
    if serial is None or serial.order == "permuted":
        return
    greatest: dict[str, int] = {}
    for place in places:
        key, number = place.reading.counter_key, place.reading.serial or 0
        greatest[key] = max(number, greatest.get(key, 0))
    for key, number in greatest.items():
        counter = held[key]
        if counter.next <= number < _LAST - serial.step:
            following = serial.start + ((number - serial.start) // serial.step + 1) * serial.step
            skips.note(counter.id, counter.next, following - 1, skips.ADOPTED, actor=actor, at=at)
            audit.reach(published.version.name, [(key, following)])
            counters.advance([(counter.id, following)])


def _counters(published: Published, readings: Sequence[Reading]) -> dict[str, Held]:
    serial = published.grammar.scheme.serial
    if serial is None:
        return {}
    keys = {reading.counter_key: None for reading in readings}
    return dict(counters.held(published.version.name, keys, serial))


def _row(  # noqa: PLR0913, PLR0917 - one argument per fact
    published: Published,
    reading: Reading,
    held: dict[str, Held],
    request: bytes,
    facts: bytes,
    origin: str,
    at: datetime,
) -> register.Row:
    """The row of a code that was read. ``origin`` tells it from those that its counter gave."""
    counter = held[reading.counter_key].id if reading.serial is not None else None
    number = reading.serial if reading.serial is None or reading.serial <= _LAST else None
    pairs = zip(reading.grammar.segments, reading.texts, strict=True)
    texts = ["" if isinstance(segment, (Serial, Check, Random)) else text for segment, text in pairs]
    kept: dict[str, object] = {"texts": texts, "origin": origin}
    if published.dictionaries:
        kept["dictionaries"] = published.dictionaries
    stored, version, moment = json.dumps(kept, separators=(",", ":")), published.version.pk, register.moment(at)
    identity, code = reading.identity, reading.code
    return (
        identity, loose_of(identity), code, version, counter if number is not None else None, number, stored,
        request, facts, State.ISSUED.value, moment,
    )  # fmt: skip


def _require_free(row: register.Row) -> None:
    fate = register.fate(row[0], row[4], row[5])
    if fate == "taken" or Code.objects.filter(identity=row[0]).exists():
        raise ManualError("manual-taken", text=row[2])
    if fate == "held":
        other = Code.objects.get(counter=row[4], number=row[5])
        raise ManualError("manual-held", text=row[2], code=other.form)
