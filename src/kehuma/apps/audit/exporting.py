"""The log in files that are verified without kehuma: see ``tools/verify.py``."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from kehuma.apps.audit import checkpoints, verifying
from kehuma.apps.audit.entries import Salts
from kehuma.apps.audit.keyring import keyring
from kehuma.engine.merkle.exports import export_line


class Export(NamedTuple):
    """The lines of the log, the checkpoint over them, and the public key that it is signed with."""

    lines: Iterator[str]
    note: str
    key: str


def export(at: datetime) -> Export:
    """Every entry up to a checkpoint that is stored for this. LogKeyError, StoreBehindError, WitnessError."""
    ring = keyring(at)
    note = checkpoints.kept(ring, at, is_wanted=True)
    size = checkpoints.size_of(note) if note else 0
    return Export(_lines(Salts(ring.secret), size), note, str(ring.verifier))


def _lines(salts: Salts, size: int) -> Iterator[str]:
    for index, entry in verifying.entries(salts):
        if index >= size:
            return
        yield export_line(index, entry)
