"""File systems of a campaign's own, mounted as the data folder."""

import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from django.db import connections
from tools.faults.report import CannotRunError

from kehuma.lib.db import turns

# EXT4_IOC_SHUTDOWN with the flag that lets nothing more reach the disk, not even the journal: what a power cut does.
_SHUTDOWN, _NO_LOG_FLUSH = 0x8004587D, b"\x02\x00\x00\x00"
_MEGABYTES = 320


def require_root() -> None:
    """CannotRunError where nothing can be mounted."""
    if sys.platform != "linux" or os.geteuid() != 0:
        raise CannotRunError("only root on Linux may mount a file system")


@contextmanager
def small(home: Path, kilobytes: int) -> Iterator[None]:
    """A disk in memory with little room."""
    require_root()
    home.mkdir()
    _run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", home])
    try:
        yield
    finally:
        _unmount(home)


class Disk:
    """An ext4 file system in a file, whose power can be cut."""

    def __init__(self, home: Path) -> None:
        require_root()
        self._home, self._image = home, home.with_name("disk.img")
        home.mkdir()
        with self._image.open("wb") as file:
            file.truncate(_MEGABYTES << 20)
        _run(["mkfs.ext4", "-q", self._image])

    def mount(self) -> None:
        """Put it on; its journal is replayed as after a power cut."""
        _run(["mount", "-o", "loop", self._image, self._home])

    def cut(self) -> None:
        """From this moment nothing reaches it any more."""
        descriptor = os.open(self._home, os.O_RDONLY)
        try:
            fcntl.ioctl(descriptor, _SHUTDOWN, _NO_LOG_FLUSH)
        finally:
            os.close(descriptor)

    def unmount(self) -> None:
        """Take it off; no process may use it."""
        _unmount(self._home)


def _unmount(home: Path) -> None:
    connections.close_all()
    # The lock files of turns stay open for as long as a process lives.
    for turn in turns._turns.values():  # noqa: SLF001 - no program takes its own disk away
        if turn._file is not None:  # noqa: SLF001 - as above
            os.close(turn._file)  # noqa: SLF001 - as above
    turns._turns.clear()  # noqa: SLF001 - as above
    for _ in range(100):
        if subprocess.run(["umount", home], capture_output=True, check=False).returncode == 0:
            return
        time.sleep(0.05)
    subprocess.run(["umount", "--lazy", home], check=True)


def _run(command: Sequence[str | Path]) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise CannotRunError(f"there is no {command[0]}") from error
    except subprocess.CalledProcessError as error:
        raise CannotRunError(f"{command[0]}: {error.stderr.strip()}") from error
