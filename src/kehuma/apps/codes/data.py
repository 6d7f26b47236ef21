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
    """A code as the register holds it. ``code`` is the form shown today, ``identity`` never changes.

    ``is_new``: this very request has made it.
    """

    code: str
    identity: str
    number: int | None
    scheme: str
    version: int
    state: str
    issued_at: datetime
    is_new: bool = field(default=False, compare=False)


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


class AliasOutcome(NamedTuple):
    """What became of one number of another system: ``known`` was there for the same code already."""

    kind: Literal["added", "known", "rejected"]
    error: CodingError | None = None


@dataclass(frozen=True, slots=True)
class AliasState:
    """Another text for a code: its number in ``system``, or, without one, what it was called before.

    ``kind``: ``former``, ``form`` (with other live parts) or ``number``. ``text`` is empty where it was erased.
    """

    id: int
    system: str
    kind: str
    text: str
    since: datetime
    ended_at: datetime | None = None
    ended_for: str = ""

    @property
    def shown(self) -> str:
        """``system:number``, or the text alone."""
        return f"{self.system}:{self.text}" if self.system else self.text


@dataclass(frozen=True, slots=True)
class StateChanged:
    """One change of a code's state; ``by`` is the code that took its place."""

    before: str
    after: str
    reason: str
    by: str | None
    note: str
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Span:
    """Numbers of one counter with the same fate, ``count`` of them between ``first`` and ``last`` (None: no end).

    ``kind``: ``issued`` (whatever its state is now), ``reserved``, ``void``, ``skipped``, ``unused`` or
    ``unexplained``. ``reason`` says why a code is void or a number skipped: ``check-character``, ``taken`` (``text`` is
    the text that was), ``begun``, ``adopted``, ``restored``; ``who`` made it so.
    """

    key: str
    first: int
    last: int | None
    count: int | None
    kind: str
    state: str = ""
    reason: str = ""
    who: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A code that may have been meant.

    ``reason``: ``check-character``, ``similar``, ``live-part``, ``loose``, ``readings`` or ``alias``.
    """

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a text stands for. Where nothing is found, ``suggestions`` are ranked, the likeliest first.

    ``checked``: a check character speaks for the hit; without one a typing error may have led to another code.
    ``replaced_by`` is the code that stands for a superseded or merged one today.
    """

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
    checked: bool = False
    replaced_by: str | None = None

    def as_json(self) -> Mapping[str, Any]:
        """The answer of ``kehuma resolve --json``."""
        named = {name: getattr(self, name) for name in ("found", "code", "identity", "state", "scheme", "version")}
        return {
            **named,
            "subject": self.subject,
            "segments": [part.as_json() for part in self.segments],
            "aliases": list(self.aliases),
            "normalised": list(self.normalised),
            "suggestions": [{"code": one.code, "reason": one.reason} for one in self.suggestions],
            "checked": self.checked,
            "replaced_by": self.replaced_by,
        }
