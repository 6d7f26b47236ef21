"""Whether one scheme reads every text of another, and the shortest one that it does not read."""

from collections.abc import Iterator

from kehuma.engine.coding.grammar import Grammar
from kehuma.engine.coding.proofs.automaton import BITS, Automaton, codes_of, first_in, lowest
from kehuma.engine.coding.proofs.search import Move, shortest

# A state of the one, and all states that the other may be in after the same text.
_Place = tuple[int, frozenset[int]]


def left_out(a: Grammar, b: Grammar) -> str | None:
    """The shortest code of ``a``, in any form, that is none of ``b``; None where ``b`` reads them all."""
    one, other = codes_of(a), codes_of(b)
    found = _unread(one, other)
    too_long = _longer_than(one, other.most)
    if found is None or too_long is None:
        return found or too_long
    return min(found, too_long, key=len)


def _unread(a: Automaton, b: Automaton) -> str | None:
    starts = ((start, frozenset(b.starts), "") for start in a.starts)
    goal = (a.end, frozenset[int]())
    way = shortest(_going_on(a, b, starts, 0), lambda at, length: _going_on(a, b, _steps(a, b, at), length + 1), goal)
    return None if way is None else "".join(read for _, read in way)


def _longer_than(a: Automaton, most: int) -> str | None:
    """The shortest text of more than ``most`` characters."""
    longer = a.outline.lengths >> (most + 1)
    if not longer:
        return None
    length = most + 1 + lowest(longer)
    text, state = "", next(start for start in a.starts if a.ahead[start] >> length & 1)
    for rest in range(length - 1, -1, -1):
        steps = ((first_in(characters), to) for characters, tos in a.edges[state] for to in tos)
        character, state = next((read, to) for read, to in steps if a.ahead[to] >> rest & 1)
        text += character
    return text


def _steps(a: Automaton, b: Automaton, place: _Place) -> Iterator[tuple[int, frozenset[int], str]]:
    state, others = place
    edges = [edge for other in others for edge in b.edges[other]]
    for characters, to in a.edges[state]:
        rest = characters
        while rest:
            read = first_in(rest)
            alike, reached = rest, set[int]()
            for others_characters, others_to in edges:
                if others_characters & BITS[read]:
                    alike &= others_characters
                    reached.update(others_to)
                else:
                    alike &= ~others_characters
            rest &= ~alike
            yield from ((following, frozenset(reached), read) for following in to)


def _going_on(
    a: Automaton, b: Automaton, steps: Iterator[tuple[int, frozenset[int], str]], length: int
) -> Iterator[Move[_Place, str]]:
    for state, others, read in steps:
        rest = lowest(a.ahead[state])
        is_read = state == a.end and b.end in others
        if not is_read and 0 <= rest <= a.most - length:
            yield (state, frozenset() if state == a.end else others), length, length + rest, read
