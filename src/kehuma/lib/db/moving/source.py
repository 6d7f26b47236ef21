"""The file a store moves from, read as it is: one moment of it, and no row of it changed."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from kehuma.lib.db.moving.errors import MoveError

# So many rows are in memory at a time.
_TOGETHER = 2_000
Batch = list[tuple[Any, ...]]


class Source:
    """A SQLite store."""

    def __init__(self, connection: sqlite3.Connection, file: Path) -> None:
        self._connection, self._file = connection, file

    def migrations(self) -> set[str]:
        """Those that it has had, as ``codes.0001_initial``."""
        found = self._connection.execute("SELECT app, name FROM django_migrations")
        return {f"{app}.{name}" for app, name in found}

    def tables(self) -> set[str]:
        """Its tables. Those of a search index are made of others, and are made anew from them."""
        listed = self._connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
        virtual = tuple(f"{name}_" for name, sql in listed if sql.startswith("CREATE VIRTUAL"))
        ours = {name for name, sql in listed if not sql.startswith("CREATE VIRTUAL")}
        return {name for name in ours if not name.startswith(("sqlite_", *virtual))}

    def columns(self, table: str) -> list[str]:
        """The columns of a table."""
        return [row[1] for row in self._connection.execute(f'PRAGMA table_info("{table}")')]

    def count(self, table: str) -> int:
        """How many rows a table has."""
        (count,) = self._connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()  # noqa: S608 - see ``rows``
        return int(count)

    def rows(self, table: str, columns: Sequence[str], key: Sequence[str]) -> Iterator[Batch]:
        """All rows in the order of the key; MoveError where they cannot be read."""
        names, order = _quoted(columns), _quoted(key)
        try:
            # The names are those of the tables of both stores.
            cursor = self._connection.execute(f'SELECT {names} FROM "{table}" ORDER BY {order}')  # noqa: S608
            while batch := cursor.fetchmany(_TOGETHER):
                yield batch
        except sqlite3.Error:
            # What SQLite says of a text that is none repeats it, and it may be a person's name.
            raise MoveError("source-unreadable", file=self._file, table=table) from None

    def key_at(self, table: str, key: Sequence[str], place: int) -> str:
        """What identifies the row at this place, from 0, of those that ``rows`` gives."""
        names = _quoted(key)
        sql = f'SELECT {names} FROM "{table}" ORDER BY {names} LIMIT 1 OFFSET ?'  # noqa: S608 - as above
        found = self._connection.execute(sql, [place]).fetchone() or ()
        return ", ".join(f"{name} = {value}" for name, value in zip(key, found, strict=False))

    def last_ids(self) -> dict[str, int]:
        """The highest id that each table ever gave to a row, also to one that is gone."""
        return dict(self._connection.execute("SELECT name, seq FROM sqlite_sequence").fetchall())


@contextmanager
def opened(file: Path) -> Iterator[Source]:
    """The store as it is now, until the end of the block."""
    address = f"{file.absolute().as_uri()}?mode=rw"
    with closing(sqlite3.connect(address, uri=True, isolation_level=None, timeout=20)) as connection:
        connection.execute("PRAGMA query_only = ON")
        # The view of the store begins with the first reading.
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        yield Source(connection, file)


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
