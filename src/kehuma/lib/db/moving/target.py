"""The tables of the server that a store moves to; everything here happens in the caller's transaction."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import psycopg
from django.db import DataError, IntegrityError, connection

from kehuma.lib.db.moving import values
from kehuma.lib.db.moving.errors import MoveError
from kehuma.lib.db.moving.source import Batch
from kehuma.lib.db.moving.values import Column

_TOGETHER = 5_000
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
# Tables that each store keeps for itself.
OWN = "django_migrations"
_COLUMNS = """
    SELECT a.attname, t.typname FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped
"""
_KEY = """
    SELECT a.attname FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY k(number, place)
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
    WHERE i.indrelid = %s::regclass AND i.indisprimary ORDER BY k.place
"""
# Foreign keys stand before the unique keys that they lean on.
_CONSTRAINTS = """
    SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND contype IN ('f', 'u') ORDER BY contype, conname
"""
_INDEXES = """
    SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE c.relnamespace = 'public'::regnamespace
    AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid)
"""
_MEMORY = "SET LOCAL maintenance_work_mem = '256MB'"
_PLACE = re.compile(r"COPY \w+, line (\d+)(?:, column (\w+))?")


class RefusedRowError(Exception):
    """The server takes a row not: its place among those that were sent, from 0, the column, and why."""

    def __init__(self, place: int, column: str, reason: str) -> None:
        self.place, self.column, self.reason = place, column, reason
        super().__init__(reason)


class Layout(NamedTuple):
    """How a table is copied: the columns that the file has too, and the primary key that gives the order."""

    columns: Sequence[Column]
    key: Sequence[str]

    @property
    def names(self) -> list[str]:
        """The names of the columns."""
        return [column.name for column in self.columns]


def tables() -> set[str]:
    """The tables of the database that rows are copied to."""
    return {name for (name,) in _asked(_TABLES)} - {OWN}


def is_used() -> bool:
    """Whether anything ever happened in a store of ours there: there is no change without its event."""
    return "audit_event" in tables() and bool(_asked("SELECT 1 FROM audit_event LIMIT 1"))


def layout(table: str, columns: Sequence[str]) -> Layout:
    """How these columns of a table are copied; KeyError for one that the server has not."""
    kinds = dict(_asked(_COLUMNS, table))
    return Layout([Column(name, kinds[name]) for name in columns], [name for (name,) in _asked(_KEY, table)])


def empty(names: Iterable[str], to: str) -> None:
    """Take away what migrations have put into the tables; MoveError where more has happened in them.

    Whatever happens in a store leaves rows that are permanent, and the triggers that watch them refuse.
    """
    for name in sorted(names):
        try:
            _run(f'DELETE FROM "{name}"')  # noqa: S608 - a name of the store
        except IntegrityError:
            raise MoveError("target-not-empty", to=to, table=name) from None


@contextmanager
def without_indexes() -> Iterator[None]:
    """Unique keys, foreign keys and indexes are made over all rows at the end of the block: by the row they cost more.

    The primary keys stay, and so do the triggers. Nobody else comes to the tables before the transaction ends.
    """
    _run(_MEMORY)
    constraints, indexes = _asked(_CONSTRAINTS), _asked(_INDEXES)
    for table, name, _ in constraints:
        _run(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    for name, _ in indexes:
        _run(f"DROP INDEX {name}")
    yield
    for _, made in indexes:
        _run(made)
    for table, name, made in reversed(constraints):
        _run(f"ALTER TABLE {table} ADD CONSTRAINT {name} {made}")


def fill(table: str, names: Sequence[str], batches: Iterable[Batch]) -> None:
    """Store the rows as they come from the file; RefusedRowError."""
    columns = ", ".join(f'"{name}"' for name in names)
    try:
        with (
            connection.cursor() as cursor,
            connection.wrap_database_errors,
            cursor.copy(f'COPY "{table}" ({columns}) FROM STDIN') as copy,
        ):
            for batch in batches:
                for row in batch:
                    copy.write_row(row)
    except (DataError, IntegrityError) as error:
        raise _refused(error) from None


def rows(table: str, held: Layout) -> Iterator[Batch]:
    """All rows in the order of the key, as ``values.compared`` has those of the file."""
    wanted = ", ".join(values.asked(column) for column in held.columns)
    order = ", ".join(f'"{name}"' for name in held.key)
    with connection.chunked_cursor() as cursor:
        cursor.execute(f'SELECT {wanted} FROM "{table}" ORDER BY {order}')  # noqa: S608 - names of the store
        while batch := cursor.fetchmany(_TOGETHER):
            yield batch


def go_on_from(last_ids: Mapping[str, int]) -> None:
    """Let no table give a row the id that another one had."""
    for table, last in last_ids.items():
        _run("SELECT setval(pg_get_serial_sequence(%s, 'id'), greatest(%s, 1), %s > 0)", f'"{table}"', last, last)


def analyse(names: Iterable[str]) -> None:
    """Let the server know how many rows of which kind there are, before somebody asks it for some."""
    for name in names:
        _run(f'ANALYZE "{name}"')


def _refused(error: Exception) -> RefusedRowError:
    """From what the server says only what repeats no value of the row."""
    cause = error.__cause__
    told = cause.diag if isinstance(cause, psycopg.Error) else None
    place = _PLACE.search(told.context or "") if told else None
    reason = (told.message_primary or "" if told else "").partition(":")[0]
    return RefusedRowError(int(place[1]) - 1 if place else 0, (place and place[2]) or "?", reason)


def _asked(sql: str, *given: str | int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, given or None)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def _run(sql: str, *given: str | int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, given or None)
