"""Proofs that a leaf is in a tree and that a tree only grew: made from few nodes, checked as RFC 9162 says.

A proof is first a plan, the places whose nodes make up each of its hashes, so that a store can read all of them in one
query. A proof over n leaves needs at most 2·log2(n) nodes.

>>> from kehuma.engine.merkle.tree import Frontier, leaf_hash, root
>>> nodes = Frontier().extended(map(leaf_hash, (b"a", b"b", b"c")))[1]
>>> store = {(node.level, node.number): node.hash for node in nodes}
>>> inclusion_plan(0, 3)
((Place(level=0, number=1),), (Place(level=0, number=2),))
>>> proof = inclusion_proof(0, 3, lambda *place: store[place])
>>> check_inclusion(leaf_hash(b"a"), 0, 3, proof, root(3, lambda *place: store[place]))
"""

from collections.abc import Sequence

from kehuma.engine.merkle.errors import MerkleError
from kehuma.engine.merkle.tree import EMPTY_ROOT, HASH_SIZE, NodeAt, Place, check_size, folded, node_hash, peaks

Plan = tuple[tuple[Place, ...], ...]
"""For each hash of a proof the neighbouring nodes that it is folded from."""


def inclusion_plan(index: int, size: int) -> Plan:
    """What the proof that leaf ``index`` is among the first ``size`` needs. ``leaf-outside`` where it is not."""
    _check_index(index, size)
    return _path(Place(0, index), size)


def inclusion_proof(index: int, size: int, node: NodeAt) -> tuple[bytes, ...]:
    """The hashes from the sibling of leaf ``index`` up to the child of the root over ``size`` leaves."""
    return _made(inclusion_plan(index, size), node)


def consistency_plan(old: int, new: int) -> Plan:
    """What the proof that a tree of ``old`` leaves grew into one of ``new`` needs. ``tree-shrank`` where it did not."""
    _check_growth(old, new)
    if old in (0, new):
        return ()
    last = peaks(old)[-1]
    # An old tree that is one complete subtree is known to whoever checks: it is the old root itself.
    known = old.bit_count() == 1
    return (() if known else ((last,),)) + _path(last, new)


def consistency_proof(old: int, new: int, node: NodeAt) -> tuple[bytes, ...]:
    """The hashes that lead from the root over ``old`` leaves to that over ``new``; none from an empty tree."""
    return _made(consistency_plan(old, new), node)


def check_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Raise unless the leaf hash ``leaf`` is number ``index`` under the root over ``size`` leaves (RFC 9162, 2.1.3.2).

    ``leaf-outside``, ``proof-length`` (a hash too few or too many), ``proof-hash`` (one is no hash), ``proof-leaf``
    (the hashes lead to another root).
    """
    _check_index(index, size)
    _check_hashes(proof, _steps(index, size))
    place, last, done = index, size - 1, leaf
    for sibling in proof:
        if place & 1 or place == last:
            done = node_hash(sibling, done)
            # Where a subtree ends at the right edge, levels without a sibling on the right are passed over.
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            done = node_hash(done, sibling)
        place, last = place >> 1, last >> 1
    if done != root:
        raise MerkleError("proof-leaf", index=index)


def check_consistency(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Raise unless the tree of ``old`` leaves is the beginning of that of ``new`` (RFC 9162, 2.1.4.2).

    ``tree-shrank``, ``proof-length``, ``proof-hash``, ``proof-old`` and ``proof-new`` (the hashes lead to another root).
    """
    _check_growth(old, new)
    if old in (0, new):
        _check_hashes(proof, 0)
        old_found, new_found = (EMPTY_ROOT if old == 0 else new_root), new_root
    else:
        level = (old & -old).bit_length() - 1
        _check_hashes(proof, _steps(old - 1, new, level) + (old.bit_count() > 1))
        old_found, new_found = _grown(old, old_root, new, proof)
    if old_found != old_root:
        raise MerkleError("proof-old", size=old)
    if new_found != new_root:
        raise MerkleError("proof-new", size=new)


def _path(place: Place, size: int) -> Plan:
    """From the complete subtree at ``place`` to the root: siblings in its peak, all peaks right of it, those left."""
    tops = peaks(size)
    start = place.number << place.level
    number = next(n for n, top in enumerate(tops) if start < (top.number + 1) << top.level)
    levels = range(place.level, tops[number].level)
    siblings = tuple((Place(level, (start >> level) ^ 1),) for level in levels)
    right = (tops[number + 1 :],) if number + 1 < len(tops) else ()
    left = tuple((top,) for top in reversed(tops[:number]))
    return siblings + right + left


def _made(plan: Plan, node: NodeAt) -> tuple[bytes, ...]:
    return tuple(folded([node(*place) for place in places]) for places in plan)


def _check_index(index: int, size: int) -> None:
    check_size(size)
    if not 0 <= index < size:
        raise MerkleError("leaf-outside", index=index, size=size)


def _check_growth(old: int, new: int) -> None:
    check_size(old)
    check_size(new)
    if old > new:
        raise MerkleError("tree-shrank", old=old, new=new)


def _steps(index: int, size: int, level: int = 0) -> int:
    """How many hashes lead from the subtree at ``level`` that ends with leaf ``index`` to the root."""
    shared = (index ^ (size - 1)).bit_length()
    return max(shared - level, 0) + (index >> max(shared, level)).bit_count()


def _check_hashes(proof: Sequence[bytes], expected: int) -> None:
    if len(proof) != expected:
        raise MerkleError("proof-length", expected=expected, found=len(proof))
    for position, one in enumerate(proof):
        if len(one) != HASH_SIZE:
            raise MerkleError("proof-hash", position=position + 1)


def _grown(old: int, old_root: bytes, new: int, proof: Sequence[bytes]) -> tuple[bytes, bytes]:
    """The roots over ``old`` and ``new`` leaves that the proof leads to, 0 < old < new."""
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    first, *rest = proof if old.bit_count() > 1 else (old_root, *proof)
    old_found = new_found = first
    for sibling in rest:
        if place & 1 or place == last:
            old_found, new_found = node_hash(sibling, old_found), node_hash(sibling, new_found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new_found = node_hash(new_found, sibling)
        place, last = place >> 1, last >> 1
    return old_found, new_found
