"""The database wrapper that Django loads for ``ENGINE = "kehuma.lib.db"``."""

import contextlib
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from django.db.backends.sqlite3 import base

from kehuma.lib.db.moving import mark
from kehuma.lib.db.turns import Turn, turn_at

# FULL: with NORMAL in WAL mode, 41 to 66 acknowledged codes were lost in 60 to 100 power cuts and given out a second
# time; with FULL none of 102,701 in 600 cuts.
# temp_store: triggers make SQLite keep a journal per statement; in memory, a guarded insert costs a third less.
_PRAGMAS = {
    "synchronous": "FULL",
    "foreign_keys": "ON",
    "recursive_triggers": "ON",
    "temp_store": "MEMORY",
    "cache_size": "-65536",
}
_PATIENCE = 20.0
_WRITES = re.compile(
    r"\s*(INSERT|UPDATE|DELETE|REPLACE|CREATE|DROP|ALTER|WITH|VACUUM|REINDEX|ANALYZE)\b", re.IGNORECASE
)

Answer = TypeVar("Answer")


class DatabaseWrapper(base.DatabaseWrapper):
    """SQLite in WAL mode with durable commits, whose transactions are IMMEDIATE and wait for their turn."""

    turn: Turn
    has_turn = False
    opened: tuple[int, int] | None = None
    moved: Path | None = None

    def get_connection_params(self) -> dict[str, Any]:
        """As Django's, with our transaction mode: a deferred transaction that begins to write can only fail."""
        params: dict[str, Any] = super().get_connection_params()
        params.setdefault("timeout", _PATIENCE)
        self.transaction_mode = "IMMEDIATE"
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> sqlite3.Connection:
        """A connection with our pragmas; makes the folder of a new database, for its owner only."""
        self.turn = turn_at(self._lock_path())
        self.moved = None if self.is_in_memory_db() else mark.place(Path(self.settings_dict["NAME"]))
        connection: sqlite3.Connection = super().get_new_connection(conn_params)
        self.opened = self._file()
        for name, value in _PRAGMAS.items():
            connection.execute(f"PRAGMA {name} = {value}")
        if not self.is_in_memory_db() and _journal_mode(connection) != "wal":
            self.taking_turn(lambda: connection.execute("PRAGMA journal_mode = WAL").fetchone())
        return connection

    def is_usable(self) -> bool:
        """Whether the file is still the one that was opened: a restored copy takes its place under the same name."""
        return bool(super().is_usable()) and self._file() == self.opened

    def create_cursor(self, name: str | None = None) -> "_Cursor":  # noqa: ARG002 - Django's signature
        """A cursor whose writes outside a transaction wait for their turn too."""
        cursor: _Cursor = self.connection.cursor(factory=_Cursor)
        cursor.wrapper = self
        return cursor

    def taking_turn(self, write: Callable[[], Answer]) -> Answer:
        """What ``write`` answers, done in our turn; the turn is kept while a transaction is open afterwards."""
        self._take_turn()
        try:
            return write()
        finally:
            if self.connection is None or not self.connection.in_transaction:
                self._give_turn_back()

    # The type stubs leave out the methods that a back end overrides; each is called by Django's BaseDatabaseWrapper.

    def _start_transaction_under_autocommit(self) -> None:
        self.taking_turn(super()._start_transaction_under_autocommit)  # type: ignore[misc]

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]
        self._give_turn_back()

    def _rollback(self) -> None:
        super()._rollback()  # type: ignore[misc]
        self._give_turn_back()

    def _set_autocommit(self, autocommit: bool) -> None:  # noqa: FBT001 - Django's signature
        super()._set_autocommit(autocommit)  # type: ignore[misc]
        if autocommit:
            self._give_turn_back()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._give_turn_back()

    def _take_turn(self) -> None:
        if not self.has_turn:
            self.turn.take()
            self.has_turn = True
            if self.moved is not None and self.moved.exists():
                self._give_turn_back()
                raise mark.StoreMovedError(Path(self.settings_dict["NAME"]))

    def _give_turn_back(self) -> None:
        if self.has_turn:
            self.has_turn = False
            self.turn.give_back()

    def _file(self) -> tuple[int, int] | None:
        """The file itself, whatever its name; None for a store in memory, or where there is none any more."""
        with contextlib.suppress(FileNotFoundError):
            if not self.is_in_memory_db():
                told = Path(self.settings_dict["NAME"]).stat()
                return told.st_dev, told.st_ino
        return None

    def _lock_path(self) -> Path | None:
        if self.is_in_memory_db():
            return None
        path = Path(self.settings_dict["NAME"]).absolute()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return path.with_suffix(".lock")


class _Cursor(base.SQLiteCursorWrapper):
    wrapper: DatabaseWrapper

    def execute(self, query: str, params: Any = None) -> Any:  # noqa: ANN401 - as sqlite3 has it
        if self.connection.in_transaction or not _WRITES.match(query):
            return super().execute(query, params)
        return self.wrapper.taking_turn(lambda: base.SQLiteCursorWrapper.execute(self, query, params))

    def executemany(self, query: str, param_list: Any) -> Any:  # noqa: ANN401 - as sqlite3 has it
        if self.connection.in_transaction:
            return super().executemany(query, param_list)
        return self.wrapper.taking_turn(lambda: base.SQLiteCursorWrapper.executemany(self, query, param_list))


def _journal_mode(connection: sqlite3.Connection) -> str:
    (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    return str(mode)
