"""Signed checkpoints: kept in the store now and then, and shown to the witness whenever the log has grown."""

from datetime import datetime, timedelta
from functools import partial

from django.db import transaction

from kehuma.apps.audit import tree, witness
from kehuma.apps.audit.errors import LogError, StoreBehindError, WitnessError
from kehuma.apps.audit.keyring import Keyring
from kehuma.apps.audit.models import LogCheckpoint
from kehuma.apps.audit.witness import Witness
from kehuma.engine.merkle.checkpoints import Checkpoint, believed
from kehuma.engine.merkle.errors import MerkleError
from kehuma.engine.merkle.notes import Note
from kehuma.lib.db.locks import stand_alone

# One for every second of work would be more than the log itself; the witness has the newest in any case.
_EVERY = timedelta(minutes=1)


def signed(ring: Keyring, size: int, root: bytes) -> str:
    """The note of this log over so many leaves."""
    return str(Checkpoint(ring.name, size, root).note.signed(ring.name, ring.private))


def last() -> LogCheckpoint | None:
    """The newest one in the store."""
    return LogCheckpoint.objects.order_by("id").last()


def newest() -> str:
    """The newest note that was signed, kept here or shown to the witness; "" where there is none."""
    seen, held = witness.current(), last()
    notes = [seen.checkpoint() if seen else "", held.note if held else ""]
    return max(filter(None, notes), key=_size, default="")


def size_of(note: str) -> int:
    """Over how many leaves a note of ours is."""
    return Checkpoint.parse(Note.parse(note).text).size


def kept(ring: Keyring, at: datetime, *, is_wanted: bool) -> str:
    """The newest checkpoint after it was stored, if that is due or ``is_wanted``; "" for an empty log.

    Only what continues the witness's checkpoint is signed: see ``require_continued``.
    """
    require_continued(witness.current(), ring)
    note = stored(ring, at, is_wanted=is_wanted)
    seen = witness.current()
    if note and seen and _is_longer(note, seen.checkpoint()):
        # Where an outer transaction may still be rolled back, the witness has seen nothing yet. Another process may
        # have shown it more by then.
        transaction.on_commit(lambda: seen.put(note, over=partial(_is_longer, note)))
    return note


def stored(ring: Keyring, at: datetime, *, is_wanted: bool) -> str:
    """The note over the log as it is, put into the store if that is due or ``is_wanted``; "" for an empty log."""
    seen = witness.current()
    size = tree.size()
    if not size:
        return ""
    note = ""
    with transaction.atomic():
        stand_alone("log checkpoint")
        before = last()
        if before is not None and before.size >= size:
            note = before.note
        elif is_wanted or before is None or at - before.at >= _EVERY:
            note = signed(ring, size, tree.root(size))
            number = before.pk + 1 if before else 1
            LogCheckpoint.objects.create(pk=number, size=size, note=note, at=at)
            if seen:
                transaction.on_commit(lambda: seen.note(checkpoint=number))
    return note or signed(ring, size, tree.root(size))


def require_continued(seen: Witness | None, ring: Keyring) -> None:
    """StoreBehindError or WitnessError unless the store begins with all that its witness has seen."""
    note = seen.checkpoint() if seen else ""
    if not note:
        return
    try:
        believed(note, ring.trust)
    except MerkleError as error:
        raise WitnessError("witness-wrong", index=0, reason=error) from error
    if found := contradiction(note):
        raise found


def contradiction(note: str) -> LogError | None:
    """Why the store cannot be what a note has seen, whoever signed it."""
    try:
        checkpoint = Checkpoint.parse(Note.parse(note).text)
    except MerkleError as error:
        return WitnessError("witness-wrong", index=0, reason=error)
    size = tree.size()
    if checkpoint.size > size:
        return StoreBehindError("store-behind", witnessed=checkpoint.size, here=size)
    try:
        is_same = tree.root(checkpoint.size) == checkpoint.root
    except tree.MissingNodeError:
        is_same = False
    return None if is_same else WitnessError("log-forked", size=checkpoint.size)


def _is_longer(note: str, other: str) -> bool:
    return not other or size_of(note) > size_of(other)


def _size(note: str) -> int:
    try:
        return size_of(note)
    except MerkleError:
        return -1
