"""The codes that a scheme issues, as one language: those it reads, less the numbers below the counter's start."""

from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import islice

from kehuma.engine.coding import reader, serials
from kehuma.engine.coding.grammar import Grammar
from kehuma.engine.coding.language import Language, words
from kehuma.engine.coding.model import ALPHABETS, Parent, Part, Serial
from kehuma.engine.coding.proofs.automaton import exact_languages

# A word that the automaton offers may have a wrong check character. One in 37 has the right one, and the last
# characters change first, so that a thousand offers without a single code mean that there is none.
_MOST_OFFERS = 1_000
_SOME_CODE = words(["X"])


class IssuedCodes:
    """What the rules look at: the grammar, and the language of its issued codes, made when the first rule asks."""

    def __init__(self, grammar: Grammar) -> None:
        self.grammar = grammar

    @cached_property
    def form(self) -> Language:
        """The language of whole codes, with and without live parts, whose number is ``start`` or above."""
        grammar = self.grammar
        languages = [
            _issued(item.part, language, grammar.room)
            for item, language in zip(grammar.items, exact_languages(grammar), strict=True)
        ]
        return reader.form_of(grammar.items, languages)

    def witness(self, pattern: Language) -> str:
        """A code that is a word of the pattern, "" where there is none."""
        if self._has_foreign_part(pattern):
            return ""
        offers = common_words(self.form, pattern, self.grammar.scheme.max_length)
        return next((text for text in offers if self.grammar.readings(text, 1)), "")

    def _has_foreign_part(self, pattern: Language) -> bool:
        """Whether a part that no code lacks has no character of the pattern: most questions are settled by this."""
        pairs = zip(self.grammar.items, self.grammar.languages, strict=True)
        return any(item.group is None and not language.characters & pattern.characters for item, language in pairs)


def _issued(part: Part, language: Language, room: int) -> Language:
    if isinstance(part, Serial):
        return from_start(part, language, room)
    # Where a parent may be any code, its own scheme is to answer for its characters.
    return _SOME_CODE if isinstance(part, Parent) and not part.schemes else language


def from_start(serial: Serial, language: Language, room: int) -> Language:
    """The texts of the serial from its first number on; all of them where a permutation hides the numbers."""
    if serial.order == "permuted" or serial.start > serials.last_number(serial, room):
        return language
    first = serials.text_of(serial, serial.start, room=room)
    rank = (ALPHABETS["base36"] if serial.overflow == "letters" else serial.alphabet).index

    def follow(sign: int, place: int, character: str) -> int:
        # Where texts are equally long, the first character that differs decides; a longer text is a greater number.
        return sign or (rank(character) > rank(first[place])) - (rank(character) < rank(first[place]))

    return _not_below(language, len(first), follow)


def common_words(first: Language, second: Language, most: int) -> Iterator[str]:
    """Words of both languages: first the shortest ones, then any of at most ``most`` characters, a thousand of each."""
    steps, accepting = _both(first, second)
    left = _distances(steps, accepting)

    def walk(state: tuple[int, int], word: str, longest: int) -> Iterator[str]:
        if state in accepting:
            yield word
        for character, following in sorted(steps[state].items()):
            if len(word) + 1 + left.get(following, longest) <= longest:
                yield from walk(following, word + character, longest)

    shortest = left.get((0, 0), most + 1)
    for longest in dict.fromkeys((shortest, most)) if shortest <= most else ():
        yield from islice(walk((0, 0), "", longest), _MOST_OFFERS)


_Steps = dict[tuple[int, int], dict[str, tuple[int, int]]]


def _both(first: Language, second: Language) -> tuple[_Steps, set[tuple[int, int]]]:
    """The product of two automata, as far as it is reached."""
    steps: _Steps = {}
    accepting = set()
    waiting = [(0, 0)]
    while waiting:
        state = waiting.pop()
        if state in steps:
            continue
        here, there = first.steps[state[0]], second.steps[state[1]]
        steps[state] = {character: (here[character], there[character]) for character in here.keys() & there.keys()}
        waiting.extend(steps[state].values())
        if state[0] in first.accepting and state[1] in second.accepting:
            accepting.add(state)
    return steps, accepting


def _distances(steps: _Steps, accepting: set[tuple[int, int]]) -> dict[tuple[int, int], int]:
    """The fewest characters from each state to the end of a word."""
    before: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for state, step in steps.items():
        for following in step.values():
            before.setdefault(following, []).append(state)
    distances = dict.fromkeys(accepting, 0)
    reached = list(accepting)
    for state in reached:  # grows while it is walked
        for earlier in before.get(state, ()):
            if earlier not in distances:
                distances[earlier] = distances[state] + 1
                reached.append(earlier)
    return distances


def _not_below(language: Language, width: int, follow: Callable[[int, int, str], int]) -> Language:
    """The words longer than ``width``, and those of it for which ``follow``, from place to place, ends at 0 or above."""
    first = (0, 0, 0)
    numbers, accepting, waiting = {first: 0}, set(), [first]
    steps: list[dict[str, int]] = []
    for state, sign, place in waiting:  # grows while it is walked
        if state in language.accepting and (place > width or (place == width and sign >= 0)):
            accepting.add(len(steps))
        step = {}
        for character, following in language.steps[state].items():
            reached = (following, follow(sign, place, character) if place < width else 0, min(place + 1, width + 1))
            if reached not in numbers:
                numbers[reached] = len(waiting)
                waiting.append(reached)
            step[character] = numbers[reached]
        steps.append(step)
    return Language(tuple(steps), frozenset(accepting))
