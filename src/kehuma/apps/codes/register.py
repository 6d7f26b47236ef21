"""The rows of the register, in and out: plain statements, because files bring a million of them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from django.db import connection

from kehuma.lib.db import rows as table

# identity, loose, form, version, counter, number, snapshot, request, facts, state, time of issue
Row = tuple[str, str, str, int, int | None, int | None, str, bytes, bytes, str, str]

_COLUMNS = (
    "identity", "loose", "form", "version_id", "counter_id", "number", "snapshot", "request", "facts", "state",
    "issued_at",
)  # fmt: skip
_INSERT = f"INSERT INTO codes_code ({', '.join(_COLUMNS)}) VALUES ({', '.join(['%s'] * len(_COLUMNS))})"  # noqa: S608 - ours


def moment(at: datetime) -> str:
    """A time as the store writes it; made once for all rows of a chunk."""
    return str(connection.ops.adapt_datetimefield_value(at))


def insert_unless_taken(row: Row) -> bool:
    """Store a code; False where its text is a code already, also of a transaction that ended a moment ago."""
    with connection.cursor() as cursor:
        cursor.execute(f"{_INSERT} ON CONFLICT (identity) DO NOTHING", row)
        return bool(cursor.rowcount)


def insert(rows: Sequence[Row]) -> None:
    """Store codes; ``IntegrityError`` where one of them is there already."""
    table.insert("codes_code", _COLUMNS, rows)


def fate(identity: str, counter: int | None, number: int | None) -> Literal["free", "held", "taken"]:
    """``taken``: the text is a code or was one before. ``held``: the number was given by hand before its turn."""
    sql = (
        "SELECT EXISTS (SELECT 1 FROM codes_code WHERE counter_id = %s AND number = %s),"
        " EXISTS (SELECT 1 FROM codes_code WHERE identity = %s)"
        " OR EXISTS (SELECT 1 FROM codes_alias WHERE system = '' AND exact = %s)"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [counter, number, identity, identity])
        is_held, is_taken = cursor.fetchone()
    return "held" if is_held else "taken" if is_taken else "free"


def held(numbers: Iterable[tuple[int | None, int | None]]) -> set[tuple[int, int]]:
    """Those pairs of counter and number that codes have already."""
    wanted = {(counter, number) for counter, number in numbers if counter is not None and number is not None}
    counters = sorted({counter for counter, _ in wanted})
    found: set[tuple[int, int]] = set()
    for one in counters:
        least, most = min(n for c, n in wanted if c == one), max(n for c, n in wanted if c == one)
        sql = "SELECT counter_id, number FROM codes_code WHERE counter_id = %s AND number BETWEEN %s AND %s"
        with connection.cursor() as cursor:
            cursor.execute(sql, [one, least, most])
            found.update(cursor.fetchall())
    return found & wanted


def known(requests: Sequence[bytes]) -> Mapping[bytes, tuple[bytes, str]]:
    """The fingerprint of the facts and the present form of the code, for each request that has one."""
    sql = "SELECT request, facts, form FROM codes_code WHERE request IN ({})"
    return {bytes(request): (bytes(facts), form) for request, facts, form in _among(sql, requests)}


def taken(identities: Sequence[str]) -> set[str]:
    """Those of the texts that are codes already, or what a code was called before."""
    return _codes_among(identities) | called_before(identities)


def called_before(texts: Sequence[str]) -> set[str]:
    """Those of the texts that are earlier ones of a code. Most registers have none: that is asked first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM codes_alias WHERE system = '')")
        (are_any,) = cursor.fetchone()
    if not are_any:
        return set()
    return {text for (text,) in _among("SELECT exact FROM codes_alias WHERE system = '' AND exact IN ({})", texts)}


def _codes_among(identities: Sequence[str]) -> set[str]:
    return {identity for (identity,) in _among("SELECT identity FROM codes_code WHERE identity IN ({})", identities)}


def _among(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    if not values:
        return []
    with connection.cursor() as cursor:
        cursor.execute(sql.format(", ".join(["%s"] * len(values))), values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
