"""With whom customers are shared: each for one purpose, under pseudonyms of its own.

Seeing them needs the right ``sharing.view``, everything else ``sharing.manage``.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Max, Q, QuerySet

from kehuma.apps.audit import services as audit
from kehuma.apps.connectors.errors import RecipientError, UnknownRecipientError
from kehuma.apps.connectors.models import Recipient
from kehuma.apps.connectors.sharing.data import RecipientRow
from kehuma.lib.viewer import Viewer

SEE, MANAGE = "sharing.view", "sharing.manage"
MOST = 500
_GIVEN = Q(releases__state="done")


def recipients(viewer: Viewer) -> list[RecipientRow]:
    """All of them, those that have ended last."""
    viewer.require(SEE)
    return [as_row(one) for one in _counted().order_by("-ended_at", "name", "id")]


def recipient(viewer: Viewer, uuid: UUID) -> RecipientRow:
    """One of them; UnknownRecipientError."""
    viewer.require(SEE)
    return as_row(_one(_counted(), uuid))


def recipient_named(viewer: Viewer, text: str) -> RecipientRow:
    """The one of this name or of this uuid, or its beginning; UnknownRecipientError where there is none, or several."""
    found = recipients(viewer)
    plain = text.replace("-", "").lower()
    several = [one for one in found if one.name == text.strip()] or [
        one for one in found if len(plain) >= 4 and one.uuid.hex.startswith(plain)
    ]
    if not several:
        raise UnknownRecipientError("unknown-recipient", name=text[:100])
    if len(several) > 1:
        known = "; ".join(f"{one.short} {one.purpose}" for one in several[:10])
        raise UnknownRecipientError("several-recipients", name=text[:100], known=known)
    return several[0]


def names(uuids: list[str]) -> dict[str, str]:
    """What pages call these recipients; texts that are no uuid are left out."""
    found = Recipient.objects.filter(uuid__in=[one for text in uuids if (one := _uuid(text))])
    return {str(one.uuid): one.name for one in found}


@transaction.atomic
def add(viewer: Viewer, *, name: str, purpose: str, at: datetime) -> UUID:
    """Another one; its uuid. RecipientError."""
    viewer.require(MANAGE)
    name, purpose = _tidy(name, 100, "recipient-name"), _tidy(purpose, 200, "recipient-purpose")
    if Recipient.objects.filter(name=name, purpose=purpose, ended_at=None).exists():
        raise RecipientError("recipient-there", name=name)
    if Recipient.objects.count() >= MOST:
        raise RecipientError("recipient-most", most=MOST)
    row = Recipient.objects.create(name=name, purpose=purpose, actor=viewer.actor, created_at=at)
    audit.record("connectors.recipient-added", str(row.uuid), {}, actor=viewer.actor, at=at)
    return row.uuid


@transaction.atomic
def renew(viewer: Viewer, uuid: UUID, *, at: datetime) -> int:
    """Other pseudonyms from now on, which match none of before; the new epoch. Old ones are still led back.

    UnknownRecipientError, RecipientError where sharing has ended.
    """
    row = going_on(viewer, uuid)
    row.epoch += 1
    row.save(update_fields=["epoch"])
    audit.record("connectors.recipient-renewed", str(uuid), {"epoch": row.epoch}, actor=viewer.actor, at=at)
    return row.epoch


@transaction.atomic
def end(viewer: Viewer, uuid: UUID, *, at: datetime) -> None:
    """Give it nothing any more; what it has is still led back. Errors as above."""
    row = going_on(viewer, uuid)
    row.ended_at = at
    row.save(update_fields=["ended_at"])
    audit.record("connectors.recipient-ended", str(uuid), {}, actor=viewer.actor, at=at)


def going_on(viewer: Viewer, uuid: UUID) -> Recipient:
    """The row of a recipient that is still given something, kept from others meanwhile. Errors as above."""
    viewer.require(MANAGE)
    row = _one(Recipient.objects.select_for_update(), uuid)
    if row.ended_at:
        raise RecipientError("recipient-ended", name=row.name)
    return row


def as_row(one: Recipient) -> RecipientRow:
    """As it crosses the door."""
    given, given_at = getattr(one, "given", 0), getattr(one, "given_at", None)
    return RecipientRow(
        one.uuid, one.name, one.purpose, one.epoch, one.actor, one.created_at, one.ended_at, given, given_at
    )


def _counted() -> QuerySet[Recipient]:
    return Recipient.objects.annotate(
        given=Count("releases", filter=_GIVEN), given_at=Max("releases__ended_at", filter=_GIVEN)
    )


def _one(rows: QuerySet[Recipient], uuid: UUID) -> Recipient:
    found = rows.filter(uuid=uuid).first()
    if found is None:
        raise UnknownRecipientError("unknown-recipient", name=str(uuid))
    return found


def _tidy(text: str, most: int, message: str) -> str:
    tidy = " ".join(text.split())
    if not 0 < len(tidy) <= most:
        raise RecipientError(message)
    return tidy


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
