"""A code typed without its separators still means one customer.

Separators are silent here: two ways through the codes are followed that agree on everything else, and what each adds to
the identity is compared. Where one of them is ahead (it reads a character that is a live part for the other), the
characters still to be matched are kept, as in the proof that a transducer is a function (Schützenberger 1975).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import combinations_with_replacement, product
from typing import NamedTuple

from kehuma.engine.coding.grammar import Grammar
from kehuma.engine.coding.language import Language
from kehuma.engine.coding.model import SEPARATORS
from kehuma.engine.coding.proofs.automaton import (
    BITS,
    Automaton,
    automaton_of,
    characters_in,
    codes_of,
    exact_languages,
    lowest,
    steps_to_end,
)
from kehuma.engine.coding.proofs.search import Move, shortest
from kehuma.engine.coding.proofs.verdict import PROVED, Verdict

_SILENT = sum(BITS[separator] for separator in SEPARATORS)
# Stands for the end of the text, so that separators behind the last character are seen as well.
_END_OF_TEXT = 1 << len(BITS)


@dataclass(frozen=True, slots=True, eq=False)
class _Edge:
    """Any one of ``characters``, after the ``silent`` (state, separator) steps in front of it."""

    characters: int
    state: int
    to: int
    silent: tuple[tuple[int, str], ...]
    said: str
    in_identity: bool


# What one identity has and the other still needs; None once they differ for good.
_Lead = tuple[str, str] | None
_EVEN: _Lead = ("", "")


class _Place(NamedTuple):
    """The states of two readings, the separators each has passed, and which identity leads by what."""

    one: int
    other: int
    passed: int
    also_passed: int
    lead: _Lead

    @property
    def is_together(self) -> bool:
        return self.one == self.other and self.passed == self.also_passed and self.lead == _EVEN


_Mark = tuple[str, _Edge, _Edge] | None


def prove_loose(grammar: Grammar) -> Verdict:
    """Whether no two identities are left the same when separators are dropped, or the scheme requires separators.

    The text of a parent whose scheme is not stated is taken as it stands: nobody knows where its separators were.
    """
    if grammar.scheme.separators_required:
        return PROVED
    codes = _codes(grammar)
    if not codes.is_forked and not any(chars & _SILENT for edges in codes.edges for chars, _ in edges):
        return PROVED
    found = _Search(codes).two_identities()
    if found is None:
        return PROVED
    return Verdict(False, *found, "proof-loose", (grammar.scheme.name,))  # noqa: FBT003  # "ok" by its place


def _codes(grammar: Grammar) -> Automaton:
    opaque = [_has_endless_separators(language, grammar.scheme.max_length) for language in grammar.languages]
    if not any(opaque):
        return codes_of(grammar)
    bare = zip(exact_languages(grammar), grammar.loose_languages, opaque, strict=True)
    languages = [without if hidden and without else language for language, without, hidden in bare]
    return automaton_of(grammar.items, languages, grammar.scheme.max_length)


def _has_endless_separators(language: Language, most: int) -> bool:
    """Whether any number of separators may follow one another, as in a parent's code of which nothing is known."""
    states = set(range(len(language.steps)))
    for _ in range(most + 1):
        steps = [language.steps[state] for state in states]
        states = {step[separator] for step in steps for separator in SEPARATORS if separator in step}
        if not states:
            return False
    return True


