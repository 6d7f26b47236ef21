"""Proofs are those of RFC 6962, hold where they should and nowhere else."""

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kehuma.engine.merkle.errors import MerkleError
from kehuma.engine.merkle.proofs import (
    check_consistency,
    check_inclusion,
    consistency_plan,
    consistency_proof,
    inclusion_plan,
    inclusion_proof,
)
from kehuma.engine.merkle.tree import EMPTY_ROOT, Frontier, NodeAt

FORGERIES = 4_000


def test_every_inclusion_proof_up_to_131_leaves_is_that_of_the_definition(defined: Any, node: NodeAt) -> None:
    for size in range(1, 132):
        for index in range(size):
            proof = inclusion_proof(index, size, node)
            assert list(proof) == defined.path(index, 0, size)
            check_inclusion(defined.leaves[index], index, size, proof, defined.root(0, size))


def test_every_consistency_proof_up_to_131_leaves_is_that_of_the_definition(defined: Any, node: NodeAt) -> None:
    for new in range(132):
        for old in range(new + 1):
            proof = consistency_proof(old, new, node)
            assert list(proof) == ([] if old == 0 else defined.proof(old, 0, new))
            check_consistency(old, defined.root(0, old), new, defined.root(0, new), proof)


def test_another_program_agrees(defined: Any, node: NodeAt) -> None:
    pymerkle = pytest.importorskip("pymerkle")
    tree = pymerkle.InmemoryTree(algorithm="sha256")
    for entry in defined.entries:
        tree.append_entry(entry)
    for size in range(1, 132):
        assert tree.get_root(size) == defined.root(0, size)
        for index in range(0, size, 7):
            # It counts from 1 and keeps the leaf itself among the hashes.
            theirs = tree.prove_inclusion(index + 1, size).path
            assert sorted(theirs) == sorted((defined.leaves[index], *inclusion_proof(index, size, node)))


def test_one_and_the_same_leaf_cannot_stand_for_another_place(defined: Any, node: NodeAt) -> None:
    for size in range(1, 40):
        for index in range(size):
            proof = inclusion_proof(index, size, node)
            for other in range(size):
                if other != index:
                    with pytest.raises(MerkleError):
                        check_inclusion(defined.leaves[index], other, size, proof, defined.root(0, size))


def test_no_forged_inclusion_proof_is_accepted(defined: Any, node: NodeAt) -> None:
    chance = random.Random(6962)  # noqa: S311 - a fixed series of forgeries
    for _ in range(FORGERIES):
        size = chance.randrange(1, 132)
        index = chance.randrange(size)
        honest = (
            defined.leaves[index],
            index,
            size,
            list(inclusion_proof(index, size, node)),
            defined.root(0, size),
        )
        leaf, place, many, proof, top = forged = _forged_inclusion(honest, chance)
        assert forged != honest
        with pytest.raises(MerkleError):
            check_inclusion(leaf, place, many, proof, top)


def test_no_forged_consistency_proof_is_accepted(defined: Any, node: NodeAt) -> None:
    chance = random.Random(9162)  # noqa: S311 - a fixed series of forgeries
    for _ in range(FORGERIES):
        new = chance.randrange(2, 132)
        old = chance.randrange(1, new)
        old_root, new_root = defined.root(0, old), defined.root(0, new)
        proof = _forged(list(consistency_proof(old, new, node)), chance)
        with pytest.raises(MerkleError):
            check_consistency(old, old_root, new, new_root, proof)
        honest = consistency_proof(old, new, node)
        with pytest.raises(MerkleError):
            check_consistency(old, _bent(old_root, chance), new, new_root, honest)
        with pytest.raises(MerkleError):
            check_consistency(old, old_root, new, _bent(new_root, chance), honest)


def test_a_rewritten_history_is_not_consistent(defined: Any, define: Callable[[list[bytes]], Any]) -> None:
    """A log whose leaf was changed can prove nothing to whoever knows an earlier root, whatever proof it makes."""
    for changed in range(0, 60, 7):
        entries = list(defined.entries[:100])
        entries[changed] = b"another customer"
        other = define(entries)
        nodes = {(level, index): done for level, index, done in Frontier().extended(other.leaves)[1]}
        proof = consistency_proof(60, 100, lambda level, index, nodes=nodes: nodes[level, index])  # type: ignore[misc]
        with pytest.raises(MerkleError) as refused:
            check_consistency(60, defined.root(0, 60), 100, other.root(0, 100), proof)
        assert refused.value.message in {"proof-old", "proof-new"}


