"""Numbered key versions: each wraps data keys of subjects; a rotation makes the next one and wraps them anew.

>>> import os
>>> ring = KeyRing([KeyVersion(1, os.urandom(32))])
>>> key, wrapped = ring.new_subject_key("7d0a", os.urandom)
>>> later = ring.rotated(KeyVersion(2, os.urandom(32)))
>>> later.current.number, later.open("7d0a", wrapped), version_of(wrapped)
(2, SubjectKey(hidden), 1)
"""

from collections.abc import Iterable

from kehuma.engine.encryption.ciphers import AES_256_GCM, Cipher
from kehuma.engine.encryption.envelopes import DATA_KEY, SealingKey, parse
from kehuma.engine.encryption.errors import SealedError, VersionError
from kehuma.engine.encryption.hidden import SECRET, Chance, drawn, joined, mark
from kehuma.engine.encryption.subjects import SubjectKey

_MOST = 2**32 - 1


class KeyVersion(SealingKey):
    """The key that wraps data keys from one rotation to the next. One may wrap 2^32 times (NIST SP 800-38D, 8.3)."""

    __slots__ = ("_number", "number")

    def __init__(self, number: int, secret: bytes, *, cipher: Cipher = AES_256_GCM) -> None:
        super().__init__(secret, cipher)
        if not 1 <= number <= _MOST:
            raise VersionError("version-number", version=number)
        self.number = number
        self._number = number.to_bytes(4, "big")

    def wrap(self, subject: str, secret: bytes, chance: Chance) -> bytes:
        """The secret of a subject's data key, wrapped for this subject and this version."""
        bound = joined(subject)
        return self._seal(DATA_KEY, self._number + mark(bound), bound, secret, chance)

    def unwrap(self, subject: str, wrapped: bytes) -> bytes:
        """The secret inside; SealedError names what is not as it was: length, kind, cipher, version, subject."""
        cipher, details = parse(DATA_KEY, wrapped)
        bound = joined(subject)
        if details[:4] != self._number:
            raise SealedError("data-key-of-another-version", found=version_of(wrapped), version=self.number)
        if details[4:] != mark(bound):
            raise SealedError("data-key-of-another-subject", subject=subject)
        secret = self._opened(DATA_KEY, cipher, wrapped, bound)
        if secret is None:
            raise SealedError("data-key-damaged", subject=subject, version=self.number)
        return secret


class KeyRing:
    """The key versions that open; the greatest, ``current``, wraps. Immutable: rotating gives another ring."""

    def __init__(self, versions: Iterable[KeyVersion]) -> None:
        self._versions = {version.number: version for version in versions}
        if not self._versions:
            raise VersionError("version-none")
        self.current = self._versions[max(self._versions)]

    def __repr__(self) -> str:
        return f"KeyRing({sorted(self._versions)})"

    @property
    def numbers(self) -> tuple[int, ...]:
        """The versions it can open, in order."""
        return tuple(sorted(self._versions))

    def version(self, number: int) -> KeyVersion:
        """The version of this number; VersionError ``version-unknown``."""
        if number not in self._versions:
            raise VersionError("version-unknown", version=number)
        return self._versions[number]

    def new_subject_key(self, subject: str, chance: Chance) -> tuple[SubjectKey, bytes]:
        """A data key for a new subject, and its wrapped form to store."""
        secret = drawn(chance, SECRET)
        return SubjectKey(subject, secret, cipher=self.current.cipher), self.current.wrap(subject, secret, chance)

    def open(self, subject: str, wrapped: bytes) -> SubjectKey:
        """The subject's data key. SealedError, or VersionError where the ring lacks the version."""
        return SubjectKey(subject, self.unwrap(subject, wrapped), cipher=self.current.cipher)

    def unwrap(self, subject: str, wrapped: bytes) -> bytes:
        """The secret of the data key, whichever version wrapped it."""
        return self.version(version_of(wrapped)).unwrap(subject, wrapped)

    def rotated(self, version: KeyVersion) -> "KeyRing":
        """With a new current version; its number must be greater than all others: VersionError ``version-order``."""
        if version.number <= self.current.number:
            raise VersionError("version-order", version=version.number, current=self.current.number)
        return KeyRing([*self._versions.values(), version])

    def retired(self, number: int, *, still_wrapped: int) -> "KeyRing":
        """Without a version. VersionError ``version-in-use``, ``version-current``, ``version-unknown``.

        ``still_wrapped`` is how many stored data keys it wraps. Only the store can count them, in the transaction that
        retires the version, and only the store can refuse the key that a process with an older ring brings afterwards.
        """
        version = self.version(number)
        if version is self.current:
            raise VersionError("version-current", version=number)
        if still_wrapped:
            raise VersionError("version-in-use", version=number, count=still_wrapped)
        return KeyRing(other for other in self._versions.values() if other is not version)


def version_of(wrapped: bytes) -> int:
    """The number of the version that wrapped this data key, as written on it; SealedError where these are other bytes."""
    _, details = parse(DATA_KEY, wrapped)
    return int.from_bytes(details[:4], "big")
