"""Codes kept for somebody until a time: confirmed, they are given out; after it, they are void."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from kehuma.apps.codes.data import IssuedCode
from kehuma.apps.codes.errors import ReservationError
from kehuma.apps.codes.fingerprints import fingerprints
from kehuma.apps.codes.history_models import Reservation, StateReason
from kehuma.apps.codes.issuing import as_issued, issue
from kehuma.apps.codes.models import Code, State
from kehuma.apps.codes.states import change, locked
from kehuma.lib.viewer import Viewer

# The writer's turn is short: what is left is done in the next minute.
_AT_ONCE = 1_000


@transaction.atomic
def reserve(  # noqa: PLR0913 - one argument per fact
    scheme: str,
    facts: Mapping[str, object],
    *,
    request_key: str,
    owner: str,
    until: datetime,
    actor: str,
    at: datetime,
    parent: str | None = None,
) -> IssuedCode:
    """A code that nobody else gets, kept for ``owner`` (who is named as an actor is) until a time.

    Asked again with the same key, the same code, with its first owner and time. The errors of ``issue``, and
    ReservationError where the time has passed.
    """
    if until <= at:
        raise ReservationError("reservation-past", until=until)
    kept = issue(scheme, facts, request_key=request_key, actor=actor, at=at, parent=parent, state=State.RESERVED)
    code = Code.objects.values_list("pk", flat=True).get(identity=kept.identity)
    if kept.state == State.RESERVED and not Reservation.objects.filter(code=code).exists():
        Reservation.objects.create(code_id=code, owner=owner, until=until)
    return kept


@transaction.atomic
def confirm(code: str, request_key: str, *, actor: str, at: datetime) -> IssuedCode:
    """Give a reserved code out. ``request_key`` is the one it was reserved with; confirmed again, it stays as it is.

    UnknownCodeError, ReservationError where the key is another, the code was never reserved or the time has passed.
    """
    row = locked(code)
    if bytes(row.request) != fingerprints(row.version.name).of_request(request_key):
        raise ReservationError("reservation-other-key", code=row.form)
    return _confirmed(row, _kept(row), actor=actor, at=at)


@transaction.atomic
def confirm_kept(viewer: Viewer, code: str, *, at: datetime) -> IssuedCode:
    """The same without the key: for the one that it is kept for, others need ``codes.manual``. Refused."""
    row = locked(code)
    kept = _kept(row)
    if kept.owner != viewer.actor:
        viewer.require("codes.manual")
    return _confirmed(row, kept, actor=viewer.actor, at=at)


@transaction.atomic
def expire_reservations(at: datetime, *, actor: str = "system") -> int:
    """Make reserved codes void whose time has passed, at most 1,000 of them; how many there were."""
    ended = Reservation.objects.filter(ended=False, until__lte=at).order_by("until")[:_AT_ONCE]
    identities = sorted(ended.values_list("code__identity", flat=True))
    count = 0
    for identity in identities:
        row = locked(identity)
        # Confirmed by another transaction since we looked.
        if row.state == State.RESERVED:
            change(row, State.VOID, StateReason.EXPIRED, actor=actor, at=at)
            count += 1
    return count


def _kept(row: Code) -> Reservation:
    kept = Reservation.objects.filter(code=row).first()
    if kept is None:
        raise ReservationError("reservation-none", code=row.form)
    return kept


def _confirmed(row: Code, kept: Reservation, *, actor: str, at: datetime) -> IssuedCode:
    if row.state == State.RESERVED and kept.until > at:
        return change(row, State.ISSUED, StateReason.CONFIRMED, actor=actor, at=at)
    if row.state in (State.RESERVED, State.VOID):
        raise ReservationError("reservation-expired", code=row.form, until=kept.until)
    return as_issued(row)
