"""The long way to read a text: every part's automaton in turn, then without separators, then with look-alikes mended.

It is taken when no plan fits, and always when something is wrong, because it can say what and where.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from kehuma.engine.coding import dates
from kehuma.engine.coding.errors import ReadError
from kehuma.engine.coding.language import Chain, Language, Places, concatenation, without
from kehuma.engine.coding.layout import Item
from kehuma.engine.coding.model import DIGITS, SEPARATORS, Check, Date, Literal, Lookup, Parent, Part
from kehuma.engine.coding.normal import canonical, loose
from kehuma.engine.coding.reading import Reading

if TYPE_CHECKING:
    from kehuma.engine.coding.grammar import Grammar

# Whole candidates tried when look-alikes are mended; a text of forty noughts has 2 to the 40th.
_MOST_SPELLINGS = 200
_MOST_STEPS = 2_000
# Ways through a text that are tried. A scheme proved unique has one way through any text; of the others, texts of
# forty characters may have more ways than a computer can count.
_MOST_PATHS = 100
_MOST_PATHS_OF_A_GUESS = 5
_SWAPS = {"O": "0", "0": "O", "I": "1", "L": "1", "1": "IL"}

_ONLY_CHARACTERS = str.maketrans("", "", SEPARATORS)

# One way through a text: for each item its (start, end), None where its group is missing.
Path = tuple[tuple[int, int] | None, ...]


def read(grammar: "Grammar", text: str) -> Reading:
    """The one reading of a text in any form; ReadError says where and what instead."""
    scheme = grammar.scheme
    try:
        normal = canonical(text, most=scheme.max_length, case_sensitive=scheme.case_sensitive)
    except ReadError as error:
        # A dash of another alphabet is no letter, but without separators the rest may be a code.
        found = [] if error.message != "not-ascii" else _loosely(grammar, text)
        if not found:
            raise
        return _only(text, found, ("separators",))
    if found := exact(grammar, normal, 2):
        return _only(text, found, ("letters",))
    if found := _loosely(grammar, text):
        return _only(text, found, ("separators",))
    if found := _mended(grammar, normal):
        return _only(text, found, ("look-alikes",))
    raise _refusal(grammar, normal)


def _loosely(grammar: "Grammar", text: str) -> list[Reading]:
    if grammar.scheme.separators_required:
        return []
    try:
        return without_separators(grammar, text)
    except ReadError:
        return []


def _only(text: str, found: list[Reading], notes: tuple[str, ...]) -> Reading:
    if len(found) > 1:
        readings = [" ".join(filter(None, reading.texts)) for reading in found]
        raise ReadError("ambiguous", text=text, position=0, readings=readings)
    reading = found[0]
    if reading.code == text:
        return reading
    return Reading(reading.grammar, reading.code, reading.texts, notes)


def exact(grammar: "Grammar", text: str, limit: int, *, most: int = _MOST_PATHS) -> list[Reading]:
    """The readings of a canonical text, at most ``limit``, found on at most ``most`` ways through it."""
    if len(text) > grammar.scheme.max_length:
        return []
    return _sound(grammar, text, _Walk(grammar.items, grammar.languages, text), limit, most)


def without_separators(grammar: "Grammar", text: str, *, most: int = _MOST_PATHS) -> list[Reading]:
    """The readings of a text typed without (or with other) separators, at most two; their codes are canonical."""
    scheme = grammar.scheme
    bare = loose(text, most=scheme.max_length, case_sensitive=scheme.case_sensitive)
    walk = _Walk(grammar.items, grammar.loose_languages, bare)
    found: dict[tuple[str, tuple[str, ...]], Reading] = {}
    for path in islice(walk.paths(), most):
        texts = [_restored(grammar, item, piece) for item, piece in _segments_of(grammar, bare, path)]
        for reading in exact(grammar, grammar.code_of(texts), 2, most=_MOST_PATHS_OF_A_GUESS):
            found[reading.code, reading.texts] = reading
        if len(found) > 1:
            break
    return list(found.values())


def loose_language(language: Language, part: Part) -> Language | None:
    """A part's language without separators; None for a literal of which nothing would be left."""
    if isinstance(part, Literal) and not part.text.strip(SEPARATORS):
        return None
    return without(language, SEPARATORS) if language.characters & set(SEPARATORS) else language


