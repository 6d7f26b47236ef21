"""The key of this installation and the hashes made with it.

Request keys, the keys of other systems' rows and fingerprints of facts stay in the register for ever, so they are
kept as keyed hashes only: the plain hash of a phone number is found again in minutes.

>>> numbers = Keyed(bytes(32), "numbers")
>>> numbers.of("1") == numbers.of("1"), numbers.of("1") == Keyed(bytes(32), "others").of("1"), len(numbers.of("1"))
(True, False, 16)
"""

import hashlib
import hmac
import os
import stat
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from kehuma.lib import secret_files

FILE_NAME = "installation.key"
_LENGTH = 16
_BLOCK = 64
_INNER, _OUTER = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))


class Keyed:
    """Keyed hashes for one purpose: HMAC-SHA256 under a key derived for it, cut to 128 bits."""

    def __init__(self, key: bytes, purpose: str) -> None:
        # The two halves of HMAC (RFC 2104), begun once: half the time of hmac.digest, which a million rows feel.
        derived = hmac.digest(key, purpose.encode(), "sha256").ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha256(derived.translate(_INNER))
        self._outer = hashlib.sha256(derived.translate(_OUTER))

    def of(self, text: str) -> bytes:
        """The keyed hash of ``text``; lone surrogates count as what they are."""
        inner, outer = self._inner.copy(), self._outer.copy()
        try:
            inner.update(text.encode())
        except UnicodeEncodeError:
            inner.update(text.encode("utf-8", "surrogatepass"))
        outer.update(inner.digest())
        return outer.digest()[:_LENGTH]


def has_key(home: Path) -> bool:
    """Whether the installation has its key."""
    return (home / FILE_NAME).exists()


def installation_key(home: Path) -> bytes:
    """The key kept in the data folder ``home``, made when missing; ``ValueError`` if it was damaged."""
    return standing_key(home) or secret_files.read_or_create(home / FILE_NAME)


def standing_key(home: Path) -> bytes | None:
    """The same where the installation has its key, else None."""
    # Every code asks several times: to look at a file costs a third of reading it, and a `Path` as much as the look.
    path = f"{home}/{FILE_NAME}"
    with suppress(FileNotFoundError):
        told = os.stat(path)  # noqa: PTH116 - as above
        return _read(path, (told.st_ino, told.st_size, told.st_mtime_ns))
    return None


@lru_cache(maxsize=8)
def _read(path: str, _told: tuple[int, int, int]) -> bytes:
    return secret_files.read_or_create(Path(path))


def is_private(home: Path) -> bool:
    """Whether nobody but the owner can read the key; always true where files have no such modes."""
    mode = (home / FILE_NAME).stat().st_mode
    return os.name == "nt" or not stat.S_IMODE(mode) & 0o077
