"""Writing: subjects and their data keys, the key versions above them, and the ways to open an installation."""

import os
from typing import NamedTuple

from kehuma.apps.sealing import keyring
from kehuma.apps.sealing.erasures import erase
from kehuma.apps.sealing.erasures import replay as replay_erasures
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
from kehuma.lib.db import rows

__all__ = [
    "Moved",
    "Subject",
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
    "unseal",
    "use_key_file",
]

_TABLE = Row._meta.db_table  # noqa: SLF001 - Django's way to the name of a table


class Subject(NamedTuple):
    """Whom values belong to: the id is for a column ``subject``, the key seals them."""

    id: int
    key: SubjectKey


def new_subjects(count: int) -> list[Subject]:
    """As many new subjects with data keys of their own, in the caller's transaction. StoreSealedError."""
    ring = keyring.current()
    version = ring.current.number
    made, stored = [], []
    for number in rows.reserve_ids(_TABLE, count):
        # As hexadecimal digits both stores take it; making a UUID of them would take as long as the wrapping.
        name = os.urandom(16).hex()
        key, wrapped = ring.new_subject_key(name, os.urandom)
        made.append(Subject(number, key))
        stored.append((number, name, wrapped, version))
    rows.insert(_TABLE, ("id", "uuid", "wrapped", "version_id"), stored)
    return made
