"""Writes: note what happened, plan what is next. Each is one transaction with its event."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from kehuma.apps.access import queries as access
from kehuma.apps.audit import services as audit
from kehuma.apps.customers import scope
from kehuma.apps.customers import services as customers
from kehuma.apps.customers.data import Ref
from kehuma.apps.customers.models import Contact, Customer
from kehuma.apps.interactions import words
from kehuma.apps.interactions.data import KINDS, InteractionRow, TaskRow
from kehuma.apps.interactions.errors import InteractionError, TextError, UnknownError
from kehuma.apps.interactions.mentioning import mentioned
from kehuma.apps.interactions.models import FollowUp, Interaction, Mention
from kehuma.apps.interactions.queries import as_tasks
from kehuma.lib.db import rows
from kehuma.lib.viewer import Viewer

_LONGEST, _LONGEST_TASK = 5000, 200


@transaction.atomic
def note(viewer: Viewer, ref: Ref, text: str, *, at: datetime) -> InteractionRow:
    """A remark among colleagues; who is named by @姓名 or @sign-in name is told. UnknownCustomerError, TextError."""
    return _entry(viewer, ref, "note", _told(text), happened_at=at, at=at)


@transaction.atomic
def log(  # noqa: PLR0913 - one argument per fact
    viewer: Viewer,
    ref: Ref,
    kind: str,
    summary: str,
    *,
    at: datetime,
    happened_at: datetime | None = None,
    contact_id: int | None = None,
    next_at: date | None = None,
    next_what: str = "",
) -> InteractionRow:
    """A call, visit, mail or message, without words if there were none, and with ``next_at`` what is to follow."""
    made = _entry(viewer, ref, kind, summary.strip(), happened_at=happened_at or at, at=at, contact_id=contact_id)
    if next_at is not None:
        plan(viewer, ref, next_at, next_what.strip() or summary.strip()[:60] or "回访", at=at)
    return made


@transaction.atomic
def change(viewer: Viewer, uuid: UUID, text: str, *, at: datetime) -> InteractionRow:
    """Write an entry of one's own anew. UnknownError, TextError."""
    row = _own(viewer, uuid)
    said = _told(text)
    row.sealed, row.changed_at = words.sealed(row, row.customer, said), at
    row.save(update_fields=["sealed", "changed_at"])
    told = _tell(viewer, row, said)
    _testify("interactions.changed", row.customer, {"entry": str(row.uuid)}, viewer, at)
    return InteractionRow(row.uuid, row.kind, said, row.happened_at, told)


@transaction.atomic
def remove(viewer: Viewer, uuid: UUID, at: datetime) -> None:
    """Take back an entry of one's own. UnknownError."""
    row = _own(viewer, uuid)
    row.deleted_at = at
    row.save(update_fields=["deleted_at"])
    row.mentions.all().delete()
    _testify("interactions.removed", row.customer, {"entry": str(row.uuid)}, viewer, at)


@transaction.atomic
def plan(viewer: Viewer, ref: Ref, due: date, what: str, *, at: datetime, for_user: int | None = None) -> TaskRow:  # noqa: PLR0913 - one argument per fact
    """What is to be done on a day, by oneself or by a colleague. UnknownCustomerError, TextError, UnknownError."""
    viewer.require("interactions.add")
    customer = _usable(viewer, ref)
    user = viewer.user_id if for_user is None else for_user
    if user is None or user not in {one.id for one in access.colleagues()}:
        raise UnknownError("person")
    text = _told(what, most=_LONGEST_TASK)
    (number,) = rows.reserve_ids("interactions_followup", 1)
    row = FollowUp(pk=number, customer=customer, user_id=user, due=due, actor=viewer.actor, at=at)
    row.sealed = words.sealed(row, customer, text)
    row.save(force_insert=True)
    _testify("interactions.planned", customer, {"task": row.pk, "due": due.isoformat()}, viewer, at)
    return as_tasks(viewer, [row], at.date())[0]


@transaction.atomic
def finish(viewer: Viewer, task_id: int, *, at: datetime) -> None:
    """Tick off what is done; a second time changes nothing. UnknownError."""
    row = _task(viewer, task_id)
    if row.finished_at is None:
        row.finished_at = at
        row.save(update_fields=["finished_at"])
        _testify("interactions.finished", row.customer, {"task": row.pk}, viewer, at)


