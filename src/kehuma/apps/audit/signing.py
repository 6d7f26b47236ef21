"""Signing off a period: that its log was verified, who says so, and the checkpoint that nothing before it can leave.

A printed sign-off is a witness of its own: whoever keeps it can tell later whether the log is still the one of then.
"""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from kehuma.apps.audit import checkpoints, queries, sequencing
from kehuma.apps.audit.data import SignedOff
from kehuma.apps.audit.errors import SignOffError, UnknownEventError
from kehuma.apps.audit.keyring import keyring
from kehuma.apps.audit.models import Event, Leaf, Signature, SignOff, Work
from kehuma.apps.audit.services import record
from kehuma.lib.db.locks import stand_alone
from kehuma.lib.viewer import Viewer

_VERIFIED_WITHIN = timedelta(days=1)


def sign_off(viewer: Viewer, since: date, until: date, *, at: datetime) -> SignedOff:
    """Sign off the days ``since`` to ``until``, as the first of as many people as KEHUMA_SIGNERS says.

    SignOffError; LogKeyError, StoreBehindError or WitnessError where the log cannot be signed.
    """
    viewer.require("audit.sign")
    if since > until:
        raise SignOffError("sign-off-order")
    if until >= timezone.localtime(at).date():
        raise SignOffError("sign-off-open")
    verified = _verified(queries.midnight(until + timedelta(days=1)), at)
    sequencing.sequence(at)
    with transaction.atomic():
        note = checkpoints.kept(keyring(at), at, is_wanted=True)
        found = queries.happened_between(Event.objects.all(), since, until)
        leaves = Leaf.objects.filter(event__in=found.order_by().values("pk")).order_by("id")
        first, last = leaves.values_list("pk", flat=True).first(), leaves.values_list("pk", flat=True).last()
        count = found.count()
        if leaves.count() < count:
            raise SignOffError("sign-off-pending")
        row = SignOff.objects.create(
            since=since,
            until=until,
            events=count,
            first=first,
            last=last,
            note=note,
            needed=settings.SIGNERS,
            verified_at=verified,
            at=at,
        )
        _sign(viewer, row, at)
    return _as_row(row)


@transaction.atomic
def countersign(viewer: Viewer, uuid: UUID, *, at: datetime) -> SignedOff:
    """Sign as the next person; SignOffError, UnknownEventError."""
    viewer.require("audit.sign")
    stand_alone("sign-off", str(uuid))
    row = SignOff.objects.filter(uuid=uuid).first()
    if row is None:
        raise UnknownEventError("unknown-event")
    if row.signatures.filter(actor=viewer.actor).exists():
        raise SignOffError("sign-off-again")
    if row.signatures.count() >= row.needed:
        raise SignOffError("sign-off-complete")
    _sign(viewer, row, at)
    return _as_row(row)


def signed_off(viewer: Viewer, uuid: UUID) -> SignedOff:
    """One sign-off; UnknownEventError."""
    viewer.require("audit.view")
    row = SignOff.objects.filter(uuid=uuid).first()
    if row is None:
        raise UnknownEventError("unknown-event")
    return _as_row(row)


def all_signed_off(viewer: Viewer, *, limit: int = 100) -> list[SignedOff]:
    """The newest first."""
    viewer.require("audit.view")
    return [_as_row(row) for row in SignOff.objects.prefetch_related("signatures").order_by("-id")[:limit]]


def _verified(after: datetime, at: datetime) -> datetime:
    """When the log was last found to hold, lately and after the period."""
    last = Work.objects.filter(kind="verify", state="done").order_by("-id").first()
    is_good = last is not None and last.result.get("ok") is True and last.at >= after
    if not is_good or last is None or last.ended_at is None or last.ended_at < at - _VERIFIED_WITHIN:
        raise SignOffError("sign-off-unverified")
    return last.ended_at


def _sign(viewer: Viewer, row: SignOff, at: datetime) -> None:
    Signature.objects.create(sign_off=row, actor=viewer.actor, at=at)
    detail = {
        "since": row.since.isoformat(),
        "until": row.until.isoformat(),
        "size": checkpoints.size_of(row.note) if row.note else 0,
        "number": row.signatures.count(),
        "needed": row.needed,
    }
    record("log.signed-off", str(row.uuid), detail, actor=viewer.actor, at=at)


def _as_row(row: SignOff) -> SignedOff:
    signatures = sorted(row.signatures.all(), key=lambda one: one.pk)
    return SignedOff(
        row.uuid,
        row.since,
        row.until,
        row.events,
        row.first,
        row.last,
        row.note,
        row.needed,
        row.verified_at,
        row.at,
        tuple((one.actor, one.at) for one in signatures),
    )
