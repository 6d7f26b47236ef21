"""Canary codes: given to nobody, so that nobody has a reason to look one up."""

from datetime import datetime

from django.db import transaction

from kehuma.apps.alarms.errors import CanaryError
from kehuma.apps.alarms.models import Canary
from kehuma.apps.audit import services as audit
from kehuma.apps.codes import listing
from kehuma.apps.codes import queries as codes
from kehuma.apps.codes import services as register
from kehuma.engine.coding.normal import loose_of
from kehuma.lib.viewer import Viewer

MOST = 50
# One in a hundred, and not fewer than these.
_SHARE, _LEAST = 100, 3


def suggested(number: int) -> int:
    """How many canary codes go well with so many codes.

    >>> suggested(40), suggested(1200), suggested(20_000)
    (3, 12, 50)
    """
    return min(MOST, max(_LEAST, number // _SHARE))


@transaction.atomic
def make(viewer: Viewer, scheme: str, count: int, *, at: datetime) -> int:
    """Give out codes of this scheme to nobody, among those given out of late; how many it became.

    ``Refused`` without ``alarms.manage``, CanaryError for a scheme without codes or too many at once,
    UnknownSchemeError. Their numbers are used for good, like those of all codes.
    """
    viewer.require("alarms.manage")
    if not 1 <= count <= MOST:
        raise CanaryError("canary-count", most=MOST)
    issued = register.issue_resembling(scheme, count, actor=viewer.actor, at=at)
    if not issued:
        raise CanaryError("canary-none", scheme=scheme)
    ids = codes.ids_of(one.identity for one in issued)
    Canary.objects.bulk_create(
        Canary(
            code=ids[one.identity],
            identity=one.identity,
            loose=loose_of(one.identity),
            scheme=scheme,
            actor=viewer.actor,
            made_at=at,
        )
        for one in issued
    )
    # Which ones they are stands nowhere in the log: whoever reads it must not learn what to leave alone.
    audit.record("alarms.canaries-made", scheme, {"count": len(issued)}, actor=viewer.actor, at=at)
    return len(issued)


def number_by_scheme() -> dict[str, tuple[int, int]]:
    """Of each scheme how many codes it has given out, and how many canary codes there are among them."""
    made: dict[str, int] = {}
    for scheme in Canary.objects.values_list("scheme", flat=True):
        made[scheme] = made.get(scheme, 0) + 1
    return {scheme: (number, made.get(scheme, 0)) for scheme, number in listing.number_by_scheme().items()}
