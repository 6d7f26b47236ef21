"""The log's tree in memory: appending, proving, checking, at a million entries.

    python benchmarks/merkle.py [--entries 1000000] [--tool]

Entries are 200 bytes. Appending hashes the leaf, completes nodes and puts them into one list for each level, in steps of
1,000; its peer is the bare hashing of the leaves. Proofs read those lists, at random places. ``--tool`` also lets
``tools/verify.py`` verify an export of the log in a process of its own. Goal: an inclusion proof at 1 M leaves in at
most 100 µs (median).
"""

import argparse
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kehuma.engine.merkle.certificates import Proof, verified
from kehuma.engine.merkle.checkpoints import Checkpoint, Trust, believed
from kehuma.engine.merkle.exports import export_line
from kehuma.engine.merkle.keys import Kind, VerifierKey
from kehuma.engine.merkle.notes import Note
from kehuma.engine.merkle.proofs import check_consistency, check_inclusion, consistency_proof, inclusion_proof
from kehuma.engine.merkle.tree import Frontier, leaf_hash, root

GOAL = 100e-6
STEP = 1_000
ASKED = 2_000
LOG = "kehuma.example/log"
TOOL = Path(__file__).parents[1] / "tools" / "verify.py"
Store = list[list[bytes]]


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--tool", action="store_true")
    asked = parser.parse_args()
    entries = [b"%0200d" % number for number in range(asked.entries)]
    bare = timed(lambda: [leaf_hash(entry) for entry in entries])
    store: Store = [[] for _ in range(64)]
    start = time.perf_counter()
    frontier = filled(entries, store)
    taken = time.perf_counter() - start
    print(
        f"{len(entries):,} entries: {len(entries) / taken:,.0f} appended a second ({taken / bare:.2f} x bare leaf hashes)"
    )
    private = Ed25519PrivateKey.from_private_bytes(b"b" * 32)
    note = Checkpoint(LOG, frontier.size, frontier.root).note.signed(LOG, private)
    proofs(entries, store, frontier)
    certificates(entries, store, note, private)
    if asked.tool:
        exported(entries, note, Trust((VerifierKey.of(LOG, Kind.NOTE, private),)))


def filled(entries: Sequence[bytes], store: Store) -> Frontier:
    """The frontier after all entries; their nodes are in the store."""
    frontier = Frontier()
    for start in range(0, len(entries), STEP):
        frontier, nodes = frontier.extended(map(leaf_hash, entries[start : start + STEP]))
        for level, _, done in nodes:
            store[level].append(done)
    return frontier


def proofs(entries: Sequence[bytes], store: Store, frontier: Frontier) -> None:
    """Inclusion and consistency, each made and checked."""

    def node(level: int, number: int) -> bytes:
        return store[level][number]

    size, chance = frontier.size, random.Random(6962)  # noqa: S311 - a fixed series of places
    places = [chance.randrange(size) for _ in range(ASKED)]
    made = told("inclusion proof", [partial(inclusion_proof, i, size, node) for i in places])
    print(f"  {'within' if made <= GOAL else 'ABOVE'} the goal of {GOAL * 1e6:.0f} µs")
    top = frontier.root
    known = [(leaf_hash(entries[i]), i, size, inclusion_proof(i, size, node), top) for i in places]
    told("  checked", [partial(check_inclusion, *one) for one in known])
    told("consistency proof", [partial(consistency_proof, i, size, node) for i in places])
    grown = [(i, root(i, node), size, top, consistency_proof(i, size, node)) for i in places]
    told("  checked", [partial(check_consistency, *one) for one in grown])


def certificates(entries: Sequence[bytes], store: Store, note: Note, private: Ed25519PrivateKey) -> None:
    """Checkpoints and whole certificates."""
    trust = Trust((VerifierKey.of(LOG, Kind.NOTE, private),))
    size = len(entries)
    path = inclusion_proof(size // 3, size, lambda level, number: store[level][number])
    text = str(Proof(size // 3, path, note, extra=entries[size // 3]))
    told("checkpoint signed", [lambda: Note(note.text).signed(LOG, private)] * ASKED)
    told("  believed", [lambda: believed(str(note), trust)] * ASKED)
    told(f"certificate of {len(text)} characters", [lambda: verified(text, trust)] * ASKED)


def exported(entries: Sequence[bytes], note: Note, trust: Trust) -> None:
    """The tool, from its start to its answer."""
    with tempfile.TemporaryDirectory() as folder:
        log, checkpoint = Path(folder, "log.jsonl"), Path(folder, "checkpoint")
        with log.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(map(export_line, range(len(entries)), entries))
        checkpoint.write_text(str(note), "utf-8", newline="\n")
        command: list[str | Path] = [
            sys.executable,
            TOOL,
            "log",
            log,
            "--checkpoint",
            checkpoint,
            "--key",
            str(trust.log[0]),
        ]
        taken = timed(lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL))
    print(f"tools/verify.py: {len(entries) / taken:,.0f} entries a second, {taken:.1f} s")


def told(what: str, asked: Sequence[Callable[[], object]]) -> float:
    """Print the median and the 99th hundredth of the calls; the median in seconds."""
    taken = sorted(timed(one) for one in asked)
    middle = statistics.median(taken)
    print(f"{what}: p50 {middle * 1e6:.0f} µs, p99 {taken[len(taken) * 99 // 100] * 1e6:.0f} µs")
    return middle


def timed(one: Callable[[], object]) -> float:
    """How many seconds the call takes."""
    start = time.perf_counter()
    one()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
