"""Where an entry stands in the tree: the hashes that lead from it to the root, each with its side."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from kehuma.apps.audit import tree
from kehuma.engine.merkle.tree import Place, node_hash


class Step(NamedTuple):
    """A neighbour on the way up: on which side it stands, its hash, and the hash of both together."""

    side: Literal["left", "right"]
    hash: bytes
    above: bytes


@dataclass(frozen=True, slots=True)
class Standing:
    """Entry ``index`` among the first ``size``: its own hash, the way up, and the root where it ends."""

    index: int
    size: int
    leaf: bytes
    steps: Sequence[Step]
    root: bytes


def standing(index: int) -> Standing:
    """Where this entry stands in the log as it is now; MissingNodeError where a hash on its way is not there."""
    size = tree.size()
    leaf = tree.read([Place(0, index)])[Place(0, index)]
    steps, done = [], leaf
    place, last = index, size - 1
    for beside in tree.inclusion(index, size):
        is_left = bool(place & 1) or place == last
        done = node_hash(beside, done) if is_left else node_hash(done, beside)
        steps.append(Step("left" if is_left else "right", beside, done))
        # As RFC 9162, 2.1.3.2 has it: at the right edge, levels without a neighbour on the right are passed over.
        while is_left and place and not place & 1:
            place, last = place >> 1, last >> 1
        place, last = place >> 1, last >> 1
    return Standing(index, size, leaf, steps, tree.root(size))
