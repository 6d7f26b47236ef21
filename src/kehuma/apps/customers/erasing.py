"""What a person may ask for: everything that is kept about it, and that all of it is destroyed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from kehuma.apps.audit import services as audit
from kehuma.apps.codes import services as register
from kehuma.apps.customers import attaching, consents, documents, files, numbers, restricting, sealed, showing
from kehuma.apps.customers.data import Ref
from kehuma.apps.customers.errors import CustomerError, FieldError
from kehuma.apps.customers.fields import SEALED_CLASSES
from kehuma.apps.customers.models import (
    Contact,
    CreationRequest,
    Customer,
    CustomField,
    CustomValue,
    FieldChange,
    Identifier,
)
from kehuma.apps.customers.sealed import Keys
from kehuma.apps.sealing import services as subjects
from kehuma.lib.viewer import Viewer

# Why somebody is erased; no words of one's own, for they would stay in the log for ever.
ERASE_REASONS = ("request", "withdrawn", "purpose")
_CHUNK = 500


@transaction.atomic
def erase(viewer: Viewer, ref: Ref, *, reason: str, at: datetime) -> None:
    """Destroy what tells who a customer is: its key, the tokens that find it, its numbers in other systems.

    The code stays used, and what is not sealed stays. ``reason`` is one of ``ERASE_REASONS``; FieldError. CustomerError
    where there is nothing, or nothing any more. An older backup does not bring it back: see ``replay_erasures``.
    """
    viewer.require("customers.erase")
    if reason not in ERASE_REASONS:
        raise FieldError("erase-reason")
    customer = restricting.whole(viewer, ref)
    if customer.held_for:
        raise CustomerError("held", code=customer.code_id)
    if customer.subject_id is None:
        raise CustomerError("nothing-to-erase", code=customer.code_id)
    if not subjects.erase([customer.subject_id], actor=viewer.actor, at=at):
        raise CustomerError("erased", code=customer.code_id)
    forget([customer], actor=viewer.actor, at=at)
    audit.record("customers.erased", customer.code_id, {"reason": reason}, actor=viewer.actor, at=at)


@transaction.atomic
def replay_erasures(*, actor: str, at: datetime) -> int:
    """Erase again whoever was erased after the backup was made that is the store now; how many subjects."""
    erased = subjects.replay_erasures(actor=actor, at=at)
    for start in range(0, len(erased), _CHUNK):
        found = Customer.objects.filter(subject__in=erased[start : start + _CHUNK])
        forget(list(found), actor=actor, at=at)
    return len(erased)


@transaction.atomic
def subject_export(viewer: Viewer, ref: Ref, *, at: datetime) -> dict[str, Any]:
    """Everything that is kept about a customer, uncovered, as JSON takes it; leaves an event.

    StoreSealedError where there is no key, CustomerError where the person was erased.
    """
    viewer.require("customers.erase")
    customer = restricting.whole(viewer, ref)
    keys = Keys.of([customer])
    if customer.subject_id is not None:
        keys.require(customer)
    audit.record("customers.subject-exported", customer.code_id, {}, actor=viewer.actor, at=at)
    return {
        "code": customer.code_id,
        "created_at": customer.created_at.isoformat(),
        "updated_at": customer.updated_at.isoformat(),
        "values": {key: value for key, value in showing.facts([customer], keys)[customer.pk].items() if value},
        "consents": [
            {
                "purpose": one.purpose,
                "basis": one.basis,
                "given_on": one.given_on.isoformat(),
                "withdrawn_at": one.withdrawn_at.isoformat() if one.withdrawn_at else None,
                "way": one.way,
                "note": one.note,
            }
            for one in consents.of_customer(viewer, customer, keys)
        ],
        "tags": [tag.name for tag in showing.tags_of([customer.pk]).get(customer.pk, ())],
        "contacts": _contacts(customer, keys),
        "identifiers": [
            {"kind": one.kind, "value": sealed.number_of(one, customer.subject_id, keys)}
            for one in customer.identifiers.order_by("id")
        ],
        "numbers": [
            {"system": numbers.shown(one.system), "value": one.text}
            for one in numbers.current([customer.code_id]).get(customer.code_id, ())
        ],
        "files": [files.row(viewer, one, customer, keys).name for one in customer.attachments.filter(deleted_at=None)],
        "history": _history(customer, keys),
    }


def _contacts(customer: Customer, keys: Keys) -> list[dict[str, str]]:
    found = customer.contacts.order_by("position")
    return [sealed.contact_values(one, customer.subject_id, keys) for one in found]


def _history(customer: Customer, keys: Keys) -> list[dict[str, Any]]:
    told = []
    for one in FieldChange.objects.filter(customer=customer).order_by("at", "id"):
        old, new = sealed.change_of(one, customer.subject_id, keys)
        told.append({"at": one.at.isoformat(), "field": one.field, "old": old, "new": new})
    return told


def forget(customers: Sequence[Customer], *, actor: str, at: datetime) -> None:
    """Nothing finds them by what was erased."""
    ids = [customer.pk for customer in customers]
    Customer.objects.filter(pk__in=ids).update(name_token=None)
    Contact.objects.filter(customer__in=ids).update(
        mobile_token=None, phone_token=None, mobile_end=None, phone_end=None
    )
    Identifier.objects.filter(customer__in=ids, sealed__isnull=False).delete()
    CreationRequest.objects.filter(customer__in=ids).delete()
    secret = CustomField.objects.filter(field_class__in=SEALED_CLASSES).values("pk")
    CustomValue.objects.filter(customer__in=ids, field__in=secret).delete()
    for customer in customers:
        register.erase_numbers(customer.code_id, actor=actor, at=at)
        attaching.remove_files(customer.pk)
    documents.refresh(ids)
