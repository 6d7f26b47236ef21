"""Bring the tables of the store to what this version of the program expects."""

import pkgutil
from collections.abc import Iterable, Sequence
from contextlib import suppress
from importlib import import_module

from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from kehuma.lib.db.durability import require_durable

# Any number, as long as every version of the program takes the same.
_LOCK = 0x6B65_6875_6D61


def is_current() -> bool:
    """Whether no migration is missing."""
    return known() <= set(applied())


def known() -> set[str]:
    """The migrations of this program. By the names of their files: to import them all takes every command its time."""
    names: set[str] = set()
    for app in apps.get_app_configs():
        package, _ = MigrationLoader.migrations_module(app.label)
        with suppress(ModuleNotFoundError):
            found = pkgutil.iter_modules(import_module(package).__path__) if package else ()
            names |= {f"{app.label}.{module.name}" for module in found if module.name[0] not in "_~"}
    return names


def applied() -> Sequence[str]:
    """The migrations that the store has had, as ``codes.0001_initial``; none for a new one."""
    return sorted(".".join(key) for key in MigrationRecorder(connection).applied_migrations())


def unknown(names: Iterable[str] | None = None) -> Sequence[str]:
    """Those of ``names`` (by default: of the store) that this program does not know: a newer one has worked there."""
    return sorted(set(applied() if names is None else names) - known())


def upgrade() -> None:
    """Run the migrations that are missing; on a new machine this makes the data folder and the database.

    On PostgreSQL hosts that start at once wait for the first; NotDurableError where the database was not made as
    ``docs/how-to/use-postgresql.md`` says, before there is anything in it.
    """
    if is_current():
        return
    if connection.vendor == "sqlite":
        _migrate()
        return
    require_durable(connection)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        try:
            _migrate()
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def _migrate() -> None:
    call_command("migrate", verbosity=0, interactive=False)
