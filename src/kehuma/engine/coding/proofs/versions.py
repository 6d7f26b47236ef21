"""Two versions of one scheme share a text only where both say the same of it.

Both automata are followed at once. A text reads the same where every character belongs to the segment of the same name
in both (or to a literal), is part of the identity in both or in neither, and every segment's text means the same.
"""

from collections.abc import Iterator

from kehuma.engine.coding.grammar import Grammar
from kehuma.engine.coding.layout import Item
from kehuma.engine.coding.model import Literal
from kehuma.engine.coding.proofs.automaton import Automaton, codes_of, first_in, lowest, words_of
from kehuma.engine.coding.proofs.meanings import Side, differing_word
from kehuma.engine.coding.proofs.search import Move, shortest
from kehuma.engine.coding.proofs.verdict import PROVED, Verdict

# The states of both versions, and whether they already say something else.
_Pair = tuple[int, int, bool]
_Step = tuple[str, int, int, bool]


def compatible(old: Grammar, new: Grammar) -> Verdict:
    """Whether every text that both versions read says the same in both; the readings are the old one and the new one.

    A changed counter key is no difference of reading: the register lets new keys start past the numbers already given.
    """
    found = _Versions(old, new).difference()
    if found is None:
        return PROVED
    return Verdict(False, *found, "proof-versions-differ", (new.scheme.name,))  # noqa: FBT003  # "ok" by its place


class _Versions:
    def __init__(self, old: Grammar, new: Grammar) -> None:
        self.old, self.new = codes_of(old), codes_of(new)
        self.most = min(self.old.most, self.new.most)
        self.said = [[_label(item) for item in codes.items] + [None] for codes in (self.old, self.new)]
        self.words = _differing_words(old, new, self.old, self.new)

    def difference(self) -> tuple[str, tuple[tuple[str, ...], ...]] | None:
        starts = (("", one, other, False) for one in self.old.starts for other in self.new.starts)
        goal = (self.old.end, self.new.end, True)
        way = shortest(self._going_on(starts, 0), self._moves, goal)
        if way is None:
            return None
        # What led to a pair was read in the states of the pair before it.
        reads = [read for _, read in way[1:]]
        one, other = zip(*(pair[:2] for pair, _ in way[:-1]), strict=True)
        return "".join(reads), (
            self.old.texts(zip(one, reads, strict=True)),
            self.new.texts(zip(other, reads, strict=True)),
        )

    def _moves(self, pair: _Pair, length: int) -> Iterator[Move[_Pair, str]]:
        one, other, differs = pair
        word = None if differs else self.words.get((one, other))
        if word:
            yield from self._going_on(self._through(one, other, word), length)
        yield from self._going_on(self._steps(one, other, differs=differs), length)

    def _steps(self, one: int, other: int, *, differs: bool) -> Iterator[_Step]:
        old_said, new_said = self.said
        differs = differs or old_said[self.old.item_of[one]] != new_said[self.new.item_of[other]]
        for first, to in self.old.edges[one]:
            for second, also in self.new.edges[other]:
                if both := first & second:
                    read = first_in(both)
                    yield from ((read, reached, met, differs) for reached in to for met in also)

    def _through(self, one: int, other: int, word: str) -> Iterator[_Step]:
        """The states behind a word that both versions have in the same segment and take for different things."""
        for reached in self.old.behind(one, word):
            for met in self.new.behind(other, word):
                yield word, reached, met, True

    def _going_on(self, steps: Iterator[_Step], length: int) -> Iterator[Move[_Pair, str]]:
        for read, one, other, differs in steps:
            rest = lowest(self.old.ahead[one] & self.new.ahead[other])
            if 0 <= rest <= self.most - length - len(read):
                reached = length + len(read)
                yield (one, other, differs), reached, reached + rest, read


def _label(item: Item) -> tuple[str, bool]:
    """What a character says by its place: which segment it belongs to and whether that is fixed."""
    return "" if isinstance(item.part, Literal) else item.part.name, item.group is None


def _differing_words(
    old: Grammar, new: Grammar, old_codes: Automaton, new_codes: Automaton
) -> dict[tuple[int, int], str]:
    """By the first states of two items that match, the shortest word that means something else in the new version."""
    words = {}
    for state, item, side in _sides(old, old_codes):
        for other_state, other, other_side in _sides(new, new_codes):
            if _label(item) == _label(other):
                word = differing_word(side, other_side)
                if word is not None:
                    words[state, other_state] = word
    return words


def _sides(grammar: Grammar, codes: Automaton) -> Iterator[tuple[int, Item, Side]]:
    state = 0
    for item, language in zip(codes.items, codes.languages, strict=True):
        yield state, item, Side(grammar, item.part, words_of(item.part, language, codes.most))
        state += len(language.steps)
