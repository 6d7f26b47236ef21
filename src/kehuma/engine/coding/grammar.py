"""The one object that writes, reads and validates the codes of a scheme.

>>> from kehuma.engine.coding.scheme_file import load_scheme
>>> grammar = compile_scheme(load_scheme('''
... kehuma = 1
... name = "customer"
... template = "{region}-{serial:4}"
... [segments.region]
... kind = "lookup"
... dictionary = "cn-province"
... '''))
>>> snapshot = grammar.snapshot({"region": "北京市"})
>>> snapshot.counter_key
'region=BJ'
>>> grammar.write(snapshot, serial=1).code
'BJ-0001'
>>> grammar.read("bj0001").code
'BJ-0001'
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Protocol

from kehuma.engine.coding import reader, serials
from kehuma.engine.coding.check_characters import ALGORITHMS, Algorithm
from kehuma.engine.coding.errors import ReadError, SchemeError, WriteError
from kehuma.engine.coding.language import Chain, Language
from kehuma.engine.coding.languages import language_of
from kehuma.engine.coding.layout import Item, layout
from kehuma.engine.coding.model import SEPARATORS, Check, Initials, Literal, Parent, Part, Random, Scheme, Serial, Text
from kehuma.engine.coding.normal import canonical
from kehuma.engine.coding.plans import Plan, plan_for
from kehuma.engine.coding.reading import Reading
from kehuma.engine.coding.snapshots import Snapshot, fact_of, text_of

_new = tuple.__new__
_ONLY_CHARACTERS = str.maketrans("", "", SEPARATORS)


class Permutation(Protocol):
    """A secret order of the numbers below ``size``: the caller holds the key, the engine only the function.

    Each counter of a scheme may have an order of its own.
    """

    def forward(self, number: int, size: int, counter_key: str) -> int:
        """The number to write."""

    def backward(self, number: int, size: int, counter_key: str) -> int:
        """The number that was written."""


@dataclass(frozen=True, slots=True)
class Written:
    """A code as shown, and its identity form: unique, immutable, without live parts."""

    code: str
    identity: str
    serial: int | None


class Grammar:
    """Made by ``compile_scheme``; immutable for its users (it only remembers the plans it has made)."""

    # A slot of its own for the plans: read gets at it 25 ns faster than through the dictionary of cached properties.
    __slots__ = ("__dict__", "__weakref__", "_plans")

    def __init__(self, scheme: Scheme, parents: "Mapping[str, Grammar]", permutation: Permutation | None) -> None:
        self.scheme, self.parents, self.permutation = scheme, parents, permutation
        self.items = layout(scheme.parts)
        self.segments = scheme.segments
        self.room = 0
        self.languages = self._languages()
        self.room = self._serial_room()
        self.languages = self._languages()
        check = next((segment for segment in self.segments if isinstance(segment, Check)), None)
        self.algorithm: Algorithm | None = ALGORITHMS[check.algorithm] if check else None
        self._require_checkable()
        self._plans: dict[int, Plan] = {}

    # -- writing ---------------------------------------------------------------------------------------------------

    def snapshot(
        self, facts: Mapping[str, object], *, at: datetime | None = None, parent: str | None = None
    ) -> Snapshot:
        """The symbols that these facts freeze. ``parent`` is any form of the superior's code.

        WriteError names the segment and value that cannot be written.
        """
        texts = tuple(
            self._parent_text(segment, facts, parent)
            if isinstance(segment, Parent)
            else text_of(segment, facts, scheme=self.scheme, at=at)
            for segment in self.segments
        )
        return Snapshot(texts, self.counter_key(texts))

    def write(self, snapshot: Snapshot, *, serial: int | None = None, random: str | None = None) -> Written:
        """The code of a snapshot, number and drawn characters.

        WriteError ``check-not-printable`` says that this number is to be skipped, ``serial-exhausted`` that the
        range is full, ``code-too-long`` that the code would pass the scheme's length.
        """
        texts = list(snapshot.texts)
        for index, segment in enumerate(self.segments):
            if isinstance(segment, Serial):
                texts[index] = self._serial_text(segment, serial, snapshot.counter_key)
            elif isinstance(segment, Random):
                texts[index] = _drawn(segment, random)
        if self.algorithm is not None:
            place = next(index for index, segment in enumerate(self.segments) if isinstance(segment, Check))
            texts[place] = self._check_character(texts)
        identity, code = self.identity_of(texts), self.code_of(texts)
        if len(identity) + self.live_most > self.scheme.max_length or len(code) > self.scheme.max_length:
            raise WriteError("code-too-long", segment="", value=code, most=self.scheme.max_length)
        return Written(code, identity, serial)

    def counter_key(self, texts: Sequence[str]) -> str:
        """The name of the counter for segments with these texts."""
        counter = self.scheme.serial
        per = counter.per if counter else ()
        pairs = zip(self.segments, texts, strict=True)
        return " ".join(f"{segment.name}={text}" for segment, text in pairs if segment.name in per)

    def identity_of(self, texts: Sequence[str]) -> str:
        """The identity form for segments with these texts."""
        by_name = dict(zip((segment.name for segment in self.segments), texts, strict=True))
        identity = (item.part for item in self.items if item.group is None)
        return "".join(part.text if isinstance(part, Literal) else by_name[part.name] for part in identity)

    def code_of(self, texts: Sequence[str]) -> str:
        """The full form; a live part without text is left out, with the literal beside it."""
        by_name = dict(zip((segment.name for segment in self.segments), texts, strict=True))
        missing = {
            item.group
            for item in self.items
            if item.group is not None and not isinstance(item.part, Literal) and not by_name[item.part.name]
        }
        parts = (item.part for item in self.items if item.group is None or item.group not in missing)
        return "".join(part.text if isinstance(part, Literal) else by_name[part.name] for part in parts)

    # -- reading ---------------------------------------------------------------------------------------------------

    def read(self, text: str) -> Reading:
        """What a text says: canonical, in any case, without separators, or with look-alikes mended.

        ReadError with position and expectation where there is no reading, ``ambiguous`` where there are several.
        """
        # This is the hottest path of the product: unrolled, and no slower than a third more than re.fullmatch.
        try:
            pieces, first, second, third, texts_of = self._plans[len(text)]
            head, body, tail = pieces(text)
            head_weight, head_texts = first[head]
            body_weight, body_texts = second[body]
            tail_texts = third[head_weight + body_weight][tail]
        except KeyError:
            return self._read_slowly(text)
        texts = head_texts + body_texts + tail_texts if texts_of is None else texts_of(text)
        return _new(Reading, (self, text, texts, ()))

    def _read_slowly(self, text: str) -> Reading:
        length = len(text)
        if length not in self._plans and length <= self.scheme.max_length:
            self._plans[length] = plan_for(self, length)
        return reader.read(self, text)

    def readings(self, text: str, limit: int = 2) -> list[Reading]:
        """The readings of a text that is canonical already, at most ``limit``: one, none, or a proof of ambiguity."""
        return reader.exact(self, text, limit)

    def number_of(self, segment: Serial, text: str, counter_key: str) -> int | None:
        """The number behind the text of the serial; None where its order is hidden and the key is missing."""
        number = serials.number_of(segment, text)
        if segment.order == "sequential":
            return number
        return None if self.permutation is None else self.permutation.backward(number, self._size(segment), counter_key)

    def parent_reading(self, segment: Parent, text: str) -> Reading | None:
        """The superior's code, where it stands inside whole and one of the parent schemes reads it."""
        if segment.of:
            return None
        for grammar in self.parents_of(segment):
            found = grammar.readings(text, 1)
            if found:
                return found[0]
        return None

    def is_parent_right(self, segment: Parent, text: str) -> bool:
        """Whether the superior's code, where it stands inside whole, is one of its scheme: check character, dates."""
        return bool(segment.of) or not segment.schemes or self.parent_reading(segment, text) is not None

    def is_check_right(self, texts: Sequence[str]) -> bool:
        """Whether the check character, where there is one, fits the identity parts."""
        if self.algorithm is None:
            return True
        place = next(index for index, segment in enumerate(self.segments) if isinstance(segment, Check))
        return self.algorithm.of(self.checked_text(texts)) == texts[place]

    def parent_loosely(self, part: Part, piece: str) -> Reading | None:
        """The superior's code read from a piece that has lost its separators."""
        if not isinstance(part, Parent) or part.of:
            return None
        found = [reading for grammar in self.parents_of(part) for reading in reader.without_separators(grammar, piece)]
        return found[0] if len({reading.identity for reading in found}) == 1 else None

    # -- shape -----------------------------------------------------------------------------------------------------

    @cached_property
    def form(self) -> Chain:
        """The language of whole canonical codes, with and without live parts."""
        return reader.chain_of(self.items, self.languages)

    @cached_property
    def loose_languages(self) -> tuple[Language | None, ...]:
        """The parts' languages without separators; None for a literal that is one."""
        pairs = zip(self.items, self.languages, strict=True)
        return tuple(reader.loose_language(language, item.part) for item, language in pairs)

    @cached_property
    def loose_form(self) -> Chain:
        """The language of whole codes without separators."""
        pairs = zip(self.items, self.loose_languages, strict=True)
        kept = [(item, language) for item, language in pairs if language is not None]
        return reader.chain_of([item for item, _ in kept], [language for _, language in kept])

    @cached_property
    def live_most(self) -> int:
        """The room that live parts may take, so that a code can always show them."""
        live = (
            max(language.widths(self.scheme.max_length), default=0)
            for item, language in zip(self.items, self.languages, strict=True)
            if item.group is not None and not _is_unbounded(item)
        )
        return sum(live)

    @cached_property
    def longest(self) -> int:
        """The length of the longest code the scheme can write."""
        widths = (max(language.widths(self.scheme.max_length), default=0) for language in self.languages)
        return min(sum(widths), self.scheme.max_length)

    def _languages(self) -> tuple[Language, ...]:
        inner = {
            name: tuple(zip(grammar.items, grammar.languages, strict=True)) for name, grammar in self.parents.items()
        }
        most = max(self.room, self.scheme.serial.width if self.scheme.serial else 1, 1)
        return tuple(
            language_of(
                item.part, room=most if isinstance(item.part, Serial) else self.scheme.max_length, parents=inner
            )
            for item in self.items
        )

    def _parts(self) -> Iterator[tuple[Part, Language]]:
        return ((item.part, language) for item, language in zip(self.items, self.languages, strict=True))

    def _require_checkable(self) -> None:
        """SchemeError where a part, such as a parent's code, may print what the check algorithm does not take."""
        if self.algorithm is None:
            return
        pairs = zip(self.items, self.languages, strict=True)
        checked = [language for item, language in pairs if item.group is None and not isinstance(item.part, Check)]
        written = frozenset().union(*(language.characters for language in checked)) - set(SEPARATORS)
        foreign = "".join(sorted(written - set(self.algorithm.alphabet_in)))
        if foreign:
            raise SchemeError("check-alphabet", where="template", name=self.algorithm.name, characters=foreign)

    def _serial_room(self) -> int:
        """What the other parts at their shortest, and live parts at their longest, leave for the number."""
        others = self.live_most
        for item, language in zip(self.items, self.languages, strict=True):
            if item.group is None and not isinstance(item.part, Serial):
                # A part without a word that fits needs more than there is.
                others += min(language.widths(self.scheme.max_length), default=self.scheme.max_length + 1)
        least = self.scheme.serial.width if self.scheme.serial else 0
        if others + least > self.scheme.max_length:
            raise SchemeError("longer-than-max", where="max_length", needed=others + least)
        return self.scheme.max_length - others

    # -- parts -----------------------------------------------------------------------------------------------------

    def checked_text(self, texts: Sequence[str]) -> str:
        """What the check character is computed over: the identity without separators and without itself."""
        blank = ["" if isinstance(segment, Check) else text for segment, text in zip(self.segments, texts, strict=True)]
        return self.identity_of(blank).translate(_ONLY_CHARACTERS)

    def _check_character(self, texts: Sequence[str]) -> str:
        assert self.algorithm is not None  # noqa: S101  # asked only by a grammar that has one
        character = self.algorithm.of(self.checked_text(texts))
        if character not in self._printed_checks:
            name = next(segment.name for segment in self.segments if isinstance(segment, Check))
            raise WriteError("check-not-printable", segment=name, value=self.checked_text(texts))
        return character

    @cached_property
    def _printed_checks(self) -> frozenset[str]:
        pairs = zip(self.items, self.languages, strict=True)
        return next(language.characters for item, language in pairs if isinstance(item.part, Check))

    def _serial_text(self, segment: Serial, number: int | None, counter_key: str) -> str:
        if number is None:
            raise WriteError("serial-missing", segment=segment.name, value="")
        text = serials.text_of(segment, number, room=self.room)
        if segment.order == "sequential":
            return text
        if self.permutation is None:
            raise WriteError("key-missing", segment=segment.name, value=number)
        hidden = self.permutation.forward(number, self._size(segment), counter_key)
        return serials.text_of(segment, hidden, room=self.room)

    def _size(self, segment: Serial) -> int:
        return serials.last_number(segment, self.room) + 1

    def parents_of(self, segment: Parent) -> "list[Grammar]":
        """The grammars of the schemes that the segment names."""
        return [self.parents[name] for name in segment.schemes]

    def _parent_text(self, segment: Parent, facts: Mapping[str, object], code: str | None) -> str:
        given = code or fact_of(segment, facts)
        if not given:
            raise WriteError("parent-missing", segment=segment.name, value="", attribute=segment.attribute)
        if not segment.schemes:
            return self._any_code(segment, given)
        found, refusals = [], []
        for grammar in self.parents_of(segment):
            try:
                found.append(grammar.read(given))
            except ReadError as error:
                refusals.append(error)
        if not found:
            raise WriteError("parent-unreadable", segment=segment.name, value=given, reason=refusals[-1])
        if len({reading.identity for reading in found}) > 1:
            hits = [reading.identity for reading in found]
            raise WriteError("parent-ambiguous", segment=segment.name, value=given, nearest=hits)
        return "".join(part.text for part in found[0].named(segment.of)) if segment.of else found[0].identity

    def _any_code(self, segment: Parent, given: str) -> str:
        try:
            text = canonical(given, most=self.scheme.max_length, case_sensitive=self.scheme.case_sensitive)
            language = next(language for part, language in self._parts() if part is segment)
            if len(text) not in language.ends(text, 0):
                raise reader.expectation(segment, language, text)
        except ReadError as error:
            raise WriteError("parent-unreadable", segment=segment.name, value=given, reason=error) from None
        return text


