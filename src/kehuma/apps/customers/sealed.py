"""What of a customer only a key opens: which values, in which row, and what stands for a value that does not open.

Each row has one blob. It is bound to its table, to the customer's subject and to its place among the subject's rows,
so that a blob put anywhere else does not open.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, Literal, Self

from kehuma.apps.customers.data import Value, Values
from kehuma.apps.customers.errors import CustomerError, messages
from kehuma.apps.customers.fields import BUILTIN, SEALED_CLASSES, TRACES, Field
from kehuma.apps.customers.models import Contact, Customer, CustomField, FieldChange, Identifier
from kehuma.apps.sealing import queries as sealing
from kehuma.apps.sealing import services as subjects
from kehuma.apps.sealing.errors import DamagedError, StoreSealedError
from kehuma.apps.sealing.queries import Column, FieldIndex, SubjectKey
from kehuma.engine.cleaning.phones import digits_of
from kehuma.engine.coding.errors import Language

CUSTOMER = Column("customers_customer", "sealed")
CONTACT = Column("customers_contact", "sealed")
IDENTIFIER = Column("customers_identifier", "sealed")
CHANGE = Column("customers_fieldchange", "sealed")

# Stands in ``normal_name`` of whoever's name is sealed: behind every name, and nobody types it.
BEHIND_NAMES = "\U0010fffd"
CONTACT_NAMES = ("name", "role", "mobile", "phone", "email", "wechat")
# As many digits of a number have a token of their own end.
END = 4
_KINDS = ("person", "enterprise")
_log = logging.getLogger(__name__)
_OWN = tuple(key for key, field in BUILTIN.items() if field.store == "column" and field.sealed)


Why = Literal["sealed", "erased", "damaged"]


class Unopened(str):
    """Stands where a value cannot be opened: there is no key, it was erased, or it is damaged. Shown, never stored."""

    __slots__ = ("why",)

    why: Why

    def __new__(cls, why: Why) -> Self:
        made = super().__new__(cls, messages()[f"value-{why}"]["zh"])
        made.why = why
        return made

    def said(self, language: Language) -> str:
        """What people read in its place."""
        return messages()[f"value-{self.why}"][language]


SEALED, ERASED, DAMAGED = Unopened("sealed"), Unopened("erased"), Unopened("damaged")


class Keys:
    """The data keys of some customers' subjects, opened together with one query when the first is asked for."""

    def __init__(self, wanted: Iterable[int | None]) -> None:
        self._wanted = {subject for subject in wanted if subject is not None}
        self._known: dict[int, SubjectKey] | None = None
        self._sealed: StoreSealedError | None = None

    @classmethod
    def of(cls, customers: Iterable[Customer]) -> "Keys":
        """Those of these customers."""
        return cls(customer.subject_id for customer in customers)

    def get(self, subject: int | None) -> SubjectKey | Unopened:
        """The key of a subject, or why there is none."""
        return self._keys().get(subject or 0) or (SEALED if self._sealed else ERASED)

    def require(self, customer: Customer) -> SubjectKey:
        """The key to seal with. StoreSealedError; CustomerError ``erased`` where the person was erased."""
        key = self.get(customer.subject_id)
        if isinstance(key, Unopened):
            raise self._sealed or CustomerError("erased", code=customer.code_id)
        return key

    def add(self, customers: Sequence[Customer]) -> None:
        """Give a subject to those that have none yet, in the caller's transaction; the caller stores the customers."""
        without = [customer for customer in customers if customer.subject_id is None]
        if without:
            for customer, made in zip(without, subjects.new_subjects(len(without)), strict=True):
                customer.subject_id = made.id
                self._keys()[made.id] = made.key

    def _keys(self) -> dict[int, SubjectKey]:
        if self._known is None:
            self._known = {}
            try:
                self._known.update(sealing.opened(self._wanted))
            except StoreSealedError as error:
                self._sealed = error
        return self._known


class Tokens:
    """The blind indexes of one piece of work. StoreSealedError where there is no key."""

    def __init__(self) -> None:
        self._known: dict[str, FieldIndex] = {}

    def name(self, normal: str) -> bytes:
        """Of a person's name in its normal form."""
        return self._index("name").token(normal)

    def phone(self, normal: str) -> bytes:
        """Of a telephone number in its normal form; mobile and fixed ones alike."""
        return self._index("phone").token(normal)

    def phone_end(self, digits: str) -> int | None:
        """Of the last four digits, shared with other ends; None for a shorter number."""
        return self._index("phone-end").short_token(digits[-END:]) if len(digits) >= END else None

    def number(self, kind: str, normal: str) -> bytes:
        """Of a number that an authority gave out."""
        return self._index(f"identifier-{kind}").token(normal)

    def custom(self, key: str, text: str) -> str:
        """Of a value of a field that people defined, as text."""
        return self._index(f"custom-{key}").token(text).hex()

    def _index(self, name: str) -> FieldIndex:
        if name not in self._known:
            self._known[name] = sealing.index(f"customers.{name}")
        return self._known[name]


