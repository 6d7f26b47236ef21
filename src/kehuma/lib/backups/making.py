"""Making a backup and checking one: the same steps, so that every backup was restored once before it counts."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from django.utils import timezone
from filelock import FileLock, Timeout

import kehuma
from kehuma.lib.backups import archive, contents
from kehuma.lib.backups.archive import ENDING, FORMAT, Manifest
from kehuma.lib.backups.errors import BackupError
from kehuma.lib.db import upgrading
from kehuma.lib.db.copies import Copier, copier

# ``report(phase, share)``: the phases are copy, pack, check; the share counts through all of them.
Report = Callable[[str, float], None]
_SCRATCH = 2.5
_MEGABYTE = 1_000_000


def folder_of(home: Path) -> Path:
    """Where backups lie unless another file is named."""
    return home / "backups"


def new_name(at: datetime) -> str:
    """The name of a backup made now, by the clock on the wall."""
    return f"kehuma-{timezone.localtime(at):%Y%m%d-%H%M%S}{ENDING}"


def make(home: Path, target: Path | None = None, *, at: datetime, report: Report) -> Path:
    """Make a backup, unpack it into a scratch place and compare it; only then it has its name. BackupError, CopyError."""
    folder = folder_of(home)
    target = target or folder / new_name(at)
    if target.exists():
        raise BackupError("backup-there", file=target)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not target.parent.is_dir():
        raise BackupError("no-folder", folder=target.parent)
    with alone(home):
        store = copier()
        _require_room(folder, store, home)
        draft = target.with_name(f".{target.name}.part")
        draft.unlink(missing_ok=True)
        try:
            _write(home, store, draft, at=at, report=report)
            check(home, draft, report=lambda share: report("check", 0.6 + 0.4 * share))
            draft.rename(target)
        finally:
            draft.unlink(missing_ok=True)
    return target


def check(home: Path, path: Path, *, report: Callable[[float], None]) -> Manifest:
    """Unpack a backup into a scratch place, let the store check it, compare files and tables. BackupError, CopyError."""
    with scratch(home) as place:
        return checked(place, path, copier(), report=report)


def checked(place: Path, path: Path, store: Copier, *, report: Callable[[float], None]) -> Manifest:
    """The same in a folder of the caller's, where the files stay: the store's copy and ``home/``."""
    manifest = archive.unpack(path, place, lambda share: report(0.4 * share))
    if manifest.kind != store.kind:
        raise BackupError("other-store", file=path.name, kind=manifest.kind, here=store.kind)
    with tempfile.TemporaryDirectory(dir=place) as beside:
        found = store.tables(place / store.file_name, Path(beside), lambda share: report(0.4 + 0.6 * share))
    names = sorted(found.keys() | manifest.tables.keys())
    if different := [name for name in names if found.get(name) != manifest.tables.get(name)]:
        raise BackupError("tables-differ", tables=", ".join(different[:10]))
    return manifest


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """One backup or restore at a time; BackupError for the second."""
    try:
        with FileLock(home / "backups.lock", timeout=0, mode=0o600):
            _sweep(folder_of(home))
            yield
    except Timeout:
        raise BackupError("backup-running") from None


@contextmanager
def scratch(home: Path) -> Iterator[Path]:
    """An empty folder beside the backups, on the disk of the store and for its owner only; gone afterwards."""
    folder_of(home).mkdir(mode=0o700, parents=True, exist_ok=True)
    place = Path(tempfile.mkdtemp(prefix=".scratch-", dir=folder_of(home)))
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _sweep(folder: Path) -> None:
    """Remove what work that was killed has left behind."""
    for left in folder.glob(".scratch-*"):
        shutil.rmtree(left, ignore_errors=True)
    for left in folder.glob(f".*{ENDING}.part"):
        left.unlink(missing_ok=True)


def _write(home: Path, store: Copier, draft: Path, *, at: datetime, report: Report) -> None:
    with scratch(home) as place:
        copied = place / store.file_name
        tables = store.copy(copied, lambda share: report("copy", 0.4 * share))
        files = {store.file_name: copied}
        files |= {f"home/{path.relative_to(home).as_posix()}": path for path in contents.files(home)}
        manifest = Manifest(
            FORMAT, kehuma.__version__, store.kind, at, upgrading.applied(), tables, archive.digests(files)
        )
        archive.write(draft, manifest, files, lambda share: report("pack", 0.4 + 0.2 * share))


def _require_room(folder: Path, store: Copier, home: Path) -> None:
    needed = int(_SCRATCH * store.size()) + sum(path.stat().st_size for path in contents.files(home))
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise BackupError("no-room", folder=folder, free=free // _MEGABYTE, needed=needed // _MEGABYTE + 1)
