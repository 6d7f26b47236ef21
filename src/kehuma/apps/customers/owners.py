"""Whose customer it is: claimed from the public pool, released into it, handed over, returned when nothing happens."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from django.db import transaction

from kehuma.apps.access import queries as access
from kehuma.apps.audit import services as audit
from kehuma.apps.customers import applying, scope
from kehuma.apps.customers.applying import By
from kehuma.apps.customers.data import BatchRow, Ref
from kehuma.apps.customers.errors import OwnerError, UnknownError
from kehuma.apps.customers.models import Batch, Customer
from kehuma.lib.viewer import Viewer


@transaction.atomic
def claim(viewer: Viewer, refs: Sequence[Ref], *, at: datetime) -> BatchRow:
    """Take customers out of the public pool. OwnerError where somebody was faster: then none is taken."""
    viewer.require("customers.edit")
    customers = scope.editable(viewer, refs, pool=True)
    taken = next((one for one in customers if one.owner_id is not None), None)
    if taken is not None:
        raise OwnerError("owned", code=taken.code_id)
    return _give(viewer, customers, viewer.user_id, kind="claim", at=at)


@transaction.atomic
def release(viewer: Viewer, refs: Sequence[Ref], *, at: datetime, reason: str = "") -> BatchRow:
    """Put customers into the public pool; those that lie there stay."""
    viewer.require("customers.edit")
    customers = [one for one in scope.editable(viewer, refs, pool=True) if one.owner_id is not None]
    return _give(viewer, customers, None, kind="release", at=at, title=reason)


@transaction.atomic
def hand_over(viewer: Viewer, refs: Sequence[Ref], to_user_id: int, *, at: datetime) -> BatchRow:
    """Give customers to somebody, those of the public pool too."""
    viewer.require("customers.assign")
    customers = [one for one in scope.editable(viewer, refs, pool=True) if one.owner_id != to_user_id]
    return _give(viewer, customers, _person(to_user_id), kind="hand-over", at=at)


@transaction.atomic
def return_idle(viewer: Viewer, *, days: int, at: datetime, limit: int = 10_000) -> int:
    """Put customers whom nobody has dealt with for so many days into the public pool; how many. See ``touch``."""
    viewer.require("customers.assign")
    edge = at - timedelta(days=days)
    idle = scope.usable(Customer.objects.filter(deleted_at=None, owner__isnull=False, last_activity_at__lt=edge))
    customers = list(idle.select_for_update(of=("self",)).order_by("last_activity_at")[:limit])
    if customers:
        _give(viewer, customers, None, kind="auto-return", at=at, title=f"{days}")
    return len(customers)


def touch(customer_id: int, *, at: datetime) -> None:
    """Note that somebody dealt with a customer, in the caller's transaction.

    Besides this only being created and getting an owner count: whoever corrects an address has not been in touch.
    """
    Customer.objects.filter(pk=customer_id, last_activity_at__lt=at).update(last_activity_at=at)


def chosen(viewer: Viewer, owner: Literal["me"] | int | None) -> int | None:
    """The id of the owner that a new customer is to have."""
    if owner == "me":
        return viewer.user_id
    if owner is None or owner == viewer.user_id:
        return owner
    viewer.require("customers.assign")
    return _person(owner)


def may_give(viewer: Viewer, owner: object) -> bool:
    """Whether the viewer may say that somebody (an id, None for nobody in particular) is to have a customer."""
    return owner in (None, viewer.user_id) or viewer.may("customers.assign")


def _give(  # noqa: PLR0913 - one argument per fact
    viewer: Viewer, customers: Sequence[Customer], owner: int | None, *, kind: str, at: datetime, title: str = ""
) -> BatchRow:
    batch = Batch.objects.create(kind=kind, title=title[:200], actor=viewer.actor, at=at, count=len(customers))
    give([(customer, owner) for customer in customers], By(viewer.actor, at, batch.pk))
    detail = {"to": str(owner or ""), "customers": len(customers), "batch": str(batch.uuid)}
    subject = customers[0].code_id if len(customers) == 1 else str(batch.uuid)
    if customers:
        audit.record(f"customers.{kind}", subject, detail, actor=viewer.actor, at=at)
    return BatchRow(batch.uuid, batch.kind, batch.title, batch.actor, batch.at, batch.count, None)


def give(wanted: Sequence[tuple[Customer, int | None]], by: By) -> None:
    """Store owners with their history; who gets a customer has all the days to do something for it."""
    for customer, owner in wanted:
        if owner is not None:
            customer.last_activity_at = max(customer.last_activity_at, by.at)
    set_owner(wanted, by)


def set_owner(wanted: Sequence[tuple[Customer, int | None]], by: By) -> None:
    """Store owners with their history."""
    changed: list[tuple[Customer, list[applying.Difference]]] = []
    for customer, owner in wanted:
        changed.append((customer, [("owner", "", str(customer.owner_id or ""), str(owner or ""))]))
        customer.owner_id, customer.owned_since = owner, by.at if owner else None
    applying.note(changed, by)


def _person(user_id: int) -> int:
    if all(person.id != user_id for person in access.colleagues()):
        raise UnknownError("user")
    return user_id