class _Search:
    def __init__(self, codes: Automaton) -> None:
        self.codes = codes
        self.done = codes.end + 1
        self.edges = cache(lambda state: tuple(self._edges(state)))
        self.ahead = steps_to_end([*(self._targets(state) for state in range(self.done)), []], codes.most + 1)

    def two_identities(self) -> tuple[str, tuple[tuple[str, ...], ...]] | None:
        """The shortest text without separators that two identities share, and the two readings."""
        starts = [
            move
            for one, other in combinations_with_replacement(self.codes.starts, 2)
            for move in self._move(_Place(one, other, 0, 0, _EVEN), 0, None)
        ]
        goal = _Place(self.done, self.done, 0, 0, None)
        way = shortest(starts, self._moves, goal)
        if way is None:
            return None
        marks = [mark for _, mark in way if mark is not None]
        text = "".join(character for character, _, _ in marks)
        sides = [[(edges[side], character) for character, *edges in marks] for side in (0, 1)]
        return text, tuple(sorted(self.codes.texts(list(_walked(side))) for side in sides))

    def _targets(self, state: int) -> list[int]:
        edges = self.codes.edges[state]
        if state == self.codes.end or any(characters & _SILENT for characters, _ in edges):
            return [edge.to for edge in self.edges(state)]
        return [following for _, to in edges for following in to]

    def _edges(self, state: int) -> Iterator[_Edge]:
        """The edges of a state, those behind separators included."""
        waiting: list[tuple[int, tuple[tuple[int, str], ...], str]] = [(state, (), "")]
        for here, silent, said in waiting:  # grows while it is walked
            if here == self.codes.end:
                yield _Edge(_END_OF_TEXT, here, self.done, silent, said, in_identity=False)
                continue
            in_identity = self.codes.items[self.codes.item_of[here]].group is None
            for characters, to in self.codes.edges[here]:
                for following in to:
                    if heard := characters & ~_SILENT:
                        yield _Edge(heard, here, following, silent, said, in_identity)
                    for separator in characters_in(characters & _SILENT):
                        more = said + separator if in_identity else said
                        waiting.append((following, (*silent, (here, separator)), more))

    def _moves(self, place: _Place, length: int) -> Iterator[Move[_Place, _Mark]]:
        if place.is_together and place.one in self.codes.leaps:
            yield from self._leaps(place, length)
            return
        for first, second in self._pairs(place):
            if both := first.characters & second.characters:
                passed, also_passed = place.passed + len(first.silent), place.also_passed + len(second.silent)
                for character, lead in _leads(place.lead, first, second, both):
                    reached = _Place(first.to, second.to, passed, also_passed, lead)
                    yield from self._move(reached, length + 1, (character, first, second))

    def _pairs(self, place: _Place) -> Iterator[tuple[_Edge, _Edge]]:
        mine, theirs = self.edges(place.one), self.edges(place.other)
        if place.is_together:
            yield from combinations_with_replacement(mine, 2)
        else:
            yield from product(mine, theirs)

    def _leaps(self, place: _Place, length: int) -> Iterator[Move[_Place, _Mark]]:
        word, to = self.codes.leaps[place.one]
        edge = _Edge(0, place.one, 0, (), "", in_identity=True)
        for one, other in combinations_with_replacement(to, 2):
            reached = place._replace(one=one, other=other)
            yield from self._move(reached, length + len(word), (word, edge, edge))

    def _move(self, place: _Place, length: int, mark: _Mark) -> Iterator[Move[_Place, _Mark]]:
        rest = lowest(self.ahead[place.one] & self.ahead[place.other])
        # The end of the text counts as a character here, and as none in the code.
        if rest < 0 or length + rest - 1 + max(place.passed, place.also_passed) > self.codes.most:
            return
        if place.one == place.other == self.done:
            if place.lead == _EVEN:
                return
            place = _Place(self.done, self.done, 0, 0, None)
        yield place, length, length + rest, mark


def _leads(lead: _Lead, first: _Edge, second: _Edge, both: int) -> Iterator[tuple[str, _Lead]]:
    """Who leads by what after one of these characters; one character stands for all that make no difference."""
    if both == _END_OF_TEXT:
        yield "", lead and _compared(lead[0] + first.said, lead[1] + second.said)
        return
    some = next(characters_in(both))
    if lead is None:
        yield some, None
        return
    one, other = lead[0] + first.said, lead[1] + second.said
    if one == other and first.in_identity == second.in_identity:
        yield some, _EVEN
    else:
        for character in characters_in(both):
            more, also = (character if edge.in_identity else "" for edge in (first, second))
            yield character, _compared(one + more, other + also)


def _compared(one: str, other: str) -> _Lead:
    if one.startswith(other):
        return one[len(other) :], ""
    return ("", other[len(one) :]) if other.startswith(one) else None


def _walked(side: list[tuple[_Edge, str]]) -> Iterator[tuple[int, str]]:
    for edge, character in side:
        yield from edge.silent
        if character:
            yield edge.state, character
