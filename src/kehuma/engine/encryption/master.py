"""The master key: what stays when the way to open an installation changes, and when key versions rotate.

It lies wrapped under every root key that may open it: that of the key file or of the passphrase, and the recovery key.
So the one can be changed without the other at hand. Under it lie the key versions; the keys of the indexes and of the pseudonyms come from it.

>>> import os
>>> master = MasterKey.new(os.urandom)
>>> file, recovery = RootKey.new(os.urandom), RootKey.new(os.urandom)
>>> first, second = (master.wrapped_under(root, os.urandom) for root in (file, recovery))
>>> MasterKey.opened(recovery, second).has_check_value(MasterKey.opened(file, first).check_value())
True
"""

from typing import Self

from kehuma.engine.encryption.blind_index import IndexKey
from kehuma.engine.encryption.ciphers import AES_256_GCM, Cipher
from kehuma.engine.encryption.hidden import Chance, hkdf
from kehuma.engine.encryption.pseudonyms import PseudonymKey
from kehuma.engine.encryption.root import RootKey

_NAME = "master key"


class MasterKey(RootKey):
    """Wraps as a root key does, and is itself wrapped."""

    __slots__ = ()

    def wrapped_under(self, root: RootKey, chance: Chance) -> bytes:
        """This key, to be stored for whoever has ``root``."""
        return root.wrap(_NAME, self._root, chance)

    @classmethod
    def opened(cls, root: RootKey, wrapped: bytes, *, cipher: Cipher = AES_256_GCM) -> Self:
        """The key again; SealedError, also under another root key."""
        return cls(root.unwrap(_NAME, wrapped), cipher=cipher)

    def secret(self) -> bytes:
        """The key itself, for another process of the same installation and nobody else."""
        return self._root

    def index_key(self) -> IndexKey:
        """What the blind indexes are made with: the same for as long as the master key is."""
        return IndexKey(hkdf(self._root, info=b"kehuma index key"))

    def pseudonym_key(self) -> PseudonymKey:
        """What the pseudonyms of all recipients are made with, for as long as the master key is."""
        return PseudonymKey(hkdf(self._root, info=b"kehuma pseudonym key"))
