"""Exact duplicates: the same number of an authority, the same telephone number, the same name but for its spelling.

They are a warning, never a refusal; asked for a whole file at once, they cost one query per kind of key and chunk.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet

from kehuma.apps.access import queries as access
from kehuma.apps.customers import scope, showing
from kehuma.apps.customers.data import Duplicate, Ref, Values
from kehuma.apps.customers.insertion import normal_number
from kehuma.apps.customers.models import Contact, Customer, Identifier
from kehuma.apps.customers.sealed import Tokens
from kehuma.apps.sealing import queries as sealing
from kehuma.engine.cleaning.names import normal_name
from kehuma.lib.viewer import Viewer

_CHUNK = 400
_SHOWN = 10
# A name of one character, and the numbers that stand for "none", would make everybody everybody's duplicate.
_SHORTEST_NAME = 2
_UNIQUE_NUMBERS = ("uscc", "resident_id", "passport", "tax_number")
_PHONES = ("mobile", "phone")

# What two records must not share: the field and the normal form.
Key = tuple[str, str]


def duplicates(viewer: Viewer, values: Values, except_ref: Ref | None = None) -> list[Duplicate]:
    """The customers that share a key with these clean values."""
    found = duplicates_many(viewer, [values])[0]
    if except_ref is None:
        return found
    own = scope.one(viewer, except_ref).code_id
    return [duplicate for duplicate in found if duplicate.identity != own]


def duplicates_many(viewer: Viewer, records: Sequence[Values]) -> list[list[Duplicate]]:
    """For each of many clean records the customers that share a key with it."""
    viewer.require("customers.view")
    keys = [list(keys_of(values)) for values in records]
    found = _customers_by_key({key for several in keys for key in several})
    customers = _seen(viewer, {pk for several in found.values() for pk in several})
    return [_duplicates(several, found, customers) for several in keys]


def duplicates_within(records: Sequence[Values]) -> list[tuple[str, int] | None]:
    """For each record of a file the field and the place of the first record before it that shares a key."""
    first: dict[Key, int] = {}
    found: list[tuple[str, int] | None] = []
    for place, values in enumerate(records):
        keys = list(keys_of(values))
        found.append(next(((field, first[field, normal]) for field, normal in keys if (field, normal) in first), None))
        for key in keys:
            first.setdefault(key, place)
    return found


def keys_of(values: Values) -> Iterator[Key]:
    """The keys of a record, the most telling first."""
    for field in _UNIQUE_NUMBERS:
        if number := values.get(field):
            yield field, str(number)
    for field in _PHONES:
        if number := normal_number(values.get(field, "")):
            yield "phone", number
    name = normal_name(str(values.get("name", "")))
    if len(name) >= _SHORTEST_NAME:
        yield "name", name


def _customers_by_key(keys: set[Key]) -> Mapping[Key, list[int]]:
    by_field: dict[str, list[str]] = defaultdict(list)
    for field, normal in keys:
        by_field[field].append(normal)
    # Without a key what is sealed is nobody's duplicate; what stands in clear still is.
    tokens = Tokens() if sealing.is_open() else None
    found: dict[Key, list[int]] = defaultdict(list)
    for field, normals in by_field.items():
        for start in range(0, len(normals), _CHUNK):
            for normal, customer in _holding(field, normals[start : start + _CHUNK], tokens):
                if customer not in found[field, normal]:
                    found[field, normal].append(customer)
    return found


def _holding(field: str, normals: Sequence[str], tokens: Tokens | None) -> Iterator[tuple[str, int]]:
    if field == "name":
        yield from Customer.objects.filter(normal_name__in=normals).values_list("normal_name", "pk")
    elif field != "phone":
        yield from Identifier.objects.filter(kind=field, normal__in=normals).values_list("normal", "customer")
    if tokens is not None:
        yield from _holding_sealed(field, normals, tokens)


def _holding_sealed(field: str, normals: Sequence[str], tokens: Tokens) -> Iterator[tuple[str, int]]:
    if field == "name":
        by_token = {tokens.name(normal): normal for normal in normals}
        sources: list[tuple[QuerySet[Any], str, str]] = [(Customer.objects.all(), "name_token", "pk")]
    elif field == "phone":
        by_token = {tokens.phone(normal): normal for normal in normals}
        sources = [(Contact.objects.all(), column, "customer") for column in ("mobile_token", "phone_token")]
    else:
        by_token = {tokens.number(field, normal): normal for normal in normals}
        sources = [(Identifier.objects.filter(kind=field), "token", "customer")]
    for records, column, customer in sources:
        # That there is a token lets the partial index answer.
        rows = records.filter(**{f"{column}__isnull": False, f"{column}__in": list(by_token)})
        for token, pk in rows.values_list(column, customer):
            yield by_token[bytes(token)], pk


def _seen(viewer: Viewer, ids: set[int]) -> Mapping[int, tuple[Customer, str, str]]:
    """The customers that are not in the recycle bin, with their names and owners; "" for these beyond reach."""
    found: dict[int, Customer] = {}
    reached: set[int] = set()
    several = sorted(ids)
    for start in range(0, len(several), _CHUNK):
        chunk = several[start : start + _CHUNK]
        rows = Customer.objects.filter(pk__in=chunk, deleted_at=None)
        found |= {row.pk: row for row in rows.only("code_id", "kind", "name", "owner_id", "subject_id", "sealed")}
        reached |= set(scope.visible(viewer).filter(pk__in=chunk).values_list("pk", flat=True))
    owners = access.names({row.owner_id for row in found.values() if row.owner_id})
    names = showing.names(viewer, [row for row in found.values() if row.pk in reached])
    return {pk: (row, names.get(pk, ""), owners.get(row.owner_id or 0, "")) for pk, row in found.items()}


def _duplicates(
    keys: Sequence[Key],
    found: Mapping[Key, Sequence[int]],
    customers: Mapping[int, tuple[Customer, str, str]],
) -> list[Duplicate]:
    by_customer: dict[int, str] = {}
    for key in keys:
        for pk in found.get(key, ())[:_SHOWN]:
            if pk in customers:
                by_customer.setdefault(pk, key[0])
    told = []
    for pk, field in list(by_customer.items())[:_SHOWN]:
        customer, name, owner = customers[pk]
        told.append(Duplicate(customer.code_id, name, field, owner if name else "", bool(name)))
    return told
