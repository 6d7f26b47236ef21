"""Values that cross the door of the package."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Testimony:
    """An event as it stands in the table."""

    uuid: UUID
    at: datetime
    actor: str
    kind: str
    subject: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Logged:
    """An event on the page of the log: ``index`` is its leaf, None while it waits to become one."""

    event: Testimony
    index: int | None


@dataclass(frozen=True, slots=True)
class WorkRow:
    """The log being verified (``verify``) or written into a file (``table``, ``files``); see ``models.Work``."""

    uuid: UUID
    kind: str
    query: str
    actor: str
    state: str
    share: float
    result: Mapping[str, Any]
    at: datetime
    ended_at: datetime | None

    @property
    def is_running(self) -> bool:
        """Whether it is worth asking again."""
        return self.state in {"waiting", "running"}


@dataclass(frozen=True, slots=True)
class SignedOff:
    """The sign-off of a period with who has signed, in order; see ``models.SignOff``."""

    uuid: UUID
    since: date
    until: date
    events: int
    first: int | None
    last: int | None
    note: str
    needed: int
    verified_at: datetime
    at: datetime
    signatures: tuple[tuple[str, datetime], ...]

    @property
    def is_complete(self) -> bool:
        """Whether as many people have signed as must."""
        return len(self.signatures) >= self.needed
