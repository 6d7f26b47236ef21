"""Uncovering one value, which leaves an event.

The event is permanent, so it holds which of our reasons it was. What people say in their own words may be about
somebody: it lies under the customer's key and goes with it.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from kehuma.apps.audit import services as audit
from kehuma.apps.customers import fields as record
from kehuma.apps.customers import numbers, scope, sealed, showing
from kehuma.apps.customers.belongings import key_for
from kehuma.apps.customers.data import Ref
from kehuma.apps.customers.errors import FieldError, UnknownError
from kehuma.apps.customers.insertion import CONTACT_COLUMNS
from kehuma.apps.customers.models import Contact, Customer, Identifier, RevealReason
from kehuma.apps.customers.sealed import Keys, Unopened
from kehuma.apps.sealing.queries import Column, open_row
from kehuma.apps.sealing.services import seal_row
from kehuma.engine.cleaning.names import tidy_name
from kehuma.lib.viewer import Refused, Viewer

# What people most often look for; pages offer them.
REASONS = ("contact", "check", "contract")
OWN_WORDS = "own-words"
_WORDS = Column("customers_revealreason", "sealed")
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

    ``reason`` is one of ``REASONS``, which stands in the event, or the person's own words; FieldError without one.
    """
    viewer.require("customers.reveal")
    why = tidy_name(reason)[:_LONGEST]
    if not why:
        raise FieldError("reveal-reason")
    # While its use is restricted only who answers the person looks.
    (customer,) = scope.editable(viewer, [ref], restricted=viewer.may("customers.erase"))
    known = record.table().get(field)
    if known is None:
        raise FieldError("unknown-field", field=field)
    if known.class_of(customer.kind) == "sensitive" and not viewer.may_see("sensitive"):
        raise Refused("customers.reveal")
    value = _value(customer, field, contact_id, identifier_id)
    kind = why if why in REASONS else OWN_WORDS
    detail = {"field": field, "reason": kind, **({"contact": contact_id} if contact_id else {})}
    event = audit.record("customers.revealed", customer.code_id, detail, actor=viewer.actor, at=at)
    if kind == OWN_WORDS:
        words = seal_row(key_for(customer), _WORDS, {"text": why}, row=event.hex)
        RevealReason.objects.create(event=event, customer=customer, sealed=words)
    return value


def reason_of(viewer: Viewer, event: UUID) -> str:
    """Why somebody looked at a value, in their own words, for who reads the log and may read such things of the customer.

    "" where there are none for this viewer; a word in their place where they do not open.
    """
    viewer.require("audit.view")
    row = RevealReason.objects.select_related("customer").filter(event=event).first()
    if row is None or not (viewer.may("customers.view") and viewer.may_see("personal")):
        return ""
    owners = scope.reached_owners(viewer)
    if owners is not None and row.customer.owner_id not in owners:
        return ""
    key = Keys.of([row.customer]).get(row.customer.subject_id)
    if isinstance(key, Unopened):
        return key.said(viewer.language)
    return str(open_row(key, _WORDS, row.sealed, row=event.hex)["text"])


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
