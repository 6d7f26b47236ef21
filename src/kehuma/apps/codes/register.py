"""The rows of the register, in and out: plain statements, because files bring a million of them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from django.db import connection

from kehuma.lib.db import rows as table
from kehuma.lib.db.among import rows_of
from kehuma.lib.db.pipelines import asked

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


def asked_ids(count: int) -> Callable[[], Sequence[int]]:
    """Ids for so many codes, ascending, when what is returned is called."""
    return table.asked_ids("codes_code", count)


def insert(ids: Sequence[int], rows: Sequence[Row]) -> None:
    """Store codes under their ids; ``IntegrityError`` where one of them is there already."""
    if connection.vendor == "sqlite":
        # The store would give the same ones by itself, and does so in three quarters of the time.
        table.insert("codes_code", _COLUMNS, rows)
    else:
        table.insert("codes_code", ("id", *_COLUMNS), [(number, *row) for number, row in zip(ids, rows, strict=True)])


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
    return asked_known(requests)()


def asked_known(requests: Sequence[bytes]) -> Callable[[], Mapping[bytes, tuple[bytes, str]]]:
    """The same in two steps: asked for now, and told when what is returned is called."""
    rows = asked(*rows_of("codes_code", "request, facts, form", "request", "bytea", requests))
    return lambda: {bytes(request): (bytes(facts), form) for request, facts, form in rows()}


def taken(identities: Sequence[str]) -> set[str]:
    """Those of the texts that are codes already, or what a code was called before."""
    called = called_before(identities) if asked_whether_called()() else set()
    return _codes_among(identities) | called


def asked_whether_called() -> Callable[[], bool]:
    """Whether any code was called otherwise before, when what is returned is called: most registers have none."""
    are_any = asked("SELECT EXISTS (SELECT 1 FROM codes_alias WHERE system = '')")
    return lambda: bool(are_any()[0][0])


def called_before(texts: Sequence[str]) -> set[str]:
    """Those of the texts that are earlier ones of a code."""
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
