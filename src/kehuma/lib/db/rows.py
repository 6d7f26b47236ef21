"""Rows by the hundred thousand: ids before the rows exist, values as the store wants them, one statement for all.

``bulk_create`` makes an object and prepares every value of it; a file of customers brings a million rows of six tables.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import chain
from typing import Any
from uuid import UUID

from django.db import connection

# SQLite takes 999 values in a statement where it was built long ago. Its guards cost one journal per statement.
_MOST_VALUES = 900
# From here on PostgreSQL's COPY pays.
_MANY = 20


def reserve_ids(table: str, count: int) -> Sequence[int]:
    """As many new ids of a table with an ``AutoField``, ascending, in the caller's transaction."""
    if not connection.in_atomic_block:
        raise RuntimeError("Ids are reserved in the transaction that uses them.")
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            # Whoever is in a transaction here is the only writer; the rows themselves move the sequence.
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
            found = cursor.fetchone()
            first = (found[0] if found else 0) + 1
            return range(first, first + count)
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [f'"{table}"', count]
        )
        return sorted(number for (number,) in cursor.fetchall())


def insert(table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Store rows of values that the store takes as they are (see the functions below)."""
    if not rows:
        return
    if connection.vendor == "postgresql" and len(rows) > _MANY:
        _copy(table, columns, rows)
        return
    together = max(1, min(len(rows), _MOST_VALUES // len(columns)))
    full = len(rows) - len(rows) % together
    with connection.cursor() as cursor:
        if full:
            groups = [tuple(chain.from_iterable(rows[start : start + together])) for start in range(0, full, together)]
            cursor.executemany(_insert(table, columns, together), groups)
        if full < len(rows):
            cursor.execute(_insert(table, columns, len(rows) - full), list(chain.from_iterable(rows[full:])))


def execute_many(sql: str, rows: Iterable[Sequence[Any]]) -> None:
    """The same statement for each row."""
    with connection.cursor() as cursor:
        cursor.executemany(sql, list(rows))


def as_moment(at: datetime) -> Any:  # noqa: ANN401 - text for one store, a datetime for the other
    """A time as the store takes it."""
    return connection.ops.adapt_datetimefield_value(at)


def as_uuid(value: UUID) -> Any:  # noqa: ANN401 - text for one store, a UUID for the other
    """A UUID as the store takes it."""
    return value if connection.features.has_native_uuid_field else value.hex


def as_json(value: object) -> str:
    """JSON as text, which both stores take."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _copy(table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    names = ", ".join(f'"{column}"' for column in columns)
    sql = f'COPY "{table}" ({names}) FROM STDIN'
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(sql) as copy:
        for row in rows:
            copy.write_row(row)


def _insert(table: str, columns: Sequence[str], count: int) -> str:
    row = f"({', '.join(['%s'] * len(columns))})"
    names = ", ".join(f'"{column}"' for column in columns)
    return f'INSERT INTO "{table}" ({names}) VALUES {", ".join([row] * count)}'  # noqa: S608 - names of ours
