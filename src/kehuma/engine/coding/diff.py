r"""What a new version of a scheme changes, for the codes already issued and for those to come.

>>> from kehuma.engine.coding.grammar import compile_scheme
>>> from kehuma.engine.coding.scheme_file import load_scheme
>>> old, new = (compile_scheme(load_scheme(f'kehuma = 1\nname = "order"\ntemplate = "SO-{{serial:{n}}}"')) for n in "45")
>>> for change in diff(old, new).changes:
...     print(change.say("en"))
none of the codes issued is read by the new version, "SO-0000" for one; the old version goes on reading them
segment serial: width was 4, is now 5
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from itertools import chain

from kehuma.engine.coding.dictionaries import Dictionary, Entry
from kehuma.engine.coding.errors import CodingError, Language
from kehuma.engine.coding.grammar import Grammar
from kehuma.engine.coding.model import Literal, Lookup, Scheme, Segment, Serial, Title
from kehuma.engine.coding.proofs import Verdict, compatible, keeps_meaning, left_out, overlap

_SCHEME_OPTIONS = ("subject", "time_zone", "max_length", "effective", "overlaps")
_FLAGS = {"case_sensitive": ("case", "sensitive", "insensitive"), "separators_required": ("separators", "required", "optional")}  # fmt: skip
_NOT_OPTIONS = ("name", "dictionary", "per")
# The names of options in the file, where the model calls them otherwise.
_OPTIONS = {"tokens": "format", "width_max": "widest"}


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: the id of its message and the facts that fill it."""

    message: str
    facts: Mapping[str, object]

    def say(self, language: Language) -> str:
        """The change as one sentence without a full stop."""
        return CodingError(self.message, **self.facts).say(language)


@dataclass(frozen=True, slots=True)
class Difference:
    """The changes for codes ``issued`` under the old version, for codes ``to_come``, and whether both may stand."""

    issued: tuple[Change, ...]
    to_come: tuple[Change, ...]
    compatible: Verdict

    @property
    def changes(self) -> tuple[Change, ...]:
        """All changes, those for issued codes first."""
        return self.issued + self.to_come

    @property
    def is_empty(self) -> bool:
        """Whether nothing changes that a code, or what is said of one, could show."""
        return not self.changes


def diff(old: Grammar, new: Grammar) -> Difference:
    """The difference of two versions; examples are no part of it."""
    verdict = compatible(old, new)
    issued = (*_readable(old, new, verdict), *_renamed(old.scheme, new.scheme), *_retitled(old.scheme, new.scheme))
    to_come = (*_of_scheme(old.scheme, new.scheme), *_of_segments(old.scheme, new.scheme))
    if to_come and not issued:
        issued = (Change("diff-issued-same", {}),)
    return Difference(issued, to_come, verdict)


def _readable(old: Grammar, new: Grammar, verdict: Verdict) -> Iterator[Change]:
    if not verdict.ok:
        first, second = (" ".join(filter(None, reading)) for reading in verdict.readings)
        yield Change("diff-issued-differ", {"witness": verdict.witness, "first": first, "second": second})
    witness = left_out(old, new)
    if witness is not None:
        none = overlap(old, new) is None
        yield Change("diff-issued-none-read" if none else "diff-issued-some-unread", {"witness": witness})


def _renamed(old: Scheme, new: Scheme) -> Iterator[Change]:
    for was, becomes in _pairs(old, new):
        if isinstance(was, Lookup) and isinstance(becomes, Lookup):
            pairs = _common_entries(was.dictionary, becomes.dictionary)
            renamed = [(a, b) for a, b in pairs if (a.zh, a.en) != (b.zh, b.en)]
            yield from _symbols("diff-symbols-other", was, [_both(a, b) for a, b in renamed if not keeps_meaning(a, b)])
            yield from _symbols("diff-symbols-renamed", was, [_both(a, b) for a, b in renamed if keeps_meaning(a, b)])


def _retitled(old: Scheme, new: Scheme) -> Iterator[Change]:
    titles = {part.text: part.title for part in old.parts if isinstance(part, Literal)}
    for part in new.parts:
        if isinstance(part, Literal) and part.text in titles and titles[part.text] != part.title:
            facts = {"literal": part.text, "old": _title(titles[part.text]), "new": _title(part.title)}
            yield Change("diff-literal", facts)


