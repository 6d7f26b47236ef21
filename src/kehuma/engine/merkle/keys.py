"""Who signs: the names, ids and written form of keys (C2SP signed-note and tlog-cosignature, Ed25519 only).

>>> key = VerifierKey.parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
>>> key.name, key.kind, key.id.hex()
('PeterNeumann', <Kind.NOTE: 1>, 'c74f20a3')
"""

import struct
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kehuma.engine.merkle.errors import MerkleError
from kehuma.engine.merkle.text import decoded, encoded, is_name

PUBLIC_SIZE = 32
ID_SIZE = 4
MAX_TIME = 2**63 - 1
_STAMP = struct.Struct(">Q64s")


class Kind(IntEnum):
    """What a signature of a key says; the number is the signature type of C2SP."""

    NOTE = 1  # the text is mine: how a log signs its checkpoints
    COSIGNATURE = 4  # at this time I saw that this checkpoint continues every earlier one: how a witness signs


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """The public half of a key. A name that no key may have or another length of key raises ``key-form``."""

    name: str
    kind: Kind
    public: bytes

    def __post_init__(self) -> None:
        if not is_name(self.name) or len(self.public) != PUBLIC_SIZE:
            raise MerkleError("key-form", key=self.name)

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """Read ``name+id+key``: ``key-form`` where it is none, ``key-kind`` for another algorithm, ``key-id``."""
        name, _, rest = text.partition("+")
        id_, _, material = rest.partition("+")
        found = decoded(material)
        if not found:
            raise MerkleError("key-form", key=text)
        if found[0] not in set(Kind):
            raise MerkleError("key-kind", key=text, kind=found[0])
        key = cls(name, Kind(found[0]), found[1:])
        if id_ != key.id.hex():
            raise MerkleError("key-id", key=text, expected=key.id.hex())
        return key

    @classmethod
    def of(cls, name: str, kind: Kind, private: Ed25519PrivateKey) -> "VerifierKey":
        """The public half of a private key that signs under this name in this way."""
        return cls(name, kind, private.public_key().public_bytes_raw())

    @property
    def id(self) -> bytes:
        """Four bytes that tell apart the keys of one name."""
        return sha256(self.name.encode() + b"\n" + bytes((self.kind,)) + self.public).digest()[:ID_SIZE]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{encoded(bytes((self.kind,)) + self.public)}"

    def time_of(self, text: str, signature: bytes) -> int | None:
        """When a witness signed the text, in seconds since 1970; None for a plain signature.

        A signature that this key did not make over this text raises ``signature-wrong``.
        """
        time, message, made = None, text.encode(), signature
        if self.kind is Kind.COSIGNATURE:
            time, made = _STAMP.unpack(signature) if len(signature) == _STAMP.size else (MAX_TIME + 1, b"")
            if time > MAX_TIME:
                raise MerkleError("signature-wrong", key=self.name)
            message = _cosigned(text, time)
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(made, message)
        except (InvalidSignature, ValueError):
            # ValueError: 32 bytes that are no public key of the curve.
            raise MerkleError("signature-wrong", key=self.name) from None
        return time


def signature(text: str, private: Ed25519PrivateKey) -> bytes:
    """What a log puts under a text."""
    return private.sign(text.encode())


def cosignature(text: str, private: Ed25519PrivateKey, *, at: int) -> bytes:
    """What a witness puts under the text of a checkpoint that it has seen at ``at``, seconds since 1970."""
    return _STAMP.pack(at, private.sign(_cosigned(text, at)))


def _cosigned(text: str, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n{text}".encode()
