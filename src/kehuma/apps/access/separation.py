"""Three administrators (三权分立): who runs the system, who gives rights and who watches are three people.

None of them sees customers. While it is in force a role has rights of one part only, and so nobody holds two::

    >>> [str(part) for part in parts_of({"backup.manage", "tasks.view", "audit.view"})]
    ['system', 'audit']
"""

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Literal

from kehuma.apps.access.errors import MixesError
from kehuma.apps.access.models import Organisation, Role, User
from kehuma.apps.access.permissions import PERMISSIONS
from kehuma.lib.viewer import Viewer

Administrator = Literal["system", "security", "audit"]
Part = Literal["system", "security", "audit", "data"]
ADMINISTRATORS: tuple[Administrator, ...] = ("system", "security", "audit")
# Rights that no part claims (rules, dictionaries, codes, fields, tasks) go with any of them.
_CLAIMED: Mapping[Part, frozenset[str]] = MappingProxyType(
    {
        "system": frozenset({"users.manage", "settings.manage", "backup.manage", "webhooks.manage"}),
        "security": frozenset({"roles.manage", "keys.manage", "alarms.manage"}),
        "audit": frozenset({"audit.view", "audit.sign"}),
    }
)
# Whatever begins so shows customers or changes them.
_DATA = ("customers.", "interactions.", "tags.", "sharing.")
ADMINISTRATIVE = frozenset().union(*_CLAIMED.values())
# What somebody must be able to do, so that each part is in somebody's hands.
NEEDED: Mapping[Administrator, str] = MappingProxyType(
    {"system": "users.manage", "security": "roles.manage", "audit": "audit.sign"}
)
_ANY = frozenset({"tasks.view", "schemes.view", "dictionaries.view", "codes.view", "codes.resolve", "alarms.view"})
_RULES = frozenset({"fields.manage", "schemes.edit", "schemes.publish", "dictionaries.edit"})
# Key of the role, its names, its rights.
PRESETS: Mapping[Administrator, tuple[str, str, str, frozenset[str]]] = MappingProxyType(
    {
        "system": (
            "system-admin",
            "系统管理员",
            "System administrator",
            _CLAIMED["system"] | _RULES | _ANY - {"alarms.view"},
        ),
        "security": (
            "security-admin",
            "安全管理员",
            "Security administrator",
            _CLAIMED["security"] | {"alarms.view", "tasks.view"},
        ),
        "audit": (
            "audit-admin",
            "审计管理员",
            "Audit administrator",
            _CLAIMED["audit"] | {"alarms.view", "tasks.view"},
        ),
    }
)


def parts_of(permissions: Collection[str]) -> list[Part]:
    """The parts that these rights belong to; more than one mixes what three people should hold."""
    found: list[Part] = [part for part, claimed in _CLAIMED.items() if not claimed.isdisjoint(permissions)]
    return [*found, "data"] if any(one.startswith(_DATA) for one in permissions) else found


def is_on() -> bool:
    """Whether three administrators are in force."""
    return Organisation.objects.filter(separated_at__isnull=False).exists()


def require_unmixed(permissions: Collection[str]) -> None:
    """MixesError where the separation is in force and these rights belong to more than one part."""
    parts = parts_of(permissions)
    if len(parts) > 1 and is_on():
        raise MixesError(parts)


def is_in_reach(viewer: Viewer, role: Role) -> bool:
    """While it is in force: whether giving this role gives nothing of another administrator's."""
    return ADMINISTRATIVE.isdisjoint(set(role.permissions) - viewer.permissions)


def preset(part: Administrator) -> Role:
    """The role of an administrator with the rights that it has at first; made where there is none."""
    key, zh, en, permissions = PRESETS[part]
    role = Role.objects.filter(key=key).first() or Role(key=key, zh=zh, en=en)
    role.permissions = [one for one in PERMISSIONS if one in permissions]
    role.scope, role.sees = "own", ["public"]
    role.save()
    return role


def mixing(users: Iterable[User]) -> list[User]:
    """Those whose role mixes parts."""
    return [user for user in users if user.role is not None and len(parts_of(user.role.permissions)) > 1]
