"""``kehuma doctor``: is this installation sound, and what is to be done where it is not.

Looking changes nothing: a machine on which nothing was coded yet stays without a register.
"""

import os
import shutil
import sqlite3
import stat
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from kehuma.cli import output, register
from kehuma.cli.output import Cell, Tinted
from kehuma.cli.texts import CommandError, say

_PYTHON = (3, 11)
_SQLITE = (3, 35)  # RETURNING
_LEAST_SPACE = 200_000_000
# Who has the turn to write keeps it for milliseconds; a whole file of codes asks for it piece by piece.
_PATIENCE = 10.0


class Finding(NamedTuple):
    """One thing looked at; ``remedy`` is empty where all is well."""

    what: str
    found: str
    remedy: str = ""


def doctor() -> None:
    """Check this installation."""
    findings = list(examined())
    rows = [[_mark(finding), say(f"doctor-{finding.what}"), output.safe(finding.found)] for finding in findings]
    output.table(["", say("column-checked"), say("column-found")], rows)
    wrong = [finding for finding in findings if finding.remedy]
    for finding in wrong:
        output.line(say("doctor-remedy", what=say(f"doctor-{finding.what}"), remedy=finding.remedy), "yellow")
    if wrong:
        raise CommandError("doctor-wrong", count=len(wrong))
    output.line(say("doctor-fine"), "green")


def examined() -> Iterator[Finding]:
    """All findings, in the order in which a fault would be in the way."""
    home = register.home()
    yield _python()
    yield _sqlite()
    yield _guarded("home", lambda: _home(home))
    yield _guarded("space", lambda: _space(home))
    if not register.store().exists():
        yield Finding("register", say("doctor-no-register"))
        return
    for what, look in (
        ("key", lambda: _key(home)),
        ("turn", _turn),
        ("integrity", _integrity),
        ("migrations", _migrations),
        ("durability", _durability),
    ):
        yield _guarded(what, look)


def _guarded(what: str, look: Callable[[], Finding]) -> Finding:
    """A check that breaks off is a finding too."""
    try:
        return look()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what is wrong here
        return Finding(what, f"{type(error).__name__}: {error}", say("remedy-store"))


def _python() -> Finding:
    found = ".".join(map(str, sys.version_info[:3]))
    return Finding("python", found, "" if sys.version_info >= _PYTHON else say("remedy-python"))


def _sqlite() -> Finding:
    is_new = sqlite3.sqlite_version_info >= _SQLITE
    return Finding("sqlite", sqlite3.sqlite_version, "" if is_new else say("remedy-sqlite"))


def _home(home: Path) -> Finding:
    if not home.exists():
        above = next(folder for folder in home.parents if folder.exists())
        return Finding(
            "home", say("doctor-no-home", folder=home), "" if os.access(above, os.W_OK) else _no_right(above)
        )
    if not home.is_dir() or not os.access(home, os.R_OK | os.W_OK | os.X_OK):
        return Finding("home", str(home), _no_right(home))
    open_to_others = os.name != "nt" and stat.S_IMODE(home.stat().st_mode) & 0o022
    return Finding("home", str(home), say("remedy-home-open", folder=home) if open_to_others else "")


def _no_right(folder: Path) -> str:
    return say("remedy-home", folder=folder)


def _space(home: Path) -> Finding:
    place = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(place).free
    return Finding("space", f"{free // 1_000_000:,} MB", "" if free >= _LEAST_SPACE else say("remedy-space"))


def _key(home: Path) -> Finding:
    from kehuma.lib import keys  # noqa: PLC0415 - a register is there

    if not keys.has_key(home):
        return Finding("key", say("doctor-no-key"), say("remedy-key", file=home / keys.FILE_NAME))
    keys.installation_key(home)
    remedy = "" if keys.is_private(home) else say("remedy-key-open", file=home / keys.FILE_NAME)
    mode = stat.S_IMODE((home / keys.FILE_NAME).stat().st_mode)
    return Finding("key", f"{keys.FILE_NAME} {mode:04o}", remedy)


def _turn() -> Finding:
    from kehuma.lib.db.turns import turn_at  # noqa: PLC0415 - a register is there

    turn = turn_at(register.store().absolute().with_suffix(".lock"))
    taken = threading.Event()

    def take() -> None:
        turn.take()
        turn.give_back()
        taken.set()

    threading.Thread(target=take, daemon=True).start()
    is_free = taken.wait(_PATIENCE)
    return Finding("turn", say("doctor-free" if is_free else "doctor-busy"), "" if is_free else say("remedy-turn"))


def _integrity() -> Finding:
    # Read-only, and not through our own connection: that one would bring the file into order first.
    with closing(sqlite3.connect(f"{register.store().absolute().as_uri()}?mode=ro", uri=True)) as connection:
        found = [row[0] for row in connection.execute("PRAGMA integrity_check(5)")]
        broken = len(connection.execute("PRAGMA foreign_key_check").fetchmany(5))
    if found == ["ok"] and not broken:
        return Finding("integrity", "ok")
    return Finding("integrity", "; ".join(map(str, found)), say("remedy-integrity"))


def _migrations() -> Finding:
    register.set_up()
    from kehuma.lib.db.upgrading import is_current  # noqa: PLC0415 - after set-up

    current = is_current()
    return Finding(
        "migrations", say("doctor-current" if current else "doctor-old"), "" if current else say("remedy-old")
    )


def _durability() -> Finding:
    register.set_up()
    from kehuma.apps.codes import queries  # noqa: PLC0415 - after set-up

    faults = list(queries.faults())
    return Finding("durability", "; ".join(faults) or "WAL, FULL", say("remedy-durability") if faults else "")


def _mark(finding: Finding) -> Cell:
    return Tinted((("✗", "bold red"),)) if finding.remedy else Tinted((("✓", "bold green"),))
