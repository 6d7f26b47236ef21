"""The restore fence: a store older than its witness gives out nothing until it was recovered.

Every code that was acknowledged has its event, and the witness knows the highest event and the newest checkpoint. A
store that has less is an older state: its counters would give out again what was given out since. ``carry_on`` lets
every counter jump to its ceiling; those of keys that the store has never heard of begin there when they come up.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection, connections, transaction
from django.db.models import Max

from kehuma.apps.audit import checkpoints, sequencing, tree, witness
from kehuma.apps.audit.errors import LogError, StoreBehindError, WitnessError
from kehuma.apps.audit.keyring import keyring
from kehuma.apps.audit.models import Event, LogCheckpoint, RecoveredCeiling
from kehuma.apps.audit.witness import Reached

Counter = tuple[str, str]


class Recovered(NamedTuple):
    """What a recovery came to: leaves seen by the witness and found here, counters moved, counters never heard of."""

    witnessed: int
    here: int
    moved: int
    unknown: int


def require_current() -> None:
    """Refuse with StoreBehindError or WitnessError what would give out codes; looked at once for each connection."""
    connection.ensure_connection()
    wrapper, seen = connections["default"], witness.current()
    looked = (wrapper.connection, seen)
    if getattr(wrapper, "kehuma_fence", None) == looked:
        return
    if error := contradiction():
        raise error
    wrapper.kehuma_fence = looked  # type: ignore[attr-defined]


def contradiction() -> LogError | None:
    """In what the store is not what its witness has seen; None where all is well or nothing was witnessed."""
    seen = witness.current()
    if seen is None:
        return None
    reached, here = seen.reached(), _here()
    if reached.event > here.event:
        return StoreBehindError("store-behind", witnessed=reached.event, here=here.event)
    note = seen.checkpoint()
    found = checkpoints.contradiction(note) if note else None
    if isinstance(found, WitnessError) and any(map(_has_begun, seen.earlier())):
        return StoreBehindError("store-earlier")
    return found


def reach(scheme: str, moved: Iterable[tuple[str, int]]) -> None:
    """Before these next numbers of a scheme's counter keys are committed: let no ceiling lie below them."""
    if seen := witness.current():
        seen.reach(scheme, moved)


def recovered(scheme: str, keys: Sequence[str]) -> Mapping[str, int]:
    """Where counters that are to begin have been already, in a life of this store that was lost."""
    seen = witness.current()
    if seen is None or not RecoveredCeiling.objects.exists():
        return {}
    names = {seen.of_counter(scheme, key): key for key in keys}
    found = RecoveredCeiling.objects.filter(counter__in=list(names)).values_list("counter", "next").order_by("next")
    return {names[bytes(counter)]: number for counter, number in found}


def jumps(counters: Mapping[Counter, int]) -> Mapping[Counter, int]:
    """Which of these counters (next numbers by scheme and key) a recovery moves, and where to."""
    seen = witness.current()
    ceilings = seen.ceilings() if seen else {}
    there = {counter: ceilings.get(seen.of_counter(*counter), 0) for counter in counters} if seen else {}
    return {counter: number for counter, number in there.items() if number > counters[counter]}


def carry_on(counters: Mapping[Counter, int], *, moved: int, actor: str, at: datetime) -> Recovered:
    """Take the store as it is, after its ``counters`` have jumped: a new beginning that the witness agrees to.

    What was lost stays told: the event holds the checkpoint that the witness had seen. In the caller's transaction;
    when it is committed, the log goes on from here. LogKeyError.
    """
    seen = witness.current()
    if seen is None:
        return Recovered(0, 0, 0, 0)
    note, ceilings = seen.checkpoint(), seen.ceilings()
    known = {seen.of_counter(*counter) for counter in counters}
    unknown = {name: number for name, number in ceilings.items() if name not in known}
    done = Recovered(checkpoints.size_of(note) if note else 0, tree.size(), moved, len(unknown))
    detail = {**done._asdict(), "checkpoint": note}
    event = Event.objects.create(kind="log.recovered", subject="", detail=detail, actor=actor, at=at)
    RecoveredCeiling.objects.bulk_create(
        [RecoveredCeiling(counter=name, next=number, event=event) for name, number in unknown.items()],
        batch_size=1_000,
    )
    transaction.on_commit(lambda: _begin_again(at))
    return done


def _begin_again(at: datetime) -> None:
    seen, ring = witness.current(), keyring(at)
    sequencing.append(ring)
    note = checkpoints.stored(ring, at, is_wanted=True)
    if seen:
        seen.set_back(note, _here())


def _has_begun(note: str) -> bool:
    """Whether the store may be an older state of the log that a note has seen, which a recovery has ended since."""
    return not isinstance(checkpoints.contradiction(note), WitnessError)


def _here() -> Reached:
    found = Event.objects.aggregate(last=Max("id")), LogCheckpoint.objects.aggregate(last=Max("id"))
    return Reached(*(one["last"] or 0 for one in found))
