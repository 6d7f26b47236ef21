"""The log in files that are verified without kehuma: see ``tools/verify.py``."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile

from kehuma.apps.audit import checkpoints, verifying, witness
from kehuma.apps.audit.entries import Salts
from kehuma.apps.audit.keyring import keyring, recalled
from kehuma.engine.merkle.exports import export_line
from kehuma.engine.merkle.tree import leaf_hash

_TOLD_EVERY = 1_000


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


def entries(start: int) -> Iterator[tuple[int, bytes, bytes]]:
    """The entries from number ``start`` on, each with its number and its leaf hash; LogKeyError."""
    ring = recalled()
    for index, entry in verifying.entries(Salts(ring.secret), start) if ring else ():
        yield index, entry, leaf_hash(entry)


def write_files(path: Path, report: Callable[[float], object], *, at: datetime) -> int:
    """The files of the export in one archive: ``log.jsonl``, ``checkpoint``, ``key``, ``witness``; how many entries."""
    made, seen = export(at), witness.current()
    size = checkpoints.size_of(made.note) if made.note else 0
    count = 0
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        with archive.open("log.jsonl", "w", force_zip64=True) as file:
            for count, line in enumerate(made.lines, 1):
                file.write(line.encode())
                if not count % _TOLD_EVERY:
                    report(count / size)
        archive.writestr("checkpoint", made.note)
        archive.writestr("key", f"{made.key}\n")
        if seen and (note := seen.checkpoint()):
            archive.writestr("witness", note)
    return count


def _lines(salts: Salts, size: int) -> Iterator[str]:
    for index, entry in verifying.entries(salts):
        if index >= size:
            return
        yield export_line(index, entry)
