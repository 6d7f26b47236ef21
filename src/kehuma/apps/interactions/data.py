"""Values that cross the door of the package."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

Kind = Literal["call", "visit", "mail", "message", "note"]
KINDS: tuple[Kind, ...] = ("call", "visit", "mail", "message", "note")


@dataclass(frozen=True, slots=True)
class InteractionRow:
    """An entry that has just been made; ``mentioned`` are the people told of it."""

    uuid: UUID
    kind: str
    text: str
    at: datetime
    mentioned: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the timeline; ``detail`` says with whom."""

    at: datetime
    kind: str
    actor_name: str
    text: str
    detail: str
    uuid: UUID
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class Timeline:
    """Some entries and the cursor of those behind them, "" at the end."""

    entries: Sequence[Entry]
    next: str = ""


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A follow-up; ``overdue_days`` is negative or 0 where it is not late."""

    id: int
    due: date
    what: str
    identity: str
    name: str
    overdue_days: int
    owner_name: str = ""


@dataclass(frozen=True, slots=True)
class Tasks:
    """The viewer's open follow-ups by day."""

    overdue: Sequence[TaskRow]
    today: Sequence[TaskRow]
    coming: Sequence[TaskRow]


@dataclass(frozen=True, slots=True)
class MentionRow:
    """A remark that names the viewer."""

    id: int
    at: datetime
    actor_name: str
    text: str
    identity: str
    name: str
    is_read: bool
