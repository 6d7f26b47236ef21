"""All codes of a scheme as one automaton: the ground on which the proofs walk.

Each part brings its own deterministic automaton; here they are strung together, groups of live parts may be missing.
A way through the automaton is a way to read a text, so a text with two readings is a text with two ways.

Characters come in sets, one bit per printable ASCII character: ten digits that lead to the same place are one edge.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import or_
from weakref import WeakKeyDictionary

from kehuma.engine.coding.grammar import Grammar
from kehuma.engine.coding.language import Language
from kehuma.engine.coding.layout import Item
from kehuma.engine.coding.model import SEPARATORS, Date, Literal, Parent, Part
from kehuma.engine.coding.proofs.calendar import possible_dates

_FIRST = 32
BITS = {chr(number): 1 << (number - _FIRST) for number in range(_FIRST, 127)}

# Texts are compared by so many characters at either end before any search. Of 45,000 pairs of everyday schemes one
# character leaves 17,000 to be searched, four leave 3,500, six leave 2,800.
_OUTLINED = 4

# A set of characters, and the places where reading may go on after one of them.
Edge = tuple[int, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Outline:
    """What all texts of an automaton have in common, as sets of bits.

    ``lengths`` are those of its texts; ``heads`` the sets of their first, second … characters, ``tails`` those of their
    last, last but one …; ``required`` characters are in every text, others than ``possible`` ones in none.
    """

    lengths: int
    heads: tuple[int, ...]
    tails: tuple[int, ...]
    required: int
    possible: int


@dataclass(frozen=True, eq=False)
class Automaton:
    """``edges[state]`` are disjoint sets of characters with the states that may follow; the last state is the end.

    ``item_of[state]`` is the index of the item that reads the next character; bit n of ``ahead[state]`` says that the
    end may be n characters away, ``most`` is the length of the longest text.
    """

    items: tuple[Item, ...]
    languages: tuple[Language, ...]
    edges: tuple[tuple[Edge, ...], ...]
    item_of: tuple[int, ...]
    starts: tuple[int, ...]
    ahead: tuple[int, ...]
    most: int

    @property
    def end(self) -> int:
        """The state after the last character."""
        return len(self.edges) - 1

    @cached_property
    def is_forked(self) -> bool:
        """Whether any text at all leaves a choice how to read on; where none does, every reading is unique."""
        return len(self.starts) > 1 or any(len(to) > 1 for edges in self.edges for _, to in edges)

    @cached_property
    def outline(self) -> Outline:
        """What can be said of all texts at a glance."""
        possible = reduce(or_, (characters for edges in self.edges for characters, _ in edges))
        fixed = (item.part.text for item in self.items if isinstance(item.part, Literal) and item.group is None)
        return Outline(
            lengths=reduce(or_, (self.ahead[start] for start in self.starts)),
            heads=tuple(self._heads()),
            tails=tuple(self._tails()),
            required=reduce(or_, (BITS[character] for text in fixed for character in text), 0),
            possible=possible,
        )

    @cached_property
    def leaps(self) -> dict[int, tuple[str, tuple[int, ...]]]:
        """By the first state of an item, a shortest word of it and the states after it.

        Given only for items in which two readings that have read the same so far cannot part: no word begins with
        another one, and no separator is inside. They spare a search the visit of a whole dictionary.
        """
        leaps = {}
        first = 0
        for item, language in zip(self.items, self.languages, strict=True):
            is_parting = any(language.steps[state] for state in language.accepting)
            if self.ahead[first] and not is_parting and not _has_separators(item, language):
                leaps[first] = self._leap(first)
            first += len(language.steps)
        return leaps

    def texts(self, way: Iterable[tuple[int, str]]) -> tuple[str, ...]:
        """What each segment has of a text, along the states that read its characters; "" for one that is missing."""
        pieces = [""] * len(self.items)
        for state, characters in way:
            pieces[self.item_of[state]] += characters
        return tuple(piece for piece, item in zip(pieces, self.items, strict=True) if not item.is_literal)

    def _leap(self, first: int) -> tuple[str, tuple[int, ...]]:
        word, state, to = "", first, tuple[int, ...]()
        while self.item_of[state] == self.item_of[first]:
            nearer = lowest(self.ahead[state]) - 1
            steps = ((edge, state) for edge in self.edges[state] for state in edge[1])
            (characters, to), state = next(step for step in steps if lowest(self.ahead[step[1]]) == nearer)
            word += first_in(characters)
        return word, to

    def behind(self, first: int, word: str) -> tuple[int, ...]:
        """The states after an item, from its first state, when the item has read this word of its language."""
        item = self.item_of[first]
        within, to = first, tuple[int, ...]()
        for character in word:
            to = next(to for characters, to in self.edges[within] if characters & BITS[character])
            # The edge within the item comes first, where there is one.
            within = to[0]
        return tuple(state for state in to if self.item_of[state] != item)

    def _heads(self) -> Iterator[int]:
        states = set(self.starts)
        for _ in range(_OUTLINED):
            edges = [edge for state in states for edge in self.edges[state]]
            yield reduce(or_, (characters for characters, _ in edges), 0)
            states = {state for _, to in edges for state in to if self.ahead[state]}

    def _tails(self) -> Iterator[int]:
        states = {self.end}
        for _ in range(_OUTLINED):
            characters, before = 0, set()
            for state, edges in enumerate(self.edges):
                for edge, to in edges:
                    if not states.isdisjoint(to):
                        characters |= edge
                        before.add(state)
            yield characters
            states = before


_CODES: "WeakKeyDictionary[Grammar, Automaton]" = WeakKeyDictionary()


def codes_of(grammar: Grammar) -> Automaton:
    """All canonical codes of a grammar, with and without live parts; made once per grammar."""
    automaton = _CODES.get(grammar)
    if automaton is None:
        languages = exact_languages(grammar)
        automaton = _CODES[grammar] = automaton_of(grammar.items, languages, grammar.scheme.max_length)
    return automaton


def written_by(grammar: Grammar, of: Sequence[str]) -> Automaton:
    """What a child writes of its parent: the identity, or the segments named in ``of`` one after the other."""
    pairs = list(zip(grammar.items, exact_languages(grammar), strict=True))
    if of:
        named = {item.part.name: (item, language) for item, language in pairs if not isinstance(item.part, Literal)}
        kept = [named[name] for name in of]
    else:
        kept = [(item, language) for item, language in pairs if item.group is None]
    items = [Item(item.part) for item, _ in kept]
    return automaton_of(items, [language for _, language in kept], grammar.scheme.max_length)


def words_of(part: Part, language: Language, most: int) -> Automaton:
    """The words of a single part."""
    return automaton_of([Item(part)], [language], most)


def exact_languages(grammar: Grammar) -> list[Language]:
    """The languages of the items, dates without the days that no month has: what the reader accepts, no more."""
    pairs = zip(grammar.items, grammar.languages, strict=True)
    return [possible_dates(i.part.tokens) if isinstance(i.part, Date) else language for i, language in pairs]


def automaton_of(items: Sequence[Item], languages: Sequence[Language], most: int) -> Automaton:
    """The items one after the other; items of one group are there or missing together."""
    offsets = [0]
    for language in languages:
        offsets.append(offsets[-1] + len(language.steps))
    edges: list[tuple[Edge, ...]] = []
    item_of: list[int] = []
    for index, language in enumerate(languages):
        after = tuple(offsets[entered] for entered in _entered(items, index + 1))
        edges += _edges(language, offsets[index], after)
        item_of += [index] * len(language.steps)
    edges.append(())
    item_of.append(len(items))
    starts = tuple(offsets[entered] for entered in _entered(items, 0))
    ahead = steps_to_end([[state for _, to in step for state in to] for step in edges], most)
    return Automaton(tuple(items), tuple(languages), tuple(edges), tuple(item_of), starts, ahead, most)


def characters_in(characters: int) -> Iterator[str]:
    """The characters of a set in the order of ASCII."""
    while characters:
        lowest = characters & -characters
        yield chr(lowest.bit_length() - 1 + _FIRST)
        characters ^= lowest


def first_in(characters: int) -> str:
    """The first character of a set that is not empty."""
    return chr(lowest(characters) + _FIRST)


def lowest(bits: int) -> int:
    """The number of the lowest bit; -1 for none."""
    return (bits & -bits).bit_length() - 1


def _entered(items: Sequence[Item], index: int) -> Iterator[int]:
    """The items that may come at this place: the next, and those behind groups that may be missing."""
    yield index
    while index < len(items):
        group = items[index].group
        if group is None or (index > 0 and items[index - 1].group == group):
            return
        while index < len(items) and items[index].group == group:
            index += 1
        yield index


def _edges(language: Language, offset: int, after: tuple[int, ...]) -> Iterator[tuple[Edge, ...]]:
    following: list[tuple[int, ...]] = [
        ((offset + state,) if step else ()) + (after if state in language.accepting else ())
        for state, step in enumerate(language.steps)
    ]
    for step in language.steps:
        sets: dict[int, int] = {}
        for character, state in step.items():
            sets[state] = sets.get(state, 0) | BITS[character]
        edges = [(characters, following[state]) for state, characters in sets.items()]
        if len(edges) > 1:
            edges.sort(key=_by_first)
        yield tuple(edges)


def _by_first(edge: Edge) -> int:
    return edge[0] & -edge[0]


def _has_separators(item: Item, language: Language) -> bool:
    return isinstance(item.part, (Literal, Parent)) and not language.characters.isdisjoint(SEPARATORS)


def steps_to_end(targets: Sequence[Sequence[int]], most: int) -> tuple[int, ...]:
    """How far the end may be from each state, a bit per distance; from the end backwards until nothing changes."""
    ahead = [0] * (len(targets) - 1) + [1]
    within = (1 << (most + 1)) - 1
    # Where every step leads to a higher state, as nearly all do, one round is enough.
    changes = leads_back = True
    while changes and leads_back:
        changes = leads_back = False
        for state in range(len(targets) - 2, -1, -1):
            lengths = 0
            for following in targets[state]:
                lengths |= ahead[following]
                if following <= state:
                    leads_back = True
            lengths = lengths << 1 & within
            if lengths != ahead[state]:
                ahead[state], changes = lengths, True
    return tuple(ahead)
