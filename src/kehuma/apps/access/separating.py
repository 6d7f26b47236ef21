"""Putting three administrators in force, changing who they are, and going back to one."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from kehuma.apps.access import api_keys, keepers, separation
from kehuma.apps.access.data import Ending
from kehuma.apps.access.errors import SeparationError, TakenError, UnknownError
from kehuma.apps.access.models import ApiKey, Organisation, Role, User
from kehuma.apps.access.separation import Administrator
from kehuma.apps.access.signing_in import normal_name
from kehuma.apps.audit import services as audit
from kehuma.lib.viewer import Viewer

_SHOWN = 5


@transaction.atomic
def separate(viewer: Viewer, chosen: Mapping[Administrator, UUID | str], *, at: datetime) -> None:
    """Give three people the three roles; from then on nobody holds rights of two parts.

    SeparationError where two of them are one person, one cannot sign in, or others hold roles that mix; TakenError
    where another role has the name of one of the three.
    """
    viewer.require("roles.manage")
    viewer.require("users.manage")
    keepers.take_turn()
    if separation.is_on():
        raise SeparationError("separated")
    people = {part: _person(chosen[part]) for part in separation.ADMINISTRATORS}
    if len({user.pk for user in people.values()}) < len(people):
        raise SeparationError("same-person")
    for part, user in people.items():
        if not keepers.can_sign_in(user):
            raise SeparationError("not-in-use", name=user.get_full_name())
        _require_free_names(part)
        user.role = separation.preset(part)
        user.save(update_fields=["role"])
    _require_nobody_mixes(at)
    Organisation.objects.update(separated_at=at, ending={})
    keepers.require_keeper()
    detail: dict[str, str] = {part: str(user.uuid) for part, user in people.items()}
    audit.record("access.separated", "1", detail, actor=viewer.actor, at=at)


@transaction.atomic
def give_role(viewer: Viewer, person: UUID | str, role: UUID | str, *, at: datetime) -> None:
    """Another role for somebody else, while three administrators are in force. MixesError, LastOfThreeError."""
    viewer.require("roles.manage")
    keepers.take_turn()
    _require_on()
    user, wanted = _person(person), Role.objects.filter(uuid=role).first()
    if wanted is None:
        raise UnknownError("role")
    require_other(viewer, user)
    separation.require_unmixed(wanted.permissions)
    if user.role_id == wanted.pk:
        return
    user.role = wanted
    user.save(update_fields=["role"])
    keepers.require_keeper()
    audit.record("access.role-given", str(user.uuid), {"role": str(wanted.uuid)}, actor=viewer.actor, at=at)


@transaction.atomic
def ask_end(viewer: Viewer, administrator: UUID | str, *, at: datetime) -> None:
    """Ask to go back to one administrator, who is to have all rights; who watches has to agree."""
    viewer.require("roles.manage")
    keepers.take_turn()
    _require_on()
    user = _person(administrator)
    if not keepers.can_sign_in(user):
        raise SeparationError("not-in-use", name=user.get_full_name())
    ending = {"by": viewer.actor, "administrator": str(user.uuid), "at": at.isoformat()}
    Organisation.objects.update(ending=ending)
    audit.record("access.ending-asked", str(user.uuid), {}, actor=viewer.actor, at=at)


@transaction.atomic
def decide_end(viewer: Viewer, *, is_agreed: bool, at: datetime) -> None:
    """Agree to go back, or not. SeparationError where nobody has asked."""
    viewer.require("audit.sign")
    keepers.take_turn()
    asked = ending()
    if asked is None:
        raise SeparationError("not-asked")
    if asked.by == viewer.actor:
        raise SeparationError("own-asking")
    if is_agreed:
        _unite(_person(asked.administrator), actor=viewer.actor, at=at)
        return
    Organisation.objects.update(ending={})
    audit.record("access.ending-declined", asked.administrator, {}, actor=viewer.actor, at=at)


@transaction.atomic
def unite_at_machine(viewer: Viewer, username: str, *, at: datetime) -> None:
    """Back to one administrator, for the person at the machine where nobody else can help; ``Refused`` for others."""
    api_keys.require_machine(viewer)
    keepers.take_turn()
    _require_on()
    user = User.objects.filter(username=normal_name(username)).first()
    if user is None:
        raise UnknownError("person")
    _unite(user, actor=viewer.actor, at=at)


def ending() -> Ending | None:
    """What was asked, while nobody has decided."""
    kept = Organisation.objects.values_list("ending", flat=True).first()
    if not kept:
        return None
    return Ending(kept["by"], kept["administrator"], datetime.fromisoformat(kept["at"]))


def require_other(viewer: Viewer, user: User) -> None:
    """SeparationError for whoever would change its own role while three administrators are in force."""
    if str(user.uuid) == viewer.actor and separation.is_on():
        raise SeparationError("own-role")


def _unite(user: User, *, actor: str, at: datetime) -> None:
    if not keepers.can_sign_in(user):
        raise SeparationError("not-in-use", name=user.get_full_name())
    user.role = Role.objects.get(key="admin")
    user.save(update_fields=["role"])
    Organisation.objects.update(separated_at=None, ending={})
    keepers.require_keeper()
    audit.record("access.united", str(user.uuid), {}, actor=actor, at=at)


def _require_on() -> None:
    if not separation.is_on():
        raise SeparationError("not-separated")


def _require_free_names(part: Administrator) -> None:
    key, zh, en, _ = separation.PRESETS[part]
    others = Role.objects.exclude(key=key)
    for field, name in (("zh", zh), ("en", en)):
        if others.filter(**{field: name}).exists() and not Role.objects.filter(key=key).exists():
            raise TakenError(field, name)


def _require_nobody_mixes(at: datetime) -> None:
    people = separation.mixing(User.objects.filter(is_active=True).select_related("role").order_by("name", "id"))
    keys = [
        key
        for key in ApiKey.objects.filter(user=None, revoked_at=None, expires_at__gt=at).order_by("id")
        if len(separation.parts_of(api_keys.MACHINE & frozenset(key.permissions))) > 1
    ]
    if people:
        raise SeparationError("others-mix", names="、".join(one.get_full_name() for one in people[:_SHOWN]))
    if keys:
        raise SeparationError("keys-mix", names="、".join(f"{one.name} (khm_{one.prefix}_…)" for one in keys[:_SHOWN]))


def _person(uuid: UUID | str) -> User:
    found = User.objects.select_related("role").filter(uuid=uuid).first()
    if found is None:
        raise UnknownError("person")
    return found
