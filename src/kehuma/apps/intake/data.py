"""Values that cross the door of the package."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(slots=True)
class Contents:
    """What is sealed of a batch: what the file is called, how it is read, its columns and first rows, the estimate."""

    name: str = ""
    reading: dict[str, Any] = field(default_factory=dict)
    header: list[str] = field(default_factory=list)
    sample: list[list[str]] = field(default_factory=list)
    columns: dict[str, str] = field(default_factory=dict)
    words: dict[str, dict[str, str]] = field(default_factory=dict)
    estimate: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Import:
    """A file on its way in, as pages show it."""

    uuid: UUID
    name: str
    state: str
    source: str
    scheme: str
    mode: str
    kind: str
    encoding: str
    delimiter: str
    sheet: str
    sheets: Sequence[str]
    header_row: int
    header: Sequence[str]
    sample: Sequence[Sequence[str]]
    columns: Mapping[str, str]
    actor: str
    size: int
    expected: int
    done: int
    counts: Mapping[str, Any]
    estimate: Mapping[str, Any]
    error: Mapping[str, str]
    customer_batch: UUID | None
    created_at: datetime
    progressed_at: datetime
    finished_at: datetime | None
    cleared_at: datetime | None
    is_dead: bool = False
    is_sealed: bool = False

    @property
    def share(self) -> float:
        """How much of the file has been read, 0 to 1."""
        return min(1.0, self.done / self.expected) if self.expected else 0.0

    @property
    def is_running(self) -> bool:
        """Whether something is being done with it in the background."""
        return self.state in ("checking", "committing")


@dataclass(frozen=True, slots=True)
class FaultRow:
    """One value that is wrong; ``alike`` rows have the same text in the same field."""

    number: int
    title: str
    field: str
    value: str
    zh: str
    en: str
    suggestion: str
    alike: int = 1


@dataclass(frozen=True, slots=True)
class DuplicateRow:
    """A row that may be somebody we have. ``others`` are rows of the file (``row``) or customers (``identity``)."""

    number: int
    title: str
    others: Sequence[Mapping[str, Any]]
    decision: str
    is_updatable: bool
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Slice:
    """Some rows of a longer list, from ``start`` (counted from 0)."""

    rows: Sequence[Any]
    start: int
    total: int

    @property
    def end(self) -> int:
        """How many rows there are up to here."""
        return self.start + len(self.rows)


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file: what stands in it, and the field it was given."""

    name: str
    target: str
    examples: Sequence[str]
    filled: int
