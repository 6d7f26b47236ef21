"""The short way to read a code: where its length alone says which part stands where.

A plan cuts a text into fixed pieces and looks each up in a table; the tables know the words of the parts and, for
check characters that are a weighted sum, what each word adds to it. What no plan reads goes the long way, which
also knows how to say what is wrong; a plan therefore never has to.
"""

from collections.abc import Callable, Sequence
from functools import cache
from itertools import accumulate, groupby, product
from operator import itemgetter
from typing import TYPE_CHECKING

from kehuma.engine.coding.check_characters import Algorithm
from kehuma.engine.coding.language import Language
from kehuma.engine.coding.model import SEPARATORS, Check, Date, Literal, Parent

if TYPE_CHECKING:
    from kehuma.engine.coding.grammar import Grammar

# Tables up to this size are built in a few milliseconds and stay in the processor's cache.
_TABLE = 10_000
_PIECES = 3

# A word's weight in the check sum, and the texts of the segments that it holds.
Table = dict[str, tuple[int, tuple[str, ...]]]


Pieces = Callable[[str], tuple[str, ...]]
# How to cut a text into three pieces; the tables of the first two; for each sum of their weights the third pieces that
# make the check character right; last, how to take the segments' texts where a segment is spread over pieces (else
# the tables hold them). A plain tuple in a plain dict: Python 3.11 unpacks and looks up these types without a call.
Plan = tuple[Pieces, Table, Table, list[dict[str, tuple[str, ...]]], Pieces | None]

# Its first table knows no word, so every text goes the long way.
NO_PLAN: Plan = (itemgetter(slice(0), slice(0), slice(0)), {}, {}, [], None)


def plan_for(grammar: "Grammar", length: int) -> Plan:
    """The plan for the codes of one length, or ``NO_PLAN`` where the length alone does not place the parts.

    Dates need the calendar, and a check character that is no weighted sum needs its own routine: no plan for them.
    """
    if not _is_tabular(grammar):
        return NO_PLAN
    groups = _groups(grammar)
    chosen = widths_that_fit([frozenset(group) for group in groups], length)
    if chosen is None:
        return NO_PLAN
    widths = [width for group, total in zip(groups, chosen, strict=True) for width in group[total]]
    return _laid_out(grammar, widths) or NO_PLAN


def widths_that_fit(widths: Sequence[frozenset[int]], length: int) -> tuple[int, ...] | None:
    """The one way in which widths, one from each set, add up to ``length``; None where there is none or several."""
    ways: dict[int, tuple[int, tuple[int, ...]]] = {0: (1, ())}
    for choices in widths:
        following: dict[int, tuple[int, tuple[int, ...]]] = {}
        for total, (count, chosen) in ways.items():
            for width in choices:
                if total + width <= length:
                    before = following.get(total + width, (0, ()))[0]
                    following[total + width] = (before + count, (*chosen, width))
        ways = following
    count, chosen = ways.get(length, (0, ()))
    return chosen if count == 1 else None


def _is_tabular(grammar: "Grammar") -> bool:
    """Whether tables of words can tell right from wrong."""
    if any(isinstance(segment, Date) for segment in grammar.segments):
        return False
    parents = [segment for segment in grammar.segments if isinstance(segment, Parent)]
    inner = [parent for segment in parents for parent in grammar.parents_of(segment)]
    if not all(parent.algorithm is None and _is_tabular(parent) for parent in inner):
        return False
    # The separators inside a parent's code take a place in its text and none in the check sum.
    return grammar.algorithm is None or (grammar.algorithm.linear and not parents)


def _groups(grammar: "Grammar") -> list[dict[int, tuple[int, ...]]]:
    """The items that are there or missing together: by their width in all, the width of each.

    A group is one segment and at most one literal, so the width in all decides.
    """
    pairs = zip(grammar.items, grammar.languages, strict=True)
    found: list[dict[int, tuple[int, ...]]] = []
    for group, members in groupby(pairs, lambda pair: (pair[0].group, pair[0].group is None and id(pair[0]))):
        sets = [sorted(language.widths(grammar.scheme.max_length)) for _, language in members]
        missing = {} if group[0] is None else {0: (0,) * len(sets)}
        found.append(missing | {sum(widths): widths for widths in product(*sets)})
    return found


def _laid_out(grammar: "Grammar", widths: Sequence[int]) -> Plan | None:
    weights = _Weights(grammar, widths)
    cuts: list[tuple[int, Table]] = []
    slices, position, is_spread = [], 0, False
    for index, (item, width) in enumerate(zip(grammar.items, widths, strict=True)):
        is_segment = not isinstance(item.part, Literal)
        if is_segment:
            slices.append(slice(position, position + width))
        position += width
        tables = _tables(grammar.languages[index], width, weights.of(index)) if width else [(0, {"": 0})]
        if tables is None:
            return None
        is_spread = is_spread or len(tables) > 1
        for table_width, table in tables:
            texts: Table = {word: (weight, (word,) if is_segment else ()) for word, weight in table.items()}
            cuts.append((table_width, texts))
    cuts = _joined(cuts)
    if len(cuts) > _PIECES:
        return None
    cuts += [(0, {"": (0, ())})] * (_PIECES - len(cuts))
    modulus = grammar.algorithm.modulus if grammar.algorithm is not None else 1
    first, second, third = (_reduced(table, modulus) for _, table in cuts)
    fitting = [_fitting(third, total, modulus) for total in range(2 * modulus - 1)]
    return _cutter([width for width, _ in cuts]), first, second, fitting, _taker(slices) if is_spread else None


