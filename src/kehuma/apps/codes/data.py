"""Values that cross the door of the package."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, NamedTuple

from kehuma.engine.coding.errors import CodingError
from kehuma.engine.coding.reading import SegmentReading

# One row of a file: the source's own key of it, and the values of the attributes in the order told beforehand.
Order = tuple[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class IssuedCode:
    """A code as the register holds it. ``code`` is the form shown today, ``identity`` never changes."""

    code: str
    identity: str
    number: int | None
    scheme: str
    version: int
    state: str
    issued_at: datetime


class Outcome(NamedTuple):
    """What became of one row: ``known`` and ``changed`` rows keep the code of their key, ``rejected`` ones have none."""

    kind: Literal["coded", "known", "changed", "rejected"]
    code: str | None
    error: CodingError | None = None


@dataclass(frozen=True, slots=True)
class PublishedScheme:
    """One version of a scheme in the register."""

    name: str
    number: int
    subject: str
    source: str
    effective: date
    published_at: datetime


@dataclass(frozen=True, slots=True)
class CounterState:
    """A counter and the number it gives next."""

    scheme: str
    key: str
    next: int


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A code that may have been meant. ``reason``: ``check-character``, ``live-part``, ``loose`` or ``readings``."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a text stands for. Where nothing is found, ``suggestions`` are ranked, the likeliest first."""

    found: bool
    code: str | None = None
    identity: str | None = None
    state: str | None = None
    scheme: str | None = None
    version: int | None = None
    subject: str | None = None
    segments: Sequence[SegmentReading] = ()
    aliases: Sequence[str] = ()
    normalised: Sequence[str] = ()
    suggestions: Sequence[Suggestion] = field(default=())

    def as_json(self) -> Mapping[str, Any]:
        """The answer of ``kehuma resolve --json``."""
        named = {name: getattr(self, name) for name in ("found", "code", "identity", "state", "scheme", "version")}
        return {
            **named,
            "subject": self.subject,
            "segments": [
                {"name": part.name, "text": part.text, "zh": part.zh, "en": part.en, "value": part.value}
                for part in self.segments
            ],
            "aliases": list(self.aliases),
            "normalised": list(self.normalised),
            "suggestions": [{"code": one.code, "reason": one.reason} for one in self.suggestions],
        }
