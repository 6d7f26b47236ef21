"""Roles, teams and the organisation's name."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from django.db import transaction

from kehuma.apps.access import keepers, separation
from kehuma.apps.access.data import RoleFacts
from kehuma.apps.access.errors import InUseError, TakenError, UnknownError
from kehuma.apps.access.models import Organisation, Role, Team
from kehuma.apps.access.permissions import PERMISSIONS
from kehuma.apps.audit import services as audit
from kehuma.lib.viewer import FIELD_CLASSES, Viewer


@transaction.atomic
def create_role(viewer: Viewer, facts: RoleFacts, *, at: datetime) -> UUID:
    """A new role; its uuid. TakenError for a name in use, MixesError."""
    viewer.require("roles.manage")
    role = Role()
    _fill(role, facts)
    audit.record("access.role-created", str(role.uuid), _told(role), actor=viewer.actor, at=at)
    return role.uuid


@transaction.atomic
def change_role(viewer: Viewer, role: UUID | str, facts: RoleFacts, *, at: datetime) -> None:
    """Change a role, from the next request of its people on. TakenError, MixesError, LastKeeperError."""
    viewer.require("roles.manage")
    keepers.take_turn()
    row = _role(role)
    before = _told(row)
    _fill(row, facts)
    keepers.require_keeper()
    detail = {"before": before, "after": _told(row)}
    audit.record("access.role-changed", str(row.uuid), detail, actor=viewer.actor, at=at)


@transaction.atomic
def delete_role(viewer: Viewer, role: UUID | str, *, at: datetime) -> None:
    """Remove a role that nobody has; InUseError otherwise."""
    viewer.require("roles.manage")
    keepers.take_turn()
    row = _role(role)
    if number := row.people.count():
        raise InUseError("role", number)
    audit.record("access.role-deleted", str(row.uuid), _told(row), actor=viewer.actor, at=at)
    row.delete()


@transaction.atomic
def create_team(viewer: Viewer, name: str, *, at: datetime) -> int:
    """A new team; its id. TakenError."""
    viewer.require("users.manage")
    _require_free_team(name, 0)
    team = Team.objects.create(name=name.strip())
    audit.record("access.team-created", str(team.uuid), {"name": team.name}, actor=viewer.actor, at=at)
    return team.pk


@transaction.atomic
def rename_team(viewer: Viewer, team: int, name: str, *, at: datetime) -> None:
    """Another name; TakenError."""
    viewer.require("users.manage")
    row = _team(team)
    _require_free_team(name, row.pk)
    row.name = name.strip()
    row.save()
    audit.record("access.team-renamed", str(row.uuid), {"name": row.name}, actor=viewer.actor, at=at)


@transaction.atomic
def delete_team(viewer: Viewer, team: int, *, at: datetime) -> None:
    """Remove a team without people; InUseError otherwise."""
    viewer.require("users.manage")
    keepers.take_turn()
    row = _team(team)
    if number := row.people.count():
        raise InUseError("team", number)
    audit.record("access.team-deleted", str(row.uuid), {"name": row.name}, actor=viewer.actor, at=at)
    row.delete()


@transaction.atomic
def rename_organisation(viewer: Viewer, name: str, *, at: datetime) -> None:
    """Another name for the organisation."""
    viewer.require("settings.manage")
    Organisation.objects.filter(pk=1).update(name=name.strip())
    audit.record("access.organisation-renamed", "1", {"name": name.strip()}, actor=viewer.actor, at=at)


@transaction.atomic
def set_person_names(viewer: Viewer, field_class: Literal["internal", "personal"], *, at: datetime) -> None:
    """Say to which class of fields the names of persons belong, and so which roles see them in full.

    Where three administrators are in force this is for who gives rights.
    """
    viewer.require("roles.manage" if separation.is_on() else "settings.manage")
    if Organisation.objects.exclude(person_names=field_class).update(person_names=field_class):
        audit.record("access.person-names-classed", "1", {"class": field_class}, actor=viewer.actor, at=at)


@transaction.atomic
def set_idle_days(viewer: Viewer, days: int | None, *, at: datetime) -> None:
    """After how many days without contact a customer goes back to the public pool; None for never."""
    viewer.require("settings.manage")
    if Organisation.objects.exclude(idle_days=days).update(idle_days=days):
        audit.record("access.idle-days-set", "1", {"days": days}, actor=viewer.actor, at=at)


def _fill(role: Role, facts: RoleFacts) -> None:
    zh, en = facts.zh.strip(), facts.en.strip()
    others = Role.objects.exclude(pk=role.pk)
    if others.filter(zh=zh).exists():
        raise TakenError("zh", zh)
    if others.filter(en=en).exists():
        raise TakenError("en", en)
    role.zh, role.en, role.scope, role.asks_second_factor = zh, en, facts.scope, facts.asks_second_factor
    role.permissions = [one for one in PERMISSIONS if one in facts.permissions]
    separation.require_unmixed(role.permissions)
    role.sees = [one for one in FIELD_CLASSES if one in facts.sees]
    role.save()


def _told(role: Role) -> dict[str, object]:
    return {
        "name": role.zh,
        "permissions": role.permissions,
        "scope": role.scope,
        "sees": role.sees,
        "asks_second_factor": role.asks_second_factor,
    }


def _role(role: UUID | str) -> Role:
    row = Role.objects.filter(uuid=role).first()
    if row is None:
        raise UnknownError("role")
    return row


def _team(team: int) -> Team:
    row = Team.objects.filter(pk=team).first()
    if row is None:
        raise UnknownError("team")
    return row


def _require_free_team(name: str, own: int) -> None:
    if Team.objects.filter(name=name.strip()).exclude(pk=own).exists():
        raise TakenError("team", name.strip())
