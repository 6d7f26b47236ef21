"""Reads of access: who somebody is, what it may, who else there is."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import cast
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser
from django.db.models import Count, Prefetch, QuerySet

from kehuma.apps.access import api_keys as keys
from kehuma.apps.access import keepers, key_rows, own, second_factor, separating, separation
from kehuma.apps.access.api_keys import machine_rights
from kehuma.apps.access.data import (
    Account,
    Colleague,
    KeyRow,
    PersonRow,
    PersonState,
    RoleRow,
    Separation,
    SessionRow,
    SetUp,
    TeamRow,
)
from kehuma.apps.access.errors import UnknownError
from kehuma.apps.access.list_views import kept as list_views
from kehuma.apps.access.models import ApiKey, Link, Organisation, RecoveryCode, Role, SignIn, Team, User
from kehuma.apps.access.permissions import PERMISSIONS
from kehuma.apps.access.readers import may_another, readers
from kehuma.apps.access.separation import is_on as is_separated
from kehuma.apps.access.separation import parts_of
from kehuma.apps.access.signing_in import normal_name
from kehuma.lib.viewer import ANONYMOUS, Language, Scope, Viewer

__all__ = [
    "account",
    "all_keys",
    "api_keys",
    "candidates",
    "colleague_named",
    "colleagues",
    "givable_roles",
    "has_second_factor",
    "idle_days",
    "is_founded",
    "is_separated",
    "list_views",
    "machine_rights",
    "may_another",
    "must_set_up_second_factor",
    "names",
    "names_by_actor",
    "organisation_name",
    "parts_of",
    "people",
    "person",
    "person_names",
    "readers",
    "role",
    "roles",
    "separation_state",
    "sessions",
    "teams",
    "viewer",
    "viewer_of",
    "viewer_of_actor",
    "viewer_of_key",
    "waiting_set_up",
]


def viewer_of(person: AbstractBaseUser) -> Viewer:
    """The viewer that a person is: nobody when inactive, without rights while its role waits for a second factor."""
    user = cast("User", person)
    # The row behind a session brings it along, see ``backend``.
    return _viewer_of(user, getattr(user, "person_names", None) or person_names())


def must_set_up_second_factor(person: AbstractBaseUser) -> bool:
    """Whether the person's role asks for a second factor and it has none."""
    user = cast("User", person)
    return user.role is not None and user.role.asks_second_factor and not second_factor.is_on(user)


def has_second_factor(person: AbstractBaseUser) -> bool:
    """Whether the person has an authenticator."""
    return second_factor.is_on(cast("User", person))


def viewer(user_id: int) -> Viewer:
    """The viewer by its id; ANONYMOUS where there is none."""
    user = User.objects.select_related("role", "second_factor").filter(pk=user_id).first()
    return viewer_of(user) if user else ANONYMOUS


def viewer_of_actor(actor: str) -> Viewer:
    """The person whom events name so; ANONYMOUS where there is none."""
    uuid = _uuid(actor)
    user = User.objects.select_related("role", "second_factor").filter(uuid=uuid).first() if uuid else None
    return viewer_of(user) if user else ANONYMOUS


def viewer_of_key(text: str, *, at: datetime) -> Viewer | None:
    """The viewer that a program with this API key is: its owner with the key's rights, as far as both go."""
    key = keys.find(text, at=at)
    return _viewer_of_holder(key.stored) if key else None


def is_founded() -> bool:
    """Whether the first run is over."""
    return User.objects.exists()


def organisation_name() -> str:
    """The name of the organisation, "" before there is one."""
    return Organisation.objects.values_list("name", flat=True).first() or ""


def person_names() -> str:
    """The class of fields that the names of persons belong to: ``internal`` or ``personal``."""
    return Organisation.objects.values_list("person_names", flat=True).first() or "internal"


def idle_days() -> int | None:
    """After how many days without contact a customer goes back to the public pool; None for never."""
    return Organisation.objects.values_list("idle_days", flat=True).first()


def colleagues() -> list[Colleague]:
    """The active people, by name."""
    return [_as_colleague(user) for user in _active().order_by("name", "id")]


def colleague_named(text: str) -> Colleague | None:
    """The active person of this sign-in name or, where only one has it, of this name."""
    user = _active().filter(username=normal_name(text)).first()
    namesakes = [] if user else list(_active().filter(name=text.strip())[:2])
    if user is None and len(namesakes) == 1:
        user = namesakes[0]
    return _as_colleague(user) if user else None


