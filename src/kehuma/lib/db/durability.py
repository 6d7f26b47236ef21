"""Whether what this connection commits survives a power cut, and stays one of its kind."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper

from kehuma.lib.db.pipelines import asked

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
    return _faults(connection, _asked(connection)())


def require_durable(connection: BaseDatabaseWrapper) -> None:
    """Refuse with ``NotDurableError`` where ``faults`` finds anything."""
    asked_durable(connection)()


def asked_durable(connection: BaseDatabaseWrapper) -> Callable[[], None]:
    """The same in two steps: the store is asked now, and its answer counts when what is returned is called."""
    told = _asked(connection)

    def require() -> None:
        if found := _faults(connection, told()):
            raise NotDurableError("; ".join(found))

    return require


def _faults(connection: BaseDatabaseWrapper, told: Sequence[Any]) -> tuple[str, ...]:
    wanted = _SQLITE if connection.vendor == "sqlite" else _POSTGRESQL
    return tuple(
        f"{name} = {value}, must be {called}"
        for (name, (values, called)), value in zip(wanted.items(), told, strict=True)
        if value not in values
    )


def _asked(connection: BaseDatabaseWrapper) -> Callable[[], Sequence[Any]]:
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            told = [cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in _SQLITE]
        return lambda: told
    rows = asked(_READ_POSTGRESQL)
    return lambda: rows()[0]
