"""Reads: the timeline of a customer, what is to be done, where one was named."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from kehuma.apps.access import queries as access
from kehuma.apps.customers import scope, sealed, showing
from kehuma.apps.customers.data import Ref
from kehuma.apps.customers.errors import UnknownCustomerError
from kehuma.apps.customers.models import Customer
from kehuma.apps.customers.sealed import Keys
from kehuma.apps.interactions import words
from kehuma.apps.interactions.data import Entry, MentionRow, TaskRow, Tasks, Timeline
from kehuma.apps.interactions.models import FollowUp, Interaction, Mention
from kehuma.lib import clock
from kehuma.lib.viewer import Viewer

_MOST = 200


def timeline(
    viewer: Viewer, ref: Ref, *, after: str | None = None, limit: int = 30, kinds: Sequence[str] = ()
) -> Timeline:
    """The entries of a customer, the newest first; UnknownCustomerError. A damaged cursor leads to the beginning."""
    customer = _customer(viewer, ref)
    rows = Interaction.objects.filter(customer=customer, deleted_at=None)
    if kinds:
        rows = rows.filter(kind__in=kinds)
    if place := _place(after or ""):
        at, key = place
        rows = rows.filter(happened_at__lte=at).filter(Q(happened_at__lt=at) | Q(pk__lt=key))
    found = list(rows.select_related("contact").order_by("-happened_at", "-id")[: limit + 1])
    names = access.names_by_actor({row.actor for row in found})
    keys = Keys.of([customer])
    entries = [_as_entry(viewer, row, names.get(row.actor, row.actor), customer, keys) for row in found[:limit]]
    last = found[limit - 1] if len(found) > limit else None
    return Timeline(entries, f"{last.happened_at.isoformat()}~{last.pk}" if last else "")


def my_tasks(viewer: Viewer, *, today: date) -> Tasks:
    """The viewer's open follow-ups of customers within reach, the oldest first."""
    rows = _open(viewer).filter(user=viewer.user_id).order_by("due", "id")
    found = as_tasks(viewer, rows[:_MOST], today) if viewer.user_id is not None else []
    return Tasks(
        [one for one in found if one.due < today],
        [one for one in found if one.due == today],
        [one for one in found if one.due > today],
    )


def open_tasks(viewer: Viewer, ref: Ref, *, today: date | None = None) -> list[TaskRow]:
    """What is to be done with a customer, by whomever; UnknownCustomerError."""
    customer = _customer(viewer, ref)
    day = today or timezone.localtime(clock.now()).date()
    rows = FollowUp.objects.filter(customer=customer, finished_at=None).select_related("customer", "user")
    return as_tasks(viewer, rows.order_by("due", "id")[:_MOST], day)


def busy() -> QuerySet[FollowUp, Any]:
    """The customers with whom somebody still has something to do, as a subquery."""
    return FollowUp.objects.filter(finished_at=None).values("customer")


def mentions(viewer: Viewer, *, unread: bool = True) -> list[MentionRow]:
    """Where the viewer was named, the newest first; with ``unread`` only what is new."""
    rows = (
        _mentions(viewer, is_unread=unread).select_related("interaction__customer").order_by("-interaction__at", "-id")
    )
    found = list(rows[:_MOST])
    names = access.names_by_actor({row.interaction.actor for row in found})
    keys = Keys.of(row.interaction.customer for row in found)
    of_customers = showing.names(viewer, [row.interaction.customer for row in found], keys)
    return [
        MentionRow(
            id=row.pk,
            at=entry.at,
            actor_name=names.get(entry.actor, entry.actor),
            text=words.opened(viewer, entry, entry.customer, keys),
            identity=entry.customer.code_id,
            name=of_customers[entry.customer_id],
            is_read=row.read_at is not None,
        )
        for row in found
        for entry in [row.interaction]
    ]


def unread_count(viewer: Viewer) -> int:
    """How often the viewer was named and has not seen it yet."""
    return _mentions(viewer, is_unread=True).count() if viewer.user_id is not None else 0


def as_tasks(viewer: Viewer, rows: Iterable[FollowUp], today: date) -> list[TaskRow]:
    """Follow-ups as values."""
    found = list(rows)
    keys = Keys.of(row.customer for row in found)
    names = showing.names(viewer, [row.customer for row in found], keys)
    return [
        TaskRow(
            id=row.pk,
            due=row.due,
            what=words.opened(viewer, row, row.customer, keys),
            identity=row.customer.code_id,
            name=names[row.customer_id],
            overdue_days=(today - row.due).days,
            owner_name=row.user.get_full_name(),
        )
        for row in found
    ]


def _customer(viewer: Viewer, ref: Ref) -> Customer:
    """Also one in the recycle bin, whose page can be read."""
    try:
        return scope.one(viewer, ref)
    except UnknownCustomerError:
        return scope.one(viewer, ref, deleted=True)


def _open(viewer: Viewer) -> QuerySet[FollowUp]:
    within = scope.visible(viewer).values("pk")
    return FollowUp.objects.filter(finished_at=None, customer__in=within).select_related("customer", "user")


def _mentions(viewer: Viewer, *, is_unread: bool) -> QuerySet[Mention]:
    within = scope.visible(viewer).values("pk")
    rows = Mention.objects.filter(user=viewer.user_id, interaction__deleted_at=None, interaction__customer__in=within)
    return rows.filter(read_at=None) if is_unread else rows


def _as_entry(viewer: Viewer, row: Interaction, actor_name: str, customer: Customer, keys: Keys) -> Entry:
    text, detail = words.opened(viewer, row, customer, keys), ""
    if row.contact:
        contact = showing.contact_row(
            viewer, row.contact, sealed.contact_values(row.contact, customer.subject_id, keys)
        )
        detail = " ".join(filter(None, (contact.name, contact.role)))
    return Entry(row.happened_at, row.kind, actor_name, text, detail, row.uuid, row.actor == viewer.actor)


def _place(cursor: str) -> tuple[datetime, int] | None:
    text, _, key = cursor.partition("~")
    try:
        at = datetime.fromisoformat(text)
        return (at, int(key)) if at.tzinfo else None
    except ValueError:
        return None