def compile_scheme(
    scheme: Scheme, *, parents: Mapping[str, Grammar] | None = None, permutation: Permutation | None = None
) -> Grammar:
    """The grammar of a scheme.

    ``parents`` holds the grammars of the schemes that its parent segments name. SchemeError where one is missing,
    lacks a segment named in ``of``, or where the parts leave no room in ``max_length``.
    """
    inner = dict(parents or {})
    for index, part in enumerate(scheme.parts):
        if isinstance(part, Parent) and "self" in part.schemes:
            nested = replace(scheme, parts=(*scheme.parts[:index], _shallower(part), *scheme.parts[index + 1 :]))
            inner["self"] = compile_scheme(nested, parents=parents, permutation=permutation)
    for segment in scheme.segments:
        if isinstance(segment, Parent):
            _require_parents(segment, inner)
    return Grammar(scheme, inner, permutation)


def _shallower(segment: Parent) -> Parent:
    """The parent segment one level further in; at the innermost level a code of its own kind has other parents only."""
    if segment.depth > 1:
        return replace(segment, depth=segment.depth - 1)
    return replace(segment, schemes=tuple(name for name in segment.schemes if name != "self"))


def _require_parents(segment: Parent, parents: Mapping[str, Grammar]) -> None:
    where = f"segments.{segment.name}"
    for name in segment.schemes:
        if name not in parents:
            raise SchemeError("parent-scheme-missing", where=f"{where}.schemes", name=name)
        known = {part.name for part in parents[name].segments if not part.live}
        for wanted in segment.of:
            if wanted not in known:
                raise SchemeError("parent-segment-missing", where=f"{where}.of", name=wanted, scheme=name)


def _drawn(segment: Random, characters: str | None) -> str:
    if characters is None or len(characters) != segment.width or not set(characters) <= set(segment.alphabet):
        raise WriteError("random-wrong", segment=segment.name, value=characters or "", width=segment.width)
    return characters


def _is_unbounded(item: Item) -> bool:
    return isinstance(item.part, (Text, Initials)) and item.part.width == 0
