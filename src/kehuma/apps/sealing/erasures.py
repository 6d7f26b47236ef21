"""Destroying data keys, and the list of it outside the database, so that no older backup brings a person back.

The list stands beside the witness: one line for each subject, its id and uuid, on disk before it counts as remembered.
A line is written after the commit, so that no transaction that came to nothing erases anybody later; what a crash has
kept from it, ``replay`` adds.
"""

import errno
import hmac
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.db import transaction

from kehuma.apps.audit import keyring, witness
from kehuma.apps.audit import services as audit
from kehuma.apps.sealing.errors import KeysError
from kehuma.apps.sealing.models import SubjectKey
from kehuma.lib import keys

_LINE = re.compile(rb"(\d{1,19}) ([0-9a-f]{32})")
_TOGETHER = 500

Named = tuple[int, str]


def erase(ids: Iterable[int], *, actor: str, at: datetime) -> int:
    """Destroy the data keys of subjects, in one transaction with its event; how many there were that had one.

    KeysError ``erasures-unwritable`` where the list cannot be written: an older backup would bring them back.
    """
    erased = 0
    with transaction.atomic():
        for some in _batches(sorted(set(ids))):
            there = SubjectKey.objects.filter(pk__in=some, erased_at=None).order_by("pk").select_for_update()
            found = [(number, uuid.hex) for number, uuid in there.values_list("id", "uuid")]
            if found:
                _erase(found, actor=actor, at=at)
                transaction.on_commit(partial(_append, found), robust=True)
            erased += len(found)
    return erased


def replay(*, actor: str, at: datetime) -> list[int]:
    """Erase again what this database, perhaps an older state, still opens; the ids of those subjects.

    What the list lacks is added to it.
    """
    if not keys.has_key(Path(settings.KEHUMA_HOME)):
        return []
    listed, here = _listed(), _erased()
    if forgotten := [(number, uuid) for number, uuid in here.items() if number not in listed]:
        _append(forgotten)
    erased: list[int] = []
    with transaction.atomic():
        for some in _batches(sorted(listed.keys() - here.keys())):
            there = SubjectKey.objects.filter(pk__in=some, erased_at=None).order_by("pk")
            # The id alone may be another subject's, of a database that went on from an older backup.
            found = [
                (number, uuid.hex) for number, uuid in there.values_list("id", "uuid") if uuid.hex == listed[number]
            ]
            if found:
                _erase(found, actor=actor, at=at)
            erased += [number for number, _ in found]
    return erased


def path() -> Path:
    """The list; several installations may keep theirs in one folder. LogKeyError where ``installation.key`` was lost."""
    home = Path(settings.KEHUMA_HOME)
    if not keys.has_key(home):
        # What the log was made with must not be made anew in passing.
        keyring.recalled()
    name = hmac.digest(keys.installation_key(home), b"erased subjects", "sha256").hex()[:16]
    return witness.folder() / f"{name}.erased"


def _erase(found: Sequence[Named], *, actor: str, at: datetime) -> None:
    _append([])
    SubjectKey.objects.filter(pk__in=[number for number, _ in found]).update(wrapped=None, version=None, erased_at=at)
    uuids = [uuid for _, uuid in found]
    subject = uuids[0] if len(uuids) == 1 else ""
    audit.record("sealing.erased", subject, {"subjects": uuids}, actor=actor, at=at)


def _append(found: Sequence[Named]) -> None:
    try:
        if not settings.KEHUMA_WITNESS:
            witness.folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path(), os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o600)
        try:
            if found:
                _write(descriptor, found)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise KeysError("erasures-unwritable", folder=witness.folder(), reason=error.strerror or error) from error


def _write(descriptor: int, found: Sequence[Named]) -> None:
    # A line that was broken off must not run into the next one.
    lines = b"".join(b"\n%d %s" % (number, uuid.encode()) for number, uuid in found) + b"\n"
    if os.write(descriptor, lines) != len(lines):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    os.fsync(descriptor)


def _listed() -> Mapping[int, str]:
    text = path().read_bytes() if path().exists() else b""
    return {int(line[1]): line[2].decode() for line in map(_LINE.fullmatch, text.split(b"\n")) if line}


def _erased() -> Mapping[int, str]:
    there = SubjectKey.objects.filter(erased_at__isnull=False)
    return {number: uuid.hex for number, uuid in there.values_list("id", "uuid")}


def _batches(ids: Sequence[int]) -> Iterator[list[int]]:
    left = iter(ids)
    while some := list(islice(left, _TOGETHER)):
        yield some
