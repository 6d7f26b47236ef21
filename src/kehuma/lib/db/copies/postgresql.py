"""Copies of the PostgreSQL store, by ``pg_dump`` and ``pg_restore``.

The dump and the reading of the tables share one exported snapshot. A copy is restored into a database of its own, which
needs the right CREATEDB; to put it in place the databases change their names, and the old one stays.
"""

import hashlib
import os
import re
import secrets
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from kehuma.lib.db.copies import Progress, Table, Tables
from kehuma.lib.db.copies.errors import CopyError

_TABLES = """
    SELECT c.relname, (SELECT array_agg(a.attname ORDER BY k.place) FROM pg_index i
        CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY k(number, place)
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number
        WHERE i.indrelid = c.oid AND i.indisprimary)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind = 'r' ORDER BY c.relname
"""
# Settings of a session that change how values are written.
_SAME_WORDS = "SET TIME ZONE 'UTC'; SET DateStyle = 'ISO, YMD'; SET extra_float_digits = 1; SET bytea_output = 'hex'"
_FOLDERS = "/usr/lib/postgresql/{}/bin"
_NEWEST = 40


class PostgreSQLCopier:
    """The store on a server."""

    kind = "postgresql"
    file_name = "kehuma.pgdump"

    def __init__(self, database: dict[str, Any]) -> None:
        self._name = str(database["NAME"])
        given = {"user": database["USER"], "password": database["PASSWORD"], "host": database["HOST"]}
        options = {**given, "port": database["PORT"], **database.get("OPTIONS", {})}
        self._options = {name: str(value) for name, value in options.items() if value and name != "pool"}

    def size(self) -> int:
        """What the server says."""
        with self._opened(self._name) as connection:
            return int(_one(connection, "SELECT pg_database_size(current_database())"))

    def copy(self, target: Path, progress: Progress) -> Tables:
        """Dump and read in one snapshot."""
        with self._opened(self._name) as connection:
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            snapshot = str(_one(connection, "SELECT pg_export_snapshot()"))
            told = [f"--snapshot={snapshot}", "--format=custom", "--compress=0", "--no-owner", "--no-privileges"]
            self._run("pg_dump", connection.info.server_version, [*told, f"--file={target}"], self._name)
            progress(0.4)
            return _tables(connection, lambda share: progress(0.4 + 0.6 * share))

    def tables(self, copy: Path, scratch: Path, progress: Progress) -> Tables:  # noqa: ARG002 - the place is a database
        """Restore into a database that is dropped again."""
        name = f"{self._name}_check_{secrets.token_hex(4)}"
        self._restore(copy, name)
        try:
            progress(0.5)
            with self._opened(name) as connection:
                return _tables(connection, lambda share: progress(0.5 + 0.5 * share))
        finally:
            self._on_server(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def replace(self, copy: Path, aside: Path) -> str:
        """Restore beside the store, then exchange the names; CopyError where somebody still works in it."""
        fresh = f"{self._name}_new_{secrets.token_hex(4)}"
        kept = f"{self._name}_{aside.name}".replace("-", "_")
        self._restore(copy, fresh)
        rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        try:
            self._on_server(rename.format(sql.Identifier(self._name), sql.Identifier(kept)))
        except psycopg.errors.ObjectInUse as error:
            self._on_server(sql.SQL("DROP DATABASE {}").format(sql.Identifier(fresh)))
            raise CopyError("store-in-use", name=self._name) from error
        self._on_server(rename.format(sql.Identifier(fresh), sql.Identifier(self._name)))
        return kept

    def _restore(self, copy: Path, name: str) -> None:
        try:
            self._on_server(
                sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'").format(sql.Identifier(name))
            )
        except psycopg.errors.InsufficientPrivilege as error:
            role = self._options.get("user", "")
            raise CopyError("no-scratch", role=role, reason=str(error).strip()) from error
        with self._opened(name) as connection:
            version = connection.info.server_version
        told = ["--exit-on-error", "--no-owner", "--no-privileges", f"--dbname={name}", str(copy)]
        try:
            self._run("pg_restore", version, told, name)
        except CopyError:
            self._on_server(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
            raise

    @contextmanager
    def _opened(self, name: str) -> Iterator[psycopg.Connection[Any]]:
        with psycopg.connect(dbname=name, autocommit=True, **self._options) as connection:  # type: ignore[arg-type]
            yield connection

    def _on_server(self, statement: sql.Composed) -> None:
        # Neither a database that is made nor one that gets another name may be the one of the session.
        with self._opened("postgres") as connection:
            connection.execute(statement)

    def _run(self, program: str, server_version: int, told: Sequence[str], name: str) -> None:
        words = [_program(program, server_version // 10_000), "--no-password", *told]
        names = {"user": "PGUSER", "password": "PGPASSWORD", "host": "PGHOST", "port": "PGPORT"}
        more = {"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY"}
        given = {place: self._options[key] for key, place in (names | more).items() if key in self._options}
        environment = {**os.environ, **given, "PGDATABASE": name}
        done = subprocess.run(words, env=environment, capture_output=True, text=True, errors="replace", check=False)  # noqa: S603
        if done.returncode:
            raise CopyError("program-failed", program=program, reason=(done.stderr or done.stdout).strip()[:300])


def _tables(connection: psycopg.Connection[Any], progress: Progress) -> Tables:
    connection.execute(_SAME_WORDS)
    listed = connection.execute(_TABLES).fetchall()
    found = {}
    for done, (name, key) in enumerate(listed, start=1):
        found[name] = _table(connection, name, key)
        progress(done / len(listed))
    return found


def _table(connection: psycopg.Connection[Any], name: str, key: Sequence[str] | None) -> Table:
    digest = hashlib.blake2b(digest_size=32)
    order = sql.SQL(", ").join(map(sql.Identifier, key)) if key else sql.SQL("1")
    table = sql.Identifier("public", name)
    asked = sql.SQL("COPY (SELECT * FROM {} ORDER BY {}) TO STDOUT").format(table, order)
    with connection.cursor() as cursor:
        with cursor.copy(asked) as rows:
            for piece in rows:
                digest.update(piece)
        count = cursor.rowcount
    return Table(count, digest.hexdigest())


def _one(connection: psycopg.Connection[Any], asked: str) -> Any:  # noqa: ANN401 - as the server answers
    found = connection.execute(asked.encode()).fetchone()
    return found[0] if found else None


def _program(name: str, least: int) -> str:
    folders = [os.environ.get("KEHUMA_POSTGRES_PROGRAMS"), None]
    newer = [_FOLDERS.format(version) for version in range(least, _NEWEST)]
    for folder in (folders[0], os.environ.get("PATH"), *newer):
        found = shutil.which(name, path=folder) if folder else None
        if found and _version(found) >= least:
            return found
    raise CopyError("no-program", program=name, version=least)


def _version(program: str) -> int:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    number = re.search(r"(\d+)(?:\.\d+)?", said)
    return int(number[1]) if number else 0
