"""New customers into their tables, a chunk of them at a time; one customer is a chunk of one."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from kehuma.apps.customers import documents, numbers, sealed
from kehuma.apps.customers.data import Value, Values
from kehuma.apps.customers.fields import Field
from kehuma.apps.customers.sealed import Sealer
from kehuma.apps.sealing import services as sealing
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
# In the order in which the rows refer to one another.
_TABLES: Sequence[tuple[str, Sequence[str]]] = (
    ("customers_customer", _CUSTOMER), ("customers_contact", _CONTACT), ("customers_identifier", _IDENTIFIER),
    ("customers_customvalue", _VALUE), (documents.TABLE, ("id", "tokens")),
)  # fmt: skip
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
# PostgreSQL stores one portion while the next is made.
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
    drafter = Drafter(table)
    coming = (drafter.draft(one.values, one.owner, one.parent) for one in new)
    if len(new) > _PORTION:
        # They are drawn up while others are being stored: what they need is not known yet, and cannot be asked then.
        insertion = Insertion(coming, Ids.asked(len(new), len(new), len(new)), at=at, batch=batch)
    else:
        drafts = list(coming)
        insertion = Insertion(drafts, Ids.of(drafts), at=at, batch=batch)
    keys = insertion.store(dict(enumerate(one.identity for one in new)))
    if others := [(one.identity, str(other)) for one in new if (other := one.values.get(numbers.KIND))]:
        numbers.add(system, others, actor=actor, at=at)
    return [keys[place] for place in range(len(new))]


class _Parts(NamedTuple):
    """What of a new customer goes under its key: values of its own row, its contact, its identifiers."""

    secrets: dict[str, Value]
    contact: dict[str, str]
    identifiers: dict[str, str]


class Draft(NamedTuple):
    """A customer without a code: all of it that can be made before its turn comes to be stored."""

    values: Values
    owner: int | None
    parent: int | None
    drafter: "Drafter"
    parts: _Parts
    # Values that stand in the store as they are, those that people defined, and numbers of authorities.
    plain: Values
    own: Mapping[str, Value]
    numbers: Sequence[tuple[str, str]]
    tokens: set[str]

    @property
    def has_secrets(self) -> bool:
        """Whether it needs a key of its own."""
        return any(self.parts)


class Drafter:
    """Makes drafts of customers whose fields are ``table``."""

    def __init__(self, table: Mapping[str, Field]) -> None:
        self.table = table
        self.custom = {key: field for key, field in table.items() if field.store == "custom"}
        self._sealer = Sealer(table)

    def draft(self, values: Values, owner: int | None, parent: int | None = None) -> Draft:
        """A customer of clean values."""
        parts = self._parts(values)
        plain = {**values, **dict.fromkeys(parts.secrets, "")} if parts.secrets else values
        own = {key: value for key in self.custom if (value := values.get(key))}
        open_numbers = [
            (key, str(value)) for key in IDENTIFIER_KEYS if (value := values.get(key)) and key not in parts.identifiers
        ]
        other = values.get(numbers.KIND)
        tokens = documents.open_tokens(
            names=_names(plain),
            owner=owner,
            identifiers=[*open_numbers, (numbers.KIND, str(other))] if other else open_numbers,
        )
        return Draft(values, owner, parent, self, parts, plain, own, open_numbers, tokens)

    def _parts(self, values: Values) -> _Parts:
        kind = str(values.get("kind", "enterprise"))
        contact = {name: str(text) for key, name in CONTACT_COLUMNS.items() if (text := values.get(key))}
        identifiers = {
            key: str(value)
            for key in IDENTIFIER_KEYS
            if (value := values.get(key)) and sealed.number_is_sealed(key, kind)
        }
        return _Parts(self._sealer.secrets(kind, values), contact, identifiers)


class _Sealed(NamedTuple):
    """A draft under its key: the end of its row, its contact and its identifiers."""

    subject: Subject | None = None
    own: tuple[int | None, bytes | None, bytes | None] = (None, None, None)
    contact: tuple[Any, ...] | None = None
    identifiers: Sequence[tuple[str, bytes, bytes]] = ()


class Ids(NamedTuple):
    """What is asked of the store for drafts before they are stored: ids, keys of their own, ids of contacts."""

    customers: Callable[[], Sequence[int]]
    subjects: Callable[[], Iterable[Subject]]
    contacts: Callable[[], Sequence[int]]

    @classmethod
    def asked(cls, customers: int, subjects: int, contacts: int) -> "Ids":
        """As many as are needed at most, in the caller's transaction."""
        return cls(
            rows.asked_ids("customers_customer", customers),
            sealing.asked_subjects(subjects) if subjects else tuple,
            rows.asked_ids("customers_contact", contacts) if contacts else tuple,
        )

    @classmethod
    def of(cls, drafts: Sequence[Draft]) -> "Ids":
        """As many as these drafts need."""
        subjects, contacts = sum(one.has_secrets for one in drafts), sum(bool(one.parts.contact) for one in drafts)
        return cls.asked(len(drafts), subjects, contacts)


