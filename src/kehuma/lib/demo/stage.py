"""The folder of a demonstration: its mark, how far it has come, and the link that signs in once.

A folder without the mark is somebody's real data, and nothing here ever empties it.
"""

import hashlib
import json
import os
import secrets
import shutil
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from kehuma.lib.backups import contents

_FILE = "demo.json"
_FILES = "files"
_MADE_BY_US = (*contents.KEYS, *contents.FOLDERS, "backups", "witness")
_STORE = "kehuma.sqlite3*"

Phase = Literal["making", "filling", "ready", "clearing"]


@dataclass(frozen=True, slots=True)
class Stage:
    """What the mark says. ``token`` is the digest of the link, "" once it was used."""

    user: str
    password: str
    url: str
    phase: Phase = "making"
    done: int = 0
    total: int = 0
    token: str = ""

    @property
    def share(self) -> float:
        """How much of the customers is there, from 0 to 1."""
        return min(1.0, self.done / self.total) if self.total else 0.0


def read(home: Path) -> Stage | None:
    """The mark; None where this is no demonstration."""
    try:
        return Stage(**json.loads((home / _FILE).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def write(home: Path, stage: Stage) -> None:
    """Set the mark; its file holds a password and is its owner's only."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = home / f"{_FILE}.{os.getpid()}.{secrets.token_hex(4)}"
    descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asdict(stage), file, ensure_ascii=False)
    draft.replace(home / _FILE)


def change(home: Path, **facts: object) -> None:
    """Change parts of the mark, where there still is one."""
    stage = read(home)
    if stage is not None:
        write(home, replace(stage, **facts))  # type: ignore[arg-type]


def is_free(home: Path) -> bool:
    """Whether a demonstration may be made in a folder without a mark: nothing lies there that emptying would remove.

    Keys and attachments count as well as a store: that of the folder may be on a server.
    """
    return not any((home / name).exists() for name in _MADE_BY_US) and not list(home.glob(_STORE))


def new_token(home: Path) -> str:
    """The secret of a link that signs in once; an earlier one is worth nothing from now on."""
    token = secrets.token_urlsafe(24)
    change(home, token=_digest(token))
    return token


def take_token(home: Path, token: str) -> bool:
    """Whether this is the link's secret; it is used up by asking."""
    stage = read(home)
    if stage is None or not stage.token or not secrets.compare_digest(stage.token, _digest(token)):
        return False
    change(home, token="")
    return True


def empty(home: Path) -> None:
    """Remove what the demonstration has made; the mark goes last, so that a second try can end the work."""
    if read(home) is not None:
        empty_store(home)
        shutil.rmtree(home / _FILES, ignore_errors=True)
        (home / _FILE).unlink()


def empty_store(home: Path) -> None:
    """Remove the store, the keys and what belongs to them; the mark, the locks and the files for trying out stay."""
    if read(home) is None:
        return
    for name in _MADE_BY_US:
        path = home / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    for path in home.glob(_STORE):
        path.unlink(missing_ok=True)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
