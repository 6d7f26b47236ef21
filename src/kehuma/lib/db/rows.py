"""Rows by the hundred thousand: ids before the rows exist, values as the store wants them, one statement for all.

``bulk_create`` makes an object and prepares every value of it; a file of customers brings a million rows of six tables.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from itertools import chain
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from kehuma.lib.db.pipelines import asked, is_pipelined, sent

# SQLite takes 999 values in a statement where it was built long ago. Its guards cost one journal per statement.
_MOST_VALUES = 900
# From here on PostgreSQL's COPY pays.
_MANY = 20
_MOST_SENT = 5


# A table, its columns, and rows of values.
Insert = Callable[[str, Sequence[str], Sequence[Sequence[Any]]], None]


def reserve_ids(table: str, count: int) -> Sequence[int]:
    """As many new ids of a table with an ``AutoField``, ascending, in the caller's transaction."""
    return asked_ids(table, count)()


def asked_ids(table: str, count: int) -> Callable[[], Sequence[int]]:
    """The same in two steps: they are asked for now, and known when what is returned is called."""
    if not connection.in_atomic_block:
        raise RuntimeError("Ids are reserved in the transaction that uses them.")
    if connection.vendor == "sqlite":
        # Whoever is in a transaction here is the only writer; the rows themselves move the sequence.
        return cache(lambda: _following(asked("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])(), count))
    sql = "SELECT nextval(found) FROM pg_get_serial_sequence(%s, 'id') AS found, generate_series(1, %s::integer)"
    numbers = asked(sql, [f'"{table}"', count])
    return cache(lambda: sorted(number for (number,) in numbers()))


def insert(table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Store rows of values that the store takes as they are (see the functions below)."""
    if not rows:
        return
    if len(rows) == 1:
        sent(_insert(table, tuple(columns), 1), rows[0])
        return
    if is_pipelined():
        _unnest(table, columns, rows)
        return
    if connection.vendor == "postgresql" and len(rows) > _MANY:
        _copy(table, columns, rows, connections[DEFAULT_DB_ALIAS])
        return
    together = max(1, min(len(rows), _MOST_VALUES // len(columns)))
    full = len(rows) - len(rows) % together if len(rows) > together else 0
    with connection.cursor() as cursor:
        if full:
            groups = [tuple(chain.from_iterable(rows[start : start + together])) for start in range(0, full, together)]
            cursor.executemany(_insert(table, tuple(columns), together), groups)
        if full < len(rows):
            cursor.execute(_insert(table, tuple(columns), len(rows) - full), list(chain.from_iterable(rows[full:])))


@contextmanager
def inserting() -> Iterator[Insert]:
    """A function like ``insert`` whose rows PostgreSQL stores while the caller makes the next ones.

    Nothing else is asked of the store before the end of the block. A refused row is raised by a later call, at the
    latest at the end; so is one that refers to none, from then on in the whole transaction and not at its commit.
    """
    if connection.vendor != "postgresql" or is_pipelined():
        yield insert
        return
    store = connections[DEFAULT_DB_ALIAS]
    waiting: list[Future[None]] = []

    def send(table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        # As many rows in memory as are being stored and being made.
        for one in waiting[:-_MOST_SENT]:
            one.result()
        del waiting[:-_MOST_SENT]
        if rows:
            waiting.append(thread.submit(_copy, table, columns, rows, store))

    # Of the transaction of this thread, which waits for the other one before it goes on.
    store.inc_thread_sharing()
    try:
        with ThreadPoolExecutor(1, "rows") as thread:
            waiting.append(thread.submit(_refer_at_once, store))
            yield send
        for one in waiting:
            one.result()
    finally:
        store.dec_thread_sharing()


def execute_many(sql: str, rows: Iterable[Sequence[Any]]) -> None:
    """The same statement for each row."""
    with connection.cursor() as cursor:
        cursor.executemany(sql, list(rows))


def set_by_id(table: str, column: str, changes: Iterable[tuple[int, int]]) -> None:
    """A new number for a column of each row, by id."""
    changes = list(changes)
    if len(changes) == 1:
        number, fresh = changes[0]
        sent(f'UPDATE "{table}" SET "{column}" = %s WHERE id = %s', [fresh, number])  # noqa: S608
    elif connection.vendor == "postgresql":
        sent(
            f'UPDATE "{table}" SET "{column}" = fresh '  # noqa: S608 - names of ours
            "FROM unnest(%s::bigint[], %s::bigint[]) AS change (number, fresh) WHERE id = number",
            [[number for number, _ in changes], [fresh for _, fresh in changes]],
        )
    else:
        execute_many(f'UPDATE "{table}" SET "{column}" = %s WHERE id = %s', [(new, number) for number, new in changes])  # noqa: S608


def exchange(table: str, column: str, changes: Sequence[tuple[int, bytes, bytes]], *, beside: tuple[str, Any]) -> int:
    """New bytes for old ones where those still stand, by id, and a value for the column ``beside``; how many it were."""
    other, value = beside
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f'UPDATE "{table}" SET "{column}" = fresh, "{other}" = %s '  # noqa: S608 - names of ours
                "FROM unnest(%s::bigint[], %s::bytea[], %s::bytea[]) AS change (number, stale, fresh) "
                f'WHERE id = number AND "{column}" = stale',
                [value, *(list(part) for part in zip(*changes, strict=True))] if changes else [value, [], [], []],
            )
        else:
            cursor.executemany(
                f'UPDATE "{table}" SET "{column}" = %s, "{other}" = %s WHERE id = %s AND "{column}" = %s',  # noqa: S608
                [(fresh, value, number, stale) for number, stale, fresh in changes],
            )
        return int(cursor.rowcount)


def as_moment(at: datetime) -> Any:  # noqa: ANN401 - text for one store, a datetime for the other
    """A time as the store takes it."""
    return connection.ops.adapt_datetimefield_value(at)


def as_uuid(value: UUID) -> Any:  # noqa: ANN401 - text for one store, a UUID for the other
    """A UUID as the store takes it."""
    return value if connection.features.has_native_uuid_field else value.hex


def as_json(value: object) -> str:
    """JSON as text, which both stores take."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _following(last: Sequence[tuple[int]], count: int) -> Sequence[int]:
    first = (last[0][0] if last else 0) + 1
    return range(first, first + count)


def _refer_at_once(store: BaseDatabaseWrapper) -> None:
    with store.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def _copy(table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], store: BaseDatabaseWrapper) -> None:
    names = ", ".join(f'"{column}"' for column in columns)
    sql = f'COPY "{table}" ({names}) FROM STDIN'
    with store.cursor() as cursor, store.wrap_database_errors, cursor.copy(sql) as copy:
        for row in rows:
            copy.write_row(row)


def _unnest(table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """One array for each column: a statement that is always the same, however many rows there are."""
    types = _types(table)
    names = ", ".join(f'"{column}"' for column in columns)
    arrays = ", ".join(f"%s::{types[column]}[]" for column in columns)
    sql = f'INSERT INTO "{table}" ({names}) SELECT * FROM unnest({arrays})'  # noqa: S608 - names of ours
    sent(sql, [list(column) for column in zip(*rows, strict=True)])


@cache
def _types(table: str) -> Mapping[str, str]:
    sql = "SELECT attname, atttypid::regtype::text FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
    return dict(asked(sql, [f'"{table}"'])())


@cache
def _insert(table: str, columns: tuple[str, ...], count: int) -> str:
    row = f"({', '.join(['%s'] * len(columns))})"
    names = ", ".join(f'"{column}"' for column in columns)
    return f'INSERT INTO "{table}" ({names}) VALUES {", ".join([row] * count)}'  # noqa: S608 - names of ours
