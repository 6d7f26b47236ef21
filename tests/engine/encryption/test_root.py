"""The root key, its text, and what is wrapped under it."""

import pytest
from argon2.exceptions import HashingError
from hypothesis import given, settings
from hypothesis import strategies as st

from kehuma.engine.encryption.base32 import ALPHABET
from kehuma.engine.encryption.errors import EncryptionError, KeyTextError, PassphraseError, SealedError
from kehuma.engine.encryption.hidden import Chance
from kehuma.engine.encryption.key_text import _check, key_text, read_key_text
from kehuma.engine.encryption.passphrase import Stretching
from kehuma.engine.encryption.root import RootKey, new_version, version_from
from kehuma.engine.encryption.subjects import Column
from kehuma.engine.encryption.versions import KeyRing

KEY = bytes(range(100, 132))
TEXT = key_text(KEY)
PASSPHRASE = "correct horse 电池"
LEAST = {"memory": 64 * 1024, "passes": 3, "lanes": 2}


@given(key=st.binary(min_size=32, max_size=32))
@settings(max_examples=100)
def test_a_key_comes_back_from_its_text(key: bytes) -> None:
    text = key_text(key)
    assert len(text.split("-")) == 14
    assert {len(group) for group in text.split("-")} == {5}
    assert read_key_text(text) == key


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(TEXT.lower(), id="small letters"),
        pytest.param(TEXT.replace("-", ""), id="without hyphens"),
        pytest.param(TEXT.replace("-", " "), id="with spaces"),
        pytest.param(f"# 恢复密钥\r\n{TEXT[:41]}\r\n{TEXT[42:]}\r\n", id="a file with a remark"),
    ],
)
def test_how_it_is_laid_out_does_not_matter(text: str) -> None:
    assert read_key_text(text) == KEY


def test_every_wrong_character_is_found_and_its_group_named() -> None:
    for place in (place for place, character in enumerate(TEXT) if character != "-"):
        for character in ALPHABET.replace(TEXT[place], ""):
            with pytest.raises(KeyTextError) as refused:
                read_key_text(TEXT[:place] + character + TEXT[place + 1 :])
            if place // 6 < 13:
                assert refused.value.facts == {"group": place // 6 + 1}
            else:
                assert refused.value.message == "key-text-whole"


@pytest.mark.parametrize("key", [KEY, bytes(32), b"\xff" * 32], ids=["mixed", "nought", "ones"])
def test_every_two_characters_that_changed_places_are_found(key: bytes) -> None:
    text = key_text(key).replace("-", "")
    for one in range(70):
        for other in range(one + 1, 70):
            swapped = list(text)
            swapped[one], swapped[other] = swapped[other], swapped[one]
            if text[one] != text[other]:
                with pytest.raises(KeyTextError):
                    read_key_text("".join(swapped))


@pytest.mark.parametrize("key", [KEY, b"\0" * 31 + b"\1", b"\xff" * 32], ids=["mixed", "nearly nought", "ones"])
def test_every_two_groups_that_changed_places_are_found(key: bytes) -> None:
    groups = key_text(key).split("-")
    for one in range(14):
        for other in range(one + 1, 14):
            swapped = list(groups)
            swapped[one], swapped[other] = swapped[other], swapped[one]
            with pytest.raises(KeyTextError):
                read_key_text("-".join(swapped))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "key-text-length", id="nothing"),
        pytest.param(TEXT[:-1], "key-text-length", id="one too few"),
        pytest.param(TEXT + "0", "key-text-length", id="one too many"),
        pytest.param(TEXT[:6] + "O" + TEXT[7:], "key-text-character", id="letter O"),
        pytest.param(TEXT[:6] + "０" + TEXT[7:], "key-text-character", id="full-width digit"),
        pytest.param(TEXT[:6] + "ſ" + TEXT[7:], "key-text-character", id="letter whose capital is ASCII"),
        pytest.param(TEXT[:6] + "\0" + TEXT[7:], "key-text-character", id="control character"),
    ],
)
def test_what_is_no_key_is_refused(text: str, message: str) -> None:
    with pytest.raises(KeyTextError) as refused:
        read_key_text(text)
    assert refused.value.message == message


def test_the_bits_that_no_key_uses_are_nought() -> None:
    first = "2" + TEXT[1:4]
    with pytest.raises(KeyTextError) as refused:
        read_key_text(first + _check(first, 1) + TEXT[5:])
    assert refused.value.facts == {"group": 1}


def test_the_recovery_key_opens_everything(chance: Chance) -> None:
    root = RootKey.from_passphrase(PASSPHRASE, Stretching(b"s" * 16, **LEAST))
    version, wrapped_version = new_version(root, 1, chance)
    key, wrapped = KeyRing([version]).new_subject_key("7d0a", chance)
    sealed = key.seal(Column("customers", "phone"), b"13800138000", chance)

    typed = RootKey.from_text(root.text().lower())
    assert typed.has_check_value(root.check_value())
    ring = KeyRing([version_from(typed, 1, wrapped_version)])
    assert ring.open("7d0a", wrapped).open(Column("customers", "phone"), sealed) == b"13800138000"


