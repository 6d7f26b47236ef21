"""Forged proofs of inclusion, of consistency, and whole certificates: nothing but the honest ones may be accepted.

Where ``pymerkle`` is installed (it is none of our dependencies), it must agree with every root and every inclusion
proof, so that the honest ones are honest.
"""

import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tools.faults.report import Report

from kehuma.engine.merkle.certificates import Proof, verified
from kehuma.engine.merkle.checkpoints import Checkpoint, Trust
from kehuma.engine.merkle.errors import MerkleError
from kehuma.engine.merkle.keys import Kind, VerifierKey
from kehuma.engine.merkle.proofs import check_consistency, check_inclusion, consistency_proof, inclusion_proof
from kehuma.engine.merkle.tree import Frontier, leaf_hash, root

FULL, SAMPLE = 100_000, 4_000
_LEAVES = 300
_NAME = "kehuma.example/log"
_ORACLE = "pymerkle"


def run(size: int, _folder: Path) -> Report:
    """So many forgeries, a third of each kind."""
    forger = _Forger()
    report, accepted, tried = Report({"forgeries": size, "leaves": _LEAVES}), [], 0
    while tried < size:
        name, is_accepted = forger.kinds[tried % len(forger.kinds)]()
        tried += is_accepted is not None
        if is_accepted:
            accepted.append(f"{name} {tried}")
    report.none("accepted", accepted)
    report.some("honest proofs accepted", forger.honest())
    report.figures["compared with pymerkle"] = _compared(forger) if find_spec(_ORACLE) else "not installed"
    return report


class _Forger:
    """A log, and its honest proofs with something of them changed."""

    def __init__(self) -> None:
        self.chance = random.Random("forgeries")
        self.entries = [f"entry {number}".encode() for number in range(_LEAVES)]
        self.leaves = [leaf_hash(entry) for entry in self.entries]
        store = {(level, index): done for level, index, done in Frontier().extended(self.leaves)[1]}
        self.node: Callable[[int, int], bytes] = lambda level, index: store[level, index]
        self.roots = [root(size, self.node) for size in range(_LEAVES + 1)]
        self._private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
        self._trust = Trust((VerifierKey.of(_NAME, Kind.NOTE, self._private),))
        self.kinds = (self.inclusion, self.consistency, self.certificate)

    def inclusion(self) -> tuple[str, bool | None]:
        """Whether a forged proof of inclusion is accepted; None where chance has changed nothing."""
        chance = self.chance
        size = chance.randrange(1, _LEAVES + 1)
        index = chance.randrange(size)
        leaf, proof, top = self.leaves[index], inclusion_proof(index, size, self.node), self.roots[size]
        place, path = index, list(proof)
        match chance.randrange(5):
            case 0:
                leaf = chance.choice((_bent(leaf, chance), chance.choice(self.leaves)))
            case 1:
                place = chance.choice((index - 1, index + 1, chance.randrange(size), size, index + size))
            case 2:
                top = chance.choice((_bent(top, chance), chance.choice(self.roots)))
            case _:
                path = _changed(path, chance)
        if (leaf, place, path, top) == (self.leaves[index], index, list(proof), self.roots[size]):
            return "inclusion", None
        return "inclusion", _is_accepted(lambda: check_inclusion(leaf, place, size, path, top))

    def consistency(self) -> tuple[str, bool | None]:
        """The same of a proof that one log begins with another."""
        chance = self.chance
        new = chance.randrange(2, _LEAVES + 1)
        old = chance.randrange(1, new)
        proof, before, after = consistency_proof(old, new, self.node), self.roots[old], self.roots[new]
        path, other_before, other_after = list(proof), before, after
        match chance.randrange(4):
            case 0:
                other_before = chance.choice((_bent(before, chance), chance.choice(self.roots[1:])))
            case 1:
                other_after = chance.choice((_bent(after, chance), chance.choice(self.roots[1:])))
            case _:
                path = _changed(path, chance)
        if (path, other_before, other_after) == (list(proof), before, after):
            return "consistency", None
        return "consistency", _is_accepted(lambda: check_consistency(old, other_before, new, other_after, path))

    def certificate(self) -> tuple[str, bool | None]:
        """The same of a certificate, a character of which is another, gone, doubled or moved."""
        chance, honest = self.chance, self._certificate()
        place = chance.randrange(len(honest))
        one = honest[place]
        match chance.randrange(4):
            case 0:
                forged = honest[:place] + chance.choice((chr(ord(one) ^ 1), "A", "\n", " ", "0")) + honest[place + 1 :]
            case 1:
                forged = honest[:place] + honest[place + 1 :]
            case 2:
                forged = honest[: place + 1] + honest[place:]
            case _:
                # The lines of two honest ones, exchanged.
                lines, others = honest.split("\n"), self._certificate().split("\n")
                place = chance.randrange(min(len(lines), len(others)))
                forged = "\n".join((*lines[:place], others[place], *lines[place + 1 :]))
        if forged == honest:
            return "certificate", None
        return "certificate", _is_accepted(lambda: verified(forged, self._trust))

    def honest(self) -> int:
        """How many honest proofs are accepted; MerkleError where one is not."""
        for size in range(1, _LEAVES + 1):
            for index in range(0, size, 7):
                proof = inclusion_proof(index, size, self.node)
                check_inclusion(self.leaves[index], index, size, proof, self.roots[size])
            check_consistency(1, self.roots[1], size, self.roots[size], consistency_proof(1, size, self.node))
        verified(self._certificate(), self._trust)
        return _LEAVES

    def _certificate(self) -> str:
        size = self.chance.randrange(1, _LEAVES + 1)
        index = self.chance.randrange(size)
        note = Checkpoint(_NAME, size, self.roots[size]).note.signed(_NAME, self._private)
        return str(Proof(index, inclusion_proof(index, size, self.node), note, extra=self.entries[index]))


def _compared(forger: _Forger) -> int:
    """How many roots and proofs the other program has made alike; MerkleError where one is another."""
    tree, same = import_module(_ORACLE).InmemoryTree(algorithm="sha256"), 0
    for entry in forger.entries:
        tree.append_entry(entry)
    for size in range(1, _LEAVES + 1):
        if tree.get_root(size) != forger.roots[size]:
            raise MerkleError("root-differs")
        same += 1
        for index in range(0, size, 7):
            # It counts from 1 and keeps the leaf itself among the hashes.
            theirs = tree.prove_inclusion(index + 1, size).path
            if sorted(theirs) != sorted((forger.leaves[index], *inclusion_proof(index, size, forger.node))):
                raise MerkleError("proof-differs")
            same += 1
    return same


def _is_accepted(check: Callable[[], object]) -> bool:
    with suppress(MerkleError):
        check()
        return True
    return False


def _bent(one: bytes, chance: random.Random) -> bytes:
    """The hash with one bit turned."""
    return (int.from_bytes(one) ^ (1 << chance.randrange(256))).to_bytes(32)


def _changed(proof: Sequence[bytes], chance: random.Random) -> list[bytes]:
    """The proof with a hash altered, added, left out or moved."""
    place = chance.randrange(len(proof) + 1)
    match chance.randrange(4) if proof else 0:
        case 0:
            return [*proof[:place], chance.randbytes(32), *proof[place:]]
        case 1:
            return [*proof[: place % len(proof)], *proof[place % len(proof) + 1 :]]
        case 2:
            return [*proof[1:], proof[0]]
        case _:
            place %= len(proof)
            return [*proof[:place], _bent(proof[place], chance), *proof[place + 1 :]]
