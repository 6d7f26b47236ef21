"""The tree is that of RFC 6962, however it grew."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kehuma.engine.merkle.errors import MerkleError
from kehuma.engine.merkle.tree import MAX_ENTRY, MAX_SIZE, Frontier, NodeAt, leaf_hash, peaks, root

# The leaves and roots that the tests of Certificate Transparency have used since 2012.
LEAVES = ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


@pytest.mark.parametrize("size", range(9))
def test_the_roots_are_those_of_certificate_transparency(size: int) -> None:
    leaves = [leaf_hash(bytes.fromhex(leaf)) for leaf in LEAVES[:size]]
    assert Frontier().extended(leaves)[0].root.hex() == ROOTS[size]


def test_every_root_up_to_131_leaves_is_that_of_the_definition(defined: Any, node: NodeAt) -> None:
    frontier = Frontier()
    for size in range(len(defined.leaves) + 1):
        assert root(size, node) == frontier.root == defined.root(0, size)
        assert Frontier.at(size, node) == frontier
        frontier, _ = frontier.extended(defined.leaves[size : size + 1])


@given(cuts=st.lists(st.integers(0, 60), max_size=6))
def test_a_log_grows_alike_in_any_steps(cuts: list[int]) -> None:
    leaves = [bytes((number,)) * 32 for number in range(61)]
    whole, nodes = Frontier().extended(leaves)
    frontier, found = Frontier(), []
    for start, end in zip([0, *sorted(cuts)], [*sorted(cuts), 61], strict=True):
        frontier, more = frontier.extended(leaves[start:end])
        found += more
    assert frontier == whole
    assert found == nodes


def test_each_node_is_completed_once(defined: Any) -> None:
    _, nodes = Frontier().extended(defined.leaves)
    assert len({(level, index) for level, index, _ in nodes}) == len(nodes) == 131 + 65 + 32 + 16 + 8 + 4 + 2 + 1
    for level, index, done in nodes:
        assert done == defined.root(index << level, (index + 1) << level)


def test_a_large_log_is_asked_for_few_nodes() -> None:
    asked = []

    def node(level: int, index: int) -> bytes:
        asked.append((level, index))
        return bytes(32)

    root(10**12 - 1, node)
    assert len(asked) <= 40
    assert len(peaks(MAX_SIZE)) == 63


def test_an_entry_has_less_than_64_kib() -> None:
    leaf_hash(bytes(MAX_ENTRY))
    with pytest.raises(MerkleError, match="65536 bytes"):
        leaf_hash(bytes(MAX_ENTRY + 1))


@pytest.mark.parametrize("size", [-1, MAX_SIZE + 1])
def test_no_tree_has_such_a_size(size: int) -> None:
    with pytest.raises(MerkleError) as refused:
        peaks(size)
    assert refused.value.message == "tree-size"


@pytest.mark.parametrize(
    ("size", "hashes"),
    [
        pytest.param(3, (bytes(32),), id="too few"),
        pytest.param(4, (bytes(32), bytes(32)), id="too many"),
        pytest.param(1, (bytes(31),), id="no hash"),
    ],
)
def test_a_frontier_fits_its_size(size: int, hashes: tuple[bytes, ...]) -> None:
    with pytest.raises(MerkleError) as refused:
        Frontier(size, hashes)
    assert refused.value.message == "frontier"
