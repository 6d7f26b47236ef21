"""Telling endpoints what happened: message by message in the order of the log, and again where that fails.

    next message ── arrives ──► the one after it
         │ fails
         ▼
    held back: tried again, so that the order survives a restart of the receiver
         │ still fails, or the receiver refuses this very message (4xx)
         ▼
    set aside: others go on; tried again for three days, then given up until a person wants it sent again

An endpoint at which nothing arrives for days is stopped, and people are told. How long everything is: ``patience``.
"""

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from kehuma.apps.audit import feed
from kehuma.apps.connectors import kinds, patience, sealed
from kehuma.apps.connectors.models import Endpoint, Undelivered
from kehuma.apps.connectors.turns import Line, Turn
from kehuma.apps.sealing import queries as sealing
from kehuma.apps.sealing.errors import SealingError

# A turn ends after this, so that all endpoints get theirs; the claim outlasts the slowest answer.
_TURN = timedelta(seconds=20)
_CLAIM = timedelta(seconds=90)
# What does not concern an endpoint is passed over without a write for a while.
_PASSED_OVER = 5_000


def due(at: datetime) -> list[int]:
    """The endpoints to which something is to be sent now; none while the installation is sealed, as nothing is signed."""
    if not sealing.is_open():
        return []
    return [one.pk for one in _free(at).order_by("id") if _has_work(one, at)]


def deliver(number: int, at: datetime) -> int:
    """Send one endpoint what waits for it, for some seconds; how many messages arrived. Who comes second does nothing."""
    if not _free(at).filter(pk=number).update(claimed_until=at + _CLAIM):
        return 0
    turn = None
    try:
        endpoint = Endpoint.objects.get(pk=number)
        with Line(sealed.of(endpoint)) as line:
            turn = Turn(endpoint, line, ends=at + _TURN)
            turn.go()
    except SealingError:
        pass
    finally:
        if turn is not None:
            turn.keep()
    # What broke keeps its claim: it is tried again when that ends, not every second.
    Endpoint.objects.filter(pk=number).update(claimed_until=None)
    return turn.delivered if turn else 0


def clear(at: datetime) -> int:
    """Forget what was given up long ago; how many."""
    return Undelivered.objects.filter(retry_at=None, failed_at__lt=at - patience.KEPT).delete()[0]


def _free(at: datetime) -> QuerySet[Endpoint]:
    """Those that are not stopped and that nobody is sending to."""
    return Endpoint.objects.filter(Q(claimed_until=None) | Q(claimed_until__lte=at), stopped="")


def _has_work(one: Endpoint, at: datetime) -> bool:
    if one.undelivered.filter(retry_at__lte=at).exists():
        return True
    if one.retry_at is not None and at < one.retry_at:
        return False
    if one.replays.exists():
        return True
    piece = feed.since(one.leaf, kinds.sources(one.kinds), limit=1)
    if not piece.entries and piece.next - one.leaf >= _PASSED_OVER:
        Endpoint.objects.filter(pk=one.pk, leaf=one.leaf).update(leaf=piece.next, part=0)
    return bool(piece.entries)
