"""What one part of a code may look like: a small deterministic automaton over characters.

The same automaton reads, proves and counts, so that no two of them can disagree about a part.

>>> months = words(f"{month:02}" for month in range(1, 13))
>>> months.ends("1105", 0)
[2]
>>> months.ends("13", 0)
[]
>>> concatenation([months, repeated("0123456789", 2, 3)]).ends("11054", 0)
[4, 5]
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from kehuma.engine.coding.errors import SchemeError

State = TypeVar("State")

# A dictionary of 3,214 divisions under five levels of parents has 18,000; a product that explodes would never end.
_MOST_STATES = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """``steps[state]`` maps a character to the next state; reading begins in state 0. No language has the empty text."""

    steps: tuple[dict[str, int], ...]
    accepting: frozenset[int]

    def ends(self, text: str, start: int) -> list[int]:
        """The positions at which a word that begins at ``start`` may end, nearest first."""
        found: list[int] = []
        state, steps, accepting = 0, self.steps, self.accepting
        for position in range(start, len(text)):
            following = steps[state].get(text[position])
            if following is None:
                return found
            state = following
            if state in accepting:
                found.append(position + 1)
        return found

    def reach(self, text: str, start: int) -> int:
        """The position of the first character that no word allows; the text's length where all are allowed."""
        state = 0
        for position in range(start, len(text)):
            following = self.steps[state].get(text[position])
            if following is None:
                return position
            state = following
        return len(text)

    def widths(self, most: int) -> frozenset[int]:
        """The lengths of its words, up to ``most``."""
        found, states = set(), {0}
        for width in range(most + 1):
            if states & self.accepting:
                found.add(width)
            states = {following for state in states for following in self.steps[state].values()}
        return frozenset(found)

    def enumerated(self, width: int, most: int) -> list[str] | None:
        """All words of ``width`` characters, or None where there are more than ``most``."""
        found = [("", 0)]
        for _ in range(width):
            found = [(word + c, following) for word, state in found for c, following in self.steps[state].items()]
            if len(found) > most:
                return None
        return [word for word, state in found if state in self.accepting]

    @property
    def characters(self) -> frozenset[str]:
        """Every character that occurs in a word."""
        return frozenset(character for step in self.steps for character in step)


NOTHING = Language(({},), frozenset())


def words(texts: Iterable[str]) -> Language:
    """Exactly these texts, as a trie."""
    steps: list[dict[str, int]] = [{}]
    accepting = set()
    for text in texts:
        state = 0
        for character in text:
            following = steps[state].get(character)
            if following is None:
                following = steps[state][character] = len(steps)
                steps.append({})
            state = following
        accepting.add(state)
    return Language(tuple(steps), frozenset(accepting))


def repeated(alphabet: str, least: int, most: int) -> Language:
    """Any ``least`` to ``most`` characters of the alphabet."""
    steps = [dict.fromkeys(alphabet, width + 1) for width in range(most)]
    return Language((*steps, {}), frozenset(range(least, most + 1)))


def looped(first: str, inner: str, last: str) -> Language:
    """Texts of any length that begin with ``first``, end with ``last`` (or are one of both) and have ``inner`` between."""
    to_middle, to_end = dict.fromkeys(inner, 1), dict.fromkeys(last, 2)
    begin = {character: 2 if character in last else 1 for character in first}
    return Language((begin, to_middle | to_end, to_middle | to_end), frozenset({2}))


def union(languages: Sequence[Language]) -> Language:
    """The words of any of the languages."""
    if len(languages) == 1:
        return languages[0]
    first = frozenset((index, 0) for index in range(len(languages)))

    def follow(states: frozenset[tuple[int, int]]) -> dict[str, frozenset[tuple[int, int]]]:
        return _merged((c, (i, following)) for i, state in states for c, following in languages[i].steps[state].items())

    return _subsets(first, follow, lambda states: any(state in languages[i].accepting for i, state in states))


def concatenation(languages: Sequence[Language], optional: frozenset[int] = frozenset()) -> Language:
    """A word of each language in turn; those whose index is in ``optional`` may be missing."""
    chain = Chain(tuple(languages), optional)
    return _subsets(chain.begin, chain.follow, chain.accepts)


# Where reading a chain may stand: the language by its index, and the state in it; past the last is (length, 0).
Places = frozenset[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Chain:
    """The same as ``concatenation``, worked out only for the text at hand.

    As one automaton it can be too large for any computer: letters, an X, and twenty letters more take a million states.
    """

    languages: tuple[Language, ...]
    optional: frozenset[int] = frozenset()

    @property
    def begin(self) -> Places:
        """The places before the first character."""
        return frozenset(self._entered(0))

    def after(self, places: Places, character: str) -> Places:
        """The places after one more character; none where no word goes on like this."""
        return frozenset(place for i, state in places for place in self._next(i, state, character))

    def follow(self, places: Places) -> dict[str, Places]:
        """The places after each character that a word may go on with."""
        steps = (
            (i, state, c) for i, state in places if i < len(self.languages) for c in self.languages[i].steps[state]
        )
        return _merged((c, place) for i, state, c in steps for place in self._next(i, state, c))

    def accepts(self, places: Places) -> bool:
        """Whether a text may end here."""
        return (len(self.languages), 0) in places

    def _next(self, index: int, state: int, character: str) -> list[tuple[int, int]]:
        if index == len(self.languages):
            return []
        language = self.languages[index]
        following = language.steps[state].get(character)
        if following is None:
            return []
        return [(index, following), *(self._entered(index + 1) if following in language.accepting else ())]

    def _entered(self, index: int) -> list[tuple[int, int]]:
        reached = [(index, 0)]
        while index in self.optional:
            index += 1
            reached.append((index, 0))
        return reached


def without(language: Language, dropped: str) -> Language:
    """The words with every character of ``dropped`` left out of them."""
    silent = set(dropped)

    def closed(states: Iterable[int]) -> frozenset[int]:
        found, waiting = set(), list(states)
        while waiting:
            state = waiting.pop()
            if state not in found:
                found.add(state)
                waiting.extend(following for c, following in language.steps[state].items() if c in silent)
        return frozenset(found)

    def follow(states: frozenset[int]) -> dict[str, frozenset[int]]:
        edges = ((c, f) for state in states for c, f in language.steps[state].items() if c not in silent)
        return {c: closed(followers) for c, followers in _merged(edges).items()}

    return _subsets(closed([0]), follow, lambda states: bool(states & language.accepting))


def _merged(edges: Iterable[tuple[str, State]]) -> dict[str, frozenset[State]]:
    merged: dict[str, set[State]] = {}
    for character, state in edges:
        merged.setdefault(character, set()).add(state)
    return {character: frozenset(states) for character, states in merged.items()}


def _subsets(
    first: frozenset[State],
    follow: Callable[[frozenset[State]], dict[str, frozenset[State]]],
    accepts: Callable[[frozenset[State]], bool],
) -> Language:
    """The deterministic automaton over sets of states (Rabin and Scott 1959); SchemeError where it explodes."""
    numbers, steps, waiting = {first: 0}, [], [first]
    for states in waiting:  # grows while it is walked
        if len(waiting) > _MOST_STATES:
            raise SchemeError("too-complex", where="template")
        step = {}
        for character, following in follow(states).items():
            if following not in numbers:
                numbers[following] = len(waiting)
                waiting.append(following)
            step[character] = numbers[following]
        steps.append(step)
    return Language(tuple(steps), frozenset(number for states, number in numbers.items() if accepts(states)))
