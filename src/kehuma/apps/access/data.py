"""Values that cross the door of the package."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from kehuma.lib.viewer import Language, Scope

PersonState = Literal["active", "invited", "inactive"]


@dataclass(frozen=True, slots=True)
class Client:
    """Where a request comes from: the address, the browser in words, the token of its device cookie ("" for none)."""

    address: str = ""
    browser: str = ""
    device: str = ""


@dataclass(frozen=True, slots=True)
class Colleague:
    """A person as others may know of it."""

    id: int
    uuid: UUID
    name: str
    username: str
    team_id: int | None
    team_name: str


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person as its managers see it. ``link_until`` is set while an unused link is open."""

    id: int
    uuid: UUID
    name: str
    username: str
    email: str
    language: Language
    role_uuid: UUID | None
    role_zh: str
    role_en: str
    team_id: int | None
    team_name: str
    state: PersonState
    has_second_factor: bool
    last_seen_at: datetime | None
    link_until: datetime | None


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What managers say of a person: its role by uuid, its team by id."""

    name: str
    username: str
    email: str
    role: UUID | str
    team: int | None = None


@dataclass(frozen=True, slots=True)
class RoleFacts:
    """What a role is made of; the order of rights does not matter, and unknown ones are left out."""

    zh: str
    en: str
    permissions: frozenset[str]
    scope: Scope
    sees: frozenset[str]
    asks_second_factor: bool = False


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A role and the number of its people."""

    uuid: UUID
    key: str
    zh: str
    en: str
    permissions: frozenset[str]
    scope: Scope
    sees: frozenset[str]
    asks_second_factor: bool
    people: int

    def title(self, language: Language) -> str:
        """The name in this language."""
        return self.en if language == "en" else self.zh


@dataclass(frozen=True, slots=True)
class Ending:
    """Somebody asked to go back to one administrator: who asked, and who is to be it, both by uuid."""

    by: str
    administrator: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Separation:
    """Whether three administrators are in force, and the names of those who hold each part."""

    since: datetime | None
    holders: Mapping[str, Sequence[str]]
    ending: Ending | None


@dataclass(frozen=True, slots=True)
class TeamRow:
    """A team and the number of its people."""

    id: int
    uuid: UUID
    name: str
    people: int


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A browser in which the viewer is signed in."""

    uuid: UUID
    address: str
    browser: str
    began_at: datetime
    seen_at: datetime
    is_this: bool


@dataclass(frozen=True, slots=True)
class KeyRow:
    """An API key as its owner sees it later: the beginning only."""

    uuid: UUID
    name: str
    prefix: str
    permissions: Sequence[str]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    is_over: bool


@dataclass(frozen=True, slots=True)
class Account:
    """The viewer's own row."""

    uuid: UUID
    name: str
    username: str
    email: str
    language: Language
    role_zh: str
    role_en: str
    team_name: str
    has_second_factor: bool
    is_asked_for_second_factor: bool
    recovery_codes_left: int
    api_keys: int


@dataclass(frozen=True, slots=True)
class Invited:
    """A person who was invited, and the token of the link; it can be shown this once only."""

    id: int
    uuid: UUID
    token: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A link to send to somebody who forgot the password."""

    email: str
    name: str
    language: Language
    token: str


@dataclass(frozen=True, slots=True)
class OpenLink:
    """A link that works: ``key`` stands for it in a session, where its token has no place."""

    key: str
    purpose: Literal["invite", "reset"]
    name: str
    username: str


@dataclass(frozen=True, slots=True)
class SetUp:
    """What the authenticator takes: the address behind the QR code, and the secret for typing."""

    uri: str
    secret: str


@dataclass(frozen=True, slots=True)
class NewKey:
    """A new API key; ``text`` can be shown this once only."""

    uuid: UUID
    text: str


@dataclass(frozen=True, slots=True)
class ViewRow:
    """A view of a list that a person keeps: ``query`` is its address."""

    uuid: UUID
    name: str
    query: str
    is_default: bool
