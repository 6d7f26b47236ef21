"""A checkpoint is believed when its log has signed it and enough witnesses have seen it."""

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kehuma.engine.merkle.checkpoints import Checkpoint, Trust, believed
from kehuma.engine.merkle.errors import MerkleError
from kehuma.engine.merkle.keys import Kind, VerifierKey
from kehuma.engine.merkle.notes import Note
from kehuma.engine.merkle.tree import EMPTY_ROOT

LOG = "kehuma.example/log"
ROOT = bytes(range(32))
Privates = tuple[Ed25519PrivateKey, ...]


def test_the_example_of_the_specification_reads_and_writes() -> None:
    text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    checkpoint = Checkpoint.parse(text)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert checkpoint.text == text


def test_extension_lines_are_kept() -> None:
    checkpoint = Checkpoint(LOG, 1, ROOT, ("one", "two"))
    assert Checkpoint.parse(checkpoint.text) == checkpoint


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param(f"{LOG}\n1\n", id="no root"),
        pytest.param(f"\n1\n{'A' * 43}=\n", id="no origin"),
        pytest.param(f"{LOG}\n01\n{'A' * 43}=\n", id="a leading zero"),
        pytest.param(f"{LOG}\n-1\n{'A' * 43}=\n", id="a negative size"),
        pytest.param(f"{LOG}\n１\n{'A' * 43}=\n", id="a full-width digit"),
        pytest.param(f"{LOG}\n9223372036854775808\n{'A' * 43}=\n", id="a size beyond 63 bits"),
        pytest.param(f"{LOG}\n1\n{'A' * 42}==\n", id="a short root"),
        pytest.param(f"{LOG}\n1\n{'A' * 42}B=\n", id="stray bits in the root"),
        pytest.param(f"{LOG}\n1\n{'A' * 43}=\n\n", id="an empty extension line"),
        pytest.param(f"{LOG}\n1\n{'A' * 43}=", id="no newline at the end"),
        pytest.param(f"{LOG}\n0\n{'A' * 43}=\n", id="an empty log with the root of another"),
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(MerkleError, match="not a checkpoint"):
        Checkpoint.parse(text)


def test_a_witnessed_checkpoint_tells_who_saw_it_when(
    trust: Trust, log_key: Ed25519PrivateKey, witness_keys: Privates
) -> None:
    note = Checkpoint(LOG, 5, ROOT).note.signed(LOG, log_key)
    for number, key in enumerate(witness_keys, 1):
        note = note.cosigned(f"witness.example/{number}", key, at=1_790_000_000 + number)
    found = believed(str(note), trust)
    assert found.checkpoint == Checkpoint(LOG, 5, ROOT)
    assert [one.key for one in found.signed] == list(trust.log)
    assert [one.at for one in found.witnessed] == [1_790_000_001, 1_790_000_002]
    assert believed(note, trust) == found


def _other_log(_: Ed25519PrivateKey, witness: Ed25519PrivateKey) -> Note:
    return Checkpoint(LOG, 5, ROOT).note.cosigned("witness.example/1", witness, at=1)


def _other_origin(log: Ed25519PrivateKey, _: Ed25519PrivateKey) -> Note:
    return Checkpoint("kehuma.example/other", 5, ROOT).note.signed(LOG, log)


def _unwitnessed(log: Ed25519PrivateKey, _: Ed25519PrivateKey) -> Note:
    return Checkpoint(LOG, 5, ROOT).note.signed(LOG, log)


def _not_a_checkpoint(log: Ed25519PrivateKey, _: Ed25519PrivateKey) -> Note:
    return Note("Meeting at noon.\n").signed(LOG, log)


def _false_witness(log: Ed25519PrivateKey, _: Ed25519PrivateKey) -> Note:
    """The log signs in the name of the witness, under the id of the witness."""
    note = Checkpoint(LOG, 5, ROOT).note.signed(LOG, log)
    forged = note.cosigned("witness.example/1", log, at=1).signatures[-1]
    known = VerifierKey.of("witness.example/1", Kind.COSIGNATURE, Ed25519PrivateKey.from_private_bytes(b"u" * 32))
    return Note(note.text, (*note.signatures, forged._replace(key_id=known.id)))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (_other_log, "log-unsigned"),
        (_other_origin, "other-log"),
        (_unwitnessed, "witnesses-missing"),
        (_not_a_checkpoint, "checkpoint-form"),
        (_false_witness, "signature-wrong"),
    ],
)
def test_an_unbelievable_checkpoint_is_refused_with_its_reason(
    make: Callable[[Ed25519PrivateKey, Ed25519PrivateKey], Note],
    message: str,
    trust: Trust,
    log_key: Ed25519PrivateKey,
    witness_keys: Privates,
) -> None:
    with pytest.raises(MerkleError) as refused:
        believed(make(log_key, witness_keys[0]), trust)
    assert refused.value.message == message


def test_an_empty_log_may_sign(trust: Trust, log_key: Ed25519PrivateKey, witness_keys: Privates) -> None:
    note = Checkpoint(LOG, 0, EMPTY_ROOT).note.signed(LOG, log_key)
    assert believed(note.cosigned("witness.example/2", witness_keys[1], at=0), trust).checkpoint.size == 0


def test_trust_that_counts_one_key_twice_is_refused(log_key: Ed25519PrivateKey, witness_keys: Privates) -> None:
    log = VerifierKey.of(LOG, Kind.NOTE, log_key)
    own = VerifierKey.of("witness.example/1", Kind.COSIGNATURE, log_key)
    one, again = (VerifierKey.of(name, Kind.COSIGNATURE, witness_keys[0]) for name in ("a", "b"))
    plain = VerifierKey.of("a", Kind.NOTE, witness_keys[0])
    other = VerifierKey.of("kehuma.example/other", Kind.NOTE, witness_keys[1])
    wrong: list[tuple[tuple[VerifierKey, ...], tuple[VerifierKey, ...], int]] = [
        ((), (one,), 0),
        ((log, other), (), 0),
        ((own,), (), 0),
        ((log,), (plain,), 0),
        ((log,), (own,), 0),
        ((log,), (one, again), 2),
        ((log,), (one,), -1),
    ]
    for logs, witnesses, quorum in wrong:
        with pytest.raises(MerkleError, match="this trust cannot be"):
            Trust(logs, witnesses, quorum)
