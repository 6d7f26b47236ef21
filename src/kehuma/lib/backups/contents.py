"""What belongs into a backup beside the store. A test asks that nothing else in the data folder is worth keeping."""

from collections.abc import Iterator
from pathlib import Path

# While this file is there, a restore was broken off half-way: nothing may begin a new register in its place.
MARK = "restoring"
KEYS = ("installation.key", "django.key", "log.key")
FOLDERS = ("attachments", "imports")
# Everything else that lies in a data folder and can be made anew, or is a backup itself; the witness, which must know
# what happened after a backup and so never goes back with it; and the root key of personal values, for whoever finds a
# backup must not be able to read it.
LEFT_OUT = (
    "*.lock",
    "backups",
    "replaced-*",
    ".restoring-*",
    "demo",
    "demo.json",
    "exports",
    "kehuma.sqlite3*",
    "keys",
    MARK,
    "witness",
)


def is_half_done(home: Path) -> bool:
    """Whether a restore was broken off; the same command again brings it to its end."""
    return (home / MARK).exists()


def files(home: Path) -> Iterator[Path]:
    """The keys and all files in the kept folders; links are not followed."""
    yield from (home / name for name in KEYS if (home / name).is_file())
    for folder in FOLDERS:
        found = sorted((home / folder).rglob("*")) if (home / folder).is_dir() else []
        yield from (path for path in found if path.is_file() and not path.is_symlink())
