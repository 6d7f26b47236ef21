"""Somebody can always manage people and roles; changes of people take turns so that this stays true."""

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX

from kehuma.apps.access import separation
from kehuma.apps.access.errors import AboveError, LastKeeperError, LastOfThreeError
from kehuma.apps.access.models import Organisation, Role, User
from kehuma.apps.access.permissions import KEEPER
from kehuma.lib.viewer import Viewer


def take_turn() -> None:
    """Wait, in the caller's transaction, until no other change of people or roles is under way."""
    Organisation.objects.select_for_update().first()


def require_keeper() -> None:
    """LastKeeperError where, as things stand in this transaction, nobody could manage people and roles.

    Where three administrators are in force: LastOfThreeError where one of the parts is in nobody's hands.
    """
    people = User.objects.filter(is_active=True, role__isnull=False).select_related("role")
    rights = [set(user.role.permissions) for user in people if user.role is not None and can_sign_in(user)]
    if separation.is_on():
        for part, needed in separation.NEEDED.items():
            if not any(needed in given for given in rights):
                raise LastOfThreeError(part)
    elif not any(given >= KEEPER for given in rights):
        raise LastKeeperError


def can_sign_in(user: User) -> bool:
    """Whether the person is active and has a password."""
    return user.is_active and user.password != "" and not user.password.startswith(UNUSABLE_PASSWORD_PREFIX)


def require_reach(viewer: Viewer, role: Role | None) -> None:
    """AboveError where the role has rights that the viewer lacks; who manages roles can give any.

    Where three administrators are in force nobody who manages people sees customers: then only what belongs to
    another administrator is above.
    """
    if viewer.may("roles.manage") or role is None or set(role.permissions) <= viewer.permissions:
        return
    if not (separation.is_on() and separation.is_in_reach(viewer, role)):
        raise AboveError
