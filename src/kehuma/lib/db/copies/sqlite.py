"""Copies of the SQLite store, by SQLite's own backup."""

import hashlib
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from kehuma.lib.db.copies import Progress, Table, Tables
from kehuma.lib.db.copies.errors import CopyError

# A copy in steps begins anew with every foreign write (19.7 s instead of 0.24 s measured): all pages at once.
_ALL_PAGES = -1
_ROWS = 5_000
_BESIDE = ("", "-wal", "-shm")


class SQLiteCopier:
    """The store in one file."""

    kind = "sqlite"
    file_name = "kehuma.sqlite3"

    def __init__(self, path: Path) -> None:
        self._path = path

    def size(self) -> int:
        """The bytes of the file and of its log."""
        beside = (self._path.with_name(self._path.name + end) for end in _BESIDE)
        return sum(path.stat().st_size for path in beside if path.exists())

    def copy(self, target: Path, progress: Progress) -> Tables:
        """Copy and read in one transaction, so that both show the same moment.

        A plain copy of the file would miss what stands in the log only (289 newest codes measured), and look sound.
        """
        with _opened(self._path) as source:
            # The transaction's view of the store begins with its first read.
            source.execute("BEGIN")
            source.execute("SELECT count(*) FROM sqlite_master").fetchone()
            with closing(sqlite3.connect(target)) as copied:
                source.backup(copied, pages=_ALL_PAGES)
            progress(0.3)
            return _tables(source, lambda share: progress(0.3 + 0.7 * share))

    def tables(self, copy: Path, scratch: Path, progress: Progress) -> Tables:
        """The copy is a store already; it is read from a place of its own, since reading may write beside it."""
        unpacked = scratch / self.file_name
        if copy != unpacked:
            shutil.copyfile(copy, unpacked)
        try:
            with _opened(unpacked) as connection:
                found = [row[0].decode(errors="replace") for row in connection.execute("PRAGMA integrity_check(3)")]
                if found != ["ok"]:
                    raise CopyError("copy-broken", reason="; ".join(found))
                progress(0.3)
                if broken := connection.execute("PRAGMA foreign_key_check").fetchmany(3):
                    tables = ", ".join(row[0].decode() for row in broken)
                    raise CopyError("copy-broken", reason=f"foreign keys: {tables}")
                progress(0.4)
                return _tables(connection, lambda share: progress(0.4 + 0.6 * share))
        except sqlite3.DatabaseError as error:
            raise CopyError("copy-broken", reason=str(error)) from error

    def replace(self, copy: Path, aside: Path) -> str:
        """Move the store with its log into ``aside``, then the copy into its place; both on one disk."""
        for end in _BESIDE:
            old = self._path.with_name(self._path.name + end)
            if old.exists():
                old.rename(aside / old.name)
        copy.chmod(0o600)
        copy.rename(self._path)
        return str(aside / self._path.name)


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    address = f"{path.absolute().as_uri()}?mode=rw"
    with closing(sqlite3.connect(address, uri=True, isolation_level=None, timeout=20)) as connection:
        # A text that is no UTF-8 must not end a backup.
        connection.text_factory = bytes
        yield connection


def _tables(connection: sqlite3.Connection, progress: Progress) -> Tables:
    names = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name"
    ).fetchall()
    found = {}
    for done, (raw,) in enumerate(names, start=1):
        name = raw.decode()
        found[name] = _table(connection, name)
        progress(done / len(names))
    return found


def _table(connection: sqlite3.Connection, name: str) -> Table:
    # Without an order: a copy of pages keeps the order in which they are walked.
    rows, digest = 0, hashlib.blake2b(digest_size=32)
    quoted = name.replace('"', '""')
    cursor = connection.execute(f'SELECT * FROM "{quoted}"')  # noqa: S608 - a name of the store itself
    while batch := cursor.fetchmany(_ROWS):
        rows += len(batch)
        digest.update(repr(batch).encode())
    return Table(rows, digest.hexdigest())