@transaction.atomic
def postpone(viewer: Viewer, task_id: int, due: date, *, at: datetime) -> None:
    """Put something off to another day. UnknownError."""
    row = _task(viewer, task_id)
    row.due = due
    row.save(update_fields=["due"])
    _testify("interactions.postponed", row.customer, {"task": row.pk, "due": due.isoformat()}, viewer, at)


def read_mentions(viewer: Viewer, at: datetime) -> int:
    """Say that one has seen where one was named; how many were new. Of one's own reading there is no event."""
    return Mention.objects.filter(user=viewer.user_id, read_at=None).update(read_at=at)


def _entry(  # noqa: PLR0913 - one argument per fact
    viewer: Viewer,
    ref: Ref,
    kind: str,
    text: str,
    *,
    happened_at: datetime,
    at: datetime,
    contact_id: int | None = None,
) -> InteractionRow:
    viewer.require("interactions.add")
    if kind not in KINDS:
        raise InteractionError("kind")
    if len(text) > _LONGEST:
        raise TextError("too-long", most=_LONGEST)
    customer = _usable(viewer, ref)
    if contact_id is not None and not Contact.objects.filter(pk=contact_id, customer=customer).exists():
        raise UnknownError("contact")
    (number,) = rows.reserve_ids("interactions_interaction", 1)
    row = Interaction(
        pk=number,
        customer=customer,
        contact_id=contact_id,
        kind=kind,
        happened_at=happened_at,
        author_id=viewer.user_id,
        actor=viewer.actor,
        at=at,
    )
    row.sealed = words.sealed(row, customer, text)
    row.save(force_insert=True)
    told = _tell(viewer, row, text)
    customers.touch(customer.pk, at=happened_at)
    detail = {"entry": str(row.uuid), "kind": kind, "mentioned": len(told)}
    _testify("interactions.noted", customer, detail, viewer, at)
    return InteractionRow(row.uuid, kind, text, happened_at, told)


def _tell(viewer: Viewer, row: Interaction, text: str) -> list[int]:
    """Keep who is named in the text; those who were and no longer are, are forgotten."""
    people = [(one.id, one.name, one.username) for one in access.colleagues()] if "@" in text or "＠" in text else []
    named = [person for person in mentioned(text, people) if person != viewer.user_id]
    row.mentions.exclude(user__in=named).delete()
    known = set(row.mentions.values_list("user", flat=True))
    Mention.objects.bulk_create(Mention(interaction=row, user_id=person) for person in named if person not in known)
    return named


def _usable(viewer: Viewer, ref: Ref) -> Customer:
    """UnknownCustomerError; RestrictedError where nothing is to be done with the customer."""
    customer = scope.one(viewer, ref)
    scope.require_usable(customer)
    return customer


def _own(viewer: Viewer, uuid: UUID) -> Interaction:
    viewer.require("interactions.add")
    within = Interaction.objects.filter(deleted_at=None, customer__in=scope.visible(viewer).values("pk"))
    row = within.select_related("customer").filter(uuid=uuid, actor=viewer.actor).first()
    if row is None:
        raise UnknownError("entry")
    scope.require_usable(row.customer)
    return row


def _task(viewer: Viewer, task_id: int) -> FollowUp:
    viewer.require("interactions.add")
    rows = FollowUp.objects.select_related("customer").filter(customer__in=scope.visible(viewer).values("pk"))
    row = rows.filter(pk=task_id).first()
    if row is None or (row.user_id != viewer.user_id and not viewer.may("customers.assign")):
        raise UnknownError("task")
    return row


def _told(text: str, *, most: int = _LONGEST) -> str:
    plain = text.strip()
    if not plain:
        raise TextError("empty")
    if len(plain) > most:
        raise TextError("too-long", most=most)
    return plain


def _testify(kind: str, customer: Customer, detail: dict[str, object], viewer: Viewer, at: datetime) -> None:
    audit.record(kind, customer.code_id, detail, actor=viewer.actor, at=at)
