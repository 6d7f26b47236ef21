"""Whether what this connection commits survives a power cut, and stays one of its kind."""

from collections.abc import Iterator
from typing import Any

from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper

_SQLITE = {
    "synchronous": ((2, 3), "FULL"),
    "journal_mode": (("wal", "memory"), "WAL"),
    "foreign_keys": ((1,), "ON"),
    "recursive_triggers": ((1,), "ON"),
}
# Counters read what others have committed while they waited: any other isolation answers with an error instead.
# Collations of the operating system change with its libraries, and then a unique index no longer finds what it holds;
# those of PostgreSQL itself do not, and they order texts by bytes as SQLite does.
_POSTGRESQL = {
    "fsync": (("on",), "on"),
    "synchronous_commit": (("on", "remote_apply"), "on"),
    "transaction_isolation": (("read committed",), "read committed"),
    "server_encoding": (("UTF8",), "UTF8"),
    "collation": (("C", "POSIX"), "C"),
}
_READ_POSTGRESQL = """
    SELECT current_setting('fsync'), current_setting('synchronous_commit'), current_setting('transaction_isolation'),
    current_setting('server_encoding'),
    CASE datlocprovider WHEN 'c' THEN datcollate WHEN 'b' THEN 'C' ELSE 'ICU' END
    FROM pg_database WHERE datname = current_database()
"""


class NotDurableError(DatabaseError):
    """The store may forget what it acknowledged, so no code may be given out from it."""


def faults(connection: BaseDatabaseWrapper) -> tuple[str, ...]:
    """The settings of the connection that a ledger cannot live with, as ``synchronous = 1, must be FULL``."""
    wanted = _SQLITE if connection.vendor == "sqlite" else _POSTGRESQL
    read = _of_sqlite if connection.vendor == "sqlite" else _of_postgresql
    return tuple(
        f"{name} = {value}, must be {wanted[name][1]}"
        for name, value in read(connection)
        if value not in wanted[name][0]
    )


def require_durable(connection: BaseDatabaseWrapper) -> None:
    """Refuse with ``NotDurableError`` where ``faults`` finds anything."""
    if found := faults(connection):
        raise NotDurableError("; ".join(found))


def _of_sqlite(connection: BaseDatabaseWrapper) -> Iterator[tuple[str, Any]]:
    with connection.cursor() as cursor:
        for pragma in _SQLITE:
            cursor.execute(f"PRAGMA {pragma}")
            yield pragma, cursor.fetchone()[0]


def _of_postgresql(connection: BaseDatabaseWrapper) -> Iterator[tuple[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(_READ_POSTGRESQL)
        yield from zip(_POSTGRESQL, cursor.fetchone(), strict=True)
