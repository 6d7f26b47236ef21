"""Asking for rows by many values in one query: for ids, a parameter for each is more than SQLite takes."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection


def among(column: str, ids: Iterable[int]) -> tuple[str, list[Any]]:
    """The condition that ``column``, a name of ours, is one of ``ids``, and its one parameter."""
    if connection.vendor == "sqlite":
        return f"{column} IN (SELECT value FROM json_each(%s))", [json.dumps(list(ids))]  # noqa: S608
    return f"{column} = ANY(%s)", [list(ids)]


def among_values(column: str, kind: str, values: Sequence[str | bytes]) -> tuple[str, list[Any]]:
    """The same for a few texts or bytes, whose type on PostgreSQL is ``kind``: one statement, however many they are."""
    if connection.vendor == "postgresql":
        return f"{column} = ANY(%s::{kind}[])", [list(values)]
    return f"{column} IN ({', '.join(['%s'] * len(values)) or 'NULL'})", list(values)


def rows_of(table: str, columns: str, key: str, kind: str, values: Sequence[str | bytes]) -> tuple[str, list[Any]]:
    """The question for ``columns`` of the rows with these values of a unique ``key``, all names of ours, and its values.

    On PostgreSQL each is looked up in the index of the key, also where the table has grown since the server last
    counted its rows and would rather read all of it.
    """
    if connection.vendor == "sqlite":
        is_one, parameters = among_values(key, kind, values)
        return f"SELECT {columns} FROM {table} WHERE {is_one}", parameters  # noqa: S608
    one = f"SELECT {columns} FROM {table} WHERE {key} = wanted LIMIT 1"  # noqa: S608
    return f"SELECT {columns} FROM unnest(%s::{kind}[]) AS each_of (wanted), LATERAL ({one}) AS found", [list(values)]  # noqa: S608
