"""The shortest way to a goal when it is known how near the goal can be at best (A*, Hart, Nilsson and Raphael 1968).

Among equally promising places the newest goes first: where a witness exists, the search runs straight at it, and
where none exists, every place is visited once.
"""

from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

Node = TypeVar("Node", bound=Hashable)
Mark = TypeVar("Mark")

# A place to go to, how many characters long the text is there, how many it has to have at least, what led there.
Move = tuple[Node, int, int, Mark]
# By place the least length, the place before it, what led there.
_Came = dict[Node, tuple[int, Node | None, Mark]]


def shortest(
    starts: Iterable[Move[Node, Mark]], moves: Callable[[Node, int], Iterable[Move[Node, Mark]]], goal: Node
) -> list[tuple[Node, Mark]] | None:
    """The places from a start to the goal with what led to each, or None where there is no way.

    The least length must never fall along a way: then the first way found is the shortest.
    """
    came: _Came[Node, Mark] = {}
    waiting: dict[int, list[tuple[Node, int]]] = {}
    done: set[Node] = set()
    _note(came, waiting, starts, None)
    while waiting:
        least = min(waiting)
        node, length = waiting[least].pop()
        if not waiting[least]:
            del waiting[least]
        if node == goal:
            return _way(came, goal)
        if node not in done:
            done.add(node)
            _note(came, waiting, moves(node, length), node)
    return None


def _note(
    came: _Came[Node, Mark],
    waiting: dict[int, list[tuple[Node, int]]],
    found: Iterable[Move[Node, Mark]],
    origin: Node | None,
) -> None:
    fresh = []
    for node, length, least, mark in found:
        known = came.get(node)
        if known is None or least < known[0]:
            came[node] = (least, origin, mark)
            fresh.append((node, length, least))
    # The last one noted goes on first: of equal ways the one with the first characters is to be found.
    for node, length, least in reversed(fresh):
        waiting.setdefault(least, []).append((node, length))


def _way(came: _Came[Node, Mark], goal: Node) -> list[tuple[Node, Mark]]:
    way: list[tuple[Node, Mark]] = []
    node: Node | None = goal
    while node is not None:
        _, origin, mark = came[node]
        way.append((node, mark))
        node = origin
    return way[::-1]
