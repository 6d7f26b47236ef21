"""Bytes that nobody should see, and the small encodings that keys are bound by."""

import hashlib
from collections.abc import Callable
from typing import NoReturn

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

Chance = Callable[[int], bytes]
"""Gives so many unpredictable bytes: ``os.urandom`` at the edge."""

SECRET = 32


class Hidden:
    """32 secret bytes that no repr, log line, pickle or copy shows."""

    __slots__ = ("_secret",)

    def __init__(self, secret: bytes) -> None:
        if len(secret) != SECRET:
            message = f"a secret has {SECRET} bytes, not {len(secret)}"
            raise ValueError(message)
        self._secret = secret

    def __repr__(self) -> str:
        return f"{type(self).__name__}(hidden)"

    def __reduce__(self) -> NoReturn:
        message = f"{type(self).__name__} stays in this process"
        raise TypeError(message)


def drawn(chance: Chance, count: int) -> bytes:
    """So many bytes from ``chance``; ValueError where it gave another number: a short nonce would be none."""
    given = chance(count)
    if len(given) != count:
        message = f"asked chance for {count} bytes and got {len(given)}"
        raise ValueError(message)
    return given


def hkdf(secret: bytes, *, info: bytes, salt: bytes = b"", length: int = SECRET) -> bytes:
    """HKDF with SHA-256 (RFC 5869): a key of its own for each purpose named by ``info``."""
    return HKDF(SHA256(), length, salt, info).derive(secret)


def joined(*parts: str) -> bytes:
    """Texts as one run of bytes that no other texts give, for each is preceded by its length.

    >>> joined("a", "bc") == joined("ab", "c")
    False
    """
    return b"".join([len(encoded := part.encode()).to_bytes(4, "big") + encoded for part in parts])


def mark(bound: bytes) -> bytes:
    """One byte by which an error can say that something was sealed for another place; it protects nothing."""
    return hashlib.sha256(bound).digest()[:1]
