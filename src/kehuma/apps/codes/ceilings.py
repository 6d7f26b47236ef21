"""How far the counters have come, carried over a restore.

A restored store knows nothing of the codes that were given out after its backup. Where the replaced store can still be
read, its counters say how far it had come, and the restored ones jump there: no number is given out twice.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from kehuma.apps.audit import services as audit
from kehuma.apps.codes import schemes, skips
from kehuma.apps.codes.models import Counter

Ceilings = Mapping[tuple[str, str], int]


def ceilings() -> Ceilings:
    """The next number of every counter, by the name of its scheme and its key."""
    return {(scheme, key): number for scheme, key, number in Counter.objects.values_list("scheme", "key", "next")}


@transaction.atomic
def raise_counters(least: Ceilings, *, actor: str, at: datetime) -> int:
    """Let no counter be lower than ``least`` says; how many had to move."""
    here = {(row.scheme, row.key): row for row in Counter.objects.select_for_update()}
    new = [Counter(scheme=scheme, key=key, next=number) for (scheme, key), number in least.items()]
    moved = [row for row in new if (row.scheme, row.key) not in here]
    Counter.objects.bulk_create(moved, batch_size=1_000)
    _note_new(moved, actor=actor, at=at)
    low = [row for place, row in here.items() if least.get(place, 0) > row.next]
    for row in low:
        skips.note(row.pk, row.next, least[row.scheme, row.key] - 1, skips.RESTORED, actor=actor, at=at)
        row.next = least[row.scheme, row.key]
    Counter.objects.bulk_update(low, ["next"], batch_size=200)
    if moved or low:
        audit.record("codes.counters-raised", "", {"counters": len(moved) + len(low)}, actor=actor, at=at)
    return len(moved) + len(low)


def _note_new(counters: Sequence[Counter], *, actor: str, at: datetime) -> None:
    """Of counters that this store has not known, all numbers are passed over."""
    starts: dict[str, int] = {}
    for counter in counters:
        if counter.scheme not in starts:
            version = schemes.newest(counter.scheme)
            serial = schemes.opened(version).grammar.scheme.serial if version else None
            starts[counter.scheme] = serial.start if serial else 0
        skips.note(counter.pk, starts[counter.scheme], counter.next - 1, skips.RESTORED, actor=actor, at=at)
