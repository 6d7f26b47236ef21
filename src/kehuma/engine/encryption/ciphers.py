"""The two ciphers that can seal: AES-256-GCM (NIST SP 800-38D), and SM4-GCM (RFC 8998) where the law asks for 国密."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.ciphers import Cipher as _Cipher
from cryptography.hazmat.primitives.ciphers import algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kehuma.engine.encryption.errors import CipherError
from kehuma.engine.encryption.hidden import hkdf

NONCE = 12
TAG = 16

_Context = TypeVar("_Context")


class Keyed(Protocol):
    """A cipher with its key."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes, /) -> bytes:
        """The ciphertext with its tag."""

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes, /) -> bytes:
        """What was encrypted; ``InvalidTag`` unless nonce, ciphertext, tag and associated data are as they were."""


@dataclass(frozen=True, slots=True)
class Cipher:
    """``number`` stands in what is sealed and never changes; ``keyed`` makes the cipher's key from a secret."""

    number: int
    name: str
    keyed: Callable[[bytes], Keyed]


class Sm4Gcm:
    """SM4 in GCM under a key of 16 bytes; CipherError ``cipher-absent`` where OpenSSL was built without it."""

    __slots__ = ("_algorithm",)

    def __init__(self, key: bytes) -> None:
        self._algorithm = algorithms.SM4(key)

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes, /) -> bytes:
        """The ciphertext with its tag."""
        encryptor = _begun(_Cipher(self._algorithm, modes.GCM(nonce)).encryptor)
        encryptor.authenticate_additional_data(associated_data)
        return encryptor.update(data) + encryptor.finalize() + encryptor.tag

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes, /) -> bytes:
        """What was encrypted, or ``InvalidTag``."""
        decryptor = _begun(_Cipher(self._algorithm, modes.GCM(nonce, data[-TAG:])).decryptor)
        decryptor.authenticate_additional_data(associated_data)
        return decryptor.update(data[:-TAG]) + decryptor.finalize()


def _begun(begin: Callable[[], _Context]) -> _Context:
    try:
        return begin()
    except UnsupportedAlgorithm:
        raise CipherError("cipher-absent", cipher="sm4-gcm") from None


def _sm4_keyed(secret: bytes) -> Sm4Gcm:
    # A key of its own, not half of the secret: what is learned about the one cipher's key says nothing about the other's.
    return Sm4Gcm(hkdf(secret, info=b"kehuma sm4-gcm", length=16))


AES_256_GCM = Cipher(1, "aes-256-gcm", AESGCM)
# 1 and 2 differ in two bits: no single flipped bit turns the one into the other.
SM4_GCM = Cipher(2, "sm4-gcm", _sm4_keyed)

CIPHERS = {cipher.number: cipher for cipher in (AES_256_GCM, SM4_GCM)}


def cipher_named(name: str) -> Cipher:
    """The cipher that a setting names, tried once so that its absence shows now and not at the first customer.

    CipherError ``cipher-unknown``, or ``cipher-absent`` where this OpenSSL lacks it.
    """
    for cipher in CIPHERS.values():
        if cipher.name == name:
            cipher.keyed(bytes(32)).encrypt(bytes(NONCE), b"", b"")
            return cipher
    raise CipherError("cipher-unknown", cipher=name, known=", ".join(cipher.name for cipher in CIPHERS.values()))
