"""The backups in the data folder, what was found out about each, and the one that is being made."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from filelock import FileLock, Timeout

from kehuma.lib.backups import archive, making
from kehuma.lib.backups.archive import ENDING, Manifest
from kehuma.lib.backups.errors import BackupError

_STATE = "making.json"
# Work that told nothing for so long, while nobody holds the lock, has died with its process.
_DEAD_AFTER = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Kept:
    """A backup in the folder; without ``manifest`` its file cannot be read."""

    name: str
    size: int
    manifest: Manifest | None
    checked_at: datetime | None = None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """What is being done now, or how it ended: ``fault`` holds the sentences by language. ``name`` is empty for a new one."""

    task: str
    name: str
    phase: str
    share: float
    is_running: bool
    fault: dict[str, str]


def kept(home: Path) -> Sequence[Kept]:
    """The newest first."""
    folder = making.folder_of(home)
    paths = sorted(folder.glob(f"*{ENDING}"), reverse=True) if folder.is_dir() else []
    return [_kept(path) for path in paths if not path.name.startswith(".")]


def path_of(home: Path, name: str) -> Path:
    """The file of a kept backup; BackupError for a name that is none."""
    path = making.folder_of(home) / name
    if Path(name).name != name or name.startswith(".") or not name.endswith(ENDING) or not path.is_file():
        raise BackupError("no-backup", file=name)
    return path


def remove(home: Path, name: str) -> None:
    """Delete a kept backup."""
    path = path_of(home, name)
    path.unlink()
    _note_of(path).unlink(missing_ok=True)


def note_check(home: Path, name: str, *, at: datetime, fault: str = "") -> None:
    """Remember that a backup was checked, and what was wrong with it."""
    _write(_note_of(path_of(home, name)), {"at": at.isoformat(), "fault": fault})


def set_state(home: Path, state: State | None) -> None:
    """Say how far the work is; None forgets it."""
    path = making.folder_of(home) / _STATE
    if state is None:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write(path, asdict(state))


def state(home: Path, *, at: datetime) -> State | None:
    """The work of now or the last one that failed; work whose process has died counts as failed."""
    path = making.folder_of(home) / _STATE
    try:
        found = State(**json.loads(path.read_text("utf-8")))
        told_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except (OSError, ValueError, TypeError):
        return None
    if found.is_running and at - told_at > _DEAD_AFTER and not is_busy(home):
        died = BackupError("work-died")
        return replace(found, is_running=False, fault={"zh": died.say("zh"), "en": died.say("en")})
    return found


def is_busy(home: Path) -> bool:
    """Whether a backup or restore is running in any process."""
    if not home.is_dir():
        return False
    try:
        with FileLock(home / "backups.lock", timeout=0, mode=0o600):
            return False
    except Timeout:
        return True


def _kept(path: Path) -> Kept:
    checked_at, fault = None, ""
    try:
        note = json.loads(_note_of(path).read_text("utf-8"))
        checked_at, fault = datetime.fromisoformat(note["at"]), str(note["fault"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    try:
        return Kept(path.name, path.stat().st_size, archive.manifest_of(path), checked_at, fault)
    except BackupError as error:
        return Kept(path.name, path.stat().st_size, None, checked_at, fault or str(error))


def _note_of(path: Path) -> Path:
    return path.with_name(f".{path.name}.checked.json")


def _write(path: Path, told: object) -> None:
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_text(json.dumps(told, ensure_ascii=False), "utf-8")
    draft.chmod(0o600)
    draft.replace(path)
