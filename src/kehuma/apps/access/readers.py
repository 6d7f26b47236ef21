"""Who stands behind the actors that look things up: people with what is theirs, and programs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from kehuma.apps.access.models import ApiKey, User


@dataclass(frozen=True, slots=True)
class Reader:
    """A person or program. ``keeps`` are the people whose customers are its own affair.

    Of a role that reaches its team's customers they are the team's; of one that reaches everybody's only one's own, or
    nothing that it reads would ever be foreign to it.
    """

    keeps: frozenset[int] = frozenset()
    is_program: bool = False


def readers(actors: Iterable[str]) -> Mapping[str, Reader]:
    """Those of these actors that there are, by the uuid of the person or of the API key."""
    uuids = {uuid for actor in set(actors) if (uuid := _uuid(actor))}
    people = User.objects.select_related("role").filter(uuid__in=uuids)
    found = {str(user.uuid): Reader(_keeps(user)) for user in people}
    keys = ApiKey.objects.select_related("user__role").filter(uuid__in=uuids)
    programs = {str(key.uuid): Reader(_keeps(key.user) if key.user else frozenset(), is_program=True) for key in keys}
    return found | programs


def may_another(permission: str, user_id: int | None) -> bool:
    """Whether somebody other than this person is active and has the right."""
    active = User.objects.select_related("role").filter(is_active=True)
    may = [user.pk for user in active if user.role is not None and permission in user.role.permissions]
    return any(one != user_id for one in may)


def _keeps(user: User) -> frozenset[int]:
    if user.role is None or user.role.scope != "team" or user.team_id is None:
        return frozenset({user.pk})
    return frozenset({user.pk, *User.objects.filter(team=user.team_id).values_list("pk", flat=True)})


def _uuid(actor: str) -> UUID | None:
    try:
        return UUID(actor)
    except ValueError:
        return None
