"""A person may ask that nothing more is done with its data for the time being (限制处理): only kept, and shown."""

from datetime import datetime

from django.db import transaction

from kehuma.apps.audit import services as audit
from kehuma.apps.customers import applying, scope
from kehuma.apps.customers.applying import By
from kehuma.apps.customers.data import Ref
from kehuma.apps.customers.errors import CustomerError, FieldError, InBinError
from kehuma.apps.customers.fields import RESTRICTIONS
from kehuma.apps.customers.models import Customer
from kehuma.lib.viewer import Viewer


@transaction.atomic
def restrict(viewer: Viewer, ref: Ref, *, reason: str, at: datetime) -> None:
    """From now on the record is not changed, exported, shared or used for lists, until ``lift``; its code works on.

    ``reason`` is the key of one of ``RESTRICTIONS``: words of one's own would stay in the log for ever. FieldError;
    CustomerError where it is restricted already.
    """
    viewer.require("customers.erase")
    if reason not in {one.key for one in RESTRICTIONS}:
        raise FieldError("restrict-reason")
    customer = whole(viewer, ref)
    if customer.restricted_at is not None:
        raise CustomerError("restricted-already", code=customer.code_id)
    _store(viewer, customer, since=at, reason=reason, at=at)
    audit.record("customers.restricted", customer.code_id, {"reason": reason}, actor=viewer.actor, at=at)


@transaction.atomic
def lift(viewer: Viewer, ref: Ref, *, at: datetime) -> None:
    """The record can be used again. CustomerError where it is not restricted."""
    viewer.require("customers.erase")
    customer = whole(viewer, ref)
    if customer.restricted_at is None:
        raise CustomerError("not-restricted", code=customer.code_id)
    detail = {"reason": customer.restricted_for, "since": customer.restricted_at.isoformat()}
    _store(viewer, customer, since=None, reason="", at=at)
    audit.record("customers.restriction-lifted", customer.code_id, detail, actor=viewer.actor, at=at)


def whole(viewer: Viewer, ref: Ref) -> Customer:
    """The customer, locked, for what a person may ask for: also one that is restricted or lies in the recycle bin."""
    try:
        (customer,) = scope.editable(viewer, [ref], restricted=True)
    except InBinError:
        (customer,) = scope.editable(viewer, [ref], deleted=True, restricted=True)
    return customer


def _store(viewer: Viewer, customer: Customer, *, since: datetime | None, reason: str, at: datetime) -> None:
    before = customer.restricted_for
    customer.restricted_at, customer.restricted_for = since, reason
    customer.save(update_fields=["restricted_at", "restricted_for"])
    applying.note([(customer, [("restricted_for", "", before, reason)])], By(viewer.actor, at))
