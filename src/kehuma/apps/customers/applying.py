"""Changes of many customers at once: every changed field leaves a row of history, the search index follows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from kehuma.apps.customers import documents, numbers, showing
from kehuma.apps.customers.data import Value, Values
from kehuma.apps.customers.fields import BUILTIN, Field
from kehuma.apps.customers.insertion import CONTACT_COLUMNS, IDENTIFIER_KEYS, indexed_values
from kehuma.apps.customers.models import Contact, Customer, CustomValue, FieldChange, Identifier
from kehuma.apps.customers.resealing import Resealing
from kehuma.apps.customers.sealed import Sealer
from kehuma.lib.db import rows

_COLUMNS = (
    "kind", "name", "normal_name", "short_name", "former_names", "country", "region", "address", "industry", "source",
    "notes", "custom", "parent_id", "owner_id", "owned_since", "updated_at", "last_activity_at", "version",
    "deleted_at", "created_in_id", "subject_id", "sealed", "name_token",
)  # fmt: skip
_CHANGE = ("customer_id", "field", "part", "old", "new", "sealed", "version", "batch_id", "actor", "at")
_NAMES = frozenset({"name", "short_name", "former_names"})
_FOUND_BY = _NAMES | {"kind", "mobile", "phone", "contact_name", "owner", numbers.KIND, *IDENTIFIER_KEYS}


@dataclass(frozen=True, slots=True)
class By:
    """Who changes something, when, and in which batch."""

    actor: str
    at: datetime
    batch: int | None = None


# Field, part, old value, new value.
Difference = tuple[str, str, Value | int | None, Value | int | None]


def apply(
    wanted: Sequence[tuple[Customer, Values]], table: Mapping[str, Field], by: By, *, system: str = ""
) -> dict[int, tuple[str, ...]]:
    """Give each customer its clean values; the fields of each that are others now. Customers must be locked.

    Tags, owner and parent have services of their own. ``system`` is the one that ``own_number`` is a number in.
    AliasTakenError where another customer has it; StoreSealedError where something is to be sealed and there is no key;
    CustomerError where the person was erased.
    """
    customers = [customer for customer, _ in wanted]
    sealing = Resealing(table, customers)
    before = showing.facts(customers, sealing.keys)
    if any(numbers.KIND in values for _, values in wanted):
        # Each system has its own number for a customer: that of another system stays.
        own = numbers.of_system([customer.code_id for customer in customers], system)
        for customer in customers:
            before[customer.pk][numbers.KIND] = own.get(customer.code_id, "")
    changed: list[tuple[Customer, list[Difference]]] = []
    parts = {numbers.KIND: numbers.part_of(numbers.system_of(system))}
    for customer, values in wanted:
        old = before[customer.pk]
        found: list[Difference] = [
            (key, parts.get(key, ""), old.get(key, _empty(table[key])), value)
            for key, value in values.items()
            if key in table and table[key].store != "relation" and (old.get(key) or _empty(table[key])) != value
        ]
        if found:
            changed.append((customer, found))
    _store(changed, before, sealing)
    _store_numbers(changed, by, system)
    note(changed, by, sealing)
    return {customer.pk: tuple(key for key, *_ in found) for customer, found in changed}


def note(changed: Sequence[tuple[Customer, Sequence[Difference]]], by: By, sealing: Resealing | None = None) -> None:
    """Count the version up, store the customers' columns and the history, and renew the index where it is touched."""
    for customer, _ in changed:
        customer.version += 1
        customer.updated_at = by.at
    save([customer for customer, _ in changed])
    record_history([(customer, one) for customer, found in changed for one in found], by, sealing)
    documents.refresh([one.pk for one, found in changed if any(key in _FOUND_BY or part for key, part, *_ in found)])


def record_history(
    differences: Sequence[tuple[Customer, Difference]], by: By, sealing: Resealing | None = None
) -> None:
    """The rows of history alone. Without ``sealing`` keys are looked for where a field is sealed."""
    moment = rows.as_moment(by.at)
    with_secrets = sealing or Resealing(BUILTIN, [one for one, _ in differences])
    rows.insert(
        FieldChange._meta.db_table,  # noqa: SLF001 - Django's way to the name of a table
        _CHANGE,
        [
            (
                one.pk,
                field,
                part,
                *with_secrets.change(one, field, part, old, new),
                one.version,
                by.batch,
                by.actor,
                moment,
            )
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
    sealer = Sealer(table)
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
            for row in indexed_values(field, customer, value, sealer)
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


def _store(
    changed: Sequence[tuple[Customer, Sequence[Difference]]],
    before: Mapping[int, Mapping[str, Value]],
    sealing: Resealing,
) -> None:
    table = sealing.table
    contacts: list[tuple[Customer, dict[str, str]]] = []
    identifiers: list[tuple[Customer, str, str]] = []
    custom: dict[int, list[str]] = {}
    after: dict[int, dict[str, Value]] = {}
    sealing.prepare((customer, {key: value for key, _, _, value in found}) for customer, found in changed)
    for customer, found in changed:
        new = after[customer.pk] = dict(before[customer.pk])
        new.update({key: value for key, _, _, value in found if isinstance(value, (str, list))})
        by_store = {key: table[key].store for key, *_ in found}
        is_turned = new["kind"] != customer.kind
        sealing.fill(customer, new, [key for key, store in by_store.items() if store in {"column", "custom"}])
        if is_turned:
            sealing.turn(customer)
        given = {CONTACT_COLUMNS[key]: str(value) for key, _, _, value in found if by_store[key] == "contact"}
        if given:
            contacts.append((customer, given))
        identifiers += [(customer, key, str(value)) for key, _, _, value in found if key in IDENTIFIER_KEYS]
        custom[customer.pk] = [key for key, store in by_store.items() if store == "custom"]
    _store_contacts(contacts, sealing)
    _store_identifiers(identifiers, sealing)
    if keys := sorted({key for several in custom.values() for key in several}):
        reindex({pk: after[pk] for pk, several in custom.items() if several}, table, keys)


def _store_contacts(wanted: Sequence[tuple[Customer, Mapping[str, str]]], sealing: Resealing) -> None:
    ids = [customer.pk for customer, _ in wanted]
    known = {contact.customer_id: contact for contact in Contact.objects.filter(customer__in=ids, position=0)}
    for customer, values in wanted:
        sealing.store_contact(customer, known.get(customer.pk) or Contact(customer=customer, position=0), values)


def _store_identifiers(wanted: Sequence[tuple[Customer, str, str]], sealing: Resealing) -> None:
    for customer, kind, value in wanted:
        Identifier.objects.filter(customer=customer, kind=kind).delete()
        if value:
            sealing.store_identifier(customer, kind, value)


def _store_numbers(changed: Sequence[tuple[Customer, Sequence[Difference]]], by: By, system: str) -> None:
    for customer, found in changed:
        for key, _, _, value in found:
            if key == numbers.KIND:
                numbers.put(customer.code_id, system, str(value), actor=by.actor, at=by.at)


def _empty(field: Field) -> Value:
    return [] if field.is_list else ""
