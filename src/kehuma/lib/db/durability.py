"""Whether what this connection commits survives a power cut."""

from typing import Any

from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper

_WANTED = {
    "synchronous": ((2, 3), "FULL"),
    "journal_mode": (("wal", "memory"), "WAL"),
    "foreign_keys": ((1,), "ON"),
    "recursive_triggers": ((1,), "ON"),
}


class NotDurableError(DatabaseError):
    """The store may forget what it acknowledged, so no code may be given out from it."""


def faults(connection: BaseDatabaseWrapper) -> tuple[str, ...]:
    """The settings of the connection that a ledger cannot live with, as ``synchronous = 1, must be FULL``."""
    found = []
    with connection.cursor() as cursor:
        for pragma, (allowed, name) in _WANTED.items():
            value: Any = cursor.execute(f"PRAGMA {pragma}").fetchone()[0]
            if value not in allowed:
                found.append(f"{pragma} = {value}, must be {name}")
    return tuple(found)


def require_durable(connection: BaseDatabaseWrapper) -> None:
    """Refuse with ``NotDurableError`` where ``faults`` finds anything."""
    if found := faults(connection):
        raise NotDurableError("; ".join(found))
