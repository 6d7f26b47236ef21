"""What programs send of a customer, and the same as the values that the package takes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from kehuma.api.problems import Fault, Problem, invalid
from kehuma.api.refusals import faults_of
from kehuma.api.words import Name, Strict, Text
from kehuma.apps.customers import queries
from kehuma.apps.customers.errors import ValuesError
from kehuma.engine.coding.errors import CodingError

Value = Annotated[str, StringConstraints(max_length=5000)]
Short = Annotated[str, StringConstraints(max_length=254)]
Names = Annotated[list[Annotated[str, StringConstraints(max_length=100)]], Field(max_length=50)]
Custom = Annotated[dict[str, Value | Names | None], Field(max_length=200)]

# Members that bear the name of the field.
_PLAIN = (
    "kind", "name", "short_name", "former_names", "country", "region", "address", "industry", "source", "notes", "tags",
)  # fmt: skip
_CONTACT: Mapping[str, str] = {
    "name": "contact_name",
    "role": "contact_role",
    "mobile": "mobile",
    "phone": "phone",
    "email": "email",
    "wechat": "wechat",
}
OWN_NUMBER = "own_number"
_IDENTIFIERS = ("uscc", "resident_id", "passport", "tax_number")


class Identifier(Strict):
    """A number: `uscc`, `resident_id`, `passport`, `tax_number`; any other type names the system that it comes from."""

    type: Name
    value: Text
    issuer: Name | None = None


class Contact(Strict):
    """Somebody to talk to."""

    name: Short | None = None
    role: Short | None = None
    mobile: Short | None = None
    phone: Short | None = None
    email: Short | None = None
    wechat: Short | None = None


class Facts(Strict):
    """What is known of a customer."""

    kind: Literal["enterprise", "person"] | None = None
    name: Value | None = None
    short_name: Value | None = None
    former_names: Names | None = None
    country: Value | None = None
    region: Value | None = None
    address: Value | None = None
    industry: Value | None = None
    source: Value | None = None
    notes: Value | None = None
    tags: Names | None = None
    custom: Custom | None = None


class NewFacts(Facts):
    """The same with what stands in tables of its own; the first contact is the primary one."""

    identifiers: list[Identifier] = Field(default_factory=list, max_length=50)
    contacts: list[Contact] = Field(default_factory=list, max_length=50)


class NewCustomer(NewFacts):
    """A customer to be coded by ``scheme``; without one by the first rule for customers."""

    name: Value
    parent: Text | None = None
    scheme: Name | None = None
    owner: Name | None = Field("me", description="A sign-in name; `me`; null for the public pool")


class Change(Facts):
    """What is to be different; members that are not there stay as they are, null empties."""

    parent: Text | None = None


class Upsert(NewFacts):
    """One of many: the customer with this code, or with this number in the system."""

    code: Text | None = None
    number: Text | None = None


class Upserts(Strict):
    """Many customers of one system."""

    system: Name | None = None
    scheme: Name | None = None
    items: list[Upsert] = Field(min_length=1, max_length=1000)


@dataclass(slots=True)
class Sheet:
    """Values by the keys of the record, where each stood in the request, and what goes beside the record."""

    values: dict[str, object] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    contacts: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    identifiers: list[tuple[str, str, str, str]] = field(default_factory=list)

    def put(self, key: str, place: str, value: object) -> None:
        """One value."""
        self.values[key], self.places[key] = value, place

    def faults(self, faults: Mapping[str, CodingError], before: str = "") -> list[Fault]:
        """Faults of values by their places."""
        order = list(self.places)
        # As they stand in the request; what is missing from it comes last.
        ordered = sorted(faults, key=lambda key: order.index(key) if key in order else len(order))
        told = faults_of(ValuesError({key: faults[key] for key in ordered}))
        return [one._replace(field=before + self.places.get(one.field, one.field)) for one in told]

    def refusal(self, error: ValuesError) -> Problem:
        """The problem that all faults together are."""
        return invalid(*self.faults(error.faults))


def sheet_of(given: Facts, *, names: Iterable[str] | None = None) -> Sheet:
    """The values of what was sent; only the members in ``names`` where that is given."""
    sheet = Sheet()
    sent = set(_PLAIN) if names is None else set(names)
    for name in _PLAIN:
        value = getattr(given, name)
        if name in sent and (value is not None or names is not None):
            sheet.put(name, name, _empty(value, name))
    for key, own in (given.custom or {}).items():
        # A built-in field under this roof would be another way to the same value.
        sheet.put(
            key if key not in queries.BUILTIN else f"custom.{key}", f"custom.{key}", own if own is not None else ""
        )
    if isinstance(given, NewFacts):
        _put_contacts(sheet, given.contacts)
        _put_identifiers(sheet, given.identifiers)
    return sheet


def told(given: NewCustomer) -> dict[str, object]:
    """What was sent, by place; what is empty was not sent."""
    return {place: value for place, value in _leaves("", given.model_dump()) if value not in (None, "", [])}


def _leaves(place: str, value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _leaves(f"{place}.{name}" if place else str(name), part)
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for index, part in enumerate(value):
            yield from _leaves(f"{place}.{index}", part)
    else:
        yield place, value


def contact_values(given: Contact, *, names: Iterable[str] | None = None) -> dict[str, object]:
    """A contact by the keys of the record."""
    sent = set(_CONTACT) if names is None else set(names)
    found = {key: getattr(given, name) for name, key in _CONTACT.items() if name in sent}
    return {key: value or "" for key, value in found.items() if value is not None or names is not None}


def contact_place(place: str, key: str) -> str:
    """Where the value of a contact stood."""
    names = {key: name for name, key in _CONTACT.items()}
    return f"{place}{names.get(key, key)}"


def kind_and_issuer(given: Identifier) -> tuple[str, str]:
    """The kind of a number, and the system that gave it where it is one of a system."""
    kind = _kinds().get(given.type.strip().casefold(), "")
    if kind:
        return kind, given.issuer or ""
    return OWN_NUMBER, given.issuer or given.type.strip()


def _put_contacts(sheet: Sheet, contacts: Sequence[Contact]) -> None:
    for index, contact in enumerate(contacts):
        values = contact_values(contact)
        if index == 0:
            for key, value in values.items():
                sheet.put(key, contact_place("contacts.0.", key), value)
        elif any(values.values()):
            sheet.contacts.append((f"contacts.{index}.", values))


def _put_identifiers(sheet: Sheet, identifiers: Sequence[Identifier]) -> None:
    for index, one in enumerate(identifiers):
        kind, issuer = kind_and_issuer(one)
        place = f"identifiers.{index}.value"
        if kind in sheet.values or kind == OWN_NUMBER:
            sheet.identifiers.append((place, kind, one.value, issuer))
        else:
            sheet.put(kind, place, one.value)


def _empty(value: object, name: str) -> object:
    return ([] if name in {"former_names", "tags"} else "") if value is None else value


@cache
def _kinds() -> Mapping[str, str]:
    found: dict[str, str] = {}
    for key in (*_IDENTIFIERS, OWN_NUMBER):
        known = queries.BUILTIN[key]
        words = (key, known.zh, known.en) if key == OWN_NUMBER else (key, known.zh, known.en, *known.also)
        found |= {word.casefold(): key for word in words}
    return found