def names(ids: Iterable[int]) -> dict[int, str]:
    """What pages call these people, inactive ones too."""
    return {user.pk: user.get_full_name() for user in User.objects.filter(pk__in=set(ids)).only("name", "username")}


def names_by_actor(actors: Iterable[str]) -> dict[str, str]:
    """What pages call those who stand in events: people, and programs by their keys; other actors are left out."""
    uuids = {uuid for actor in actors if (uuid := _uuid(actor))}
    rows = User.objects.filter(uuid__in=uuids).only("uuid", "name", "username")
    found = {str(user.uuid): user.get_full_name() for user in rows}
    programs = (
        ApiKey.objects.filter(uuid__in=uuids - {UUID(actor) for actor in found}) if len(found) < len(uuids) else ()
    )
    return found | {str(key.uuid): key.name for key in programs}


def people(viewer: Viewer, *, at: datetime) -> list[PersonRow]:
    """Everybody, those who may sign in first."""
    viewer.require("users.manage")
    return [_as_person(user, at) for user in _people(at).order_by("-is_active", "name", "id")]


def person(viewer: Viewer, uuid: UUID | str, *, at: datetime) -> PersonRow:
    """One person; UnknownError."""
    viewer.require("users.manage")
    user = _people(at).filter(uuid=uuid).first()
    if user is None:
        raise UnknownError("person")
    return _as_person(user, at)


def roles() -> list[RoleRow]:
    """All roles, in the order in which they were made."""
    return [_as_role(role) for role in _roles().order_by("id")]


def role(viewer: Viewer, uuid: UUID | str) -> RoleRow:
    """One role; UnknownError."""
    viewer.require("roles.manage")
    row = _roles().filter(uuid=uuid).first()
    if row is None:
        raise UnknownError("role")
    return _as_role(row)


def givable_roles(viewer: Viewer) -> list[RoleRow]:
    """The roles that the viewer can give somebody: all, or where three administrators are in force, what is its to give."""
    if not is_separated():
        return roles()
    rows = _roles().order_by("id")
    return [_as_role(one) for one in rows if len(parts_of(one.permissions)) < 2 and _is_in_reach(viewer, one)]


def _is_in_reach(viewer: Viewer, role: Role) -> bool:
    return viewer.may("roles.manage") or separation.is_in_reach(viewer, role)


def candidates(viewer: Viewer) -> list[tuple[UUID, str, str, UUID | None]]:
    """Who can sign in, by name: uuid, name, sign-in name, uuid of the role."""
    viewer.require("roles.manage")
    found = User.objects.filter(is_active=True).select_related("role").order_by("name", "id")
    return [
        (user.uuid, user.get_full_name(), user.username, user.role.uuid if user.role else None)
        for user in found
        if keepers.can_sign_in(user)
    ]


def separation_state() -> Separation:
    """Since when three administrators are in force, who they are, and whether somebody asked to end that."""
    since = Organisation.objects.values_list("separated_at", flat=True).first()
    found = User.objects.filter(is_active=True, role__isnull=False).select_related("role").order_by("name", "id")
    holders: dict[str, tuple[str, ...]] = {
        part: tuple(user.get_full_name() for user in found if user.role and needed in user.role.permissions)
        for part, needed in separation.NEEDED.items()
    }
    return Separation(since, holders, separating.ending())


def teams() -> list[TeamRow]:
    """All teams by name."""
    rows = Team.objects.annotate(number=Count("people")).order_by("name")
    return [TeamRow(row.pk, row.uuid, row.name, row.number) for row in rows]


def account(viewer: Viewer) -> Account:
    """The viewer's own row."""
    user = User.objects.select_related("role", "team", "second_factor").get(pk=own.id_of(viewer))
    return Account(
        user.uuid,
        user.name,
        user.username,
        user.email,
        viewer.language,
        user.role.zh if user.role else "",
        user.role.en if user.role else "",
        user.team.name if user.team else "",
        second_factor.is_on(user),
        user.role is not None and user.role.asks_second_factor,
        RecoveryCode.objects.filter(user=user, used_at__isnull=True).count(),
        ApiKey.objects.filter(user=user, revoked_at__isnull=True).count(),
    )


def sessions(viewer: Viewer, session: str) -> list[SessionRow]:
    """Where the viewer is signed in, this place first."""
    rows = SignIn.objects.filter(user_id=own.id_of(viewer)).order_by("-seen_at")
    told = [
        SessionRow(row.uuid, row.address, row.browser, row.began_at, row.seen_at, str(row.uuid) == session)
        for row in rows
    ]
    return sorted(told, key=lambda row: not row.is_this)


