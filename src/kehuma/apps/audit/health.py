"""How the log and its witness are kept, for ``kehuma doctor``, the health page and the page of the log."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from kehuma.apps.audit import fence, keyring, witness
from kehuma.apps.audit.errors import LogError, StoreBehindError
from kehuma.lib.health import Finding, said

PERMANENT_TABLES = (
    *("audit_event", "audit_extent", "audit_leaf", "audit_node"),
    *("audit_logcheckpoint", "audit_logkey", "audit_recoveredceiling", "audit_signoff", "audit_signature"),
)


class Kept(NamedTuple):
    """What was found. Only ``contradiction``, ``is_writable`` and ``is_private`` are faults when they are not as they should be."""

    folder: Path
    is_elsewhere: bool
    is_writable: bool
    is_private: bool
    contradiction: LogError | None


def findings() -> Iterator[Finding]:
    """The witness and the signing key as ``kehuma doctor`` and the health page tell of them."""
    kept = looked()
    yield _of_witness(kept)
    if kept.is_private:
        yield Finding("log-key", said("found-private"))
    else:
        yield Finding(
            "log-key",
            said("found-key-open", file=keyring.FILE_NAME),
            said("remedy-log-key", file=Path(settings.KEHUMA_HOME) / keyring.FILE_NAME),
        )


def looked() -> Kept:
    """Whether the witness lies on another disk than the data folder, can be written, and agrees with the store."""
    folder, home = witness.folder(), Path(settings.KEHUMA_HOME)
    there = next((one for one in (folder, *folder.parents) if one.exists()), folder)
    is_elsewhere = folder.exists() and home.exists() and folder.stat().st_dev != home.stat().st_dev
    is_writable = os.access(there, os.W_OK | os.X_OK) and (folder.exists() or not settings.KEHUMA_WITNESS)
    return Kept(folder, is_elsewhere, is_writable, keyring.is_private(home), fence.contradiction())


def fence_looked() -> Kept | None:
    """What stands in the way of issuing; None where nothing does. Cheap enough for every page: see ``require_current``."""
    try:
        fence.require_current()
    except LogError:
        return looked()
    folder = witness.folder()
    is_new = not folder.exists() and not settings.KEHUMA_WITNESS
    return None if is_new or os.access(folder, os.W_OK | os.X_OK) else looked()


def _of_witness(kept: Kept) -> Finding:
    if kept.contradiction:
        is_behind = isinstance(kept.contradiction, StoreBehindError)
        return Finding("witness", kept.contradiction, said("remedy-recover" if is_behind else "remedy-verify"))
    if not kept.is_writable:
        return Finding("witness", said("found-unwritable", folder=kept.folder), said("remedy-witness"))
    if not kept.is_elsewhere:
        return Finding("witness", said("found-same-disk", folder=kept.folder), said("remedy-elsewhere"), is_note=True)
    return Finding("witness", str(kept.folder))
