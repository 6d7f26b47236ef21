"""Look-ups are counted in memory and written down every few seconds, so that no reader waits for a writer.

What a process has noted and not yet written is lost when it is killed: at most ``INTERVAL`` seconds of it. A process
that ends as it should writes the rest.
"""

import logging
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from django.db import DatabaseError, connections, transaction
from django.utils import timezone

from kehuma.apps.alarms.models import Canary
from kehuma.apps.codes import queries as codes
from kehuma.engine.coding.errors import ReadError
from kehuma.engine.coding.normal import loose
from kehuma.lib.db import rows
from kehuma.lib.db.locks import stand_alone
from kehuma.lib.viewer import Viewer

INTERVAL = 5.0
# Of one reader in one hour and one process; whoever looks up more is only counted from there on.
MOST_KEPT = 2_000
_LONGEST = 400
_COLUMNS = ("reader", "day", "hour", "code", "is_miss", "times")
_log = logging.getLogger("kehuma.alarms")


class When(NamedTuple):
    """Who looked, on which day and in which hour, by the clocks of the organisation."""

    reader: str
    day: date
    hour: int


@dataclass(slots=True)
class Noted:
    """What one reader looked up in one hour: identities that were found, texts that were not, and how many beyond."""

    found: dict[str, None] = field(default_factory=dict)
    missed: dict[str, None] = field(default_factory=dict)
    more_found: int = 0
    more_missed: int = 0


class Counts:
    """What a process has seen and not yet written. A code that was noted is not noted again within the hour."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[When, Noted] = {}
        self._before: dict[When, set[str]] = {}

    def found(self, viewer: Viewer, identities: Iterable[str], at: datetime) -> None:
        """Somebody sees these codes."""
        if when := _when(viewer, at):
            with self._lock:
                known = self._known(when)
                noted = self._waiting.setdefault(when, Noted())
                for identity in identities:
                    if identity in known:
                        continue
                    if len(known) < MOST_KEPT:
                        known.add(identity)
                        noted.found[identity] = None
                    else:
                        noted.more_found += 1

    def missed(self, viewer: Viewer, texts: Iterable[str], at: datetime) -> None:
        """Somebody asked for codes that there are not, or not for him; the texts live until they are written."""
        if when := _when(viewer, at):
            with self._lock:
                noted = self._waiting.setdefault(when, Noted())
                for text in texts:
                    if len(noted.missed) < MOST_KEPT:
                        noted.missed[text[:_LONGEST]] = None
                    else:
                        noted.more_missed += 1

    def taken(self) -> Mapping[When, Noted]:
        """What waits; it waits no longer."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        return waiting

    def put_back(self, waiting: Mapping[When, Noted]) -> None:
        """What could not be written waits again."""
        with self._lock:
            for when, noted in waiting.items():
                here = self._waiting.setdefault(when, Noted())
                here.found = noted.found | here.found
                here.missed = noted.missed | here.missed
                here.more_found += noted.more_found
                here.more_missed += noted.more_missed

    def forget(self) -> None:
        """Begin anew."""
        with self._lock:
            self._waiting, self._before = {}, {}

    def _known(self, when: When) -> set[str]:
        if when not in self._before:
            self._before = {one: known for one, known in self._before.items() if one[1:] == when[1:]}
        return self._before.setdefault(when, set())


_counts = Counts()
found, missed, forget = _counts.found, _counts.missed, _counts.forget


def flush() -> int:
    """Write down what waits; how many rows it became. What the store does not take now waits for the next time."""
    waiting = _counts.taken()
    if not waiting:
        return 0
    try:
        return _store(waiting)
    except DatabaseError:
        _counts.put_back(waiting)
        _log.exception("look-ups could not be written down")
        return 0


def keep_flushing() -> None:
    """Do so every few seconds in a thread of its own for as long as the process lives."""
    threading.Thread(target=_keep, name="look-ups", daemon=True).start()


def _keep() -> None:
    pause = threading.Event()
    while True:
        pause.wait(INTERVAL)
        if flush():
            connections.close_all()


def _when(viewer: Viewer, at: datetime) -> When | None:
    """None for our own work, which nobody watches."""
    reader = viewer.key or viewer.actor
    if viewer.is_system or not reader:
        return None
    there = timezone.localtime(at)
    return When(reader, there.date(), there.hour)


def _store(waiting: Mapping[When, Noted]) -> int:
    ids = codes.ids_of(identity for noted in waiting.values() for identity in noted.found)
    canaries = _canaries() if any(noted.missed for noted in waiting.values()) else {}
    told = [row for when, noted in waiting.items() for row in _rows(when, noted, ids, canaries)]
    with transaction.atomic():
        # Ids are committed in their order: whoever reads on from the last one passes nothing over.
        stand_alone("alarms look-ups")
        rows.insert("alarms_read", _COLUMNS, told)
    return len(told)


def _rows(
    when: When, noted: Noted, ids: Mapping[str, int], canaries: Mapping[str, int]
) -> Iterable[tuple[str, str, int, int | None, bool, int]]:
    day = when.day.isoformat()
    known = [ids[identity] for identity in noted.found if identity in ids]
    # A page of a customer is not there for the code of nobody, which is a look-up of the code all the same.
    hit = {canaries[key] for text in noted.missed if (key := _loose(text)) in canaries}
    for code in (*known, *sorted(hit - set(known))):
        yield (when.reader, day, when.hour, code, False, 1)
    if noted.more_found:
        yield (when.reader, day, when.hour, None, False, noted.more_found)
    if misses := len(noted.missed) - len(hit) + noted.more_missed:
        yield (when.reader, day, when.hour, None, True, misses)


def _canaries() -> Mapping[str, int]:
    return dict(Canary.objects.values_list("loose", "code"))


def _loose(text: str) -> str:
    try:
        return loose(text, most=_LONGEST)
    except ReadError:
        return ""
