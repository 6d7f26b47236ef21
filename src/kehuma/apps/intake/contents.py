"""What is sealed of an import, under a key of its own: when that goes, all that came with the file is gone."""

from collections.abc import Iterable
from dataclasses import asdict

from kehuma.apps.intake.data import Contents
from kehuma.apps.intake.errors import IntakeError
from kehuma.apps.intake.models import ImportBatch
from kehuma.apps.sealing import queries as sealing
from kehuma.apps.sealing import services as keys
from kehuma.apps.sealing.queries import Column, SubjectKey
from kehuma.engine.encryption.streams import Place

_BATCH, _FILE = Column("intake_importbatch", "sealed"), Column("intake_importbatch", "file")


def begin(batch: ImportBatch, contents: Contents) -> None:
    """Give a new batch its key, in the caller's transaction. StoreSealedError."""
    (subject,) = keys.new_subjects(1)
    batch.subject_id, batch.key = subject.id, subject.key
    batch.contents = contents
    seal(batch)


def seal(batch: ImportBatch) -> None:
    """Put the contents as they are now into the column, which the caller saves."""
    batch.sealed = keys.seal_row(key_of(batch), _BATCH, asdict(batch.contents))


def opened(batches: Iterable[ImportBatch]) -> list[ImportBatch]:
    """The batches with their contents, by one query more; those of a sealed store and those that are gone are empty."""
    found = list(batches)
    wanted = [batch.subject_id for batch in found if batch.subject_id is not None]
    is_open = sealing.is_open()
    held = sealing.opened(wanted) if is_open else {}
    for batch in found:
        batch.key = held.get(batch.subject_id or 0)
        batch.contents = _opened(batch.key, batch.sealed)
        if batch.key is None and is_open and batch.cleared_at is None:
            # Its key was destroyed, and an older backup brought the row back.
            batch.cleared_at = batch.progressed_at
    return found


def opened_one(batch: ImportBatch) -> ImportBatch:
    """The same for one."""
    return opened([batch])[0]


def key_of(batch: ImportBatch) -> SubjectKey:
    """The key of a batch that was opened; StoreSealedError, IntakeError where it was destroyed."""
    if batch.key is None:
        raise sealing.why_sealed() or IntakeError("cleared")
    return batch.key


def place_of(batch: ImportBatch) -> Place:
    """What its file is sealed for."""
    return Place(key_of(batch), _FILE, batch.uuid.hex)


def _opened(key: SubjectKey | None, sealed: bytes | memoryview | None) -> Contents:
    return Contents(**sealing.open_row(key, _BATCH, sealed)) if key and sealed else Contents()
