"""How the log and its witness are kept, for ``kehuma doctor`` and the page of the log."""

import os
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from kehuma.apps.audit import fence, keyring, witness
from kehuma.apps.audit.errors import LogError

PERMANENT_TABLES = (
    *("audit_event", "audit_extent", "audit_leaf", "audit_node"),
    *("audit_logcheckpoint", "audit_logkey", "audit_recoveredceiling"),
)


class Kept(NamedTuple):
    """What was found. Only ``contradiction``, ``is_writable`` and ``is_private`` are faults when they are not as they should be."""

    folder: Path
    is_elsewhere: bool
    is_writable: bool
    is_private: bool
    contradiction: LogError | None


def looked() -> Kept:
    """Whether the witness lies on another disk than the data folder, can be written, and agrees with the store."""
    folder, home = witness.folder(), Path(settings.KEHUMA_HOME)
    there = next((one for one in (folder, *folder.parents) if one.exists()), folder)
    is_elsewhere = folder.exists() and home.exists() and folder.stat().st_dev != home.stat().st_dev
    is_writable = os.access(there, os.W_OK | os.X_OK) and (folder.exists() or not settings.KEHUMA_WITNESS)
    return Kept(folder, is_elsewhere, is_writable, keyring.is_private(home), fence.contradiction())
