"""Values that cross the door."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from kehuma.apps.connectors.sharing.groups import Rare


@dataclass(frozen=True, slots=True)
class RecipientRow:
    """Somebody with whom customers are shared; ``given`` counts the files, ``given_at`` is the last one."""

    uuid: UUID
    name: str
    purpose: str
    epoch: int
    actor: str
    created_at: datetime
    ended_at: datetime | None
    given: int = 0
    given_at: datetime | None = None

    @property
    def short(self) -> str:
        """Enough of the uuid to name it at the command line."""
        return self.uuid.hex[:8]


class Option(NamedTuple):
    """What would be rare if the column ``now`` became ``then``, or were left out where that is empty."""

    now: str
    then: str
    rare: Rare


@dataclass(frozen=True, slots=True)
class ReleaseRow:
    """Something that was or is being given: ``rows`` of them in the end, ``rare`` of those that were counted."""

    uuid: UUID
    recipient: UUID
    epoch: int
    columns: Sequence[str]
    kind: str
    keeps: str
    state: str
    expected: int
    done: int
    rare: Rare
    options: Sequence[Option]
    rows: int
    actor: str
    at: datetime
    has_file: bool

    @property
    def is_running(self) -> bool:
        """Whether something of it is still to be done."""
        return self.state in {"waiting", "counting", "writing"}

    @property
    def share(self) -> float:
        """How much of the present pass is done, 0 to 1."""
        return min(1.0, self.done / self.expected) if self.expected else 0.0


class ReadBack(NamedTuple):
    """A pseudonym as it was given in, and the code behind it; "" where the viewer reaches none."""

    text: str
    identity: str
