"""Who asks, and what they may do and see: handed to every query and service, made once per request.

>>> clerk = Viewer(7, "9b2e", "小王", permissions=frozenset({"customers.view"}), scope="own", sees=frozenset({"public"}))
>>> clerk.may("customers.view"), clerk.may("customers.delete"), clerk.may_see("sensitive")
(True, False, False)
>>> clerk.require("customers.delete")
Traceback (most recent call last):
kehuma.lib.viewer.Refused: customers.delete
"""

from dataclasses import dataclass
from typing import Literal

Scope = Literal["own", "team", "all"]
Language = Literal["zh", "en"]

FIELD_CLASSES = ("public", "internal", "personal", "sensitive")
# The names of persons: which of the classes above they belong to, each organisation says for itself.
PERSON_NAMES = "person-names"


class Refused(Exception):
    """The viewer may not do this. ``permission`` says what was missing; the page shows it to people in words."""

    def __init__(self, permission: str) -> None:
        self.permission = permission
        super().__init__(permission)


@dataclass(frozen=True, slots=True)
class Viewer:
    """A person or program with its rights, frozen for one request.

    ``actor`` is the uuid by which events name the viewer; ``scope`` says whose records it reaches (its own, those of
    the teams in ``team_ids``, all); ``sees`` holds the classes of fields that it sees unmasked, ``person_names`` is the
    class that the names of persons belong to. ``key`` is the uuid of the API key through which a program asks.
    """

    user_id: int | None
    actor: str
    name: str
    permissions: frozenset[str] = frozenset()
    scope: Scope = "own"
    team_ids: frozenset[int] = frozenset()
    sees: frozenset[str] = frozenset({"public"})
    language: Language = "zh"
    person_names: str = "internal"
    is_system: bool = False
    key: str = ""

    def may(self, permission: str) -> bool:
        """Whether the viewer may do this; an empty permission asks only for somebody who is signed in."""
        if self.is_system:
            return True
        return permission in self.permissions if permission else self.user_id is not None

    def require(self, permission: str) -> None:
        """Pass in silence, or raise ``Refused``."""
        if not self.may(permission):
            raise Refused(permission)

    def may_see(self, field_class: str) -> bool:
        """Whether fields of this class are shown in full."""
        known = self.person_names if field_class == PERSON_NAMES else field_class
        return self.is_system or known in self.sees


ANONYMOUS = Viewer(None, "", "", sees=frozenset())


def system(actor: str) -> Viewer:
    """The viewer of our own work (a command, a task of the night): may everything, named by ``actor`` in events."""
    return Viewer(None, actor, actor, scope="all", sees=frozenset(FIELD_CLASSES), is_system=True)
