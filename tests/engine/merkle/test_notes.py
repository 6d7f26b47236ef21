"""Signed notes are those of C2SP: read strictly, believed only by a trusted key."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from kehuma.engine.merkle.errors import MerkleError
from kehuma.engine.merkle.keys import Kind, VerifierKey
from kehuma.engine.merkle.notes import MAX_NOTE, MAX_SIGNATURES, Note, Signed
from kehuma.engine.merkle.text import decoded

# The test note of golang.org/x/mod/sumdb/note with its two signatures, and the private half of the first key.
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
BY_PETER = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
BY_ENOCH = "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"
PETER = VerifierKey.parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
ENOCH = VerifierKey.parse("EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop")
PETERS_PRIVATE = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"


def test_the_note_of_the_first_implementation_is_signed_alike() -> None:
    material = decoded(PETERS_PRIVATE)
    assert material
    private = Ed25519PrivateKey.from_private_bytes(material[1:])
    assert str(Note(TEXT).signed("PeterNeumann", private)) == f"{TEXT}\n{BY_PETER}"


def test_who_signed_is_found_among_the_known_keys() -> None:
    note = Note.parse(f"{TEXT}\n{BY_PETER}{BY_ENOCH}{BY_PETER}")
    assert note.verified((PETER,)) == (Signed(PETER, None),)
    assert note.verified((ENOCH, PETER)) == (Signed(PETER, None), Signed(ENOCH, None))


@pytest.mark.parametrize(
    ("below", "keys", "message"),
    [
        pytest.param(BY_PETER, (), "note-unsigned", id="nobody is known"),
        pytest.param(BY_PETER, (ENOCH,), "note-unsigned", id="only strangers signed"),
        pytest.param(BY_PETER.replace("x08g", "x08h"), (PETER,), "note-unsigned", id="another key of that name"),
        pytest.param(BY_PETER.replace("JkuB", "JkuC"), (PETER,), "signature-wrong", id="a false signature"),
        pytest.param(BY_ENOCH + BY_PETER.replace("JkuB", "JkuC"), (PETER, ENOCH), "signature-wrong", id="one of two"),
        pytest.param("— PeterNeumann x08go/ZJ\n", (PETER,), "signature-wrong", id="a short signature"),
    ],
)
def test_a_note_that_no_trusted_key_stands_for_is_refused(
    below: str, keys: tuple[VerifierKey, ...], message: str
) -> None:
    with pytest.raises(MerkleError) as refused:
        Note.parse(f"{TEXT}\n{below}").verified(keys)
    assert refused.value.message == message


@pytest.mark.parametrize(
    ("note", "message"),
    [
        pytest.param(TEXT, "note-form", id="no signature"),
        pytest.param(f"{TEXT}\n", "note-form", id="an empty line and nothing below"),
        pytest.param(f"{TEXT}\n{BY_PETER[:-1]}", "note-form", id="no newline at the end"),
        pytest.param(f"\x01{TEXT}\n{BY_PETER}", "note-text", id="a control character"),
        pytest.param(f"{TEXT}\n{BY_PETER}".replace("\n", "\r\n"), "note-form", id="lines of Windows"),
        pytest.param(f"{TEXT[:-1]}\r\n\n{BY_PETER}", "note-text", id="one line of Windows"),
        pytest.param(f"\ud800{TEXT}\n{BY_PETER}", "note-text", id="half a character"),
        pytest.param(f"{TEXT}\n{BY_PETER.replace('PeterN', 'Peter N')}", "note-line", id="a space in the name"),
        pytest.param(f"{TEXT}\n{BY_PETER}Unexpected line.\n", "note-line", id="a line that is no signature"),
        pytest.param(f"{TEXT}\n{BY_PETER.replace('— ', '- ')}", "note-line", id="another dash"),
        pytest.param(f"{TEXT}\n{BY_PETER[:-2]}\n", "note-line", id="base64 cut short"),
        pytest.param(f"{TEXT}\n— PeterNeumann x08gow==\n", "note-line", id="an id without a signature"),
        pytest.param(f"{TEXT}\n{BY_PETER * (MAX_SIGNATURES + 1)}", "note-signatures", id="too many signatures"),
        pytest.param("x" * (MAX_NOTE + 1), "note-too-long", id="too long"),
    ],
)
def test_what_is_no_note_is_refused_with_its_reason(note: str, message: str) -> None:
    with pytest.raises(MerkleError) as refused:
        Note.parse(note)
    assert refused.value.message == message


def test_a_text_ends_in_a_newline() -> None:
    with pytest.raises(MerkleError):
        Note("no newline")


@settings(max_examples=60)
@given(
    text=st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]) | st.just("\n"), max_size=60),
    times=st.lists(st.integers(0, 2**63 - 1), max_size=3),
)
def test_what_is_signed_reads_back_whatever_the_text(text: str, times: list[int]) -> None:
    private = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
    note = Note(f"{text}\n").signed("log", private)
    for number, at in enumerate(times):
        note = note.cosigned(f"witness/{number}", private, at=at)
    keys = [VerifierKey.of("log", Kind.NOTE, private)]
    keys += [VerifierKey.of(f"witness/{number}", Kind.COSIGNATURE, private) for number in range(len(times))]
    assert Note.parse(str(note)) == note
    assert [one.at for one in note.verified(keys)] == [None, *times]


def test_every_changed_character_of_a_signed_note_is_noticed() -> None:
    whole = f"{TEXT}\n{BY_PETER}"
    for place in range(len(whole)):
        changed = whole[:place] + chr(ord(whole[place]) ^ 1) + whole[place + 1 :]
        with pytest.raises(MerkleError):
            Note.parse(changed).verified((PETER,))
