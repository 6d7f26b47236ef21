"""Asking for rows by many ids in one query: a parameter for each is more than SQLite takes."""

import json
from collections.abc import Iterable
from typing import Any

from django.db import connection


def among(column: str, ids: Iterable[int]) -> tuple[str, list[Any]]:
    """The condition that ``column``, a name of ours, is one of ``ids``, and its one parameter."""
    if connection.vendor == "sqlite":
        return f"{column} IN (SELECT value FROM json_each(%s))", [json.dumps(list(ids))]  # noqa: S608
    return f"{column} = ANY(%s)", [list(ids)]
