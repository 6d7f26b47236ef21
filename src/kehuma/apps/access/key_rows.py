"""The row of an API key with that of its owner, the owner's role and the organisation, as they are at this moment.

Every request of a program begins with it, and Django's models of the five tables would take a millisecond of it. So it
is one statement, requests that come at the same time share one, and the same row again is the same answer.
"""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from kehuma.apps.access.models import Role, SecondFactor, User
from kehuma.lib.db.among import among_values
from kehuma.lib.db.pipelines import asked
from kehuma.lib.together import Together

_OF_KEY = ("id", "digest", "revoked_at", "expires_at", "last_used_at")
_OF_HOLDER = ("uuid", "name", "permissions")
_OF_USER = ("id", "uuid", "username", "name", "language", "is_active", "team_id", "role_id")
_OF_ROLE = ("permissions", "scope", "sees", "asks_second_factor")
_SQL = f"""
    SELECT k.prefix, {", ".join(f"k.{name}" for name in (*_OF_KEY, *_OF_HOLDER))}, {", ".join(f"u.{name}" for name in _OF_USER)},
        {", ".join(f"r.{name}" for name in _OF_ROLE)}, f.confirmed_at,
        (SELECT person_names FROM access_organisation WHERE id = 1)
    FROM access_apikey k LEFT JOIN access_user u ON u.id = k.user_id LEFT JOIN access_role r ON r.id = u.role_id
        LEFT JOIN access_secondfactor f ON f.user_id = u.id
    WHERE """  # noqa: S608 - names of ours

# What stands in the row of whose key it is, as the store gives it.
Stored = tuple[Any, ...]


class Holder(NamedTuple):
    """In whose name a key acts: its owner, who brings along role and second factor, or nobody."""

    uuid: UUID
    name: str
    permissions: frozenset[str]
    user: User | None
    person_names: str


class Row(NamedTuple):
    """A key as it is now."""

    id: int
    digest: bytes
    is_revoked: bool
    expires_at: datetime
    last_used_at: datetime | None
    stored: Stored


def read(prefix: str) -> Row | None:
    """The key that begins so."""
    if connection.in_atomic_block:
        # The others see nothing of what is not committed yet.
        return _rows([prefix]).get(prefix)
    answer = _together.answered(prefix)
    return answer[0] if answer else _rows([prefix]).get(prefix)


class _Reading:
    """Reads for all who ask at the same time."""

    def answers(self, take: Callable[[], Sequence[str]]) -> list[tuple[Row | None]]:
        prefixes = take()
        found = _rows(list(set(prefixes)))
        return [(found.get(prefix),) for prefix in prefixes]


_together: Together[str, tuple[Row | None]] = Together(_Reading, patience=0)


def holder(stored: Stored) -> Holder:
    """Whose key it is."""
    uuid, name, permissions = stored[: len(_OF_HOLDER)]
    *of_user, person_names = stored[len(_OF_HOLDER) :]
    return Holder(_uuid(uuid), name, frozenset(json.loads(permissions)), _user(of_user), person_names or "internal")


def _rows(prefixes: Sequence[str]) -> dict[str, Row]:
    is_one, values = among_values("k.prefix", "text", prefixes)
    return {found[0]: _row(found[1:]) for found in asked(_SQL + is_one, values)()}


def _row(found: Sequence[Any]) -> Row:
    number, digest, revoked_at, expires_at, last_used_at = found[: len(_OF_KEY)]
    last_used = None if last_used_at is None else _time(last_used_at)
    return Row(
        number, bytes(digest), revoked_at is not None, _time(expires_at), last_used, tuple(found[len(_OF_KEY) :])
    )


def _user(stored: Sequence[Any]) -> User | None:
    values = dict(zip(_OF_USER, stored, strict=False))
    if values["id"] is None:
        return None
    user = User(**{**values, "uuid": _uuid(values["uuid"]), "is_active": bool(values["is_active"])})
    *of_role, confirmed_at = stored[len(_OF_USER) :]
    user.role = _role(user.role_id, of_role) if user.role_id is not None else None
    # Without a confirmed one it is the same whether there is one.
    user.second_factor = SecondFactor(confirmed_at=None if confirmed_at is None else _time(confirmed_at))
    return user


def _role(number: int, stored: Sequence[Any]) -> Role:
    permissions, scope, sees, asks_second_factor = stored
    return Role(
        id=number,
        permissions=json.loads(permissions),
        scope=scope,
        sees=json.loads(sees),
        asks_second_factor=bool(asks_second_factor),
    )


def _uuid(value: Any) -> UUID:  # noqa: ANN401 - text from one store, a UUID from the other
    return value if isinstance(value, UUID) else UUID(value)


def _time(value: Any) -> datetime:  # noqa: ANN401 - text from one store, a time from the other
    at = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
