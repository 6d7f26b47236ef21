"""Rotation: a new key version wraps from now on, and the data keys move to it while everything goes on.

Each batch is a short transaction; a data key is exchanged only if it still is what was read, so that two processes may
do it at once and a broken-off move is simply continued. Values stay as they are.
"""

import logging
import os
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Max

from kehuma.apps.audit import services as audit
from kehuma.apps.sealing import keyring, opening
from kehuma.apps.sealing.models import KeyVersion, SubjectKey, name_of
from kehuma.engine.encryption.errors import EncryptionError
from kehuma.engine.encryption.root import new_version
from kehuma.engine.encryption.rotation import rewrapped
from kehuma.engine.encryption.versions import KeyRing
from kehuma.lib.db import rows
from kehuma.lib.db.locks import stand_alone

_TABLE = SubjectKey._meta.db_table  # noqa: SLF001 - Django's way to the name of a table
# A batch keeps other writers waiting for some 20 ms on SQLite.
_TOGETHER = 2_000
_log = logging.getLogger("kehuma.sealing")


class Moved(NamedTuple):
    """How many data keys came to the current version, and how many do not open under any."""

    keys: int
    faults: int


def rotate(*, actor: str, at: datetime) -> int:
    """A new key version, which wraps from now on; its number. ``rewrap`` moves what the older ones wrap."""
    with transaction.atomic():
        stand_alone("sealing keys")
        number = keyring.current().current.number + 1
        _, wrapped = new_version(opening.master(), number, os.urandom)
        KeyVersion.objects.create(number=number, wrapped=wrapped, at=at)
        audit.record("sealing.rotated", f"key version {number}", {}, actor=actor, at=at)
    return number


def rewrap(*, actor: str, at: datetime, report: Callable[[float], None] = lambda _: None) -> Moved:
    """Move all data keys to the current version, from where it was left; ``report`` is told the share. StoreSealedError."""
    ring = keyring.current()
    version = KeyVersion.objects.get(number=ring.current.number)
    last = SubjectKey.objects.aggregate(last=Max("id"))["last"] or 0
    count = faults = 0
    for first in range(version.passed, last, _TOGETHER):
        moved = _move(ring, first, first + _TOGETHER)
        count, faults = count + moved.keys, faults + moved.faults
        report(min(1.0, (first + _TOGETHER) / last))
    late = _late(ring)
    count, faults = count + late.keys, faults + late.faults
    if not faults:
        _done(version, count, actor=actor, at=at)
    return Moved(count, faults)


def unmoved() -> KeyVersion | None:
    """The current version, where data keys are still on their way to it."""
    version = KeyVersion.objects.order_by("number").last()
    return version if version and version.moved_at is None else None


def retire(number: int, *, actor: str, at: datetime) -> None:
    """Destroy a version that wraps nothing any more; VersionError ``version-in-use``, ``version-current``, ``-unknown``."""
    with transaction.atomic():
        stand_alone("sealing keys")
        wrapped = SubjectKey.objects.filter(version=number).count()
        keyring.current().retired(number, still_wrapped=wrapped)
        with connection.cursor() as cursor:
            # Not Django's way, which would read the whole table once more; the foreign key stands guard.
            cursor.execute("DELETE FROM sealing_keyversion WHERE number = %s", [number])
        audit.record("sealing.retired", f"key version {number}", {}, actor=actor, at=at)


def _move(ring: KeyRing, after: int, upto: int) -> Moved:
    current = ring.current.number
    with transaction.atomic():
        moved = _exchanged(ring, _left(ring, "id > %s AND id <= %s", [after, upto]))
        KeyVersion.objects.filter(number=current, passed=after).update(passed=upto)
    return moved


def _late(ring: KeyRing) -> Moved:
    """What was committed behind our back by a transaction that had begun before the version was there."""
    count = faults = after = 0
    while found := _left(ring, "id > %s ORDER BY id LIMIT %s", [after, _TOGETHER]):
        moved = _exchanged(ring, found)
        count, faults, after = count + moved.keys, faults + moved.faults, found[-1][0]
    return Moved(count, faults)


def _left(ring: KeyRing, condition: str, parameters: Sequence[int]) -> list[tuple[int, str, bytes]]:
    """Ids, names and wrapped keys of those that are not under the current version."""
    with connection.cursor() as cursor:
        # Not the models: of a million rows they take a third of the time.
        cursor.execute(
            "SELECT id, uuid, wrapped FROM sealing_subjectkey "  # noqa: S608 - conditions of ours
            f"WHERE wrapped IS NOT NULL AND version_id <> %s AND {condition}",
            [ring.current.number, *parameters],
        )
        return [(number, name_of(uuid), bytes(wrapped)) for number, uuid, wrapped in cursor.fetchall()]


def _exchanged(ring: KeyRing, found: Sequence[tuple[int, str, bytes]]) -> Moved:
    ids = {name: number for number, name, _ in found}
    faults: list[int] = []

    def fault(subject: str, error: EncryptionError) -> None:
        faults.append(ids[subject])
        _log.error("the data key of subject %s stays where it is: %s", ids[subject], error.message)

    stored = ((name, wrapped) for _, name, wrapped in found)
    changes = [(ids[one.subject], one.old, one.new) for one in rewrapped(stored, ring, os.urandom, fault=fault)]
    with transaction.atomic():
        return Moved(rows.exchange(_TABLE, "wrapped", changes, beside=("version_id", ring.current.number)), len(faults))


def _done(version: KeyVersion, count: int, *, actor: str, at: datetime) -> None:
    with transaction.atomic():
        if KeyVersion.objects.filter(number=version.number, moved_at=None).update(moved_at=at):
            audit.record("sealing.rewrapped", str(version), {"subjects": count}, actor=actor, at=at)
