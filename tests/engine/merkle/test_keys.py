"""Keys are written, read and told apart as C2SP says."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from kehuma.engine.merkle.errors import MerkleError
from kehuma.engine.merkle.keys import Kind, VerifierKey, cosignature, signature
from kehuma.engine.merkle.text import decimal, decoded, encoded, is_name

# The test keys of golang.org/x/mod/sumdb/note, where the format comes from.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
ENOCH = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"


@pytest.mark.parametrize("text", [PETER, ENOCH])
def test_a_key_is_written_as_it_was_read(text: str) -> None:
    assert str(VerifierKey.parse(text)) == text


def test_no_part_of_a_key_and_no_changed_key_is_a_key() -> None:
    for start in range(len(PETER)):
        for end in range(start + 1, len(PETER) + 1):
            if end - start < len(PETER):
                with pytest.raises(MerkleError):
                    VerifierKey.parse(PETER[start:end])
    for place in range(len(PETER)):
        with pytest.raises(MerkleError):
            VerifierKey.parse(PETER[:place] + chr(ord(PETER[place]) + 1) + PETER[place + 1 :])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(f"{PETER[:-4]}10TX", "key-id", id="another key"),
        pytest.param(
            "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==", "key-form", id="long"
        ),
        pytest.param("PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "key-kind", id="algorithm"),
        pytest.param(PETER.replace("c74f", "C74F"), "key-id", id="an id in upper case"),
        pytest.param(f" {PETER}", "key-form", id="a space"),
        pytest.param("", "key-form", id="nothing"),
        pytest.param("名称", "key-form", id="a name alone"),
    ],
)
def test_what_is_no_key_is_refused_with_its_reason(text: str, message: str) -> None:
    with pytest.raises(MerkleError) as refused:
        VerifierKey.parse(text)
    assert refused.value.message == message


def test_a_log_and_a_witness_with_one_key_have_different_ids(log_key: Ed25519PrivateKey) -> None:
    log, witness = (VerifierKey.of("kehuma.example", kind, log_key) for kind in Kind)
    assert log.id != witness.id
    text = "kehuma.example\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
    assert log.time_of(text, signature(text, log_key)) is None
    assert witness.time_of(text, cosignature(text, log_key, at=1_700_000_000)) == 1_700_000_000
    for key, wrong in ((witness, signature(text, log_key)), (log, cosignature(text, log_key, at=0))):
        with pytest.raises(MerkleError, match="does not hold"):
            key.time_of(text, wrong)


def test_a_witness_signs_the_message_that_the_specification_spells(log_key: Ed25519PrivateKey) -> None:
    message = b"cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\nCsUY=\n"
    made = cosignature("example.com/behind-the-sofa\n20852163\nCsUY=\n", log_key, at=1_679_315_147)
    assert int.from_bytes(made[:8]) == 1_679_315_147
    log_key.public_key().verify(made[8:], message)


def test_a_time_beyond_63_bits_is_refused(log_key: Ed25519PrivateKey) -> None:
    witness = VerifierKey.of("w", Kind.COSIGNATURE, log_key)
    late = cosignature("x\n", log_key, at=2**63)
    with pytest.raises(MerkleError, match="does not hold"):
        witness.time_of("x\n", late)


@settings(max_examples=50)
@given(data=st.binary(max_size=40), stray=st.sampled_from(["=", "\n", " ", "-", "_", "é"]))
def test_bytes_have_one_spelling(data: bytes, stray: str) -> None:
    text = encoded(data)
    assert decoded(text) == data
    assert decoded(text + stray) is None or (stray == "=" and not text)
    assert decoded(stray + text) is None or (stray == "=" and not text)


@pytest.mark.parametrize("text", ["AB==", "AAB=", "A", "A=", "====", "AA", "//-_"])
def test_other_spellings_of_bytes_are_refused(text: str) -> None:
    assert decoded(text) is None


@pytest.mark.parametrize(
    "text", ["", "00", "01", "+1", "-0", " 1", "1 ", "1_0", "１", "٣", "1e3", "9223372036854775808"]
)
def test_other_spellings_of_numbers_are_refused(text: str) -> None:
    assert decimal(text) is None


def test_numbers_reach_to_63_bits() -> None:
    assert (decimal("0"), decimal("9223372036854775807")) == (0, 2**63 - 1)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u00a0b", "a\u3000b", "a\nb", "a\u200bb", "a\u202eb"])
def test_names_with_spaces_or_unseen_characters_are_refused(name: str) -> None:
    assert not is_name(name)
    with pytest.raises(MerkleError):
        VerifierKey(name, Kind.NOTE, bytes(32))
