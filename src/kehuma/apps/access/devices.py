"""Browsers in which a person has signed in before, known by a cookie."""

from datetime import datetime, timedelta

from kehuma.apps.access import tokens
from kehuma.apps.access.models import Device, User

_OLDEST = timedelta(days=180)
_MOST = 20


def is_known(user: User, token: str) -> bool:
    """Whether the cookie's ``token`` was given to this person."""
    return bool(token) and Device.objects.filter(user=user, digest=tokens.digest("device", token)).exists()


def remember(user: User, token: str, *, at: datetime) -> str:
    """The token for the cookie: the present one where it is this person's, a new one otherwise."""
    if token and Device.objects.filter(user=user, digest=tokens.digest("device", token)).update(seen_at=at):
        return token
    new = tokens.new_token()
    Device.objects.create(user=user, digest=tokens.digest("device", new), seen_at=at)
    kept = Device.objects.filter(user=user, seen_at__gte=at - _OLDEST).order_by("-seen_at", "-id")[:_MOST]
    Device.objects.filter(user=user).exclude(pk__in=[one.pk for one in kept]).delete()
    return new