@pytest.mark.parametrize(
    ("old", "new"), [pytest.param(0, 7, id="from nothing"), pytest.param(7, 7, id="without growth")]
)
def test_growth_that_needs_no_proof_accepts_none(old: int, new: int, defined: Any) -> None:
    roots = defined.root(0, old), defined.root(0, new)
    check_consistency(old, roots[0], new, roots[1], ())
    for message, first, proof in (("proof-length", roots[0], (bytes(32),)), ("proof-old", bytes(32), ())):
        with pytest.raises(MerkleError) as refused:
            check_consistency(old, first, new, roots[1], proof)
        assert refused.value.message == message


def test_what_is_no_hash_is_named_by_its_place() -> None:
    with pytest.raises(MerkleError, match="hash 2 of the proof"):
        check_inclusion(bytes(32), 0, 3, (bytes(32), bytes(31)), EMPTY_ROOT)


@pytest.mark.parametrize(
    ("message", "ask"),
    [
        pytest.param("leaf-outside", lambda: inclusion_plan(3, 3), id="a leaf behind the end"),
        pytest.param("leaf-outside", lambda: inclusion_plan(-1, 3), id="a leaf before the beginning"),
        pytest.param("tree-shrank", lambda: consistency_plan(4, 3), id="a smaller tree"),
        pytest.param("tree-size", lambda: consistency_plan(-1, 3), id="no size"),
        pytest.param("tree-shrank", lambda: check_consistency(4, bytes(32), 3, bytes(32), ()), id="shrank, checked"),
    ],
)
def test_what_cannot_be_proved_is_refused(message: str, ask: Callable[[], object]) -> None:
    with pytest.raises(MerkleError) as refused:
        ask()
    assert refused.value.message == message


def test_a_proof_over_a_trillion_entries_needs_few_nodes() -> None:
    size = 10**12 - 7
    for index in (0, 1, size // 3, size - 1):
        assert len(list(_places(inclusion_plan(index, size)))) <= 80
        assert len(inclusion_plan(index, size)) <= 40
        assert len(list(_places(consistency_plan(index + 1, size)))) <= 80


def _places(plan: tuple[tuple[Any, ...], ...]) -> Iterator[Any]:
    return (place for places in plan for place in places)


def _bent(one: bytes, chance: random.Random) -> bytes:
    """The hash with one bit turned."""
    return (int.from_bytes(one) ^ (1 << chance.randrange(256))).to_bytes(32)


def _forged(proof: list[bytes], chance: random.Random) -> list[bytes]:
    """The proof with a hash altered, added, left out or moved."""
    place = chance.randrange(len(proof) + 1)
    match chance.choice(("add", "drop", "bend", "swap") if proof else ("add",)):
        case "add":
            return [*proof[:place], chance.randbytes(32), *proof[place:]]
        case "drop":
            return [*proof[: place % len(proof)], *proof[place % len(proof) + 1 :]]
        case "swap" if len(set(proof)) > 1:
            return [*proof[1:], proof[0]]
        case _:
            place %= len(proof)
            return [*proof[:place], _bent(proof[place], chance), *proof[place + 1 :]]


def _forged_inclusion(
    honest: tuple[bytes, int, int, list[bytes], bytes], chance: random.Random
) -> tuple[bytes, int, int, list[bytes], bytes]:
    leaf, index, size, proof, top = honest
    match chance.randrange(5):
        case 0:
            return _bent(leaf, chance), index, size, proof, top
        case 1:
            return leaf, index + chance.choice((-1, 1, size)), size, proof, top
        case 2:
            # The same proof holds in trees of other sizes with the same form around the leaf, but under other roots.
            return leaf, index, size, proof, _bent(top, chance)
        case _:
            return leaf, index, size, _forged(proof, chance), top
