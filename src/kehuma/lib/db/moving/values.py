"""Values of a row in a form that both stores have, so that a row here can be compared with the same row there.

>>> columns = [Column("at", "timestamptz"), Column("detail", "jsonb"), Column("name", "varchar")]
>>> compared(columns)([("2026-11-22 04:00:00", '{"b": 1,"a": 2}', "衡")])
[('2026-11-22 04:00:00.000000', '{"a":2,"b":1}', '衡')]
"""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from kehuma.lib.db.moving.source import Batch

_SECONDS, _MICROSECONDS = len("2026-11-22 04:00:00"), len("2026-11-22 04:00:00.000000")
_EMPTY = ("{}", "[]", "null")


class Column(NamedTuple):
    """A column, and what PostgreSQL calls its type."""

    name: str
    kind: str


def asked(column: Column) -> str:
    """How the server is asked for the column, so that its answer is what SQLite gives."""
    name = f'"{column.name}"'
    match column.kind:
        case "bool":
            return f"{name}::int"
        case "timestamptz":
            return f"to_char({name} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"
        case "date" | "jsonb":
            return f"{name}::text"
        case "uuid":
            return f"replace({name}::text, '-', '')"
        case _:
            return name


def compared(columns: Sequence[Column]) -> Callable[[Batch], Batch]:
    """Turns rows from either store into what is compared."""
    forms = {"timestamptz": _moment, "jsonb": _sorted}
    changed = [(place, forms[column.kind]) for place, column in enumerate(columns) if column.kind in forms]

    def change(batch: Batch) -> Batch:
        if not changed:
            return batch
        done = []
        for row in batch:
            held: list[Any] = list(row)
            for place, form in changed:
                if held[place] is not None:
                    held[place] = form(held[place])
            done.append(tuple(held))
        return done

    return change


def _moment(text: str) -> str:
    if len(text) == _MICROSECONDS and text[10] == " ":
        return text
    if len(text) == _SECONDS and text[10] == " ":
        return f"{text}.000000"
    at = datetime.fromisoformat(text)
    utc = at.astimezone(UTC) if at.tzinfo else at
    return utc.replace(tzinfo=None).isoformat(" ", "microseconds")


def _sorted(text: str) -> str:
    if text in _EMPTY:
        return text
    return json.dumps(json.loads(text), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