def _of_scheme(old: Scheme, new: Scheme) -> Iterator[Change]:
    if old.name != new.name:
        yield _option("name", old.name, new.name)
    if old.title != new.title:
        yield Change("diff-title", {"old": _title(old.title), "new": _title(new.title)})
    if _shape(old) != _shape(new):
        yield Change("diff-template", {"old": old.template, "new": new.template})
    for name in _SCHEME_OPTIONS:
        if getattr(old, name) != getattr(new, name):
            yield _option(name, getattr(old, name), getattr(new, name))
    for name, (option, yes, no) in _FLAGS.items():
        was, becomes = getattr(old, name), getattr(new, name)
        if was != becomes:
            yield _option(option, yes if was else no, yes if becomes else no)


def _of_segments(old: Scheme, new: Scheme) -> Iterator[Change]:
    had, has = ({segment.name: segment for segment in scheme.segments} for scheme in (old, new))
    for name in chain(had, (name for name in has if name not in had)):
        if name not in has:
            yield Change("diff-segment-removed", {"segment": name, "kind": _kind(had[name])})
        elif name not in had:
            yield Change("diff-segment-added", {"segment": name, "kind": _kind(has[name])})
        elif type(had[name]) is not type(has[name]):
            facts = {"segment": name, "old": _kind(had[name]), "new": _kind(has[name])}
            yield Change("diff-segment-kind", facts)
        else:
            yield from _of_segment(had[name], has[name])


def _of_segment(old: Segment, new: Segment) -> Iterator[Change]:
    for field in fields(old):
        was, becomes = getattr(old, field.name), getattr(new, field.name)
        if field.name not in _NOT_OPTIONS and was != becomes:
            option = _OPTIONS.get(field.name, field.name)
            if field.name == "tokens":
                was, becomes = "".join(was), "".join(becomes)
            facts = {"segment": old.name, "option": option, "old": _value(was), "new": _value(becomes)}
            yield Change("diff-segment-option", facts)
    if isinstance(old, Serial) and isinstance(new, Serial) and set(old.per) != set(new.per):
        yield Change("diff-per", {"segment": old.name, "old": old.per or "–", "new": new.per or "–"})
    if isinstance(old, Lookup) and isinstance(new, Lookup):
        yield from _of_dictionaries(old, old.dictionary, new.dictionary)


def _of_dictionaries(segment: Lookup, old: Dictionary, new: Dictionary) -> Iterator[Change]:
    added = [_one(entry) for entry in new.entries if old.entry(entry.symbol) is None]
    removed = [_one(entry) for entry in old.entries if new.entry(entry.symbol) is None]
    understood = [_one(b) for a, b in _common_entries(old, new) if a != b and (a.zh, a.en) == (b.zh, b.en)]
    yield from _symbols("diff-symbols-added", segment, added)
    yield from _symbols("diff-symbols-removed", segment, removed)
    yield from _symbols("diff-symbols-understood", segment, understood)


def _symbols(message: str, segment: Segment, symbols: list[str]) -> Iterator[Change]:
    if symbols:
        yield Change(message, {"segment": segment.name, "count": len(symbols), "symbols": tuple(symbols)})


def _pairs(old: Scheme, new: Scheme) -> Iterator[tuple[Segment, Segment]]:
    has = {segment.name: segment for segment in new.segments}
    yield from ((segment, has[segment.name]) for segment in old.segments if segment.name in has)


def _common_entries(old: Dictionary, new: Dictionary) -> Iterator[tuple[Entry, Entry]]:
    for entry in old.entries:
        later = new.entry(entry.symbol)
        if later is not None:
            yield entry, later


def _shape(scheme: Scheme) -> list[str]:
    return [part.text if isinstance(part, Literal) else f"{{{part.name}}}" for part in scheme.parts]


def _option(option: str, old: object, new: object) -> Change:
    return Change("diff-option", {"option": option, "old": _value(old), "new": _value(new)})


def _kind(segment: Segment) -> str:
    return type(segment).__name__.lower()


def _one(entry: Entry) -> str:
    return f"{entry.symbol} {entry.label}" if entry.label != entry.symbol else entry.symbol


def _both(old: Entry, new: Entry) -> str:
    return f"{old.symbol} {_title(Title(old.zh, old.en))} → {_title(Title(new.zh, new.en))}"


def _title(title: Title | None) -> str:
    return " / ".join(filter(None, (title.zh, title.en))) or "–" if title else "–"


def _value(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    return value or "–" if value is None or isinstance(value, (str, tuple)) else value
