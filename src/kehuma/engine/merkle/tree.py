"""The Merkle tree of RFC 6962 over a log that only grows, as a store of nodes sees it.

A node is the hash of a complete subtree: node ``(level, number)`` covers the leaves from ``number << level`` up to, not
including, ``(number + 1) << level``. Once complete it never changes, so a store only ever adds nodes. Adding leaves
needs nothing but the frontier, the roots of the largest complete subtrees:

>>> store: dict[tuple[int, int], bytes] = {}
>>> frontier, nodes = Frontier().extended(leaf_hash(entry) for entry in (b"first", b"second", b"third"))
>>> store.update({(node.level, node.number): node.hash for node in nodes})
>>> sorted(store)
[(0, 0), (0, 1), (0, 2), (1, 0)]
>>> root(3, lambda *place: store[place]) == frontier.root
True
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

from kehuma.engine.merkle.errors import MerkleError

HASH_SIZE = 32
# Entry bundles (C2SP tlog-tiles) keep the length of an entry in two bytes.
MAX_ENTRY = 65_535
# RFC 9162 and the cosignatures of C2SP count in 64 bits; most stores have no unsigned integers.
MAX_SIZE = 2**63 - 1
EMPTY_ROOT = sha256(b"").digest()

NodeAt = Callable[[int, int], bytes]
"""How a store is asked for the node ``(level, number)``."""


class Place(NamedTuple):
    """Where a node stands."""

    level: int
    number: int


class Node(NamedTuple):
    """A complete subtree and its hash."""

    level: int
    number: int
    hash: bytes


def leaf_hash(entry: bytes) -> bytes:
    """The hash of an entry of the log (RFC 6962, 2.1). ``entry-too-large`` from 64 KiB on."""
    if len(entry) > MAX_ENTRY:
        raise MerkleError("entry-too-large", size=len(entry), most=MAX_ENTRY)
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node over its two children (RFC 6962, 2.1)."""
    return sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """The right edge of a tree of ``size`` leaves: its complete subtrees, largest first.

    Peaks that do not fit the size raise ``frontier``.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        check_size(self.size)
        if len(self.peaks) != self.size.bit_count() or any(len(peak) != HASH_SIZE for peak in self.peaks):
            raise MerkleError("frontier", size=self.size)

    @classmethod
    def at(cls, size: int, node: NodeAt) -> "Frontier":
        """The frontier of the first ``size`` leaves of a store."""
        return cls(size, tuple(node(*place) for place in peaks(size)))

    @property
    def root(self) -> bytes:
        """The root over all leaves."""
        return folded(self.peaks) if self.peaks else EMPTY_ROOT

    def extended(self, leaves: Iterable[bytes]) -> tuple["Frontier", list[Node]]:
        """The frontier after these leaf hashes, and every node that they completed, the leaves themselves included."""
        size, peaks, nodes = self.size, list(self.peaks), list[Node]()
        for leaf in leaves:
            level, number, done = 0, size, leaf
            nodes.append(Node(0, number, done))
            while number & 1:
                done = node_hash(peaks.pop(), done)
                level, number = level + 1, number >> 1
                nodes.append(Node(level, number, done))
            peaks.append(done)
            size += 1
        return Frontier(size, tuple(peaks)), nodes


def root(size: int, node: NodeAt) -> bytes:
    """The root over the first ``size`` leaves of a store."""
    return Frontier.at(size, node).root


def peaks(size: int) -> tuple[Place, ...]:
    """The largest complete subtrees of the first ``size`` leaves, from the left."""
    check_size(size)
    levels = (level for level in reversed(range(size.bit_length())) if size >> level & 1)
    return tuple(Place(level, (size >> level) - 1) for level in levels)


def folded(hashes: Sequence[bytes]) -> bytes:
    """The root over neighbouring complete subtrees, largest first, at least one."""
    *rest, done = hashes
    for left in reversed(rest):
        done = node_hash(left, done)
    return done


def check_size(size: int) -> None:
    """Raise ``tree-size`` for what is no number of leaves."""
    if not 0 <= size <= MAX_SIZE:
        raise MerkleError("tree-size", size=size)
