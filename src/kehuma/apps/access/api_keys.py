"""Keys with which programs act for a person: ``khm_<prefix>_<secret>``, shown once."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from kehuma.apps.access import key_rows, own, separation, tokens
from kehuma.apps.access.data import NewKey
from kehuma.apps.access.errors import BeyondOwnerError, ExpiryError, UnknownError
from kehuma.apps.access.models import ApiKey
from kehuma.apps.access.permissions import PERMISSIONS
from kehuma.apps.audit import services as audit
from kehuma.lib.viewer import Refused, Viewer

LONGEST_DAYS = 366
_START = "khm"
_PREFIX, _SECRET = 8, 32
_NOTED_EVERY = timedelta(minutes=1)
# What a key that is nobody's may at most: people, roles and the machine's own affairs are for people.
MACHINE = frozenset(PERMISSIONS) - {
    "users.manage",
    "roles.manage",
    "settings.manage",
    "backup.manage",
    "keys.manage",
    "audit.sign",
    "alarms.manage",
    "customers.erase",
}


@transaction.atomic
def create(viewer: Viewer, *, name: str, permissions: Iterable[str], expires_at: datetime, at: datetime) -> NewKey:
    """A key with some of the viewer's rights. BeyondOwnerError for others, ExpiryError where it never ends."""
    asked = frozenset(permissions)
    if not asked <= viewer.permissions:
        raise BeyondOwnerError
    return _made(viewer, own.id_of(viewer), name, asked, expires_at, at)


@transaction.atomic
def create_for_machine(
    viewer: Viewer, *, name: str, permissions: Iterable[str], expires_at: datetime, at: datetime
) -> NewKey:
    """A key that is nobody's, for the person at the machine; ``Refused`` for everybody else. Errors as above, and MixesError."""
    require_machine(viewer)
    asked = frozenset(permissions)
    if not asked <= MACHINE:
        raise BeyondOwnerError
    separation.require_unmixed(asked)
    return _made(viewer, None, name, asked, expires_at, at)


def machine_rights() -> frozenset[str]:
    """What a key that is nobody's has where nothing else is asked for."""
    return MACHINE - separation.ADMINISTRATIVE if separation.is_on() else MACHINE


def require_machine(viewer: Viewer) -> None:
    """``Refused`` for whoever comes over the network."""
    if not viewer.is_system:
        raise Refused("users.manage")


@transaction.atomic
def revoke(viewer: Viewer, key: UUID | str, *, at: datetime) -> None:
    """End one of the viewer's own keys."""
    mine = ApiKey.objects.filter(user_id=own.id_of(viewer), uuid=key, revoked_at__isnull=True)
    if not mine.update(revoked_at=at):
        raise UnknownError("key")
    audit.record("access.key-revoked", viewer.actor, {"key": str(key)}, actor=viewer.actor, at=at)


@transaction.atomic
def revoke_any(viewer: Viewer, prefix: str, *, at: datetime) -> None:
    """End the key that begins so, whosever it is. UnknownError."""
    viewer.require("users.manage")
    row = ApiKey.objects.filter(prefix=prefix_of(prefix) or prefix, revoked_at__isnull=True).first()
    if row is None:
        raise UnknownError("key")
    row.revoked_at = at
    row.save(update_fields=["revoked_at"])
    audit.record("access.key-revoked", viewer.actor, {"key": str(row.uuid)}, actor=viewer.actor, at=at)


def prefix_of(text: str) -> str:
    """The part of a key by which it is known and which is no secret; "" where the text is no key.

    >>> prefix_of("khm_0123abcd_secret")
    '0123abcd'
    """
    start, _, rest = text.strip().partition("_")
    prefix = rest.partition("_")[0]
    return prefix if start == _START and len(prefix) == _PREFIX and set(prefix) <= set(tokens.LETTERS) else ""


def find(text: str, *, at: datetime) -> key_rows.Row | None:
    """The key that this text is, while it lasts; notes now and then that it was used."""
    prefix, secret = prefix_of(text), text.strip()[len(_START) + _PREFIX + 2 :]
    key = key_rows.read(prefix) if prefix else None
    given = tokens.digest("api key", f"{prefix} {secret}")
    if key is None or not secrets.compare_digest(key.digest, given):
        return None
    if key.is_revoked or at >= key.expires_at:
        return None
    # A write for each request would cost as much as the code that is asked for.
    if key.last_used_at is None or abs(at - key.last_used_at) >= _NOTED_EVERY:
        ApiKey.objects.filter(pk=key.id).update(last_used_at=at)
    return key


def _made(  # noqa: PLR0913, PLR0917 - one argument per fact
    viewer: Viewer, owner: int | None, name: str, permissions: frozenset[str], expires_at: datetime, at: datetime
) -> NewKey:
    if not at < expires_at <= at + timedelta(days=LONGEST_DAYS):
        raise ExpiryError(LONGEST_DAYS)
    prefix, secret = tokens.new_letters(_PREFIX), tokens.new_letters(_SECRET)
    row = ApiKey.objects.create(
        user_id=owner,
        name=name.strip()[:100],
        prefix=prefix,
        digest=tokens.digest("api key", f"{prefix} {secret}"),
        permissions=sorted(permissions),
        created_at=at,
        expires_at=expires_at,
    )
    detail = {"key": str(row.uuid), "permissions": sorted(permissions)}
    audit.record("access.key-created", viewer.actor, detail, actor=viewer.actor, at=at)
    return NewKey(row.uuid, f"{_START}_{prefix}_{secret}")
