"""Where a person is signed in: shown on screen, ended by a click, gone after a while."""

from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q, QuerySet

from kehuma.apps.access import own
from kehuma.apps.access.data import Client
from kehuma.apps.access.errors import UnknownError
from kehuma.apps.access.models import SignIn, User
from kehuma.apps.audit import services as audit
from kehuma.lib.viewer import Viewer

KEPT = timedelta(days=14)
IDLE = timedelta(hours=12)
_NOTED_EVERY = timedelta(minutes=5)


@transaction.atomic
def begin(user: User, client: Client, *, is_kept: bool, at: datetime) -> UUID:
    """Note a sign-in; its uuid goes into the session."""
    _over(SignIn.objects.all(), at).delete()
    Session.objects.filter(expire_date__lt=at).delete()
    row = SignIn.objects.create(
        user=user, address=client.address[:45], browser=client.browser[:100], is_kept=is_kept, began_at=at, seen_at=at
    )
    User.objects.filter(pk=user.pk).update(last_seen_at=at)
    audit.record("access.signed-in", str(user.uuid), {"session": str(row.uuid)}, actor=str(user.uuid), at=at)
    return row.uuid


def is_open(user_id: int, session: str, *, at: datetime) -> bool:
    """Whether the person is still signed in there; notes every few minutes that it was seen."""
    row = SignIn.objects.filter(uuid=session, user_id=user_id).first()
    if row is None or row.seen_at <= at - (KEPT if row.is_kept else IDLE):
        return False
    if row.seen_at <= at - _NOTED_EVERY:
        SignIn.objects.filter(pk=row.pk).update(seen_at=at)
        User.objects.filter(pk=user_id).update(last_seen_at=at)
    return True


@transaction.atomic
def end(viewer: Viewer, session: UUID | str, *, at: datetime) -> None:
    """End one of the viewer's own sessions; its next request is that of a stranger."""
    number, _ = SignIn.objects.filter(user_id=own.id_of(viewer), uuid=session).delete()
    if not number:
        raise UnknownError("session")
    audit.record("access.session-ended", viewer.actor, {"session": str(session)}, actor=viewer.actor, at=at)


@transaction.atomic
def end_others(viewer: Viewer, session: str, *, at: datetime) -> int:
    """End all of the viewer's sessions but this one; their number."""
    number, _ = SignIn.objects.filter(user_id=own.id_of(viewer)).exclude(uuid=session).delete()
    audit.record("access.other-sessions-ended", viewer.actor, {"number": number}, actor=viewer.actor, at=at)
    return number


def _over(rows: QuerySet[SignIn], at: datetime) -> QuerySet[SignIn]:
    return rows.filter(Q(is_kept=True, seen_at__lte=at - KEPT) | Q(is_kept=False, seen_at__lte=at - IDLE))
