"""Keys with which programs act for a person: ``khm_<prefix>_<secret>``, shown once."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from kehuma.apps.access import own, tokens
from kehuma.apps.access.data import NewKey
from kehuma.apps.access.errors import BeyondOwnerError, ExpiryError, UnknownError
from kehuma.apps.access.models import ApiKey
from kehuma.apps.audit import services as audit
from kehuma.lib.viewer import Viewer

LONGEST_DAYS = 366
_START = "khm"
_PREFIX, _SECRET = 8, 32


@transaction.atomic
def create(viewer: Viewer, *, name: str, permissions: Iterable[str], expires_at: datetime, at: datetime) -> NewKey:
    """A key with some of the viewer's rights. BeyondOwnerError for others, ExpiryError where it never ends."""
    asked = frozenset(permissions)
    if not asked <= viewer.permissions:
        raise BeyondOwnerError
    if not at < expires_at <= at + timedelta(days=LONGEST_DAYS):
        raise ExpiryError(LONGEST_DAYS)
    prefix, secret = tokens.new_letters(_PREFIX), tokens.new_letters(_SECRET)
    row = ApiKey.objects.create(
        user_id=own.id_of(viewer),
        name=name.strip(),
        prefix=prefix,
        digest=tokens.digest("api key", f"{prefix} {secret}"),
        permissions=sorted(asked),
        created_at=at,
        expires_at=expires_at,
    )
    detail = {"key": str(row.uuid), "permissions": sorted(asked)}
    audit.record("access.key-created", viewer.actor, detail, actor=viewer.actor, at=at)
    return NewKey(row.uuid, f"{_START}_{prefix}_{secret}")


@transaction.atomic
def revoke(viewer: Viewer, key: UUID | str, *, at: datetime) -> None:
    """End one of the viewer's own keys."""
    mine = ApiKey.objects.filter(user_id=own.id_of(viewer), uuid=key, revoked_at__isnull=True)
    if not mine.update(revoked_at=at):
        raise UnknownError("key")
    audit.record("access.key-revoked", viewer.actor, {"key": str(key)}, actor=viewer.actor, at=at)


def find(text: str, *, at: datetime) -> ApiKey | None:
    """The key that this text is, while it lasts; notes that it was used."""
    start, _, rest = text.strip().partition("_")
    prefix, _, secret = rest.partition("_")
    if start != _START or len(prefix) != _PREFIX or not set(prefix) <= set(tokens.LETTERS):
        return None
    key = ApiKey.objects.select_related("user__role", "user__second_factor").filter(prefix=prefix).first()
    given = tokens.digest("api key", f"{prefix} {secret}")
    if key is None or not secrets.compare_digest(bytes(key.digest), given):
        return None
    if key.revoked_at is not None or at >= key.expires_at:
        return None
    ApiKey.objects.filter(pk=key.pk).update(last_used_at=at)
    return key
