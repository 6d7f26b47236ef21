"""Somebody can always manage people and roles; changes of people take turns so that this stays true."""

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX

from kehuma.apps.access.errors import AboveError, LastKeeperError
from kehuma.apps.access.models import Organisation, Role, User
from kehuma.apps.access.permissions import KEEPER
from kehuma.lib.viewer import Viewer


def take_turn() -> None:
    """Wait, in the caller's transaction, until no other change of people or roles is under way."""
    Organisation.objects.select_for_update().first()


def require_keeper() -> None:
    """LastKeeperError where, as things stand in this transaction, nobody could manage people and roles."""
    keepers = User.objects.filter(is_active=True, role__isnull=False).select_related("role")
    can_sign_in = keepers.exclude(password="").exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX)
    if not any(user.role is not None and set(user.role.permissions) >= KEEPER for user in can_sign_in):
        raise LastKeeperError


def require_reach(viewer: Viewer, role: Role | None) -> None:
    """AboveError where the role has rights that the viewer lacks; who manages roles can give any."""
    if viewer.may("roles.manage") or role is None:
        return
    if not set(role.permissions) <= viewer.permissions:
        raise AboveError
