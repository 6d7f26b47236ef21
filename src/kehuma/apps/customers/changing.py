"""Changing one customer: its fields, contacts, numbers, its place in the family."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from kehuma.apps.audit import services as audit
from kehuma.apps.customers import applying, documents, families, numbers, scope, sealed, showing, tagging
from kehuma.apps.customers import fields as record
from kehuma.apps.customers.applying import By, Difference
from kehuma.apps.customers.data import Changed, Ref, Value, Values
from kehuma.apps.customers.errors import (
    Conflict,
    ConflictError,
    FieldError,
    UnknownError,
    ValuesError,
)
from kehuma.apps.customers.fields import IDENTIFIER_CLASSES, Field
from kehuma.apps.customers.insertion import CONTACT_COLUMNS
from kehuma.apps.customers.models import Contact, Customer, FieldChange, Identifier
from kehuma.apps.customers.resealing import Resealing
from kehuma.apps.customers.sealed import Keys
from kehuma.apps.customers.values import clean
from kehuma.engine.cleaning import Unusable
from kehuma.engine.cleaning.identifiers import normal_identifier
from kehuma.lib.viewer import Viewer


@transaction.atomic
def update(viewer: Viewer, ref: Ref, values: Mapping[str, object], *, version: int, at: datetime) -> Changed:
    """Give a customer new values. ``version`` is the one that the person saw.

    ValuesError; ConflictError where somebody else has changed the same fields to something else since then. A value
    that the viewer sees covered comes back covered: it is left as it is.
    """
    viewer.require("customers.edit")
    (customer,) = scope.editable(viewer, [ref])
    table = record.table()
    before = showing.facts([customer])[customer.pk]
    covers = _covers(viewer, table, customer.kind, before)
    given = {key: value for key, value in values.items() if key not in covers or value != covers[key]}
    # Purposes are agreed to and withdrawn one by one: see ``consents``.
    own = {key: field for key, field in table.items() if key != record.CONSENTS}
    cleaned = clean(given, whole=False, table=own)
    if cleaned.faults:
        raise ValuesError(cleaned.faults)
    _require_no_conflict(customer, cleaned.values, version, before)
    by = By(viewer.actor, at)
    wanted = {key: value for key, value in cleaned.values.items() if key != "tags"}
    changed = list(applying.apply([(customer, wanted)], table, by).get(customer.pk, ()))
    if "tags" in cleaned.values and tagging.set_tags(viewer, customer, list(cleaned.values["tags"]), by):
        changed.append("tags")
    if changed:
        audit.record("customers.changed", customer.code_id, {"fields": sorted(changed)}, actor=viewer.actor, at=at)
    return Changed(customer.version, tuple(changed))


@transaction.atomic
def add_contact(viewer: Viewer, ref: Ref, values: Mapping[str, object], *, at: datetime) -> int:
    """One more person to talk to; its id. ``values`` by the keys contact_name, contact_role, mobile and so on."""
    viewer.require("customers.edit")
    (customer,) = scope.editable(viewer, [ref])
    cleaned = _contact_values(values)
    last = Contact.objects.filter(customer=customer).order_by("-position").first()
    contact = Contact(customer=customer, position=last.position + 1 if last else 0)
    sealing = Resealing(record.BUILTIN, [customer])
    sealing.prepare([(customer, cleaned)])
    sealing.store_contact(customer, contact, {CONTACT_COLUMNS[key]: str(value) for key, value in cleaned.items()})
    filled = [(key, "", value) for key, value in cleaned.items() if value]
    _note_contact(viewer, customer, _part_of(contact), filled, at)
    return contact.pk


@transaction.atomic
def change_contact(viewer: Viewer, contact_id: int, values: Mapping[str, object], *, at: datetime) -> None:
    """Other values for a contact; covered ones that come back stay as they are."""
    contact, customer = _contact(viewer, contact_id)
    known = _values_of(contact, customer)
    shown = showing.contact_row(viewer, contact, known)
    given = {
        key: value
        for key, value in values.items()
        if CONTACT_COLUMNS.get(key) not in shown.masked or value != getattr(shown, CONTACT_COLUMNS[key])
    }
    cleaned = _contact_values(given, partial=True)
    changed = [(key, old, value) for key, value in cleaned.items() if (old := known[CONTACT_COLUMNS[key]]) != value]
    if changed:
        sealing = Resealing(record.BUILTIN, [customer])
        sealing.store_contact(customer, contact, {CONTACT_COLUMNS[key]: str(value) for key, _, value in changed})
    _note_contact(viewer, customer, _part_of(contact), changed, at)


@transaction.atomic
def remove_contact(viewer: Viewer, contact_id: int, *, at: datetime) -> None:
    """Take a contact away; the next one becomes the first choice."""
    contact, customer = _contact(viewer, contact_id)
    known = _values_of(contact, customer)
    gone: list[tuple[str, Value, Value]] = [
        (key, text, "") for key, name in CONTACT_COLUMNS.items() if (text := known[name])
    ]
    position, part = contact.position, _part_of(contact)
    contact.delete()
    following = Contact.objects.filter(customer=customer).order_by("position").first()
    if position == 0 and following is not None:
        following.position = 0
        following.save(update_fields=["position"])
    _note_contact(viewer, customer, part, gone, at)


@transaction.atomic
def make_primary(viewer: Viewer, contact_id: int, *, at: datetime) -> None:
    """Make a contact the first choice; the one before takes its place."""
    contact, customer = _contact(viewer, contact_id)
    if contact.position == 0:
        return
    first = Contact.objects.filter(customer=customer, position=0).first()
    place, contact.position = contact.position, -1
    contact.save(update_fields=["position"])
    if first is not None:
        first.position = place
        first.save(update_fields=["position"])
    contact.position = 0
    contact.save(update_fields=["position"])
    old = _values_of(first, customer)["name"] if first else ""
    new = _values_of(contact, customer)["name"]
    _note(viewer, customer, [("contact_name", f"contact {contact.pk}", old, new)], at)


@transaction.atomic
def add_identifier(viewer: Viewer, ref: Ref, kind: str, value: str, *, system: str = "", at: datetime) -> str:  # noqa: PLR0913 - one argument per fact
    """One more number; its id. Kind ``own_number`` is the number in another ``system``.

    FieldError, AliasTakenError where that system's number is another customer's.
    """
    viewer.require("customers.edit")
    (customer,) = scope.editable(viewer, [ref])
    if kind not in IDENTIFIER_CLASSES:
        raise FieldError("identifier-kind", value=kind)
    try:
        normal = normal_identifier(kind, value)
    except Unusable as error:
        message = f"{error.reason}-suggestion" if error.suggestion else error.reason
        raise FieldError(message, value=value, suggestion=error.suggestion) from None
    if kind == numbers.KIND:
        return _add_number(viewer, customer, system, normal, at)
    sealing = Resealing(record.BUILTIN, [customer])
    sealing.prepare([(customer, {kind: normal})])
    known = sealing.identifiers(customer, kind, normal).first()
    row = known or sealing.store_identifier(customer, kind, normal)
    if known is None:
        _note(viewer, customer, [(kind, "", "", normal)], at)
    return str(row.pk)


@transaction.atomic
def remove_identifier(viewer: Viewer, ref: Ref, identifier: str, *, reason: str = "mistake", at: datetime) -> None:
    """Take a number away; UnknownError.

    That of another system still leads to the customer, except where ``reason`` is ``mistake``; others: ``replaced``,
    ``ended``.
    """
    viewer.require("customers.edit")
    (customer,) = scope.editable(viewer, [ref])
    if (number := numbers.of_id(identifier)) is not None:
        ended = numbers.end(customer.code_id, number, reason, actor=viewer.actor, at=at)
        gone: Difference = (numbers.KIND, numbers.part_of(ended.system), ended.text, "")
    else:
        row = Identifier.objects.filter(customer=customer, pk=identifier).first() if identifier.isdecimal() else None
        if row is None:
            raise UnknownError("identifier")
        gone = (row.kind, "", sealed.number_of(row, customer.subject_id, Keys.of([customer])), "")
        row.delete()
    _note(viewer, customer, [gone], at)


@transaction.atomic
def move(viewer: Viewer, ref: Ref, parent: Ref | None, *, at: datetime) -> None:
    """Put a customer below another one, or with None at the top. TreeError where that would make a circle."""
    viewer.require("customers.edit")
    (customer,) = scope.editable(viewer, [ref])
    superior = scope.one(viewer, parent) if parent is not None else None
    if superior is not None:
        require_above(superior, customer)
    above = customer.parent
    old, new = above.code_id if above else "", superior.code_id if superior else ""
    if old == new:
        return
    customer.parent_id = superior.pk if superior else None
    _note(viewer, customer, [("parent", "", old, new)], at)


def require_above(superior: Customer, customer: Customer | None) -> None:
    """TreeError where ``customer`` (None for a new one) would stand above itself, or the tree would grow too deep."""
    families.Ancestors().require(superior.pk, customer.pk if customer else None)


def _add_number(viewer: Viewer, customer: Customer, system: str, number: str, at: datetime) -> str:
    named, identity = numbers.system_of(system), customer.code_id
    (is_new,) = numbers.add(named, [(identity, number)], actor=viewer.actor, at=at)
    if is_new:
        _note(viewer, customer, [(numbers.KIND, numbers.part_of(named), "", number)], at)
    found = [one for one in numbers.current([identity])[identity] if (one.system, one.text) == (named, number)]
    return numbers.id_of(found[-1])


def _covers(viewer: Viewer, table: Mapping[str, Field], kind: str, before: Values) -> dict[str, Value]:
    """What the viewer sees of the values that are covered for it."""
    shown = {key: showing.cover(viewer, table[key], kind, value) for key, value in before.items() if key in table}
    return {key: cover for key, (cover, is_masked) in shown.items() if is_masked}


def _require_no_conflict(customer: Customer, values: Values, version: int, before: Values) -> None:
    if customer.version == version:
        return
    since = FieldChange.objects.filter(customer=customer, version__gt=version, part="", field__in=list(values))
    latest = {change.field: change for change in since.order_by("id")}
    conflicts = [
        Conflict(key, values[key], before.get(key, ""), change.actor, change.at)
        for key, change in latest.items()
        if key != "tags" and before.get(key, "") != values[key]
    ]
    if conflicts:
        raise ConflictError(conflicts, customer.version)


def _contact(viewer: Viewer, contact_id: int) -> tuple[Contact, Customer]:
    viewer.require("customers.edit")
    contact = Contact.objects.filter(pk=contact_id).first()
    if contact is None:
        raise UnknownError("contact")
    (customer,) = scope.editable(viewer, [contact.customer_id])
    return contact, customer


def _values_of(contact: Contact, customer: Customer) -> dict[str, str]:
    return sealed.contact_values(contact, customer.subject_id, Keys.of([customer]))


def _contact_values(values: Mapping[str, object], *, partial: bool = False) -> dict[str, Value]:
    keys = {key: record.BUILTIN[key] for key in CONTACT_COLUMNS}
    cleaned = clean(values, whole=False, table=keys)
    if cleaned.faults:
        raise ValuesError(cleaned.faults)
    if not partial and not any(cleaned.values.values()):
        raise ValuesError({"contact_name": FieldError("required", field=keys["contact_name"].facts)})
    return cleaned.values


def _part_of(contact: Contact) -> str:
    return "" if contact.position == 0 else f"contact {contact.pk}"


def _note_contact(
    viewer: Viewer, customer: Customer, part: str, changed: Sequence[tuple[str, Value, Value]], at: datetime
) -> None:
    _note(viewer, customer, [(key, part, old, new) for key, old, new in changed], at, always_index=True)


def _note(
    viewer: Viewer, customer: Customer, changed: list[Difference], at: datetime, *, always_index: bool = False
) -> None:
    if not changed:
        return
    applying.note([(customer, changed)], By(viewer.actor, at))
    if always_index:
        documents.refresh([customer.pk])
    fields = sorted({key for key, *_ in changed})
    audit.record("customers.changed", customer.code_id, {"fields": fields}, actor=viewer.actor, at=at)