def api_keys(viewer: Viewer, *, at: datetime) -> list[KeyRow]:
    """The viewer's keys that were not revoked, the newest first."""
    rows = ApiKey.objects.filter(user_id=own.id_of(viewer), revoked_at__isnull=True).order_by("-id")
    return [_as_key(row, at) for row in rows]


def all_keys(viewer: Viewer, *, at: datetime) -> list[tuple[KeyRow, str]]:
    """Every key that was not revoked with its owner's name, "" for one that is nobody's."""
    viewer.require("users.manage")
    rows = ApiKey.objects.filter(revoked_at__isnull=True).select_related("user").order_by("id")
    return [(_as_key(row, at), row.user.get_full_name() if row.user else "") for row in rows]


def waiting_set_up(viewer: Viewer) -> SetUp | None:
    """The authenticator that the viewer began to set up."""
    return second_factor.waiting_set_up(viewer)


def _as_key(row: ApiKey, at: datetime) -> KeyRow:
    return KeyRow(
        row.uuid,
        row.name,
        row.prefix,
        row.permissions,
        row.created_at,
        row.expires_at,
        row.last_used_at,
        at >= row.expires_at,
    )


def _viewer_of(user: User, names: str) -> Viewer:
    if not user.is_active:
        return ANONYMOUS
    language: Language = "en" if user.language == "en" else "zh"
    viewer = Viewer(user.pk, str(user.uuid), user.get_full_name(), language=language, person_names=names)
    teams_of = frozenset({user.team_id} if user.team_id else ())
    if user.role is None or must_set_up_second_factor(user):
        return replace(viewer, team_ids=teams_of)
    return replace(
        viewer,
        permissions=frozenset(user.role.permissions) & frozenset(PERMISSIONS),
        scope=cast("Scope", user.role.scope),
        sees=frozenset(user.role.sees),
        team_ids=teams_of,
    )


@lru_cache(maxsize=256)
def _viewer_of_holder(stored: key_rows.Stored) -> Viewer | None:
    key = key_rows.holder(stored)
    if key.user is None:
        granted = keys.MACHINE & key.permissions
        sees = frozenset({"public", "internal", "personal"})
        named = str(key.uuid)
        return Viewer(None, named, key.name, granted, "all", sees=sees, person_names=key.person_names, key=named)
    owner = _viewer_of(key.user, key.person_names)
    if owner.user_id is None:
        return None
    return replace(owner, permissions=owner.permissions & key.permissions, key=str(key.uuid))


def _active() -> QuerySet[User]:
    return User.objects.filter(is_active=True).select_related("team")


def _as_colleague(user: User) -> Colleague:
    team = user.team.name if user.team else ""
    return Colleague(user.pk, user.uuid, user.get_full_name(), user.username, user.team_id, team)


def _people(at: datetime) -> QuerySet[User]:
    open_links = Link.objects.filter(used_at__isnull=True, expires_at__gt=at)
    rows = User.objects.select_related("role", "team", "second_factor")
    return rows.prefetch_related(Prefetch("links", open_links, to_attr="open_links"))


def _as_person(user: User, at: datetime) -> PersonRow:
    links: Sequence[Link] = getattr(user, "open_links", ())
    return PersonRow(
        user.pk,
        user.uuid,
        user.get_full_name(),
        user.username,
        user.email,
        "en" if user.language == "en" else "zh",
        user.role.uuid if user.role else None,
        user.role.zh if user.role else "",
        user.role.en if user.role else "",
        user.team_id,
        user.team.name if user.team else "",
        _state(user),
        second_factor.is_on(user),
        user.last_seen_at,
        max((link.expires_at for link in links if link.is_open(at)), default=None),
    )


def _state(user: User) -> PersonState:
    if not user.is_active:
        return "inactive"
    return "active" if user.has_usable_password() else "invited"


def _roles() -> QuerySet[Role]:
    return Role.objects.annotate(number=Count("people"))


def _as_role(role: Role) -> RoleRow:
    number: int = getattr(role, "number", 0)
    seen, scope = frozenset(role.sees), cast("Scope", role.scope)
    permissions = frozenset(role.permissions) & frozenset(PERMISSIONS)
    return RoleRow(role.uuid, role.key, role.zh, role.en, permissions, scope, seen, role.asks_second_factor, number)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
