"""A certificate proves its entry, offline; nothing else passes for one."""

import random
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from kehuma.engine.merkle.certificates import MAX_TEXT, Proof, verified
from kehuma.engine.merkle.checkpoints import Checkpoint, Trust
from kehuma.engine.merkle.errors import MerkleError
from kehuma.engine.merkle.notes import Note
from kehuma.engine.merkle.proofs import inclusion_proof
from kehuma.engine.merkle.tree import MAX_ENTRY, NodeAt

LOG = "kehuma.example/log"
FORGERIES = 3_000


@pytest.fixture(scope="module")
def checkpoint(defined: Any, log_key: Ed25519PrivateKey, witness_keys: tuple[Ed25519PrivateKey, ...]) -> Note:
    note = Checkpoint(LOG, 131, defined.root(0, 131)).note.signed(LOG, log_key)
    return note.cosigned("witness.example/1", witness_keys[0], at=1_790_000_000)


@pytest.fixture(scope="module")
def certificate(defined: Any, node: NodeAt, checkpoint: Note) -> str:
    return str(Proof(77, inclusion_proof(77, 131, node), checkpoint, extra=defined.entries[77]))


def test_each_entry_has_its_certificate(defined: Any, node: NodeAt, checkpoint: Note, trust: Trust) -> None:
    for index, entry in enumerate(defined.entries):
        proof = Proof(index, inclusion_proof(index, 131, node), checkpoint, extra=entry)
        assert Proof.parse(str(proof)) == proof
        found = verified(str(proof), trust)
        assert (found.entry, found.index, found.believed.checkpoint.size) == (entry, index, 131)


def test_the_entry_may_be_kept_apart(defined: Any, node: NodeAt, checkpoint: Note, trust: Trust) -> None:
    bare = str(Proof(77, inclusion_proof(77, 131, node), checkpoint))
    assert verified(bare, trust, entry=defined.entries[77]).index == 77
    for message, entry in (
        ("certificate-empty", None),
        ("proof-leaf", defined.entries[76]),
        ("entry-too-large", bytes(MAX_ENTRY + 1)),
    ):
        with pytest.raises(MerkleError) as refused:
            verified(bare, trust, entry=entry)
        assert refused.value.message == message


def test_the_form_is_that_of_the_specification(certificate: str) -> None:
    head, note = certificate.split("\n\n", 1)
    lines = head.split("\n")
    assert lines[:3] == ["c2sp.org/tlog-proof@v1", "extra ZW50cnkgNzc=", "index 77"]
    assert len(lines) == 3 + 8
    assert note.startswith(f"{LOG}\n131\n")


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        pytest.param("proof@v1", "proof@v2", 1, id="another version"),
        pytest.param("c2sp", "\ufeffc2sp", 1, id="a byte order mark"),
        pytest.param("\n", "\r\n", 1, id="lines of Windows"),
        pytest.param("extra Z", "extra  Z", 2, id="two spaces"),
        pytest.param("extra Z", "Extra Z", 2, id="upper case"),
        pytest.param("Nzc=", "Nzd=", 2, id="stray bits in the entry"),
        pytest.param("index 77", "index 077", 3, id="a leading zero"),
        pytest.param("index 77", "index -1", 3, id="a negative index"),
        pytest.param("index 77\n", "", 3, id="no index"),
        pytest.param("index 77\n", "index 77\nAAAA\n", 4, id="a short hash"),
        pytest.param("index 77\n", "index 77\n?\n", 4, id="no hash"),
        pytest.param("extra", "index 3\nextra", 3, id="index before extra"),
    ],
)
def test_a_line_that_is_not_as_it_should_be_is_named(certificate: str, old: str, new: str, line: int) -> None:
    with pytest.raises(MerkleError) as refused:
        Proof.parse(certificate.replace(old, new))
    assert (refused.value.message, refused.value.facts["number"]) == ("certificate-line", line)


@pytest.mark.parametrize(
    "text", ["", "\n", "c2sp.org/tlog-proof@v1", "c2sp.org/tlog-proof@v1\nextra AA==", "x" * (MAX_TEXT + 1)]
)
def test_what_is_cut_or_endless_is_no_certificate(text: str) -> None:
    with pytest.raises(MerkleError):
        Proof.parse(text)


def test_no_forged_certificate_is_accepted(certificate: str, trust: Trust) -> None:
    """One character is altered, left out, doubled or moved: everything that is accepted still proves the same entry."""
    chance = random.Random(8032)  # noqa: S311 - a fixed series of forgeries
    honest = verified(certificate, trust)
    for _ in range(FORGERIES):
        place = chance.randrange(len(certificate))
        one = certificate[place]
        other = chance.choice([chr(ord(one) ^ 1), "", one * 2, "A", "\n", " "])
        forged = certificate[:place] + other + certificate[place + 1 :]
        if forged == certificate:
            continue
        try:
            found = verified(forged, trust)
        except MerkleError:
            continue
        pytest.fail(f"accepted: {place} {one!r} {other!r} {found == honest}")


def test_a_proof_for_one_size_does_not_serve_another(
    defined: Any, node: NodeAt, trust: Trust, log_key: Ed25519PrivateKey, witness_keys: tuple[Ed25519PrivateKey, ...]
) -> None:
    note = Checkpoint(LOG, 100, defined.root(0, 100)).note.signed(LOG, log_key)
    note = note.cosigned("witness.example/1", witness_keys[0], at=0)
    for index, message in ((77, "proof-length"), (130, "leaf-outside")):
        with pytest.raises(MerkleError) as refused:
            verified(str(Proof(index, inclusion_proof(index, 131, node), note, extra=defined.entries[index])), trust)
        assert refused.value.message == message


@settings(max_examples=100)
@given(text=st.text(max_size=200))
def test_hostile_texts_are_refused_and_nothing_else_happens(text: str, certificate: str, trust: Trust) -> None:
    for hostile in (text, f"c2sp.org/tlog-proof@v1\n{text}", certificate[: len(text) * 5] + text):
        with pytest.raises(MerkleError):
            verified(hostile, trust)
