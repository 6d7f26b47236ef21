"""Changes of many customers at once: every changed field leaves a row of history, the search index follows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from kehuma.apps.customers import documents, showing
from kehuma.apps.customers.data import Value, Values
from kehuma.apps.customers.fields import Field
from kehuma.apps.customers.insertion import CONTACT_COLUMNS, IDENTIFIER_KEYS, indexed_values, normal_number
from kehuma.apps.customers.models import Contact, Customer, CustomValue, FieldChange, Identifier
from kehuma.engine.cleaning.names import normal_name
from kehuma.lib.db import rows

_COLUMNS = (
    "kind", "name", "normal_name", "short_name", "former_names", "country", "region", "address", "industry", "source",
    "notes", "custom", "parent_id", "owner_id", "owned_since", "updated_at", "last_activity_at", "version",
    "deleted_at", "created_in_id",
)  # fmt: skip
_CHANGE = ("customer_id", "field", "part", "old", "new", "version", "batch_id", "actor", "at")
_NAMES = frozenset({"name", "short_name", "former_names"})
_FOUND_BY = _NAMES | {"mobile", "phone", "contact_name", "owner", *IDENTIFIER_KEYS}


@dataclass(frozen=True, slots=True)
class By:
    """Who changes something, when, and in which batch."""

    actor: str
    at: datetime
    batch: int | None = None


# Field, part, old value, new value.
Difference = tuple[str, str, Value | int | None, Value | int | None]


def apply(
    wanted: Sequence[tuple[Customer, Values]], table: Mapping[str, Field], by: By, *, issuer: str = ""
) -> dict[int, tuple[str, ...]]:
    """Give each customer its clean values; the fields of each that are others now. Customers must be locked.

    Tags, owner and parent have services of their own.
    """
    before = showing.facts([customer for customer, _ in wanted])
    if any("own_number" in values for _, values in wanted):
        own = Identifier.objects.filter(customer__in=list(before), kind="own_number", issuer=issuer)
        numbers = dict(own.values_list("customer", "value"))
        for pk, old in before.items():
            old["own_number"] = numbers.get(pk, "")
    changed: list[tuple[Customer, list[Difference]]] = []
    for customer, values in wanted:
        old = before[customer.pk]
        found: list[Difference] = [
            (key, "", old.get(key, _empty(table[key])), value)
            for key, value in values.items()
            if key in table and table[key].store != "relation" and (old.get(key) or _empty(table[key])) != value
        ]
        if found:
            changed.append((customer, found))
    _store(changed, table, issuer)
    note(changed, by)
    return {customer.pk: tuple(key for key, *_ in found) for customer, found in changed}


def note(changed: Sequence[tuple[Customer, Sequence[Difference]]], by: By) -> None:
    """Count the version up, store the customers' columns and the history, and renew the index where it is touched."""
    for customer, _ in changed:
        customer.version += 1
        customer.updated_at = by.at
    save([customer for customer, _ in changed])
    record_history([(customer, one) for customer, found in changed for one in found], by)
    documents.refresh([one.pk for one, found in changed if any(key in _FOUND_BY or part for key, part, *_ in found)])


def record_history(differences: Sequence[tuple[Customer, Difference]], by: By) -> None:
    """The rows of history alone."""
    moment = rows.as_moment(by.at)
    rows.insert(
        FieldChange._meta.db_table,  # noqa: SLF001 - Django's way to the name of a table
        _CHANGE,
        [
            (one.pk, field, part, rows.as_json(old), rows.as_json(new), one.version, by.batch, by.actor, moment)
            for one, (field, part, old, new) in differences
        ],
    )


def save(customers: Sequence[Customer]) -> None:
    """Store all columns that a change can touch, with one statement for each customer."""
    assignments = ", ".join(f'"{column}" = %s' for column in _COLUMNS)
    table = Customer._meta.db_table  # noqa: SLF001
    rows.execute_many(
        f'UPDATE "{table}" SET {assignments} WHERE id = %s',  # noqa: S608 - names of ours
        [(*_columns(customer), customer.pk) for customer in customers],
    )


def reindex(customers: Mapping[int, Mapping[str, Value]], table: Mapping[str, Field], keys: Sequence[str]) -> None:
    """Make the indexed values of these custom fields anew."""
    fields = [table[key] for key in keys if key in table]
    CustomValue.objects.filter(customer__in=list(customers), field__in=[field.custom_id for field in fields]).delete()
    rows.insert(
        CustomValue._meta.db_table,  # noqa: SLF001
        ("field_id", "customer_id", "text", "number"),
        [
            row
            for customer, values in customers.items()
            for field in fields
            if (value := values.get(field.key))
            for row in indexed_values(field, customer, value)
        ],
    )


def _columns(customer: Customer) -> tuple[object, ...]:
    found = []
    for column in _COLUMNS:
        value = getattr(customer, column)
        if column in ("former_names", "custom"):
            value = rows.as_json(value)
        elif isinstance(value, datetime):
            value = rows.as_moment(value)
        found.append(value)
    return tuple(found)


def _store(changed: Sequence[tuple[Customer, Sequence[Difference]]], table: Mapping[str, Field], issuer: str) -> None:
    contacts: dict[int, dict[str, str]] = {}
    numbers: list[tuple[Customer, str, str]] = []
    custom: dict[int, list[str]] = {}
    for customer, found in changed:
        for key, _, _, value in found:
            match table[key].store:
                case "column":
                    setattr(customer, key, value)
                    if key == "name":
                        customer.normal_name = normal_name(str(value))
                case "contact":
                    contacts.setdefault(customer.pk, {})[CONTACT_COLUMNS[key]] = str(value)
                case "identifier":
                    numbers.append((customer, key, str(value)))
                case _:
                    _set_custom(customer, key, value)
                    custom.setdefault(customer.pk, []).append(key)
    _store_contacts(contacts)
    _store_identifiers(numbers, issuer)
    if custom:
        by_id = {customer.pk: customer.custom for customer, _ in changed if customer.pk in custom}
        reindex(by_id, table, sorted({key for keys in custom.values() for key in keys}))


def _set_custom(customer: Customer, key: str, value: object) -> None:
    if value:
        customer.custom[key] = value
    else:
        customer.custom.pop(key, None)


def _store_contacts(wanted: Mapping[int, Mapping[str, str]]) -> None:
    known = {contact.customer_id: contact for contact in Contact.objects.filter(customer__in=list(wanted), position=0)}
    for customer, values in wanted.items():
        contact = known.get(customer) or Contact(customer_id=customer, position=0)
        fill(contact, values)
        contact.save()


def fill(contact: Contact, values: Mapping[str, str]) -> None:
    """Set columns of a contact, and the normal forms of its numbers."""
    for name, value in values.items():
        setattr(contact, name, value)
    contact.normal_mobile, contact.normal_phone = normal_number(contact.mobile), normal_number(contact.phone)


def _store_identifiers(wanted: Sequence[tuple[Customer, str, str]], issuer: str) -> None:
    for customer, kind, value in wanted:
        if kind == "own_number":
            # Each system has its own number for a customer: that of another system stays.
            known = Identifier.objects.filter(customer=customer, kind=kind, issuer=issuer)
        else:
            known = Identifier.objects.filter(customer=customer, kind=kind)
        known.delete()
        if value:
            Identifier.objects.create(
                customer=customer, kind=kind, issuer=issuer if kind == "own_number" else "", value=value, normal=value
            )


def _empty(field: Field) -> Value:
    return [] if field.is_list else ""
