"""What a coding scheme is: an ordered tuple of parts, each of one kind, frozen.

Nothing here writes or reads; ``grammar.compile_scheme`` turns a scheme into the one object that does.
The meaning of every option stands in ``docs/reference/scheme-format.md``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from typing import Literal as OneOf

from kehuma.engine.coding.dictionaries import Dictionary

DIGITS = "0123456789"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# Crockford's base 32: no I, L, O, U.
ALPHABETS = {
    "digits": DIGITS,
    "letters": LETTERS,
    "base32": "0123456789ABCDEFGHJKMNPQRSTVWXYZ",
    "base36": DIGITS + LETTERS,
}
SEPARATORS = " -_/."

Overflow = OneOf["stop", "lengthen", "letters"]
Allocation = OneOf["fast", "gapless"]
Order = OneOf["sequential", "permuted"]


@dataclass(frozen=True, slots=True)
class Title:
    """A name in both languages; either may be empty."""

    zh: str = ""
    en: str = ""


@dataclass(frozen=True, slots=True)
class Literal:
    """Fixed text. ``title`` is its meaning, where the scheme gives one."""

    text: str
    title: Title | None = None


@dataclass(frozen=True, slots=True)
class Lookup:
    """The symbol of an attribute's value in a dictionary; ``width`` 0 lets symbols differ in length."""

    name: str
    attribute: str
    dictionary: Dictionary
    width: int = 0
    default: str | None = None
    unknown: OneOf["reject", "default"] = "reject"
    live: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """The attribute itself; ``width`` 0 means any length from one. ``take`` n is the first n characters, -n the last."""

    name: str
    attribute: str
    width: int = 0
    take: int = 0
    pad: str = ""
    alphabet: str = DIGITS + LETTERS
    case: OneOf["upper", "lower", "keep"] = "upper"
    live: bool = False


@dataclass(frozen=True, slots=True)
class Initials:
    """Pinyin or Latin initials of a name, one to ``width`` characters (0: as many as the code has room for)."""

    name: str
    attribute: str = "name"
    width: int = 0
    drop: tuple[str, ...] = ()
    alphabet: str = LETTERS
    default: str | None = None
    live: bool = False


@dataclass(frozen=True, slots=True)
class Date:
    """A date attribute, or the time of issue where ``attribute`` is None. ``tokens`` is the format, cut up."""

    name: str
    tokens: tuple[str, ...]
    attribute: str | None = None
    fiscal_start: int = 1
    live: bool = False


@dataclass(frozen=True, slots=True)
class Parent:
    """Another code in its identity form, whole (``of`` empty) or only the parent's segments named in ``of``."""

    name: str
    attribute: str = "parent"
    of: tuple[str, ...] = ()
    schemes: tuple[str, ...] = ()
    depth: int = 1
    live: bool = False


@dataclass(frozen=True, slots=True)
class Serial:
    """The counter. ``width`` is the least, ``width_max`` the most characters (0: as ``overflow`` says)."""

    name: str
    width: int = 1
    width_max: int = 0
    alphabet: str = DIGITS
    start: int = 1
    step: int = 1
    per: tuple[str, ...] = ()
    overflow: Overflow = "stop"
    allocation: Allocation = "fast"
    order: Order = "sequential"
    live: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """One check character over the identity parts, computed by ``algorithm`` (a name in ``check_characters``)."""

    name: str
    algorithm: str
    live: bool = False


@dataclass(frozen=True, slots=True)
class Random:
    """``width`` characters drawn at issue and handed in by the caller."""

    name: str
    width: int
    alphabet: str = DIGITS
    live: bool = False


@dataclass(frozen=True, slots=True)
class Reserved:
    """A filler of fixed text that keeps a place for later use."""

    name: str
    fill: str
    live: bool = False


Segment = Lookup | Text | Initials | Date | Parent | Serial | Check | Random | Reserved
Part = Literal | Segment


@dataclass(frozen=True, slots=True)
class Example:
    """A line of the scheme's own test: ``code`` is what ``given`` writes, or ``not_a_code`` a text to be refused."""

    given: Mapping[str, Any] = field(default_factory=dict)
    serial: int | None = None
    parent: str | None = None
    at: datetime | None = None
    random: str | None = None
    meaning: Mapping[str, str] = field(default_factory=dict)
    code: str | None = None
    not_a_code: str | None = None


@dataclass(frozen=True, slots=True)
class Forecast:
    """What the scheme is to last for; checked by lints, never a rule of writing.

    ``codes_per_key``: codes a year under the busiest counter key (dates in the key left aside); 0 where not stated.
    ``reset``: the period after which numbers are wanted to begin again, "" for never.
    """

    codes_per_key: int = 0
    years: int = 10
    reset: OneOf["", "year", "quarter", "month", "week", "day"] = ""


@dataclass(frozen=True, slots=True)
class Scheme:
    """A coding rule as its file states it."""

    name: str
    parts: tuple[Part, ...]
    template: str = ""
    title: Title = Title()
    subject: str = "customer"
    effective: date | None = None
    time_zone: str = "Asia/Shanghai"
    max_length: int = 40
    case_sensitive: bool = False
    separators_required: bool = False
    overlaps: tuple[str, ...] = ()
    forecast: Forecast = Forecast()
    examples: tuple[Example, ...] = ()

    @property
    def segments(self) -> tuple[Segment, ...]:
        """The parts that are not literals, in order."""
        return tuple(part for part in self.parts if not isinstance(part, Literal))

    @property
    def serial(self) -> Serial | None:
        """The counter, where the scheme has one."""
        return next((part for part in self.parts if isinstance(part, Serial)), None)
