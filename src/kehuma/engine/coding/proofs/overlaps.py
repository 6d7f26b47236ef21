"""Whether two schemes can give the same text, and the shortest one that both can."""

from collections.abc import Iterable, Iterator

from kehuma.engine.coding.grammar import Grammar
from kehuma.engine.coding.proofs.automaton import Automaton, codes_of, first_in, lowest
from kehuma.engine.coding.proofs.search import Move, shortest

_Pair = tuple[int, int]


def overlap(a: Grammar, b: Grammar) -> str | None:
    """The shortest text that is a code of both, in any form: with all, some or none of the live parts. None for none."""
    found = common_text(codes_of(a), codes_of(b))
    return None if found is None else found[0]


def common_text(a: Automaton, b: Automaton) -> tuple[str, tuple[tuple[str, ...], tuple[str, ...]]] | None:
    """The shortest text of both automata and how each reads it."""
    most = min(a.most, b.most)
    if not _may_meet(a, b):
        return None
    starts = ((one, other, 0) for one in a.starts for other in b.starts)
    way = shortest(
        _going_on(a, b, starts, 0, most),
        lambda pair, length: _going_on(a, b, _steps(a, b, pair), length + 1, most),
        (a.end, b.end),
    )
    if way is None:
        return None
    # What led to a pair was read in the states of the pair before it.
    reads = [first_in(characters) for _, characters in way[1:]]
    one, other = zip(*(pair for pair, _ in way[:-1]), strict=True)
    return "".join(reads), (a.texts(zip(one, reads, strict=True)), b.texts(zip(other, reads, strict=True)))


def _may_meet(a: Automaton, b: Automaton) -> bool:
    """False where a glance shows that no text is common; it spares nine searches in ten, and the longest ones."""
    mine, theirs = a.outline, b.outline
    common = mine.lengths & theirs.lengths
    if not common or mine.required & ~theirs.possible or theirs.required & ~mine.possible:
        return False
    shortest_common = lowest(common)
    for sets, others in ((mine.heads, theirs.heads), (mine.tails, theirs.tails)):
        for characters, other in zip(sets[:shortest_common], others, strict=False):
            if not characters & other:
                return False
    return True


def _steps(a: Automaton, b: Automaton, pair: _Pair) -> Iterator[tuple[int, int, int]]:
    for first, to in a.edges[pair[0]]:
        for second, also in b.edges[pair[1]]:
            if both := first & second:
                for one in to:
                    for other in also:
                        yield one, other, both


def _going_on(
    a: Automaton, b: Automaton, steps: Iterable[tuple[int, int, int]], length: int, most: int
) -> Iterator[Move[_Pair, int]]:
    for one, other, characters in steps:
        rest = lowest(a.ahead[one] & b.ahead[other])
        if 0 <= rest <= most - length:
            yield (one, other), length, length + rest, characters
