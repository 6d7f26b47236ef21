"""The way to the register: opened once per run, made without a word when that is needed."""

import getpass
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from kehuma.cli import output
from kehuma.cli.texts import CommandError, spoken
from kehuma.lib import clock

if TYPE_CHECKING:
    from kehuma.engine.coding.grammar import Grammar


def home() -> Path:
    """The data folder of this installation."""
    from django.conf import settings  # noqa: PLC0415 - commands on files do without Django

    return Path(settings.KEHUMA_HOME)


def move_to(folder: Path) -> None:
    """Use another data folder for this run; only before anything was read or written."""
    from django.conf import settings  # noqa: PLC0415 - as above

    from kehuma.lib.db import addresses  # noqa: PLC0415 - as above

    settings.KEHUMA_HOME = folder
    settings.DATABASES["default"] = addresses.database("", folder / "kehuma.sqlite3")


def work_on(address: str) -> Path:
    """Use the database at this address for this run, and no longer the file that is the answer."""
    from django.conf import settings  # noqa: PLC0415 - as above

    from kehuma.lib.db import addresses  # noqa: PLC0415 - as above

    file = home() / "kehuma.sqlite3"
    settings.DATABASES["default"] = addresses.database(address, file)
    set_up()
    return file


def store() -> Path | None:
    """The file of the register; None where a server keeps it."""
    from kehuma.lib.db import place  # noqa: PLC0415 - as above

    return place.store()


def is_there() -> bool:
    """Whether anything was ever coded or published here; looking makes nothing."""
    from kehuma.lib.db import place  # noqa: PLC0415 - as above

    if place.store() is None:
        set_up()
    return place.is_there()


def set_up() -> None:
    """Make the packages of the register ready, without touching its file."""
    import django  # noqa: PLC0415 - as above
    from django.apps import apps  # noqa: PLC0415 - as above

    if not apps.ready:
        django.setup()


def open_register(*, upgrades: bool = False) -> None:
    """Make the register ready for reading and writing; a new one is made.

    CommandError for one that another version of the program has made: upgrading begins with a backup, so it has its
    own command. With ``upgrades`` an older one is upgraded at once: that of a demonstration needs no backup.
    """
    set_up()
    from kehuma.lib.backups import contents  # noqa: PLC0415 - after set-up
    from kehuma.lib.db import upgrading  # noqa: PLC0415 - as above

    require_here()
    if contents.is_half_done(home()):
        raise CommandError("restore-half-done", home=home())
    if newer := upgrading.unknown():
        raise CommandError("register-newer", names=newer)
    if upgrading.is_current():
        return
    if upgrading.applied() and not upgrades:
        raise CommandError("register-older")
    make_tables()


def require_here() -> None:
    """MoveError where the register has moved from its file to a server, or is on its way."""
    from kehuma.lib.db.moving import mark  # noqa: PLC0415 - after set-up

    file = store()
    if file is not None and (moved := mark.refusal(file)):
        raise moved


def make_tables() -> None:
    """Run the migrations that are missing."""
    from filelock import FileLock  # noqa: PLC0415 - only where tables are missing

    from kehuma.lib.db import upgrading  # noqa: PLC0415 - after set-up

    # Two commands that come first at the same time must not both make the tables.
    with FileLock(home() / "upgrade.lock"):
        upgrading.upgrade()


def grammar_if_any(name: str) -> "Grammar | None":
    """The grammar of a published scheme, or None; makes no register where there is none."""
    if not is_there():
        return None
    open_register()
    from kehuma.apps.codes import queries  # noqa: PLC0415 - after set-up
    from kehuma.apps.codes.errors import UnknownSchemeError  # noqa: PLC0415 - after set-up

    with suppress(UnknownSchemeError):
        return queries.grammar(name, clock.now())
    return None


def log_now() -> None:
    """Put what was just done into the log, so that its certificates are there at once.

    What was done stands, whatever comes of this: a server, or the next command, would log it as well.
    """
    from kehuma.apps.audit import services  # noqa: PLC0415 - after set-up
    from kehuma.engine.coding.errors import CodingError  # noqa: PLC0415 - as above

    try:
        services.sequence(clock.now())
    except CodingError as error:
        output.note(error.say(spoken()), "yellow")


def actor() -> str:
    """Who works at this command line, for the events of the register."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container without a name for its user
        name = str(os.getuid()) if hasattr(os, "getuid") else ""
    return f"cli:{name}"
