"""Fewer waits for PostgreSQL: what nobody reads the answer of is sent along with the next question."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.db import connection


@contextmanager
def pipelined() -> Iterator[None]:
    """In a transaction: a refused write is raised by a later statement, at the latest at the end of the block."""
    if not connection.in_atomic_block:
        raise RuntimeError("Only the end of a transaction tells whether all of it went well.")
    if connection.vendor == "postgresql":
        connection.ensure_connection()
        with connection.wrap_database_errors, connection.connection.pipeline():
            yield
    else:
        yield


def asked(sql: str, values: Sequence[Any] = ()) -> Callable[[], list[tuple[Any, ...]]]:
    """Ask for rows now, and get them by calling what is returned; what is asked meanwhile waits no longer."""
    cursor = connection.cursor()
    cursor.execute(sql, values)

    def rows() -> list[tuple[Any, ...]]:
        with cursor:
            found: list[tuple[Any, ...]] = cursor.fetchall()
            return found

    return cache(rows)


def is_pipelined() -> bool:
    """Whether we are in such a block on PostgreSQL, which then takes no COPY."""
    return connection.vendor == "postgresql" and bool(connection.connection.pgconn.pipeline_status)
