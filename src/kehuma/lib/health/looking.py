"""What is looked at, in the order in which a fault would be in the way."""

import os
import shutil
import sqlite3
import stat
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.utils import timezone

from kehuma.lib import keys
from kehuma.lib.backups import contents, shelf
from kehuma.lib.db import place
from kehuma.lib.db.moving import mark
from kehuma.lib.health import Finding, Said, said

Faults = Callable[[], Sequence[str]]
Look = Callable[[], Iterable[Finding]]

_PYTHON = (3, 11)
_SQLITE = (3, 35)  # RETURNING
_LEAST_SPACE = 200_000_000
# Who has the turn to write keeps it for milliseconds; a whole file of codes asks for it piece by piece.
_PATIENCE = 10.0
_BACKUP_EVERY = timedelta(days=7)
_WAITS_AT_MOST = timedelta(minutes=2)


def examined(home: Path, faults: Faults, *, at: datetime, more: Sequence[Look] = ()) -> Iterator[Finding]:
    """All findings; ``faults`` says what is wrong with the register beneath its tables, ``more`` are the packages' own."""
    yield _python()
    file = place.store()
    store = _sqlite() if file else _server()
    yield store
    yield _guarded("home", lambda: _home(home))
    yield _guarded("space", lambda: _space(home))
    if contents.is_half_done(home):
        yield Finding("restore", said("found-half-done"), said("remedy-restore"))
    if file and (moved := mark.refusal(file)):
        yield Finding("register", moved, said("remedy-moved"))
        return
    if store.remedy and not file:
        return
    if not place.is_there():
        yield Finding("register", said("found-no-register"))
        return
    yield _guarded("key", lambda: _key(home, faults))
    if file:
        yield _guarded("turn", lambda: _turn(file))
        yield _guarded("integrity", lambda: _integrity(file))
    yield _guarded("migrations", _migrations)
    yield _guarded("durability", lambda: _durability(faults, is_file=file is not None))
    yield _guarded("tasks", lambda: _tasks(at))
    yield _guarded("backup", lambda: _backup(home, at))
    for look in more:
        yield from _all_guarded(look)


def _guarded(what: str, look: Callable[[], Finding]) -> Finding:
    """A check that breaks off is a finding too."""
    try:
        return look()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what is wrong here
        return Finding(what, f"{type(error).__name__}: {error}", said("remedy-store"))


def _all_guarded(look: Look) -> list[Finding]:
    try:
        return list(look())
    except Exception as error:  # noqa: BLE001 - as above
        return [Finding("store", f"{type(error).__name__}: {error}", said("remedy-store"))]


def _python() -> Finding:
    found = ".".join(map(str, sys.version_info[:3]))
    return Finding("python", found, None if sys.version_info >= _PYTHON else said("remedy-python"))


def _sqlite() -> Finding:
    is_new = sqlite3.sqlite_version_info >= _SQLITE
    return Finding("sqlite", sqlite3.sqlite_version, None if is_new else said("remedy-sqlite"))


def _server() -> Finding:
    from django.db import Error, connection  # noqa: PLC0415 - commands on files do without Django

    try:
        with connection.cursor() as cursor:
            cursor.execute("SHOW server_version")
            return Finding("server", str(cursor.fetchone()[0]))
    except Error as error:
        return Finding("server", str(error).strip().splitlines()[0], said("remedy-server"))


def _home(home: Path) -> Finding:
    if not home.exists():
        above = next(folder for folder in home.parents if folder.exists())
        return Finding(
            "home", said("found-no-home", folder=home), None if os.access(above, os.W_OK) else _no_right(above)
        )
    if not home.is_dir() or not os.access(home, os.R_OK | os.W_OK | os.X_OK):
        return Finding("home", str(home), _no_right(home))
    open_to_others = os.name != "nt" and stat.S_IMODE(home.stat().st_mode) & 0o022
    return Finding("home", str(home), said("remedy-home-open", folder=home) if open_to_others else None)


def _no_right(folder: Path) -> Said:
    return said("remedy-home", folder=folder)


def _space(home: Path) -> Finding:
    disk = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(disk).free
    return Finding("space", f"{free // 1_000_000:,} MB", None if free >= _LEAST_SPACE else said("remedy-space"))


def _key(home: Path, faults: Faults) -> Finding:
    file = home / keys.FILE_NAME
    if not keys.has_key(home):
        # The register says whether it has ever had one.
        if not any(fault.startswith("key-missing") for fault in faults()):
            return Finding("key", said("found-no-key-yet"))
        return Finding("key", said("found-no-key"), said("remedy-key", file=file))
    try:
        keys.installation_key(home)
    except ValueError as error:
        return Finding("key", str(error), said("remedy-key", file=file))
    remedy = None if keys.is_private(home) else said("remedy-key-open", file=file)
    return Finding("key", f"{keys.FILE_NAME} {stat.S_IMODE(file.stat().st_mode):04o}", remedy)


def _turn(file: Path) -> Finding:
    from kehuma.lib.db.turns import turn_at  # noqa: PLC0415 - a register is there

    turn = turn_at(file.absolute().with_suffix(".lock"))
    taken = threading.Event()

    def take() -> None:
        turn.take()
        turn.give_back()
        taken.set()

    threading.Thread(target=take, daemon=True).start()
    is_free = taken.wait(_PATIENCE)
    return Finding("turn", said("found-free" if is_free else "found-busy"), None if is_free else said("remedy-turn"))


def _integrity(file: Path) -> Finding:
    # Read-only, and not through our own connection: that one would bring the file into order first.
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        found = [row[0] for row in connection.execute("PRAGMA integrity_check(5)")]
        broken = len(connection.execute("PRAGMA foreign_key_check").fetchmany(5))
    if found == ["ok"] and not broken:
        return Finding("integrity", "ok")
    return Finding("integrity", "; ".join(map(str, found)), said("remedy-integrity"))


def _migrations() -> Finding:
    from kehuma.lib.db import upgrading  # noqa: PLC0415 - after set-up

    if upgrading.unknown():
        return Finding("migrations", said("found-newer"), said("remedy-newer"))
    current = upgrading.is_current()
    return Finding(
        "migrations", said("found-current" if current else "found-old"), None if current else said("remedy-old")
    )


def _durability(faults: Faults, *, is_file: bool) -> Finding:
    wrong = list(faults())
    found, remedy = ("WAL, FULL", "remedy-durability") if is_file else ("fsync", "remedy-server-durability")
    return Finding("durability", "; ".join(wrong) or found, said(remedy) if wrong else None)


def _tasks(at: datetime) -> Finding:
    from django_tasks_db.models import DBTaskResult  # noqa: PLC0415 - after set-up

    waiting = DBTaskResult.objects.ready()
    late = waiting.filter(enqueued_at__lt=at - _WAITS_AT_MOST).exists()
    count = waiting.count()
    found = said("found-waiting", count=count) if count else said("found-no-tasks")
    return Finding("tasks", found, said("remedy-tasks") if late else None)


def _backup(home: Path, at: datetime) -> Finding:
    sound = [one for one in shelf.kept(home) if one.manifest and not one.fault]
    newest = max((one.manifest.made_at for one in sound if one.manifest), default=None)
    # The key is as old as the installation: what was begun this week needs no backup of last week.
    since = newest or datetime.fromtimestamp((home / keys.FILE_NAME).stat().st_mtime, UTC)
    remedy = said("remedy-backup") if at - since > _BACKUP_EVERY else None
    return Finding(
        "backup", f"{timezone.localtime(newest):%Y-%m-%d %H:%M}" if newest else said("found-no-backup"), remedy
    )
