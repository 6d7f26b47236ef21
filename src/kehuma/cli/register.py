"""The way to the register: opened once per run, made and upgraded without a word when that is needed."""

import getpass
import os
from contextlib import suppress
from pathlib import Path

from filelock import FileLock

from kehuma.engine.coding.grammar import Grammar
from kehuma.lib import clock


def home() -> Path:
    """The data folder of this installation."""
    from django.conf import settings  # noqa: PLC0415 - commands on files do without Django

    return Path(settings.KEHUMA_HOME)


def move_to(folder: Path) -> None:
    """Use another data folder for this run; only before anything was read or written."""
    from django.conf import settings  # noqa: PLC0415 - as above

    settings.KEHUMA_HOME = folder
    settings.DATABASES["default"]["NAME"] = folder / store().name


def store() -> Path:
    """The file of the register."""
    from django.conf import settings  # noqa: PLC0415 - as above

    return Path(str(settings.DATABASES["default"]["NAME"]))


def set_up() -> None:
    """Make the packages of the register ready, without touching its file."""
    import django  # noqa: PLC0415 - as above
    from django.apps import apps  # noqa: PLC0415 - as above

    if not apps.ready:
        django.setup()


def open_register() -> None:
    """Make the register ready for reading and writing: a new one is made, an older one is upgraded."""
    set_up()
    from kehuma.lib.db import upgrading  # noqa: PLC0415 - after set-up

    if upgrading.is_current():
        return
    # Two commands that come first at the same time must not both make the tables.
    with FileLock(home() / "upgrade.lock"):
        upgrading.upgrade()


def grammar_if_any(name: str) -> Grammar | None:
    """The grammar of a published scheme, or None; makes no register where there is none."""
    if not store().exists():
        return None
    open_register()
    from kehuma.apps.codes import queries  # noqa: PLC0415 - after set-up
    from kehuma.apps.codes.errors import UnknownSchemeError  # noqa: PLC0415 - after set-up

    with suppress(UnknownSchemeError):
        return queries.grammar(name, clock.now())
    return None


def actor() -> str:
    """Who works at this command line, for the events of the register."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container without a name for its user
        name = str(os.getuid()) if hasattr(os, "getuid") else ""
    return f"cli:{name}"
