"""The rows of the register, in and out: plain statements, because files bring a million of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from itertools import chain
from typing import Any

from django.db import connection

# identity, loose, form, version, counter, number, snapshot, request, facts, state, time of issue
Row = tuple[str, str, str, int, int | None, int | None, str, bytes, bytes, str, str]

_COLUMNS = 11
# The guard against replacement costs one statement journal per statement: 50 rows share it. More rows gain nothing.
_TOGETHER = 50


def moment(at: datetime) -> str:
    """A time as the store writes it; made once for all rows of a chunk."""
    return str(connection.ops.adapt_datetimefield_value(at))


def insert(rows: Sequence[Row]) -> None:
    """Store codes; ``IntegrityError`` where one of them is there already."""
    full = len(rows) - len(rows) % _TOGETHER
    with connection.cursor() as cursor:
        groups = (tuple(chain.from_iterable(rows[start : start + _TOGETHER])) for start in range(0, full, _TOGETHER))
        cursor.executemany(_insert(_TOGETHER), list(groups))
        cursor.executemany(_insert(1), rows[full:])


@cache
def _insert(count: int) -> str:
    values = ", ".join([f"({', '.join(['%s'] * _COLUMNS)})"] * count)
    columns = "identity, loose, form, version_id, counter_id, number, snapshot, request, facts, state, issued_at"
    return f"INSERT INTO codes_code ({columns}) VALUES {values}"  # noqa: S608 - places for values only


def known(requests: Sequence[bytes]) -> Mapping[bytes, tuple[bytes, str]]:
    """The fingerprint of the facts and the present form of the code, for each request that has one."""
    sql = "SELECT request, facts, form FROM codes_code WHERE request IN ({})"
    return {bytes(request): (bytes(facts), form) for request, facts, form in _among(sql, requests)}


def taken(identities: Sequence[str]) -> set[str]:
    """Those of the texts that are codes already."""
    return {identity for (identity,) in _among("SELECT identity FROM codes_code WHERE identity IN ({})", identities)}


def _among(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    if not values:
        return []
    with connection.cursor() as cursor:
        cursor.execute(sql.format(", ".join(["%s"] * len(values))), values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
