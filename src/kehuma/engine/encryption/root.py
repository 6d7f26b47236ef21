"""The root key: what the other keys of an installation are wrapped under, and the only key that people ever hold.

It comes from a passphrase, or from a text in a key file or an environment variable. The recovery key is that same text:
whoever has it opens everything, whichever way the root key came before.

>>> import os
>>> root = RootKey(os.urandom(32))
>>> version, wrapped = new_version(root, 1, os.urandom)
>>> again = RootKey.from_text(root.text())
>>> version_from(again, 1, wrapped)
KeyVersion(hidden)
"""

import hmac
from typing import Self

from kehuma.engine.encryption.ciphers import AES_256_GCM, Cipher
from kehuma.engine.encryption.envelopes import SECRET_UNDER_ROOT, SealingKey, parse
from kehuma.engine.encryption.errors import SealedError
from kehuma.engine.encryption.hidden import SECRET, Chance, drawn, hkdf, joined, mark
from kehuma.engine.encryption.key_text import key_text, read_key_text
from kehuma.engine.encryption.passphrase import Stretching
from kehuma.engine.encryption.versions import KeyVersion

_CHECK = 16


class RootKey(SealingKey):
    """Wraps secrets, each bound to its name. To change the root key, unwrap under the old one and wrap under the new."""

    __slots__ = ("_root",)

    def __init__(self, secret: bytes, *, cipher: Cipher = AES_256_GCM) -> None:
        # It wraps under a key of its own, for the check value is made from the root key, too.
        super().__init__(hkdf(secret, info=b"kehuma root key wraps"), cipher)
        self._root = secret

    @classmethod
    def new(cls, chance: Chance, *, cipher: Cipher = AES_256_GCM) -> Self:
        """A root key from chance, for a key file or the environment."""
        return cls(drawn(chance, SECRET), cipher=cipher)

    @classmethod
    def from_text(cls, text: str, *, cipher: Cipher = AES_256_GCM) -> Self:
        """From a key file, the environment or a typed recovery key; KeyTextError names the group that is wrong."""
        return cls(read_key_text(text), cipher=cipher)

    @classmethod
    def from_passphrase(cls, passphrase: str, stretching: Stretching, *, cipher: Cipher = AES_256_GCM) -> Self:
        """From a passphrase, stretched as it was when the key was made; about a second. PassphraseError."""
        return cls(stretching.stretched(passphrase), cipher=cipher)

    def text(self) -> str:
        """The recovery key, and what stands in a key file: the root key itself, to be shown once and kept apart."""
        return key_text(self._root)

    def check_value(self) -> bytes:
        """16 bytes to store: by them a wrong key or passphrase is told from damaged data. They do not lead to the key."""
        return hkdf(self._root, info=b"kehuma root key check", length=_CHECK)

    def has_check_value(self, stored: bytes) -> bool:
        """Whether ``stored`` is this key's check value."""
        return hmac.compare_digest(self.check_value(), stored)

    def new_secret(self, name: str, chance: Chance) -> tuple[bytes, bytes]:
        """A secret from chance, for the index or the pseudonyms for example, and its wrapped form to store."""
        secret = drawn(chance, SECRET)
        return secret, self.wrap(name, secret, chance)

    def wrap(self, name: str, secret: bytes, chance: Chance) -> bytes:
        """A secret wrapped under this name."""
        bound = joined(name)
        return self._seal(SECRET_UNDER_ROOT, mark(bound), bound, secret, chance)

    def unwrap(self, name: str, wrapped: bytes) -> bytes:
        """The secret inside. SealedError ``secret-of-another-name``; ``secret-damaged``, also under another root key."""
        cipher, details = parse(SECRET_UNDER_ROOT, wrapped)
        bound = joined(name)
        if details != mark(bound):
            raise SealedError("secret-of-another-name", name=name)
        secret = self._opened(SECRET_UNDER_ROOT, cipher, wrapped, bound)
        if secret is None:
            raise SealedError("secret-damaged", name=name)
        return secret


def new_version(root: RootKey, number: int, chance: Chance) -> tuple[KeyVersion, bytes]:
    """A key version from chance, and its wrapped form to store; VersionError where the number cannot be one."""
    secret, wrapped = root.new_secret(_name(number), chance)
    return KeyVersion(number, secret, cipher=root.cipher), wrapped


def version_from(root: RootKey, number: int, wrapped: bytes) -> KeyVersion:
    """A stored key version; SealedError, also where it was stored under another number."""
    return KeyVersion(number, root.unwrap(_name(number), wrapped), cipher=root.cipher)


def _name(number: int) -> str:
    return f"key version {number}"