class _Walk:
    """All paths through a text; remembers the dead ends, so that no text takes more than items x length squared."""

    def __init__(self, items: Sequence[Item], languages: Sequence[Language | None], text: str) -> None:
        self.items, self.languages, self.text = items, languages, text
        self.reach, self.reached_by = 0, 0
        self._dead: set[tuple[int, int]] = set()

    def paths(self, index: int = 0, start: int = 0) -> Iterator[Path]:
        """The ways to read the rest of the text with the rest of the items."""
        if index == len(self.items):
            if start == len(self.text):
                yield ()
            elif start > self.reach:
                self.reach, self.reached_by = start, index
            return
        if (index, start) in self._dead:
            return
        alive = False
        for span, following in self._choices(index, start):
            for rest in self.paths(following, span[-1][1] if span and span[-1] else start):
                alive = True
                yield (*span, *rest)
        if not alive:
            self._dead.add((index, start))

    def _choices(self, index: int, start: int) -> Iterator[tuple[Path, int]]:
        language, group = self.languages[index], self.items[index].group
        if language is None:
            yield ((start, start),), index + 1
        else:
            for end in language.ends(self.text, start):
                yield ((start, end),), index + 1
            self._note(index, language.reach(self.text, start))
        begins = group is not None and (index == 0 or self.items[index - 1].group != group)
        if begins:
            following = index
            while following < len(self.items) and self.items[following].group == group:
                following += 1
            yield (None,) * (following - index), following

    def _note(self, index: int, reach: int) -> None:
        if reach > self.reach or (reach == self.reach and not self.reached_by):
            self.reach, self.reached_by = reach, index


def _segments_of(grammar: "Grammar", text: str, path: Path) -> list[tuple[Item, str]]:
    pairs = zip(grammar.items, path, strict=True)
    return [
        (item, text[span[0] : span[1]] if span else "") for item, span in pairs if not isinstance(item.part, Literal)
    ]


def _restored(grammar: "Grammar", item: Item, piece: str) -> str:
    """The text of a segment with the separators it has inside; only a parent's code has any."""
    reading = grammar.parent_loosely(item.part, piece) if piece else None
    return reading.identity if reading else piece


def _sound(grammar: "Grammar", text: str, walk: _Walk, limit: int, most: int) -> list[Reading]:
    found = []
    for path in islice(walk.paths(), most):
        reading = Reading(grammar, text, tuple(piece for _, piece in _segments_of(grammar, text, path)))
        if _fault(reading) is None:
            found.append(reading)
            if len(found) == limit:
                break
    return found


def _fault(reading: Reading) -> tuple[int, str] | None:
    """The index of the segment that is well formed and yet wrong, and why."""
    grammar = reading.grammar
    for index, (segment, text) in enumerate(zip(grammar.segments, reading.texts, strict=True)):
        if isinstance(segment, Date) and text and not dates.is_possible(segment.tokens, text):
            return index, "no-such-date"
        if isinstance(segment, Check) and not grammar.is_check_right(reading.texts):
            return index, "check-wrong"
        if isinstance(segment, Parent) and not grammar.is_parent_right(segment, text):
            return index, "parent-wrong"
    return None


def _mended(grammar: "Grammar", text: str) -> list[Reading]:
    """The readings of the texts that look like this one, at most two; without separators where none has them."""
    found = _of_spellings(
        _Spellings(grammar.form, text), lambda spelling: exact(grammar, spelling, 2, most=_MOST_PATHS_OF_A_GUESS)
    )
    if found or grammar.scheme.separators_required:
        return found
    bare = text.translate(_ONLY_CHARACTERS)
    return _of_spellings(
        _Spellings(grammar.loose_form, bare),
        lambda spelling: without_separators(grammar, spelling, most=_MOST_PATHS_OF_A_GUESS),
    )


