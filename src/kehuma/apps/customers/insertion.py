"""New customers into their tables, a chunk of them at a time; one customer is a chunk of one."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from kehuma.apps.customers import documents, numbers, sealed
from kehuma.apps.customers.data import Value, Values
from kehuma.apps.customers.fields import Field
from kehuma.apps.customers.models import Contact, Customer, CustomValue, Identifier
from kehuma.apps.customers.sealed import Sealer
from kehuma.apps.sealing import services as subjects
from kehuma.apps.sealing.services import Subject
from kehuma.engine.cleaning import Unusable
from kehuma.engine.cleaning.names import normal_name
from kehuma.engine.cleaning.phones import normal_phone
from kehuma.lib.db import rows

_CUSTOMER = (
    "id", "uuid", "code", "kind", "name", "normal_name", "short_name", "former_names", "country", "region", "address",
    "industry", "source", "notes", "custom", "parent_id", "owner_id", "owned_since", "created_at", "updated_at",
    "last_activity_at", "version", "created_in_id", "deleted_at", "subject_id", "sealed", "name_token",
)  # fmt: skip
_CONTACT = (
    "id", "customer_id", "position", "sealed", "mobile_token", "phone_token", "mobile_end", "phone_end",
)  # fmt: skip
_IDENTIFIER = ("customer_id", "kind", "value", "normal", "sealed", "token")
_VALUE = ("field_id", "customer_id", "text", "number")
IDENTIFIER_KEYS = ("uscc", "resident_id", "passport", "tax_number")
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
# PostgreSQL stores one portion while we make the next; SQLite has the row of a table in one statement.
_PORTION = 1_000


@dataclass(frozen=True, slots=True)
class New:
    """A customer that has its code and is to get its rows. ``values`` are clean."""

    identity: str
    values: Values
    owner: int | None = None
    parent: int | None = None


def insert(  # noqa: PLR0913 - one argument per fact
    new: Sequence[New],
    table: Mapping[str, Field],
    *,
    actor: str,
    at: datetime,
    batch: int | None = None,
    system: str = "",
) -> list[tuple[int, UUID]]:
    """Store the customers with their contacts, identifiers, indexed values and tokens; their ids and uuids.

    ``system`` is where their numbers in another system come from. AliasTakenError where another customer has one;
    StoreSealedError where one of them has something to seal and there is no key.
    """
    ids = rows.reserve_ids(Customer._meta.db_table, len(new))  # noqa: SLF001 - Django's way to the name of a table
    keys = [(number, uuid4()) for number in ids]
    maker = _Maker(table, rows.as_moment(at), batch)
    parts = [maker.parts(one) for one in new]
    owners = iter(subjects.new_subjects(count) if (count := sum(map(_has_secrets, parts))) else ())
    contacts = sum(bool(part.contact) for part in parts)
    people = iter(rows.reserve_ids(Contact._meta.db_table, contacts) if contacts else ())  # noqa: SLF001
    made = zip(new, parts, keys, strict=True)
    with rows.inserting() if len(new) > _PORTION else nullcontext(rows.insert) as store:
        while portion := list(islice(made, _PORTION)):
            for one, part, (number, uuid) in portion:
                maker.add(one, part, number, uuid, next(owners) if _has_secrets(part) else None, people)
            maker.store(store)
    if others := [(one.identity, str(other)) for one in new if (other := one.values.get(numbers.KIND))]:
        numbers.add(system, others, actor=actor, at=at)
    documents.tell(ids)
    return keys


class _Parts(NamedTuple):
    """What of a new customer goes under its key: values of its own row, its contact, its identifiers."""

    secrets: dict[str, Value]
    contact: dict[str, str]
    identifiers: dict[str, str]


def _has_secrets(parts: _Parts) -> bool:
    return bool(parts.secrets or parts.contact or parts.identifiers)


class _Maker:
    """Makes the rows of a chunk of new customers."""

    def __init__(self, table: Mapping[str, Field], moment: object, batch: int | None) -> None:
        self._custom = {key: field for key, field in table.items() if field.store == "custom"}
        self._moment, self._batch = moment, batch
        self._sealer = Sealer(table)
        self.customers: list[tuple[Any, ...]] = []
        self.contacts: list[tuple[Any, ...]] = []
        self.identifiers: list[tuple[Any, ...]] = []
        self.indexed: list[tuple[Any, ...]] = []
        self.texts: list[tuple[int, str]] = []

    def store(self, insert: Callable[[str, Sequence[str], Sequence[Sequence[Any]]], None]) -> None:
        """Hand over the rows made so far."""
        insert(Customer._meta.db_table, _CUSTOMER, self.customers)  # noqa: SLF001
        insert(Contact._meta.db_table, _CONTACT, self.contacts)  # noqa: SLF001
        insert(Identifier._meta.db_table, _IDENTIFIER, self.identifiers)  # noqa: SLF001
        insert(CustomValue._meta.db_table, _VALUE, self.indexed)  # noqa: SLF001
        insert(documents.TABLE, ("id", "tokens"), self.texts)
        self.customers, self.contacts, self.identifiers, self.indexed, self.texts = [], [], [], [], []

    def parts(self, new: New) -> _Parts:
        """What of it is sealed."""
        kind, values = str(new.values.get("kind", "enterprise")), new.values
        contact = {name: str(text) for key, name in CONTACT_COLUMNS.items() if (text := values.get(key))}
        identifiers = {
            key: str(value)
            for key in IDENTIFIER_KEYS
            if (value := values.get(key)) and sealed.number_is_sealed(key, kind)
        }
        return _Parts(self._sealer.secrets(kind, values), contact, identifiers)

    def add(  # noqa: PLR0913, PLR0917 - one argument per fact
        self, new: New, parts: _Parts, number: int, uuid: UUID, subject: Subject | None, people: Iterator[int]
    ) -> None:
        """Its rows; ``people`` gives ids of contacts."""
        values = {**new.values, **dict.fromkeys(parts.secrets, "")} if parts.secrets else new.values
        custom = {key: value for key in self._custom if (value := new.values.get(key))}
        own = {key: value for key, value in custom.items() if values[key]}
        self.customers.append(
            (*_customer(values, new, number, uuid, own=own, moment=self._moment, batch=self._batch),
             *self._secret(subject, parts))
        )  # fmt: skip
        if subject and parts.contact:
            pk = next(people)
            both = normal_number(parts.contact.get("mobile", "")), normal_number(parts.contact.get("phone", ""))
            self.contacts.append((pk, number, 0, *self._sealer.contact(subject.key, pk, parts.contact, both)))
        if subject:
            for kind, text in parts.identifiers.items():
                self.identifiers.append((number, kind, "", "", *self._sealer.number(subject.key, kind, text)))
        plain = [(key, str(value)) for key in IDENTIFIER_KEYS
                 if (value := values.get(key)) and key not in parts.identifiers]  # fmt: skip
        self.identifiers += [(number, key, text, text, None, None) for key, text in plain]
        for key, value in custom.items():
            self.indexed += indexed_values(self._custom[key], number, value, self._sealer)
        if other := values.get(numbers.KIND):
            plain.append((numbers.KIND, str(other)))
        self.texts.append((number, _tokens(new.identity, values, new.owner, plain)))

    def _secret(self, subject: Subject | None, parts: _Parts) -> tuple[int | None, bytes | None, bytes | None]:
        if subject is None:
            return None, None, None
        blob = self._sealer.customer(subject.key, parts.secrets) if parts.secrets else None
        name = normal_name(str(parts.secrets.get("name", "")))
        return subject.id, blob, self._sealer.tokens.name(name) if name else None


def normal_number(value: Value) -> str:
    """The normal form of a telephone number that was cleaned before; "" stays ""."""
    if not value or not isinstance(value, str):
        return ""
    try:
        return normal_phone(value)
    except Unusable:
        return ""


def indexed_values(
    field: Field, customer: int, value: Value, sealer: Sealer
) -> list[tuple[int, int, str, float | None]]:
    """The rows by which a value of a custom field is asked for; none where the field is not filterable."""
    if not field.filterable:
        return []
    if field.sealed:
        return [(field.custom_id, customer, sealer.tokens.custom(field.key, str(value)), None)]
    is_number = field.type in {"number", "money"}
    return [
        (field.custom_id, customer, text[:_LONGEST_INDEXED], float(text) if is_number else None)
        for text in (value if isinstance(value, list) else [value])
    ]


def _customer(  # noqa: PLR0913 - one argument per fact
    values: Values, new: New, number: int, uuid: UUID, *, own: Mapping[str, Value], moment: object, batch: int | None
) -> tuple[Any, ...]:
    given = values.get
    name = str(given("name", ""))
    former = given("former_names")
    return (
        number, rows.as_uuid(uuid), new.identity, given("kind", "enterprise"), name, normal_name(name) or sealed.BEHIND_NAMES,
        given("short_name", ""), rows.as_json(former) if former else "[]", given("country") or "CN",
        given("region", ""), given("address", ""), given("industry", ""), given("source", ""), given("notes", ""),
        json.dumps(own) if own else "{}", new.parent, new.owner, moment if new.owner else None, moment, moment, moment,
        1, batch, None,
    )  # fmt: skip


def _tokens(identity: str, plain: Values, owner: int | None, identifiers: Sequence[tuple[str, str]]) -> str:
    former = plain.get("former_names") or ()
    names = (plain.get("name"), plain.get("short_name"), *former)
    return documents.document(
        code=identity,
        names=[name for name in names if isinstance(name, str) and name],
        owner=owner,
        identifiers=identifiers,
    )
