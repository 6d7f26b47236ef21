"""Checkpoints (C2SP tlog-checkpoint): how large a log was and which root it had, signed by the log and seen by witnesses.

>>> print(Checkpoint("kehuma.example/log", 0, EMPTY_ROOT).text)
kehuma.example/log
0
47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=
<BLANKLINE>
"""

from dataclasses import dataclass

from kehuma.engine.merkle.errors import MerkleError
from kehuma.engine.merkle.keys import Kind, VerifierKey
from kehuma.engine.merkle.notes import Note, Signed
from kehuma.engine.merkle.text import decimal, decoded, encoded
from kehuma.engine.merkle.tree import EMPTY_ROOT, HASH_SIZE, check_size


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself. Values that no checkpoint can have raise ``tree-size`` or ``checkpoint-form``.

    Extension lines are read, but ours are written without: nobody could check what they say.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_size(self.size)
        lines = (self.origin, *self.extensions)
        if len(self.root) != HASH_SIZE or not all(line and "\n" not in line for line in lines):
            raise MerkleError("checkpoint-form")
        if self.size == 0 and self.root != EMPTY_ROOT:
            raise MerkleError("checkpoint-form")

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Read the text of a note: ``checkpoint-form`` where it is no checkpoint."""
        lines = text.split("\n")
        if len(lines) < 4 or lines.pop():
            raise MerkleError("checkpoint-form")
        origin, size, root, *extensions = lines
        number, found = decimal(size), decoded(root)
        if number is None or found is None:
            raise MerkleError("checkpoint-form")
        return cls(origin, number, found, tuple(extensions))

    @property
    def text(self) -> str:
        """The text that is signed."""
        return "\n".join((self.origin, str(self.size), encoded(self.root), *self.extensions, ""))

    @property
    def note(self) -> Note:
        """The text as a note that nobody has signed yet."""
        return Note(self.text)


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom a reader believes: the keys of one log and those of its witnesses, of whom ``quorum`` must have signed.

    A log without a key, a key in the wrong place, or a quorum that cannot be reached raises ``trust``.
    """

    log: tuple[VerifierKey, ...]
    witnesses: tuple[VerifierKey, ...] = ()
    quorum: int = 0

    def __post_init__(self) -> None:
        logs, witnesses = {key.public for key in self.log}, {key.public for key in self.witnesses}
        if (
            len({key.name for key in self.log}) != 1
            or any(key.kind is not Kind.NOTE for key in self.log)
            or any(key.kind is not Kind.COSIGNATURE for key in self.witnesses)
            # A log that is its own witness, or one witness under two names, would be counted twice.
            or logs & witnesses
            or not 0 <= self.quorum <= len(witnesses)
        ):
            raise MerkleError("trust")

    @property
    def origin(self) -> str:
        """The log that is meant; its keys go by its name."""
        return self.log[0].name


@dataclass(frozen=True, slots=True)
class Believed:
    """A checkpoint that its log has signed, and the witnesses that have seen it."""

    checkpoint: Checkpoint
    signed: tuple[Signed, ...]
    witnessed: tuple[Signed, ...]


def believed(note: Note | str, trust: Trust) -> Believed:
    """The checkpoint in a signed note, if this reader may believe it.

    Errors name the step: those of ``Note.parse``, ``signature-wrong``, ``note-unsigned``; ``log-unsigned`` (only
    witnesses signed); those of ``Checkpoint.parse``; ``other-log``; ``witnesses-missing``.
    """
    note = note if isinstance(note, Note) else Note.parse(note)
    signed = note.verified((*trust.log, *trust.witnesses))
    by_log = tuple(one for one in signed if one.key in trust.log)
    by_witness = tuple(one for one in signed if one.key in trust.witnesses)
    if not by_log:
        raise MerkleError("log-unsigned", log=trust.origin)
    checkpoint = Checkpoint.parse(note.text)
    if checkpoint.origin != trust.origin:
        raise MerkleError("other-log", expected=trust.origin, found=checkpoint.origin)
    seen = len({one.key.public for one in by_witness})
    if seen < trust.quorum:
        raise MerkleError("witnesses-missing", expected=trust.quorum, found=seen)
    return Believed(checkpoint, by_log, by_witness)
