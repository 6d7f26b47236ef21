"""A slow tree, straight from the definition in RFC 6962, 2.1, and a log of a few keys."""

from collections.abc import Callable, Sequence
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kehuma.engine.merkle.checkpoints import Trust
from kehuma.engine.merkle.keys import Kind, VerifierKey
from kehuma.engine.merkle.tree import Frontier, NodeAt

LOG = "kehuma.example/log"


class Definition:
    """MTH, PATH and PROOF word for word: nothing is shared with the code under test."""

    def __init__(self, entries: Sequence[bytes]) -> None:
        self.entries = entries
        self.leaves = [sha256(b"\x00" + entry).digest() for entry in entries]
        self._known: dict[tuple[int, int], bytes] = {}

    def root(self, start: int, end: int) -> bytes:
        if start == end:
            return sha256(b"").digest()
        if (start, end) not in self._known:
            self._known[start, end] = self._root(start, end)
        return self._known[start, end]

    def path(self, index: int, start: int, end: int) -> list[bytes]:
        if end - start == 1:
            return []
        half = start + _half(end - start)
        if index < half:
            return [*self.path(index, start, half), self.root(half, end)]
        return [*self.path(index, half, end), self.root(start, half)]

    def proof(self, old: int, start: int, end: int, *, known: bool = True) -> list[bytes]:
        if old == end - start:
            return [] if known else [self.root(start, end)]
        half = _half(end - start)
        if old <= half:
            return [*self.proof(old, start, start + half, known=known), self.root(start + half, end)]
        return [*self.proof(old - half, start + half, end, known=False), self.root(start, start + half)]

    def _root(self, start: int, end: int) -> bytes:
        if end - start == 1:
            return self.leaves[start]
        half = start + _half(end - start)
        return sha256(b"\x01" + self.root(start, half) + self.root(half, end)).digest()


def _half(size: int) -> int:
    """The largest power of two smaller than size."""
    half = 1
    while half * 2 < size:
        half *= 2
    return half


@pytest.fixture(scope="session")
def define() -> Callable[[Sequence[bytes]], Definition]:
    return Definition


@pytest.fixture(scope="session")
def defined() -> Definition:
    """A log of 131 entries: two beyond a power of two."""
    return Definition([f"entry {number}".encode() for number in range(131)])


@pytest.fixture(scope="session")
def node(defined: Definition) -> NodeAt:
    """A store that holds its nodes."""
    store = {(level, index): done for level, index, done in Frontier().extended(defined.leaves)[1]}
    return lambda level, index: store[level, index]


@pytest.fixture(scope="session")
def log_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(b"l" * 32)


@pytest.fixture(scope="session")
def witness_keys() -> tuple[Ed25519PrivateKey, ...]:
    return tuple(Ed25519PrivateKey.from_private_bytes(letter * 32) for letter in (b"u", b"v"))


@pytest.fixture(scope="session")
def trust(log_key: Ed25519PrivateKey, witness_keys: tuple[Ed25519PrivateKey, ...]) -> Trust:
    witnesses = tuple(
        VerifierKey.of(f"witness.example/{number}", Kind.COSIGNATURE, key) for number, key in enumerate(witness_keys, 1)
    )
    return Trust((VerifierKey.of(LOG, Kind.NOTE, log_key),), witnesses, quorum=1)
