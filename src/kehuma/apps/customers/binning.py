"""The recycle bin: nothing in it is found, everything in it can come back, its codes stay used."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from kehuma.apps.audit import services as audit
from kehuma.apps.customers import applying, documents, scope
from kehuma.apps.customers.applying import By
from kehuma.apps.customers.data import Ref
from kehuma.apps.customers.models import Customer
from kehuma.lib.viewer import Viewer

_TOLD_AT_ONCE = 1_000


@transaction.atomic
def delete(viewer: Viewer, refs: Sequence[Ref], *, at: datetime) -> int:
    """Put customers into the recycle bin; how many."""
    viewer.require("customers.delete")
    customers = scope.editable(viewer, refs)
    put(customers, By(viewer.actor, at))
    _testify(viewer, "customers.deleted", customers, at)
    return len(customers)


@transaction.atomic
def restore(viewer: Viewer, refs: Sequence[Ref], *, at: datetime) -> int:
    """Bring customers back from the recycle bin; how many."""
    viewer.require("customers.delete")
    customers = scope.editable(viewer, refs, deleted=True)
    take_out(customers, By(viewer.actor, at))
    _testify(viewer, "customers.restored", customers, at)
    return len(customers)


def put(customers: Sequence[Customer], by: By) -> None:
    """Into the bin, with history."""
    for customer in customers:
        customer.deleted_at = by.at
    applying.note([(customer, [("deleted_at", "", "", by.at.isoformat())]) for customer in customers], by)
    documents.refresh([customer.pk for customer in customers])


def take_out(customers: Sequence[Customer], by: By) -> None:
    """Out of the bin, with history."""
    before = [(customer, customer.deleted_at) for customer in customers]
    for customer in customers:
        customer.deleted_at = None
    applying.note([(one, [("deleted_at", "", at.isoformat() if at else "", "")]) for one, at in before], by)
    documents.refresh([customer.pk for customer in customers])


def _testify(viewer: Viewer, kind: str, customers: Sequence[Customer], at: datetime) -> None:
    """Every code stands in an event, so that the log tells of each customer."""
    for start in range(0, len(customers), _TOLD_AT_ONCE):
        codes = [customer.code_id for customer in customers[start : start + _TOLD_AT_ONCE]]
        subject = codes[0] if len(customers) == 1 else "customers"
        audit.record(kind, subject, {"customers": len(codes), "codes": codes}, actor=viewer.actor, at=at)
