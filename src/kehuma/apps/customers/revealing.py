"""Uncovering one value, which leaves an event."""

from datetime import datetime

from django.db import transaction

from kehuma.apps.audit import services as audit
from kehuma.apps.customers import fields as record
from kehuma.apps.customers import numbers, scope, sealed, showing
from kehuma.apps.customers.data import Ref
from kehuma.apps.customers.errors import FieldError, UnknownError
from kehuma.apps.customers.insertion import CONTACT_COLUMNS
from kehuma.apps.customers.models import Contact, Customer, Identifier
from kehuma.apps.customers.sealed import Keys
from kehuma.engine.cleaning.names import tidy_name
from kehuma.lib.viewer import Refused, Viewer

# What people most often look for; pages offer them.
REASONS = ("contact", "check", "contract")
_LONGEST = 100


@transaction.atomic
def reveal(  # noqa: PLR0913 - one argument per fact
    viewer: Viewer,
    ref: Ref,
    field: str,
    *,
    reason: str,
    at: datetime,
    contact_id: int | None = None,
    identifier_id: str | None = None,
) -> str:
    """One covered value in full. Sensitive ones need the class besides ``customers.reveal``; Refused, FieldError.

    StoreSealedError where there is no key, CustomerError where the person was erased.

    ``reason`` is one of ``REASONS`` or the person's own words, and stands in the event; FieldError without one.
    """
    viewer.require("customers.reveal")
    why = tidy_name(reason)[:_LONGEST]
    if not why:
        raise FieldError("reveal-reason")
    (customer,) = scope.editable(viewer, [ref])
    known = record.table().get(field)
    if known is None:
        raise FieldError("unknown-field", field=field)
    if known.class_of(customer.kind) == "sensitive" and not viewer.may_see("sensitive"):
        raise Refused("customers.reveal")
    value = _value(customer, field, contact_id, identifier_id)
    detail = {"field": field, "reason": why, **({"contact": contact_id} if contact_id else {})}
    audit.record("customers.revealed", customer.code_id, detail, actor=viewer.actor, at=at)
    return value


def _value(customer: Customer, field: str, contact_id: int | None, identifier_id: str | None) -> str:
    keys = Keys.of([customer])
    if customer.subject_id is not None:
        keys.require(customer)
    if contact_id is not None and field in CONTACT_COLUMNS:
        contact = Contact.objects.filter(pk=contact_id, customer=customer).first()
        if contact is None:
            raise UnknownError("contact")
        return sealed.contact_values(contact, customer.subject_id, keys)[CONTACT_COLUMNS[field]]
    if identifier_id is not None:
        found = _identifiers(customer, field, keys).get(identifier_id)
        if found is None:
            raise UnknownError("identifier")
        return found
    value = showing.facts([customer], keys)[customer.pk].get(field, "")
    return "、".join(value) if isinstance(value, list) else value


def _identifiers(customer: Customer, kind: str, keys: Keys) -> dict[str, str]:
    if kind == numbers.KIND:
        others = numbers.current([customer.code_id]).get(customer.code_id, ())
        return {numbers.id_of(one): one.text for one in others}
    rows = Identifier.objects.filter(customer=customer, kind=kind)
    return {str(row.pk): sealed.number_of(row, customer.subject_id, keys) for row in rows}
