"""Failed tries slow down the place they come from, never the account.

A place is an account from one address, an address as a whole, or a browser in which the person has signed in before.
Whoever tries somebody else's name makes only himself wait: the owner comes in from another address, and from his own
browser even behind the same one.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from typing import Literal

from django.db import transaction

from kehuma.apps.access.errors import TooManyTriesError
from kehuma.apps.access.models import Tries
from kehuma.apps.access.tokens import digest


@dataclass(frozen=True, slots=True)
class Patience:
    """How many failures are free, and how long one waits after that: twice as long with each, up to ``longest``."""

    free: int
    first: timedelta
    longest: timedelta
    forgets_after: timedelta

    def wait(self, failures: int) -> timedelta | None:
        """The wait after so many failures in a row."""
        if failures < self.free:
            return None
        doubled: int = 2 ** min(failures - self.free, 20)
        return min(self.first * doubled, self.longest)


PATIENT = Patience(5, timedelta(minutes=5), timedelta(hours=1), timedelta(hours=24))
# A whole office behind one address mistypes too.
OFFICE = Patience(100, timedelta(minutes=1), timedelta(minutes=15), timedelta(hours=1))

_OLDEST = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Place:
    """Where tries are counted, by its keyed hash."""

    key: bytes
    patience: Patience
    is_shared: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """How the try stands if it fails: free tries left, and the wait in minutes that follows them."""

    left: int
    minutes: int

    @property
    def waits_now(self) -> bool:
        """Whether the next try has to wait."""
        return self.left == 0


def place(kind: Literal["pair", "device", "number", "again"], *parts: str) -> Place:
    """A place of one account."""
    return Place(_key(kind, *parts), PATIENT)


def office(address: str) -> Place:
    """An address as a whole."""
    return Place(_key("address", address), OFFICE, is_shared=True)


def network(address: str) -> str:
    """The address, or the /64 of an IPv6 address: whoever has one has all of it."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        return parsed.exploded[:19]
    return str(parsed)


@transaction.atomic
def count(places: Sequence[Place], *, at: datetime) -> Standing:
    """Count a try as failed before it is looked at, so that a thousand at once are no way around.

    TooManyTriesError where one of the places has to wait; then nothing is counted.
    """
    rows = [(where, _row(where, at)) for where in places]
    waits = [row.waits_until for _, row in rows if row.waits_until and at < row.waits_until]
    if waits:
        raise TooManyTriesError((max(waits) - at).total_seconds())
    for where, row in rows:
        is_old = row.last_at < at - where.patience.forgets_after
        row.number = 1 if is_old else row.number + 1
        wait = where.patience.wait(row.number)
        row.last_at, row.waits_until = at, at + wait if wait else None
        row.save()
    return _standing(*rows[0])


@transaction.atomic
def forgive(places: Sequence[Place], *, at: datetime) -> None:
    """The try was right: forget the failures of its own place, and take it back from the shared one."""
    Tries.objects.filter(last_at__lt=at - _OLDEST).delete()
    for where in places:
        if not where.is_shared:
            Tries.objects.filter(place=where.key).delete()
            continue
        row = _row(where, at)
        row.number = max(0, row.number - 1)
        row.waits_until = None
        row.save()


def _row(where: Place, at: datetime) -> Tries:
    return Tries.objects.select_for_update().get_or_create(place=where.key, defaults={"last_at": at})[0]


def _standing(where: Place, row: Tries) -> Standing:
    left = max(0, where.patience.free - row.number)
    wait = where.patience.wait(max(row.number, where.patience.free)) or where.patience.first
    return Standing(left, int(wait.total_seconds() // 60))


def _key(*parts: str) -> bytes:
    # Of one length each, so that no two places can be told by one text.
    told = " ".join(hashlib.sha256(part.encode("utf-8", "surrogatepass")).hexdigest() for part in parts)
    return digest("tries", told)
