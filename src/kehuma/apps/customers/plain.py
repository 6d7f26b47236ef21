"""Public values as they are stored, for lists of a million rows: no key is opened, no name of a place looked up.

What can be read like this is public for every kind of customer and never sealed, whoever the viewer is.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from django.db.models import QuerySet

from kehuma.apps.customers.errors import FilterError
from kehuma.apps.customers.fields import Field
from kehuma.apps.customers.models import Customer, CustomerTag
from kehuma.apps.customers.scope import usable, visible
from kehuma.lib.viewer import Viewer

CHUNK = 2_000
_RELATIONS = frozenset({"tags"})


class PlainRow(NamedTuple):
    """A customer with the values of the fields that were asked for: texts, lists of texts, moments."""

    id: int
    identity: str
    values: tuple[Any, ...]


def is_plain(field: Field) -> bool:
    """Whether everybody may see the field of everybody, and whether it can be read here."""
    is_public = field.field_class == "public" and field.person_class in {"", "public"} and not field.sealed
    return is_public and (field.store in {"column", "custom"} or field.key in _RELATIONS)


def plain_rows(viewer: Viewer, fields: Sequence[Field], ids: Sequence[int] | None = None) -> Iterator[list[PlainRow]]:
    """The customers that the viewer reaches, or those of them with these ids, some thousands at a time.

    Those whose use is restricted are left out.

    FilterError for a field that is not public.
    """
    for field in fields:
        if not is_plain(field):
            raise FilterError(field.key)
    return _chunks(viewer, fields, ids)


def identities(viewer: Viewer) -> Iterator[str]:
    """The codes of all customers that the viewer reaches, those in the recycle bin too."""
    for deleted in (False, True):
        for rows in _keysets(visible(viewer, deleted=deleted), ("pk", "code_id")):
            for _, identity in rows:
                yield identity


def _chunks(viewer: Viewer, fields: Sequence[Field], ids: Sequence[int] | None) -> Iterator[list[PlainRow]]:
    columns = _columns(fields)
    reached = usable(visible(viewer))
    found = _keysets(reached, columns) if ids is None else _named(reached, columns, ids)
    has_tags = any(field.key == "tags" for field in fields)
    for rows in found:
        tags = _tags([row[0] for row in rows]) if has_tags else {}
        yield [PlainRow(row[0], row[1], _values(fields, dict(zip(columns, row, strict=True)), tags)) for row in rows]


def _columns(fields: Sequence[Field]) -> tuple[str, ...]:
    own = [field.key for field in fields if field.store == "column"]
    custom = ["custom"] if any(field.store == "custom" for field in fields) else []
    return ("pk", "code_id", *own, *custom)


def _keysets(reached: QuerySet[Customer], columns: Sequence[str]) -> Iterator[list[tuple[Any, ...]]]:
    """Short reads in the order of ids: one long one would hold back the log of the store for as long as it takes."""
    last = 0
    while rows := list(reached.order_by("pk").filter(pk__gt=last).values_list(*columns)[:CHUNK]):
        yield rows
        last = rows[-1][0]


def _named(reached: QuerySet[Customer], columns: Sequence[str], ids: Sequence[int]) -> Iterator[list[tuple[Any, ...]]]:
    for start in range(0, len(ids), CHUNK):
        yield list(reached.filter(pk__in=ids[start : start + CHUNK]).values_list(*columns))


def _values(fields: Sequence[Field], row: Mapping[str, Any], tags: Mapping[int, list[str]]) -> tuple[Any, ...]:
    return tuple(
        tags.get(row["pk"], [])
        if field.key == "tags"
        else row["custom"].get(field.key, "")
        if field.store == "custom"
        else row[field.key]
        for field in fields
    )


def _tags(ids: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    put_on = CustomerTag.objects.filter(customer__in=ids).order_by("tag__name")
    for customer, name in put_on.values_list("customer", "tag__name"):
        found.setdefault(customer, []).append(name)
    return found
