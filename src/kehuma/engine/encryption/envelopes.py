"""The bytes of everything sealed, read strictly.

====================  ========================================================================================
kind and version      1 byte: ``0x11`` a value, ``0x21`` a subject's data key, ``0x31`` a secret under the root key
cipher                1 byte: 1 AES-256-GCM, 2 SM4-GCM
details               value: one mark each for column, subject and row; data key: key version (4 bytes), mark of
                      the subject; secret: the mark of its name
nonce                 12 bytes
ciphertext and tag    as long as what was sealed, and 16 bytes
====================  ========================================================================================

The tag covers everything before the nonce, and the full names behind the marks; the marks only let an error name
what differs. Two names share a mark once in 256: then the error says "damaged or moved", and opens no more than before.
"""

from dataclasses import dataclass

from cryptography.exceptions import InvalidTag

from kehuma.engine.encryption.ciphers import CIPHERS, NONCE, TAG, Cipher, Keyed
from kehuma.engine.encryption.errors import SealedError
from kehuma.engine.encryption.hidden import Chance, Hidden, drawn


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of sealed bytes: its first byte, how many bytes of details, and how long the secret inside is."""

    first: int
    details: int
    length: int | None = None

    @property
    def header(self) -> int:
        """How many bytes stand before the nonce."""
        return 2 + self.details


VALUE = Kind(0x11, details=3)
DATA_KEY = Kind(0x21, details=5, length=32)
SECRET_UNDER_ROOT = Kind(0x31, details=1, length=32)


def parse(kind: Kind, sealed: bytes) -> tuple[Cipher, bytes]:
    """The cipher and the details. SealedError where these bytes cannot be of this kind; the tag is not tried yet."""
    least = kind.header + NONCE + TAG
    if len(sealed) < least or (kind.length is not None and len(sealed) != least + kind.length):
        raise SealedError("sealed-length", length=len(sealed))
    if sealed[0] != kind.first:
        raise SealedError("sealed-kind", found=f"{sealed[0]:02x}", expected=f"{kind.first:02x}")
    cipher = CIPHERS.get(sealed[1])
    if cipher is None:
        raise SealedError("sealed-cipher", number=sealed[1])
    return cipher, sealed[2 : kind.header]


class SealingKey(Hidden):
    """A secret that seals. ``cipher`` is for what it seals; it opens what any cipher has sealed under it."""

    __slots__ = ("_keyed", "cipher")

    def __init__(self, secret: bytes, cipher: Cipher) -> None:
        super().__init__(secret)
        self.cipher = cipher
        self._keyed: dict[int, Keyed] = {}

    def _seal(self, kind: Kind, details: bytes, bound: bytes, plain: bytes, chance: Chance) -> bytes:
        """``plain`` under a fresh nonce, with its header, bound to the header and to the names in ``bound``."""
        header = bytes((kind.first, self.cipher.number)) + details
        nonce = drawn(chance, NONCE)
        return header + nonce + self._under(self.cipher).encrypt(nonce, plain, header + bound)

    def _opened(self, kind: Kind, cipher: Cipher, sealed: bytes, bound: bytes) -> bytes | None:
        """What was sealed, or None if anything differs: the caller knows what it was and says so."""
        start = kind.header
        end = start + NONCE
        try:
            return self._under(cipher).decrypt(sealed[start:end], sealed[end:], sealed[:start] + bound)
        except InvalidTag:
            return None

    def _under(self, cipher: Cipher) -> Keyed:
        keyed = self._keyed.get(cipher.number)
        if keyed is None:
            keyed = self._keyed[cipher.number] = cipher.keyed(self._secret)
        return keyed
