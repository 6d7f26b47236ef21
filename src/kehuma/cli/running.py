"""Whether a server of ours is running on a data folder: it holds a lock as long as it lives."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from kehuma.cli.texts import CommandError


class ServingError(CommandError):
    """A server is running on the data folder."""


@contextmanager
def serving(home: Path) -> Iterator[None]:
    """Hold the lock; ServingError where another server holds it."""
    with _held(home, "server-running"):
        yield


@contextmanager
def nobody_serves(home: Path) -> Iterator[None]:
    """Keep servers away while the store is exchanged or upgraded; ServingError where one is running."""
    with _held(home, "stop-server"):
        yield


@contextmanager
def _held(home: Path, refusal: str) -> Iterator[None]:
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = FileLock(home / "serve.lock", mode=0o600)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise ServingError(refusal, home=home) from None
    try:
        yield
    finally:
        lock.release()
