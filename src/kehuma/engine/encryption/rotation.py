"""Wrapping data keys anew under the current key version; values stay as they are, and readers go on reading.

A store takes each row over only if it still holds what was read: ``UPDATE … SET wrapped = new WHERE wrapped = old``.

>>> import os
>>> from kehuma.engine.encryption.versions import KeyRing, KeyVersion, version_of
>>> ring = KeyRing([KeyVersion(1, os.urandom(32))])
>>> rows = [(subject, ring.new_subject_key(subject, os.urandom)[1]) for subject in ("7d0a", "91bc")]
>>> ring = ring.rotated(KeyVersion(2, os.urandom(32)))
>>> [(row.subject, version_of(row.old), version_of(row.new)) for row in rewrapped(rows, ring, os.urandom)]
[('7d0a', 1, 2), ('91bc', 1, 2)]
"""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from kehuma.engine.encryption.errors import EncryptionError
from kehuma.engine.encryption.hidden import Chance
from kehuma.engine.encryption.versions import KeyRing, version_of


class Rewrapped(NamedTuple):
    """A subject's data key as it was stored, and as it is to be stored."""

    subject: str
    old: bytes
    new: bytes


def rewrapped(
    rows: Iterable[tuple[str, bytes]],
    ring: KeyRing,
    chance: Chance,
    *,
    fault: Callable[[str, EncryptionError], None] | None = None,
) -> Iterator[Rewrapped]:
    """The rows that are not under the current version yet; doing it twice does no harm.

    A row that does not open goes to ``fault`` and the others go on; without ``fault`` its error is raised.
    """
    current = ring.current
    for subject, wrapped in rows:
        try:
            if version_of(wrapped) == current.number:
                continue
            secret = ring.unwrap(subject, wrapped)
        except EncryptionError as error:
            if fault is None:
                raise
            fault(subject, error)
        else:
            yield Rewrapped(subject, wrapped, current.wrap(subject, secret, chance))
