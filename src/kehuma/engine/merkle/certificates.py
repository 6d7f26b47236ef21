"""Certificates (C2SP tlog-proof): an entry of the log and all that proves, offline and for ever, that the log holds it.

>>> from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
>>> from kehuma.engine.merkle.checkpoints import Checkpoint
>>> from kehuma.engine.merkle.keys import Kind, VerifierKey
>>> private = Ed25519PrivateKey.from_private_bytes(bytes(32))
>>> entry = b"issued"
>>> checkpoint = Checkpoint("kehuma.example/log", 1, leaf_hash(entry)).note.signed("kehuma.example/log", private)
>>> text = str(Proof(0, (), checkpoint, extra=entry))
>>> trust = Trust((VerifierKey.of("kehuma.example/log", Kind.NOTE, private),))
>>> verified(text, trust).entry
b'issued'
"""

from dataclasses import dataclass

from kehuma.engine.merkle.checkpoints import Believed, Trust, believed
from kehuma.engine.merkle.errors import MerkleError
from kehuma.engine.merkle.notes import MAX_NOTE, Note
from kehuma.engine.merkle.proofs import check_inclusion
from kehuma.engine.merkle.text import decimal, decoded, encoded
from kehuma.engine.merkle.tree import HASH_SIZE, MAX_ENTRY, leaf_hash

HEADER = "c2sp.org/tlog-proof@v1"
MAX_TEXT = MAX_NOTE + 2 * MAX_ENTRY


@dataclass(frozen=True, slots=True)
class Proof:
    """A tlog-proof: where an entry stands, the hashes from it to the root, and the signed checkpoint of that root.

    ``extra`` is proved by nothing in itself. A certificate keeps its entry there, which the hashes then prove.
    """

    index: int
    path: tuple[bytes, ...]
    checkpoint: Note
    extra: bytes | None = None

    @classmethod
    def parse(cls, text: str) -> "Proof":
        """Read the one spelling of a proof: ``certificate-too-long``, ``certificate-line``, those of ``Note.parse``."""
        if len(text) > MAX_TEXT:
            raise MerkleError("certificate-too-long", most=MAX_TEXT)
        head, _, note = text.partition("\n\n")
        lines = head.split("\n")
        if lines.pop(0) != HEADER:
            raise MerkleError("certificate-line", number=1)
        number, extra = 2, None
        if lines and lines[0].startswith("extra "):
            extra = decoded(lines.pop(0).removeprefix("extra "))
            if extra is None:
                raise MerkleError("certificate-line", number=number)
            number += 1
        index = decimal(lines[0].removeprefix("index ")) if lines and lines[0].startswith("index ") else None
        if index is None:
            raise MerkleError("certificate-line", number=number)
        path = tuple(_hash(line, at) for at, line in enumerate(lines[1:], number + 1))
        return cls(index, path, Note.parse(note), extra)

    def __str__(self) -> str:
        extra = () if self.extra is None else (f"extra {encoded(self.extra)}",)
        return "\n".join(
            (HEADER, *extra, f"index {self.index}", *map(encoded, self.path), "", str(self.checkpoint)),
        )


@dataclass(frozen=True, slots=True)
class Certified:
    """What a certificate proves: the log that ``believed`` describes holds ``entry`` as number ``index``."""

    entry: bytes
    index: int
    believed: Believed


def verified(certificate: str, trust: Trust, *, entry: bytes | None = None) -> Certified:
    """What the certificate proves to a reader with this trust; ``entry`` where it is not in the certificate itself.

    Errors name the step that failed: those of ``Proof.parse``; ``certificate-empty`` (no entry); those of
    ``believed``; ``entry-too-large``; those of ``check_inclusion``.
    """
    proof = Proof.parse(certificate)
    held = proof.extra if entry is None else entry
    if held is None:
        raise MerkleError("certificate-empty")
    seen = believed(proof.checkpoint, trust)
    check_inclusion(leaf_hash(held), proof.index, seen.checkpoint.size, proof.path, seen.checkpoint.root)
    return Certified(held, proof.index, seen)


def _hash(line: str, number: int) -> bytes:
    found = decoded(line)
    if found is None or len(found) != HASH_SIZE:
        raise MerkleError("certificate-line", number=number)
    return found
