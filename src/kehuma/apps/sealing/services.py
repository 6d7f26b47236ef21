"""Writing: subjects and their data keys, the key versions above them, and the ways to open an installation."""

import os
from collections.abc import Callable, Iterable, Iterator
from itertools import repeat
from typing import NamedTuple

from kehuma.apps.sealing import keyring
from kehuma.apps.sealing.erasures import erase
from kehuma.apps.sealing.erasures import replay as replay_erasures
from kehuma.apps.sealing.errors import StoreSealedError
from kehuma.apps.sealing.models import SubjectKey as Row
from kehuma.apps.sealing.openers import (
    confirm_recovery_key,
    new_recovery_key,
    recover,
    set_passphrase,
    unseal,
    use_key_file,
)
from kehuma.apps.sealing.rewrapping import Moved, retire, rewrap, rotate
from kehuma.apps.sealing.rows import seal_row
from kehuma.engine.encryption.subjects import SubjectKey
from kehuma.engine.encryption.versions import KeyRing
from kehuma.lib.db import rows

__all__ = [
    "Moved",
    "Subject",
    "asked_subjects",
    "confirm_recovery_key",
    "erase",
    "new_recovery_key",
    "new_subjects",
    "recover",
    "replay_erasures",
    "retire",
    "rewrap",
    "rotate",
    "seal_row",
    "set_passphrase",
    "store_subjects",
    "unseal",
    "use_key_file",
]

_TABLE = Row._meta.db_table  # noqa: SLF001 - Django's way to the name of a table


class Subject(NamedTuple):
    """Whom values belong to: the id is for a column ``subject``, the key seals them, ``stored`` is its row."""

    id: int
    key: SubjectKey
    stored: tuple[str, bytes, int]


def new_subjects(count: int) -> list[Subject]:
    """As many new subjects with data keys of their own, in the caller's transaction. StoreSealedError."""
    made = list(asked_subjects(count)())
    store_subjects(made)
    return made


def asked_subjects(count: int) -> Callable[[], Iterator[Subject]]:
    """The same in two steps, of which this is the first: those that are stored then are subjects, the others are none.

    All that the store is asked for is known after the second step. Each subject is made when it is taken: then comes
    the StoreSealedError too, for who needs none after all.
    """
    ids, current = rows.asked_ids(_TABLE, count), keyring.asked_current()

    def told() -> Iterator[Subject]:
        try:
            ring = current()
        except StoreSealedError as error:
            return _refusing(error)
        return map(_made, ids(), repeat(ring))

    return told


def store_subjects(subjects: Iterable[Subject], insert: rows.Insert = rows.insert) -> None:
    """Store subjects that were asked for, in the same transaction."""
    insert(_TABLE, ("id", "uuid", "wrapped", "version_id"), [(one.id, *one.stored) for one in subjects])


def _refusing(error: StoreSealedError) -> Iterator[Subject]:
    raise error
    yield


def _made(number: int, ring: KeyRing) -> Subject:
    # As hexadecimal digits both stores take it; making a UUID of them would take as long as the wrapping.
    name = os.urandom(16).hex()
    key, wrapped = ring.new_subject_key(name, os.urandom)
    return Subject(number, key, (name, wrapped, ring.current.number))
