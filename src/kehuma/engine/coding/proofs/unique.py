"""Every canonical code has one reading, and a counter's codes never meet another counter's.

Two readings of one text are two ways through the automaton of all codes that part somewhere; the search follows both
at once from every place where a way forks.
"""

from collections.abc import Iterator, Mapping
from itertools import combinations, combinations_with_replacement

from kehuma.engine.coding.grammar import Grammar
from kehuma.engine.coding.model import Check, Parent, Reserved
from kehuma.engine.coding.proofs.automaton import Automaton, codes_of, first_in, lowest, written_by
from kehuma.engine.coding.proofs.overlaps import common_text
from kehuma.engine.coding.proofs.search import Move, shortest
from kehuma.engine.coding.proofs.verdict import PROVED, Verdict

# The states of two readings of one text, and whether they have parted.
_Pair = tuple[int, int, bool]


def prove_unique(grammar: Grammar) -> Verdict:
    """Whether every canonical text has one reading, with and without live parts, and every parent is told by its text.

    The parents' schemes are proved with it: each for itself, no two of them may write the same text, and segments
    named in ``of`` must say by themselves which parent is meant.
    """
    for segment in grammar.segments:
        if isinstance(segment, Parent):
            verdict = _prove_parents(segment, {name: grammar.parents[name] for name in segment.schemes})
            if not verdict.ok:
                return verdict
    return _one_reading(codes_of(grammar), "proof-two-readings", grammar.scheme.name)


def prove_keys(grammar: Grammar) -> Verdict:
    """Whether the codes of one counter key never meet another's.

    They cannot where every code has one reading and every segment of the key is written in the identity; a segment
    that is missing there, or that may change, cannot be read back, and is refused by its name.
    """
    counter = grammar.scheme.serial
    written = {segment.name for segment in grammar.segments if not segment.live}
    unreadable = tuple(name for name in (counter.per if counter else ()) if name not in written)
    if unreadable:
        return Verdict(ok=False, reason="proof-key-unreadable", names=unreadable)
    return prove_unique(grammar)


def two_readings(automaton: Automaton) -> tuple[str, tuple[tuple[str, ...], ...]] | None:
    """The shortest text with two ways through the automaton and what its segments are in both; None for none."""
    if not automaton.is_forked:
        return None
    goal = (automaton.end, automaton.end, True)
    way = shortest(_starts(automaton), lambda pair, length: _moves(automaton, pair, length), goal)
    if way is None:
        return None
    # What led to a pair was read in the states of the pair before it.
    reads = [read for _, read in way[1:]]
    one, other = zip(*(pair[:2] for pair, _ in way[:-1]), strict=True)
    texts = (automaton.texts(zip(states, reads, strict=True)) for states in (one, other))
    return "".join(reads), tuple(sorted(texts))


def _one_reading(automaton: Automaton, reason: str, *names: str) -> Verdict:
    found = two_readings(automaton)
    return PROVED if found is None else Verdict(False, *found, reason, names)  # noqa: FBT003  # "ok" by its place


def _prove_parents(segment: Parent, parents: Mapping[str, Grammar]) -> Verdict:
    for name, parent in parents.items():
        verdict = prove_unique(parent)
        if not verdict.ok:
            return verdict
        missing = _not_told(segment, parent)
        if missing:
            return Verdict(ok=False, reason="proof-parent-not-told", names=(name, *missing))
        verdict = _one_reading(written_by(parent, segment.of), "proof-parent-two-readings", name)
        if not verdict.ok:
            return verdict
    for (one, first), (other, second) in combinations(parents.items(), 2):
        found = common_text(written_by(first, segment.of), written_by(second, segment.of))
        if found is not None:
            return Verdict(False, *found, "proof-parents-share", (one, other))  # noqa: FBT003  # as above
    return PROVED


def _not_told(segment: Parent, parent: Grammar) -> tuple[str, ...]:
    """The segments without which the text of a parent may mean several parents."""
    if not segment.of:
        return ()
    counter = parent.scheme.serial
    needed = [
        part.name
        for part in parent.segments
        if not part.live and not isinstance(part, (Check, Reserved))
        and (counter is None or part.name in (counter.name, *counter.per))
    ]  # fmt: skip
    return tuple(name for name in needed if name not in segment.of)


def _starts(automaton: Automaton) -> Iterator[Move[_Pair, str]]:
    for one, other in combinations_with_replacement(automaton.starts, 2):
        yield from _move(automaton, (one, other, one != other), 0, "")


def _moves(automaton: Automaton, pair: _Pair, length: int) -> Iterator[Move[_Pair, str]]:
    one, other, parted = pair
    steps = _apart(automaton, one, other) if parted else _together(automaton, one)
    for read, reached, met in steps:
        yield from _move(automaton, (reached, met, parted or reached != met), length + len(read), read)


def _together(automaton: Automaton, state: int) -> Iterator[tuple[str, int, int]]:
    leap = automaton.leaps.get(state)
    if leap is not None:
        read, to = leap
        yield from ((read, *both) for both in combinations_with_replacement(to, 2))
        return
    for characters, to in automaton.edges[state]:
        yield from ((first_in(characters), *both) for both in combinations_with_replacement(to, 2))


def _apart(automaton: Automaton, one: int, other: int) -> Iterator[tuple[str, int, int]]:
    for first, to in automaton.edges[one]:
        for second, also in automaton.edges[other]:
            if both := first & second:
                yield from ((first_in(both), reached, met) for reached in to for met in also)


def _move(automaton: Automaton, pair: _Pair, length: int, read: str) -> Iterator[Move[_Pair, str]]:
    rest = lowest(automaton.ahead[pair[0]] & automaton.ahead[pair[1]])
    if 0 <= rest <= automaton.most - length:
        yield pair, length, length + rest, read