def test_another_root_key_is_told_apart(chance: Chance) -> None:
    root, other = RootKey.new(chance), RootKey.new(chance)
    assert not other.has_check_value(root.check_value())
    _, wrapped = new_version(root, 1, chance)
    with pytest.raises(SealedError) as refused:
        version_from(other, 1, wrapped)
    assert refused.value.message == "secret-damaged"


@pytest.mark.parametrize("number", range(2, 9))
def test_a_key_version_does_not_open_under_another_number(chance: Chance, number: int) -> None:
    root = RootKey.new(chance)
    _, wrapped = new_version(root, 1, chance)
    with pytest.raises(SealedError):
        version_from(root, number, wrapped)


def test_the_root_key_can_be_changed(chance: Chance) -> None:
    old, new = RootKey.new(chance), RootKey.new(chance)
    secret, wrapped = old.new_secret("index", chance)
    assert new.unwrap("index", new.wrap("index", old.unwrap("index", wrapped), chance)) == secret


def test_every_flipped_bit_of_a_wrapped_secret_is_refused(chance: Chance) -> None:
    root = RootKey.new(chance)
    _, wrapped = root.new_secret("index", chance)
    for bit in range(8 * len(wrapped)):
        altered = bytearray(wrapped)
        altered[bit // 8] ^= 1 << bit % 8
        with pytest.raises(SealedError):
            root.unwrap("index", bytes(altered))
    with pytest.raises(SealedError) as refused:
        root.unwrap("pseudonyms", wrapped)
    assert refused.value.message == "secret-of-another-name"


def test_a_passphrase_gives_the_same_key_again_and_another_salt_another() -> None:
    stored = Stretching(b"s" * 16, **LEAST).text()
    root = RootKey.from_passphrase(PASSPHRASE, Stretching(b"s" * 16, **LEAST))
    again = RootKey.from_passphrase(PASSPHRASE, Stretching.from_text(stored))
    other = RootKey.from_passphrase(PASSPHRASE, Stretching(b"t" * 16, **LEAST))
    assert again.text() == root.text() != other.text()


def test_a_passphrase_from_another_keyboard_is_the_same() -> None:
    stretching = Stretching(b"s" * 16, **LEAST)
    assert stretching.stretched("cafe\u0301\u3000au lait") == stretching.stretched("caf\u00e9 au lait")


@pytest.mark.parametrize(
    ("passphrase", "message"),
    [
        pytest.param("", "passphrase-short", id="nothing"),
        pytest.param("geheim7", "passphrase-short", id="seven characters"),
        pytest.param("geheimnis\n", "passphrase-character", id="line end"),
        pytest.param("geheimnis\ud800", "passphrase-character", id="half a character"),
    ],
)
def test_a_passphrase_that_cannot_serve_is_refused_and_not_shown(passphrase: str, message: str) -> None:
    with pytest.raises(PassphraseError) as refused:
        Stretching(b"s" * 16).stretched(passphrase)
    assert refused.value.message == message
    assert "geheim" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("argon2id,m=65535,t=3,p=4," + "A" * 22, "stretching-weak", id="little memory"),
        pytest.param("argon2id,m=65536,t=2,p=4," + "A" * 22, "stretching-weak", id="few passes"),
        pytest.param("argon2id,m=99999999,t=3,p=4," + "A" * 22, "stretching-costly", id="all memory"),
        pytest.param("argon2id,m=65536,t=999,p=4," + "A" * 22, "stretching-costly", id="for ever"),
        pytest.param("argon2id,m=65536,t=3,p=65," + "A" * 22, "stretching-costly", id="many lanes"),
        pytest.param("argon2id,m=65536,t=3,p=4," + "A" * 21, "stretching-text", id="short salt"),
        pytest.param("argon2id,m=65536,t=3,p=4," + "A" * 21 + "B", "stretching-text", id="stray bits"),
        pytest.param("argon2id,m=６5536,t=3,p=4," + "A" * 22, "stretching-text", id="full-width digit"),
        pytest.param("argon2i,m=65536,t=3,p=4," + "A" * 22, "stretching-text", id="another method"),
        pytest.param("argon2id,m=65536,t=3,p=4," + "A" * 22 + "\n", "stretching-text", id="line end"),
    ],
)
def test_stored_work_is_read_strictly(text: str, message: str) -> None:
    with pytest.raises(PassphraseError) as refused:
        Stretching.from_text(text)
    assert refused.value.message == message


def test_new_work_has_a_salt_of_its_own(chance: Chance) -> None:
    assert Stretching.new(chance).salt != Stretching.new(chance).salt
    with pytest.raises(EncryptionError):
        Stretching(b"short")


def test_too_little_memory_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> bytes:
        raise HashingError

    monkeypatch.setattr("kehuma.engine.encryption.passphrase.hash_secret_raw", fail)
    with pytest.raises(PassphraseError) as refused:
        Stretching(b"s" * 16).stretched(PASSPHRASE)
    assert refused.value.message == "stretching-memory"
