"""The nodes of the log in the store: a number for each place, so that a whole proof is one query."""

from collections.abc import Iterable, Mapping
from itertools import chain

from django.db import connection

from kehuma.engine.merkle.proofs import consistency_plan, inclusion_plan
from kehuma.engine.merkle.tree import EMPTY_ROOT, Frontier, Node, Place, folded, peaks

_LEVEL = 56


class MissingNodeError(Exception):
    """The store lacks a node that it must have."""


def number_of(level: int, number: int) -> int:
    """The place of a node as one number."""
    return level << _LEVEL | number


def place_of(number: int) -> Place:
    """The inverse of ``number_of``."""
    return Place(number >> _LEVEL, number & ((1 << _LEVEL) - 1))


def size() -> int:
    """How many leaves the log has."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(id) FROM audit_leaf")
        (last,) = cursor.fetchone()
    return 0 if last is None else int(last) + 1


def read(places: Iterable[Place]) -> Mapping[Place, bytes]:
    """The hashes at these places; MissingNodeError where one is not there."""
    wanted = {place.level << _LEVEL | place.number: place for place in places}
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, hash FROM audit_node WHERE id IN ({', '.join(['%s'] * len(wanted))})",  # noqa: S608 - places for values
            list(wanted),
        )
        found = {wanted[number]: bytes(done) for number, done in cursor.fetchall()}
    if len(found) < len(wanted):
        raise MissingNodeError
    return found


def frontier(size: int) -> Frontier:
    """The right edge of the first ``size`` leaves."""
    places = peaks(size)
    nodes = read(places)
    return Frontier(size, tuple(nodes[place] for place in places))


def inclusion(index: int, size: int) -> tuple[bytes, ...]:
    """The proof that leaf ``index`` is among the first ``size``, in one query."""
    plan = inclusion_plan(index, size)
    nodes = read(chain.from_iterable(plan))
    return tuple(folded([nodes[place] for place in places]) for places in plan)


def consistency(old: int, new: int) -> tuple[bytes, ...]:
    """The proof that the log of ``old`` leaves is the beginning of that of ``new``. MerkleError for sizes that it never had."""
    plan = consistency_plan(old, new)
    nodes = read(chain.from_iterable(plan))
    return tuple(folded([nodes[place] for place in places]) for places in plan)


def root(size: int) -> bytes:
    """The root over the first ``size`` leaves as the stored nodes have it."""
    return frontier(size).root if size else EMPTY_ROOT


def rows(nodes: Iterable[Node]) -> list[tuple[int, bytes]]:
    """Nodes as rows of the table."""
    return [(level << _LEVEL | number, done) for level, number, done in nodes]
