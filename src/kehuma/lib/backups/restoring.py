"""Bringing a backup back: checked first, then put in the place of what is there, which is kept aside."""

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from django.db import connections
from django.utils import timezone

from kehuma.lib.backups import contents, making
from kehuma.lib.backups.archive import Manifest
from kehuma.lib.backups.errors import BackupError
from kehuma.lib.db import upgrading
from kehuma.lib.db.copies import copier


class Restored(NamedTuple):
    """What was brought back, and where the replaced files and the replaced store lie ("" where there was none)."""

    manifest: Manifest
    aside: Path
    store: str


def restore(home: Path, path: Path, *, at: datetime, report: Callable[[float], None]) -> Restored:
    """Check a backup and put it in place. Nothing else may use the store meanwhile. BackupError, CopyError."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with making.alone(home), making.scratch(home) as place:
        store = copier()
        manifest = making.checked(place, path, store, report=lambda share: report(0.9 * share))
        _require_not_newer(manifest)
        connections.close_all()
        aside = home / f"replaced-{timezone.localtime(at):%Y%m%d-%H%M%S}"
        aside.mkdir(mode=0o700)
        (home / contents.MARK).touch(mode=0o600)
        replaced = store.replace(place / store.file_name, aside)
        _exchange_files(home, place / "home", aside)
        (home / contents.MARK).unlink()
        if not any(aside.iterdir()):
            aside.rmdir()
            replaced = replaced if store.kind != "sqlite" else ""
        report(1.0)
    return Restored(manifest, aside, replaced)


def _require_not_newer(manifest: Manifest) -> None:
    if unknown := upgrading.unknown(manifest.migrations):
        raise BackupError("newer-tables", names=", ".join(unknown[:5]), version=manifest.version)


def _exchange_files(home: Path, fresh: Path, aside: Path) -> None:
    for name in (*contents.KEYS, *contents.FOLDERS):
        if (home / name).exists():
            (home / name).rename(aside / name)
        if (fresh / name).exists():
            shutil.move(fresh / name, home / name)