def _of_spellings(spellings: "_Spellings", readings: Callable[[str], list[Reading]]) -> list[Reading]:
    found: dict[tuple[str, tuple[str, ...]], Reading] = {}
    candidates = spellings.walk(spellings.form.begin, 0)
    for spelling in islice(candidates, _MOST_SPELLINGS):
        for reading in readings(spelling):
            found[reading.code, reading.texts] = reading
        if len(found) > 1:
            return list(found.values())
    # One reading is a repair only where no spelling is left untried.
    are_all = next(candidates, None) is None and spellings.steps_left > 0
    return list(found.values()) if are_all else []


class _Spellings:
    """The texts that look like ``text`` and have the form of a code."""

    def __init__(self, form: Chain, text: str) -> None:
        self.form, self.text, self.steps_left = form, text, _MOST_STEPS
        self._dead: set[tuple[Places, int]] = set()

    def walk(self, places: Places, position: int) -> Iterator[str]:
        """The ways to spell the rest of the text; not all of them where no steps are left."""
        if position == len(self.text):
            if self.form.accepts(places):
                yield ""
            return
        if not places or (places, position) in self._dead or self.steps_left <= 0:
            return
        self.steps_left -= 1
        alive = False
        for character in self.text[position] + _SWAPS.get(self.text[position], ""):
            for rest in self.walk(self.form.after(places, character), position + 1):
                alive = True
                yield character + rest
        if not alive:
            self._dead.add((places, position))


def form_of(items: Sequence[Item], languages: Sequence[Language]) -> Language:
    """The language of whole codes: the items in turn, each group there or missing."""
    chain = chain_of(items, languages)
    return concatenation(chain.languages, chain.optional)


def chain_of(items: Sequence[Item], languages: Sequence[Language]) -> Chain:
    """The same, worked out only for the text at hand."""
    pieces: list[Language] = []
    optional: set[int] = set()
    group: int | None = None
    for item, language in zip(items, languages, strict=True):
        if item.group is not None and item.group == group:
            pieces[-1] = concatenation([pieces[-1], language])
            continue
        if item.group is not None:
            optional.add(len(pieces))
        pieces.append(language)
        group = item.group
    return Chain(tuple(pieces), frozenset(optional))


def _refusal(grammar: "Grammar", text: str) -> ReadError:
    walk = _Walk(grammar.items, grammar.languages, text)
    if path := next(walk.paths(), None):
        reading = Reading(grammar, text, tuple(piece for _, piece in _segments_of(grammar, text, path)))
        fault = _fault(reading)
        assert fault is not None  # noqa: S101  # else the text would have been read
        return _wrong_segment(reading, path, *fault)
    if walk.reached_by == len(grammar.items):
        return ReadError("longer", text=text, position=walk.reach)
    item, language = grammar.items[walk.reached_by], grammar.languages[walk.reached_by]
    return _expectation(item.part, language, text, walk.reach)


def expectation(part: Part, language: Language, text: str) -> ReadError:
    """Why a text is no word of a part's language."""
    return _expectation(part, language, text, language.reach(text, 0))


def _wrong_segment(reading: Reading, path: Path, index: int, message: str) -> ReadError:
    grammar = reading.grammar
    spans = [span for item, span in zip(grammar.items, path, strict=True) if not isinstance(item.part, Literal)]
    position = (spans[index] or (0, 0))[0]
    name, text = grammar.segments[index].name, reading.texts[index]
    return ReadError(message, text=reading.code, position=position, segment=name, found=text)


def _expectation(part: Part, language: Language, text: str, position: int) -> ReadError:
    if isinstance(part, Literal):
        return ReadError("literal", text=text, position=position, literal=part.text)
    characters = "".join(sorted(language.characters))
    message = "ended" if position >= len(text) else "characters"
    if isinstance(part, Lookup):
        some = part.dictionary.symbols[:5]
        return ReadError("symbol", text=text, position=position, segment=part.name, some=some)
    if set(characters) <= set(DIGITS):
        message = "ended-digit" if position >= len(text) else "digit"
    return ReadError(message, text=text, position=position, segment=part.name, characters=characters)
