"""Values that cross the door of the package."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to deliver a message: the status of the answer, else the reason why there was none."""

    message: str
    kind: str
    at: datetime
    status: int | None
    reason: str
    milliseconds: int
    is_delivered: bool
    leaf: int
    part: int

    @property
    def is_of_log(self) -> bool:
        """Whether it can be sent again; a test has no event."""
        return self.leaf >= 0


@dataclass(frozen=True, slots=True)
class EndpointRow:
    """An endpoint. ``url`` is empty while the personal values of the installation are sealed.

    ``stopped`` is empty, ``paused`` (by a person), ``failing`` or ``gone``; ``behind`` is how many events
    wait to be told, 1,000 for as many or more; ``other_secret_until`` is set while an older secret signs as well.
    """

    uuid: UUID
    name: str
    host: str
    url: str
    kinds: Sequence[str]
    created_at: datetime
    stopped: str
    stopped_at: datetime | None
    failing_since: datetime | None
    retry_at: datetime | None
    delivered_at: datetime | None
    recent: Sequence[Attempt]
    behind: int
    waiting: int
    given_up: int
    replays: int
    other_secret_until: datetime | None


@dataclass(frozen=True, slots=True)
class UndeliveredRow:
    """A message that did not arrive; without ``retry_at`` it was given up."""

    message: str
    leaf: int
    part: int
    kind: str
    failures: int
    retry_at: datetime | None
    status: int | None
    reason: str
    failed_at: datetime


@dataclass(frozen=True, slots=True)
class NewSecret:
    """An endpoint and the secret that both sides sign with; it can be shown this once only."""

    uuid: UUID
    text: str
