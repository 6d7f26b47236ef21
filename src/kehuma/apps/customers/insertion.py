"""New customers into their tables, a chunk of them at a time; one customer is a chunk of one."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from kehuma.apps.customers import documents
from kehuma.apps.customers.data import Value, Values
from kehuma.apps.customers.fields import Field
from kehuma.apps.customers.models import Contact, Customer, CustomValue, Identifier
from kehuma.engine.cleaning import Unusable
from kehuma.engine.cleaning.names import normal_name
from kehuma.engine.cleaning.phones import normal_phone
from kehuma.lib.db import rows

_CUSTOMER = (
    "id", "uuid", "code", "kind", "name", "normal_name", "short_name", "former_names", "country", "region", "address",
    "industry", "source", "notes", "custom", "parent_id", "owner_id", "owned_since", "created_at", "updated_at",
    "last_activity_at", "version", "created_in_id", "deleted_at",
)  # fmt: skip
_CONTACT = (
    "customer_id", "position", "name", "role", "mobile", "phone", "email", "wechat", "normal_mobile", "normal_phone",
)  # fmt: skip
_IDENTIFIER = ("customer_id", "kind", "issuer", "value", "normal")
_VALUE = ("field_id", "customer_id", "text", "number")
IDENTIFIER_KEYS = ("uscc", "resident_id", "passport", "tax_number", "own_number")
# Contact columns by the keys of the record's fields.
CONTACT_COLUMNS: Mapping[str, str] = {
    "contact_name": "name",
    "contact_role": "role",
    "mobile": "mobile",
    "phone": "phone",
    "email": "email",
    "wechat": "wechat",
}
_LONGEST_INDEXED = 200


@dataclass(frozen=True, slots=True)
class New:
    """A customer that has its code and is to get its rows. ``values`` are clean."""

    identity: str
    values: Values
    owner: int | None = None
    parent: int | None = None


def insert(
    new: Sequence[New], table: Mapping[str, Field], *, at: datetime, batch: int | None = None, issuer: str = ""
) -> list[tuple[int, UUID]]:
    """Store the customers with their contacts, identifiers, indexed values and tokens; their ids and uuids."""
    ids = rows.reserve_ids(Customer._meta.db_table, len(new))  # noqa: SLF001 - Django's way to the name of a table
    keys = [(number, uuid4()) for number in ids]
    custom = {key: field for key, field in table.items() if field.store == "custom"}
    moment = rows.as_moment(at)
    customers, contacts, identifiers, indexed, texts = [], [], [], [], []
    for one, (number, uuid) in zip(new, keys, strict=True):
        own = {key: one.values[key] for key in custom if one.values.get(key)} if custom else {}
        customers.append(_customer(one, number, uuid, own=own, moment=moment, batch=batch))
        contact = contact_of(one.values)
        if contact:
            contacts.append((number, 0, *contact))
        numbers = [(key, value) for key in IDENTIFIER_KEYS if (value := one.values.get(key))]
        identifiers += [(number, key, issuer if key == "own_number" else "", text, text) for key, text in numbers]
        indexed += [row for key, value in own.items() for row in indexed_values(custom[key], number, value)]
        texts.append((number, _tokens(one, contact, numbers)))
    rows.insert(Customer._meta.db_table, _CUSTOMER, customers)  # noqa: SLF001
    rows.insert(Contact._meta.db_table, _CONTACT, contacts)  # noqa: SLF001
    rows.insert(Identifier._meta.db_table, _IDENTIFIER, identifiers)  # noqa: SLF001
    rows.insert(CustomValue._meta.db_table, _VALUE, indexed)  # noqa: SLF001
    rows.insert(documents.TABLE, ("id", "tokens"), texts)
    return keys


def contact_of(values: Values) -> tuple[Any, ...]:
    """The columns of the primary contact, with the normal forms of its numbers; empty where there is nothing of it."""
    columns = [values.get(key, "") for key in CONTACT_COLUMNS]
    if not any(columns):
        return ()
    return (*columns, normal_number(values.get("mobile", "")), normal_number(values.get("phone", "")))


def normal_number(value: Value) -> str:
    """The normal form of a telephone number that was cleaned before; "" stays ""."""
    if not value or not isinstance(value, str):
        return ""
    try:
        return normal_phone(value)
    except Unusable:
        return ""


def indexed_values(field: Field, customer: int, value: Value) -> list[tuple[int, int, str, float | None]]:
    """The rows by which a value of a custom field is asked for; none where the field is not filterable."""
    if not field.filterable:
        return []
    is_number = field.type in {"number", "money"}
    return [
        (field.custom_id, customer, text[:_LONGEST_INDEXED], float(text) if is_number else None)
        for text in (value if isinstance(value, list) else [value])
    ]


def _customer(  # noqa: PLR0913 - one argument per fact
    new: New, number: int, uuid: UUID, *, own: Mapping[str, Value], moment: object, batch: int | None
) -> tuple[Any, ...]:
    given = new.values.get
    name = str(given("name", ""))
    former = given("former_names")
    return (
        number, rows.as_uuid(uuid), new.identity, given("kind", "enterprise"), name, normal_name(name),
        given("short_name", ""), rows.as_json(former) if former else "[]", given("country") or "CN",
        given("region", ""), given("address", ""), given("industry", ""), given("source", ""), given("notes", ""),
        json.dumps(own) if own else "{}", new.parent, new.owner, moment if new.owner else None, moment, moment, moment,
        1, batch, None,
    )  # fmt: skip


def _tokens(new: New, contact: tuple[Any, ...], numbers: Sequence[tuple[str, Any]]) -> str:
    former = new.values.get("former_names") or ()
    return documents.document(
        code=new.identity,
        names=[
            name
            for name in (new.values.get("name"), new.values.get("short_name"), *former)
            if isinstance(name, str) and name
        ],
        owner=new.owner,
        phones=contact[-2:],
        people=contact[:1],
        identifiers=numbers,
    )
