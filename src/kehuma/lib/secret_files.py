"""Keys of this installation: random bytes in a file that only its owner can read, made when first asked for."""

import os
import secrets
from contextlib import suppress
from pathlib import Path


def read_or_create(path: Path, *, size: int = 32) -> bytes:
    """The bytes of the key in ``path``; a missing file is made with ``size`` random bytes and mode 0600.

    Two processes that ask at once get the same key. A file of another length raises ``ValueError``: a key that was
    damaged is never replaced, since everything made with it would be lost. ``OSError`` where it cannot be written.
    """
    if not path.exists():
        create(path, secrets.token_bytes(size))
    key = path.read_bytes()
    if len(key) != size:
        msg = f"{path.name}: expected {size} bytes, found {len(key)}"
        raise ValueError(msg)
    return key


def create(path: Path, key: bytes) -> None:
    """Write a key into a new file; one that is there already stays as it is."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        # A hard link appears whole or not at all, and fails when another process was first: theirs is the key.
        with suppress(FileExistsError):
            os.link(draft, path)
    except OSError as error:
        # A full disk does not say which file it had no room for.
        error.filename = error.filename or str(path)
        raise
    finally:
        draft.unlink()