class Insertion:
    """Drafts on their way into the store, in the caller's transaction. They are taken when their turn comes."""

    def __init__(self, drafts: Iterable[Draft], ids: Ids, *, at: datetime, batch: int | None = None) -> None:
        self._coming, self._ids, self._moment, self._batch = drafts, ids, rows.as_moment(at), batch
        self._drafts: list[Draft] = []
        self._sealed: list[_Sealed] = []
        self._sealers: dict[Drafter, Sealer] = {}

    def seal(self) -> None:
        """Put what is secret under keys. StoreSealedError."""
        self._sealed.extend(self._sealing)

    def store(self, identities: Mapping[int, str]) -> dict[int, tuple[int, UUID]]:
        """Store those of the drafts, by their places, that have a code; their ids and uuids. StoreSealedError."""
        numbers_of = self._ids.customers()
        keys = {place: (numbers_of[place], uuid4()) for place in sorted(identities)}
        places = iter(keys)
        if keys:
            # Now, since the store is asked for keys, and below it is busy with rows.
            self._under(next(iter(keys)))
        with rows.inserting() if len(keys) > _PORTION else nullcontext(rows.insert) as insert:
            while portion := list(islice(places, _PORTION)):
                sealing.store_subjects((one for place in portion if (one := self._under(place).subject)), insert)
                made = self._rows({place: keys[place] for place in portion}, identities)
                for (table, columns), stored in zip(_TABLES, made, strict=True):
                    insert(table, columns, stored)
        if keys:
            documents.tell([number for number, _ in keys.values()])
        return keys

    @cached_property
    def _sealing(self) -> Iterator[_Sealed]:
        owners, people = iter(self._ids.subjects()), iter(self._ids.contacts())

        def under(draft: Draft) -> _Sealed:
            self._drafts.append(draft)
            return _sealed(draft, next(owners), people, self._sealer(draft)) if draft.has_secrets else _Sealed()

        return map(under, self._coming)

    def _sealer(self, draft: Draft) -> Sealer:
        # Made anew, since a draft may be older than the key that is here now.
        if draft.drafter not in self._sealers:
            self._sealers[draft.drafter] = Sealer(draft.drafter.table)
        return self._sealers[draft.drafter]

    def _under(self, place: int) -> _Sealed:
        """A draft under its key, as those before it."""
        while len(self._sealed) <= place:
            self._sealed.append(next(self._sealing))
        return self._sealed[place]

    def _rows(
        self, keys: Mapping[int, tuple[int, UUID]], identities: Mapping[int, str]
    ) -> tuple[list[tuple[Any, ...]], ...]:
        made: tuple[list[tuple[Any, ...]], ...] = ([], [], [], [], [])
        customers, contacts, identifiers, indexed, texts = made
        for place, (number, uuid) in keys.items():
            under = self._under(place)
            draft = self._drafts[place]
            row = _customer(draft, number, uuid, identities[place], moment=self._moment, batch=self._batch)
            customers.append((*row, *under.own))
            if under.contact:
                contacts.append((under.contact[0], number, 0, *under.contact[1:]))
            identifiers += [(number, kind, "", "", *both) for kind, *both in under.identifiers]
            identifiers += [(number, key, text, text, None, None) for key, text in draft.numbers]
            for key, value in draft.own.items():
                indexed += indexed_values(draft.drafter.custom[key], number, value, self._sealer(draft))
            texts.append((number, documents.coded(identities[place], draft.tokens)))
        return made


def _sealed(draft: Draft, subject: Subject, people: Iterator[int], sealer: Sealer) -> _Sealed:
    key, parts = subject.key, draft.parts
    blob = sealer.customer(key, parts.secrets) if parts.secrets else None
    name = normal_name(str(parts.secrets.get("name", "")))
    contact = None
    if parts.contact:
        pk = next(people)
        both = normal_number(parts.contact.get("mobile", "")), normal_number(parts.contact.get("phone", ""))
        contact = (pk, *sealer.contact(key, pk, parts.contact, both))
    identifiers = [(kind, *sealer.number(key, kind, text)) for kind, text in parts.identifiers.items()]
    return _Sealed(subject, (subject.id, blob, sealer.tokens.name(name) if name else None), contact, identifiers)


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
    draft: Draft, number: int, uuid: UUID, identity: str, *, moment: object, batch: int | None
) -> tuple[Any, ...]:
    given, own = draft.plain.get, {key: value for key, value in draft.own.items() if draft.plain[key]}
    name = str(given("name", ""))
    former = given("former_names")
    return (
        number, rows.as_uuid(uuid), identity, given("kind", "enterprise"), name, normal_name(name) or sealed.BEHIND_NAMES,
        given("short_name", ""), rows.as_json(former) if former else "[]", given("country") or "CN",
        given("region", ""), given("address", ""), given("industry", ""), given("source", ""), given("notes", ""),
        json.dumps(own) if own else "{}", draft.parent, draft.owner, moment if draft.owner else None,
        moment, moment, moment, 1, batch, None,
    )  # fmt: skip


def _names(plain: Values) -> list[str]:
    former = plain.get("former_names") or ()
    return [name for name in (plain.get("name"), plain.get("short_name"), *former) if isinstance(name, str) and name]