def _reduced(table: Table, modulus: int) -> Table:
    return {word: (weight % modulus, texts) for word, (weight, texts) in table.items()}


def _fitting(table: Table, total: int, modulus: int) -> dict[str, tuple[str, ...]]:
    """The words, with their texts, whose weight brings the sum to 0."""
    return {word: texts for word, (weight, texts) in table.items() if (total + weight) % modulus == 0}


class _Weights:
    """What each character of each item adds to the weighted sum behind a check character."""

    def __init__(self, grammar: "Grammar", widths: Sequence[int]) -> None:
        self.grammar, self.widths, self.algorithm = grammar, widths, grammar.algorithm
        self._right = [self._width_after(index) for index in range(len(widths))]

    def of(self, index: int) -> Callable[[str], int]:
        """A function from a text of the item (spaces weigh nothing) to its weight."""
        item, right, algorithm = self.grammar.items[index], self._right[index], self.algorithm
        if algorithm is None or item.group is not None:
            return lambda _: 0
        if isinstance(item.part, Check):
            return lambda character: -_sum_behind(algorithm, character)
        # A table has thousands of words of the same few characters in the same few places.
        contribution = cache(algorithm.contribution)
        return lambda text: sum(
            contribution(character, right + len(text) - 1 - place)
            for place, character in enumerate(text)
            if character not in SEPARATORS
        )

    def _width_after(self, index: int) -> int:
        """The characters of the checked text to the right of an item."""
        total = 0
        for item, width in zip(self.grammar.items[index + 1 :], self.widths[index + 1 :], strict=True):
            if item.group is not None or isinstance(item.part, Check):
                continue
            if isinstance(item.part, Literal):
                total += sum(character not in SEPARATORS for character in item.part.text)
            else:
                total += width
        return total


def _sum_behind(algorithm: Algorithm, character: str) -> int:
    return next(total for total in range(algorithm.modulus) if algorithm.symbol_of(total) == character)


def _tables(language: Language, width: int, weigh: Callable[[str], int]) -> list[tuple[int, dict[str, int]]] | None:
    words = language.enumerated(width, _TABLE)
    if words is not None:
        return [(width, {word: weigh(word) for word in words})]
    alphabets = _alphabets(language, width)
    if alphabets is None:
        return None
    spans, start = [], 0
    while start < width:
        end, size = start + 1, len(alphabets[start])
        while end < width and size * len(alphabets[end]) <= _TABLE:
            size *= len(alphabets[end])
            end += 1
        spans.append((start, end))
        start = end
    if len(spans) > _PIECES:
        return None
    return [(end - start, _chunk(alphabets, start, end, weigh)) for start, end in spans]


def _chunk(alphabets: Sequence[str], start: int, end: int, weigh: Callable[[str], int]) -> dict[str, int]:
    # A weight is a sum over characters in their places, so a chunk is weighed between spaces, which weigh nothing.
    before, after = " " * start, " " * (len(alphabets) - end)
    chunks = ("".join(characters) for characters in product(*alphabets[start:end]))
    return {chunk: weigh(before + chunk + after) for chunk in chunks}


def _alphabets(language: Language, width: int) -> list[str] | None:
    """The alphabet of each place, where the places do not depend on one another; else None."""
    alphabets, states = [], {0}
    for _ in range(width):
        followers = {following for state in states for following in language.steps[state].values()}
        allowed = {frozenset(language.steps[state]) for state in states}
        if len(allowed) != 1:
            return None
        alphabets.append("".join(sorted(allowed.pop())))
        states = followers
    return alphabets if states <= language.accepting else None


def _joined(cuts: Sequence[tuple[int, Table]]) -> list[tuple[int, Table]]:
    joined = list(cuts[:1])
    for width, table in cuts[1:]:
        before_width, before = joined[-1]
        if len(before) * len(table) <= _TABLE:
            joined[-1] = (before_width + width, _product(before, table))
        else:
            joined.append((width, table))
    return joined


def _product(before: Table, after: Table) -> Table:
    return {
        a + b: (weight + more, texts + more_texts)
        for a, (weight, texts) in before.items()
        for b, (more, more_texts) in after.items()
    }


def _cutter(widths: Sequence[int]) -> Pieces:
    ends = list(accumulate(widths))
    return itemgetter(*(slice(end - width, end) for width, end in zip(widths, ends, strict=True)))


def _taker(slices: Sequence[slice]) -> Pieces:
    if len(slices) == 1:
        only = slices[0]
        return lambda text: (text[only],)
    return itemgetter(*slices)
