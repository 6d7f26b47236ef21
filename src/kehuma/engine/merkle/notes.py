r"""Signed notes (C2SP signed-note): a text with the signatures of one or more keys below it.

>>> private = Ed25519PrivateKey.from_private_bytes(bytes(32))
>>> note = Note("Every code is given out once.\n").signed("kehuma.example", private)
>>> print(note)
Every code is given out once.
<BLANKLINE>
— kehuma.example 6zqhIGjA0gBme0v9HqCmOW/6RzBzVHRO7qnZKRaVD5z5fZAwu/PQe2DRAAubJxHzFzKpdHuIhShHFdEM5irQuv4hRQc=
<BLANKLINE>
>>> Note.parse(str(note)) == note
True
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kehuma.engine.merkle.errors import MerkleError
from kehuma.engine.merkle.keys import ID_SIZE, Kind, VerifierKey, cosignature, signature
from kehuma.engine.merkle.text import decoded, encoded, is_name

# Every verifier must read 16 signatures; the largest known ones (ML-DSA) have 5 KB.
MAX_SIGNATURES = 64
MAX_NOTE = 500_000
_DASH = "— "


class Signature(NamedTuple):
    """One line below a note: who says to have signed, and with what. Nothing is checked yet."""

    name: str
    key_id: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"{_DASH}{self.name} {encoded(self.key_id + self.signature)}"


class Signed(NamedTuple):
    """A key that has signed, verified; ``at`` is the time of a cosignature in seconds since 1970."""

    key: VerifierKey
    at: int | None


@dataclass(frozen=True, slots=True)
class Note:
    """A text, ending in a newline, and its signatures. A text that no note can have raises ``note-text``."""

    text: str
    signatures: tuple[Signature, ...] = ()

    def __post_init__(self) -> None:
        if not self.text.endswith("\n") or not _is_plain(self.text):
            raise MerkleError("note-text")

    @classmethod
    def parse(cls, note: str) -> "Note":
        """Read a note: ``note-too-long``, ``note-text``, ``note-form`` (no signatures), ``note-line`` with its number."""
        if len(note) > MAX_NOTE:
            raise MerkleError("note-too-long", most=MAX_NOTE)
        end = note.rfind("\n\n") + 1
        lines = note[end + 1 :].split("\n")
        if not end or len(lines) < 2 or lines.pop():
            raise MerkleError("note-form")
        if len(lines) > MAX_SIGNATURES:
            raise MerkleError("note-signatures", most=MAX_SIGNATURES)
        return cls(note[:end], tuple(_signature(line, number) for number, line in enumerate(lines, 1)))

    def __str__(self) -> str:
        return "\n".join((self.text, *map(str, self.signatures), ""))

    def signed(self, name: str, private: Ed25519PrivateKey) -> "Note":
        """This note with the signature of a log added."""
        return self._with(VerifierKey.of(name, Kind.NOTE, private), signature(self.text, private))

    def cosigned(self, name: str, private: Ed25519PrivateKey, *, at: int) -> "Note":
        """This note with the signature of a witness added."""
        return self._with(VerifierKey.of(name, Kind.COSIGNATURE, private), cosignature(self.text, private, at=at))

    def verified(self, keys: Iterable[VerifierKey]) -> tuple[Signed, ...]:
        """Who of these keys has signed, each once. Signatures of other keys say nothing and are passed over.

        One that fails raises ``signature-wrong`` for the whole note; none at all raises ``note-unsigned``.
        """
        known = {(key.name, key.id): key for key in keys}
        found: dict[VerifierKey, int | None] = {}
        for one in self.signatures:
            if key := known.get((one.name, one.key_id)):
                at = key.time_of(self.text, one.signature)
                found.setdefault(key, at)
        if not found:
            raise MerkleError("note-unsigned")
        return tuple(Signed(key, at) for key, at in found.items())

    def _with(self, key: VerifierKey, made: bytes) -> "Note":
        return replace(self, signatures=(*self.signatures, Signature(key.name, key.id, made)))


def _signature(line: str, number: int) -> Signature:
    name, _, material = line.removeprefix(_DASH).partition(" ")
    found = decoded(material)
    if not line.startswith(_DASH) or not is_name(name) or found is None or len(found) <= ID_SIZE:
        raise MerkleError("note-line", number=number)
    return Signature(name, found[:ID_SIZE], found[ID_SIZE:])


def _is_plain(text: str) -> bool:
    """Whether a text is valid UTF-8 without control characters except newlines."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return not any(c < " " and c != "\n" for c in text)
