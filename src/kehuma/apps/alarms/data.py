"""Values that cross the door of the package."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """An alarm. ``name`` is what pages call the reader today, "" where nobody knows it any more."""

    uuid: UUID
    reader: str
    name: str
    rule: str
    day: date
    at: datetime
    facts: Mapping[str, Any]
    acknowledged_at: datetime | None
    acknowledged_by: str
    note: str

    @property
    def is_open(self) -> bool:
        """Whether nobody has looked into it yet."""
        return self.acknowledged_at is None


@dataclass(frozen=True, slots=True)
class DayRow:
    """What a reader did on a day; ``hours`` are the look-ups of each of the 24, ``usual`` is None without a habit."""

    looked: int
    foreign: int
    misses: int
    exported: int
    night: int
    usual: int | None
    hours: Sequence[int]
    codes: Sequence[tuple[str, int]]
    more: int


@dataclass(frozen=True, slots=True)
class CanaryRow:
    """A canary code; ``hit_at`` is when somebody last looked it up."""

    identity: str
    scheme: str
    actor: str
    made_at: datetime
    hit_at: datetime | None