class Sealer:
    """Seals rows of customers whose fields are ``table``."""

    def __init__(self, table: Mapping[str, Field]) -> None:
        self._table = table
        stored = [(key, field) for key, field in table.items() if field.store in {"column", "custom"}]
        self._secret = {kind: [key for key, field in stored if field.is_sealed(kind)] for kind in _KINDS}

    @cached_property
    def tokens(self) -> Tokens:
        """The blind indexes for what it seals."""
        return Tokens()

    def secrets(self, kind: str, values: Values) -> dict[str, Value]:
        """Of the values those that the blob of the customer's own row is to hold."""
        return {key: value for key in self._secret[kind] if (value := values.get(key))}

    def touches(self, kind: str, keys: Iterable[str]) -> bool:
        """Whether one of these fields stands in the blob of such a customer."""
        secret = self._secret[kind]
        return any(key in secret for key in keys)

    def customer(self, key: SubjectKey, secrets: Values) -> bytes:
        """The blob of the customer's own row."""
        return subjects.seal_row(key, CUSTOMER, secrets)

    def contact(self, key: SubjectKey, pk: int, values: Mapping[str, str], numbers: tuple[str, str]) -> tuple[Any, ...]:
        """The columns of a contact behind its position; ``numbers`` are mobile and phone in their normal forms."""
        blob = subjects.seal_row(key, CONTACT, {name: text for name, text in values.items() if text}, row=str(pk))
        tokens = self.tokens
        return (
            blob,
            *(tokens.phone(normal) if normal else None for normal in numbers),
            *(tokens.phone_end(digits_of(normal)) if normal else None for normal in numbers),
        )

    def number(self, key: SubjectKey, kind: str, normal: str) -> tuple[bytes, bytes]:
        """The blob and the token of a number."""
        token = self.tokens.number(kind, normal)
        return subjects.seal_row(key, IDENTIFIER, {"value": normal}, row=_place_of_number(kind, token)), token

    def seals_change(self, kind: str, field: str) -> bool:
        """Whether history keeps this field of such a customer under a key; so it does what nobody knows any more."""
        known = self._table.get(field) or BUILTIN.get(field) or TRACES.get(field)
        return known is None or known.is_sealed(kind)


def seal_change(key: SubjectKey, place: tuple[int, str, str], old: object, new: object) -> bytes:
    """The blob of a row of history; ``place`` is version, field and part."""
    return subjects.seal_row(key, CHANGE, {"old": old, "new": new}, row=_place_of_change(*place))


def number_is_sealed(kind: str, customer_kind: str) -> bool:
    """Whether a number of this kind stands under a key at such a customer."""
    return BUILTIN[kind].is_sealed(customer_kind)


def own_values(customer: Customer, keys: Keys) -> dict[str, Value]:
    """The values of the customer's own row that are sealed; each is ``Unopened`` where it does not open."""
    if customer.sealed is None:
        return {}
    found = opened_own(keys.get(customer.subject_id), customer.sealed)
    if isinstance(found, Unopened):
        return dict.fromkeys([*(key for key in _OWN if BUILTIN[key].is_sealed(customer.kind)), *_custom_names()], found)
    return found


def contact_values(contact: Contact, subject: int | None, keys: Keys) -> dict[str, str]:
    """The values of a contact of this customer's subject, all of them."""
    found = opened_contact(keys.get(subject), contact.pk, contact.sealed)
    if isinstance(found, Unopened):
        return dict.fromkeys(CONTACT_NAMES, found)
    return {**dict.fromkeys(CONTACT_NAMES, ""), **found}


def number_of(row: Identifier, subject: int | None, keys: Keys) -> str:
    """The number."""
    if row.sealed is None or row.token is None:
        return row.value
    found = opened(keys.get(subject), IDENTIFIER, row.sealed, _place_of_number(row.kind, bytes(row.token)))
    return found if isinstance(found, Unopened) else str(found["value"])


def change_of(row: FieldChange, subject: int | None, keys: Keys) -> tuple[Any, Any]:
    """A field before and after."""
    if row.sealed is None:
        return row.old, row.new
    found = opened(keys.get(subject), CHANGE, row.sealed, _place_of_change(row.version, row.field, row.part))
    return (found, found) if isinstance(found, Unopened) else (found["old"], found["new"])


def opened_own(key: SubjectKey | Unopened, blob: bytes | memoryview) -> dict[str, Value] | Unopened:
    """The values in the blob of a customer's own row."""
    return opened(key, CUSTOMER, blob)


def opened_contact(key: SubjectKey | Unopened, pk: int, blob: bytes | memoryview) -> dict[str, str] | Unopened:
    """The values in the blob of a contact; what is empty is missing."""
    return opened(key, CONTACT, blob, str(pk))


def opened(
    key: SubjectKey | Unopened, column: Column, blob: bytes | memoryview, row: str = ""
) -> dict[str, Any] | Unopened:
    """What is in a blob, or why it does not open."""
    if isinstance(key, Unopened):
        return key
    try:
        return sealing.open_row(key, column, blob, row=row)
    except DamagedError:
        # One bad row must not take a whole list away; what it is not is somebody else's value.
        _log.exception("A sealed row of %s does not open.", column.name)
        return DAMAGED


def require_whole(customer: Customer, values: Iterable[object]) -> None:
    """CustomerError where one of these values could not be opened: stored again it would be lost."""
    if any(isinstance(value, Unopened) for value in values):
        raise CustomerError("damaged", code=customer.code_id)


def names(customers: Sequence[Customer], keys: Keys | None = None) -> dict[int, str]:
    """The name of each customer, uncovered; one query where there are persons among them."""
    known = keys or Keys.of(one for one in customers if one.kind == "person")
    return {one.pk: _name(one, known) for one in customers}


def _name(customer: Customer, keys: Keys) -> str:
    if customer.kind != "person":
        return customer.name
    name = own_values(customer, keys).get("name", "")
    # Not str(name): it would make a plain text of what is ``Unopened``.
    return name if isinstance(name, str) else ""


def _custom_names() -> list[str]:
    found = CustomField.objects.filter(field_class__in=SEALED_CLASSES, retired_at=None)
    return list(found.values_list("key", flat=True))


def _place_of_number(kind: str, token: bytes) -> str:
    return f"{kind} {token.hex()}"


def _place_of_change(version: int, field: str, part: str) -> str:
    return f"{version} {field} {part}"
