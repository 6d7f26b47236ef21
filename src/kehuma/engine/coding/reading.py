"""What a code says: its parts, each with its meaning in both languages."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from kehuma.engine.coding import dates
from kehuma.engine.coding.model import Check, Date, Literal, Lookup, Parent, Random, Reserved, Segment, Serial

if TYPE_CHECKING:
    from kehuma.engine.coding.grammar import Grammar


@dataclass(frozen=True, slots=True)
class SegmentReading:
    """One segment of a code: its text and what that means. ``value`` is for machines: a number, a date, a symbol."""

    name: str
    text: str
    zh: str
    en: str
    value: Any

    def as_json(self) -> dict[str, Any]:
        """The segment for programs."""
        return {"name": self.name, "text": self.text, "zh": self.zh, "en": self.en, "value": self.value}


class _Read(NamedTuple):
    grammar: "Grammar"
    code: str
    texts: tuple[str, ...]
    normalised: tuple[str, ...] = ()


class Reading(_Read):
    """A code that has been read. ``texts`` has one text per segment, empty where a live part is missing.

    ``normalised`` names what had to be mended first (``letters``, ``separators``, ``look-alikes``);
    ``flags`` names what is unusual about the code itself (``off-step``).
    """

    # A tuple, because it is made in 70 ns where a frozen dataclass takes 400, and reading is the hottest path; what
    # a code means is worked out when it is asked for.

    def __repr__(self) -> str:
        return f"Reading({self.code!r}, {self.texts!r})"

    @cached_property
    def identity(self) -> str:
        """The immutable form: without live parts and the literals beside them."""
        return self.grammar.identity_of(self.texts)

    @cached_property
    def segments(self) -> tuple[SegmentReading, ...]:
        """Each segment that is there, with its meaning."""
        pairs = zip(self.grammar.segments, self.texts, strict=True)
        return tuple(self._meaning(segment, text) for segment, text in pairs if text)

    @cached_property
    def literals(self) -> tuple[SegmentReading, ...]:
        """The fixed texts to which the scheme gives a meaning."""
        titled = (item.part for item in self.grammar.items if isinstance(item.part, Literal))
        return tuple(
            SegmentReading(part.text, part.text, part.title.zh, part.title.en, part.text)
            for part in titled
            if part.title is not None
        )

    def as_json(self) -> dict[str, Any]:
        """The answer of ``kehuma scheme read --json``, with the superior's code read in the same way."""
        effective = self.grammar.scheme.effective
        return {
            "scheme": self.grammar.scheme.name,
            "version": effective.isoformat() if effective else None,
            "code": self.code,
            "identity": self.identity,
            "segments": [part.as_json() for part in self.segments],
            "literals": [part.as_json() for part in self.literals],
            "parent": self.parent.as_json() if self.parent else None,
            "serial": self.serial,
            "readings": [" ".join(filter(None, self.texts))],
            "normalised": list(self.normalised),
            "flags": list(self.flags),
        }

    def named(self, names: Sequence[str]) -> tuple[SegmentReading, ...]:
        """The segments of these names, in the order of the names."""
        by_name = {segment.name: segment for segment in self.segments}
        return tuple(by_name[name] for name in names)

    @cached_property
    def serial(self) -> int | None:
        """The number in the code, None where the scheme has none (or hides its order and the key is missing)."""
        for segment, text in zip(self.grammar.segments, self.texts, strict=True):
            if isinstance(segment, Serial):
                return self.grammar.number_of(segment, text, self.counter_key)
        return None

    @cached_property
    def parent(self) -> "Reading | None":
        """The superior code inside this one, where it can be read whole."""
        for segment, text in zip(self.grammar.segments, self.texts, strict=True):
            if isinstance(segment, Parent) and text:
                return self.grammar.parent_reading(segment, text)
        return None

    @cached_property
    def counter_key(self) -> str:
        """The key of the counter that gave the number: the written text of each ``per`` segment."""
        return self.grammar.counter_key(self.texts)

    @cached_property
    def flags(self) -> tuple[str, ...]:
        """``off-step`` for a number that the counter would not have given."""
        counter = self.grammar.scheme.serial
        if counter is None or self.serial is None or (self.serial - counter.start) % counter.step == 0:
            return ()
        return ("off-step",)

    def _meaning(self, segment: Segment, text: str) -> SegmentReading:
        zh, en, value = self._said(segment, text)
        return SegmentReading(segment.name, text, zh, en, value)

    def _said(self, segment: Segment, text: str) -> tuple[str, str, Any]:
        match segment:
            case Lookup():
                entry = segment.dictionary.entry(text)
                return (entry.zh or text, entry.en or text, text) if entry else (text, text, text)
            case Date():
                return dates.said(segment.tokens, text)
            case Serial():
                return (text, text, None) if self.serial is None else _number_said(self.serial)
            case Parent():
                return _parent_said(self.parent, text)
            case Check():
                return "校验位", "check character", text
            case Random():
                return "随机", "random", text
            case Reserved():
                return "预留", "reserved", text
            case _:
                return text, text, text


def _number_said(number: int) -> tuple[str, str, int]:
    return f"第{number}个", f"no. {number}", number


def _parent_said(parent: Reading | None, text: str) -> tuple[str, str, str]:
    if parent is None:
        return f"上级 {text}", f"parent {text}", text
    told = [*parent.literals, *parent.segments]
    return " ".join(part.zh for part in told), ", ".join(part.en for part in told), parent.identity
