"""``fields=a,b``: only these members of an answer."""

from collections.abc import Mapping, Sequence
from typing import Any

from kehuma.api.problems import fault, invalid

_MOST = 100


def chosen(rows: Sequence[Mapping[str, Any]], fields: str, known: Sequence[str]) -> list[dict[str, Any]]:
    """The rows with the members asked for, all of them where none was; Problem for unknown ones."""
    if not fields.strip():
        return [dict(row) for row in rows]
    asked = list(dict.fromkeys(name.strip() for name in fields.split(",") if name.strip()))[:_MOST]
    unknown = [name for name in asked if name not in known]
    if unknown:
        raise invalid(fault("fields", "unknown-field", names=unknown, known=list(known)))
    return [{name: row[name] for name in asked if name in row} for row in rows]
