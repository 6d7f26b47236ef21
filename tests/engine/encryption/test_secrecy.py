"""Nothing that a log, a page or a mail could show holds a key or an opened value."""

import copy
import pickle
import re
import string
import traceback
from pathlib import Path

import pytest
from cryptography.exceptions import UnsupportedAlgorithm

import kehuma.engine.encryption
from kehuma.engine.encryption import ciphers
from kehuma.engine.encryption.blind_index import IndexKey
from kehuma.engine.encryption.ciphers import AES_256_GCM, SM4_GCM, cipher_named
from kehuma.engine.encryption.errors import CipherError, EncryptionError, SealedError, messages
from kehuma.engine.encryption.hidden import Hidden
from kehuma.engine.encryption.key_text import key_text, read_key_text
from kehuma.engine.encryption.pseudonyms import PseudonymKey
from kehuma.engine.encryption.root import RootKey
from kehuma.engine.encryption.subjects import Column, SubjectKey
from kehuma.engine.encryption.versions import KeyRing, KeyVersion

SECRET = b"MARKER-of-a-secret-of-32-bytes!!"
KEYS = [
    RootKey(SECRET),
    KeyVersion(1, SECRET),
    SubjectKey("7d0a", SECRET),
    IndexKey(SECRET),
    PseudonymKey(SECRET),
    Hidden(SECRET),
]
SOURCES = {path.name: path.read_text("utf-8") for path in Path(kehuma.engine.encryption.__file__).parent.glob("*.py")}


@pytest.mark.parametrize("key", KEYS, ids=repr)
def test_a_key_shows_nothing(key: Hidden) -> None:
    shown = [repr(key), str(key), f"{key}", repr([key]), repr({"key": key})]
    assert not any("MARKER" in text or SECRET.hex() in text for text in shown)


@pytest.mark.parametrize("key", KEYS, ids=repr)
def test_a_key_stays_in_its_process(key: Hidden) -> None:
    for leave in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="stays in this process"):
            leave(key)


def test_other_objects_with_keys_show_only_names() -> None:
    assert repr(KeyRing([KeyVersion(1, SECRET)])) == "KeyRing([1])"
    assert repr(Column("customers", "phone")) == "Column(customers.phone)"


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_secret_of_another_length_is_refused_and_not_shown(length: int) -> None:
    with pytest.raises(ValueError, match="a secret has 32 bytes") as refused:
        Hidden((SECRET * 2)[:length])
    assert "MARKER" not in str(refused.value)


def test_a_refusal_shows_neither_value_nor_key_in_its_whole_trace() -> None:
    key = SubjectKey("7d0a", SECRET)
    sealed = key.seal(Column("customers", "phone"), b"MARKER 13800138000", lambda length: b"n" * length)
    with pytest.raises(SealedError) as refused:
        key.open(Column("customers", "phone"), sealed[:-1] + b"\0")
    trace = "".join(traceback.format_exception(refused.value))
    said = [trace, refused.value.say("zh"), repr(refused.value), repr(refused.value.facts)]
    assert not any("MARKER" in text or "138" in text for text in said)
    assert refused.value.__cause__ is None


def test_a_mistyped_key_is_not_repeated() -> None:
    text = key_text(SECRET)
    for wrong in (text[:-1], text[:8] + "U" + text[9:], text[:8] + "00" + text[10:], text[:-2] + "00"):
        with pytest.raises(EncryptionError) as refused:
            read_key_text(wrong)
        assert not any(group in repr(refused.value) + refused.value.say("zh") for group in wrong.split("-"))


@pytest.mark.parametrize("message", sorted(messages()))
def test_a_message_is_said_in_both_languages_with_the_same_facts(message: str) -> None:
    said = messages()[message]
    assert set(said) == {"zh", "en"}
    zh, en = ({name for _, name, _, _ in string.Formatter().parse(said[language]) if name} for language in ("zh", "en"))
    assert zh == en
    assert not said["en"].endswith(".")
    assert not said["zh"].endswith("。")


def test_every_message_is_raised_somewhere_with_its_facts_and_none_is_missing() -> None:
    raised = re.findall(r'Error\("([a-z0-9-]+)"((?:, \w+=)?[^\n]*)', "\n".join(SOURCES.values()))
    assert {name for name, _ in raised} == set(messages())
    for name, rest in raised:
        places = {place for _, place, _, _ in string.Formatter().parse(messages()[name]["en"]) if place}
        assert places <= set(re.findall(r"(\w+)=", rest)), name


def test_a_hostile_fact_is_shown_short_and_flat() -> None:
    error = SealedError("value-of-another-column", column="x\n\u202e" + "y" * 1000)
    assert len(error.say("en")) < 150
    assert "\n" not in error.say("zh")
    assert "\u202e" not in error.say("zh")


@pytest.mark.parametrize("cipher", [AES_256_GCM, SM4_GCM], ids=lambda cipher: cipher.name)
def test_a_cipher_is_found_by_its_name(cipher: ciphers.Cipher) -> None:
    assert cipher_named(cipher.name) is cipher


def test_an_unknown_cipher_is_refused_with_those_there_are() -> None:
    with pytest.raises(CipherError) as refused:
        cipher_named("rot13")
    assert refused.value.message == "cipher-unknown"
    assert "aes-256-gcm, sm4-gcm" in str(refused.value)


def test_a_machine_without_sm4_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    class Absent:
        def __init__(self, *_: object) -> None:
            pass

        def encryptor(self) -> None:
            raise UnsupportedAlgorithm("not built in")

        decryptor = encryptor

    monkeypatch.setattr(ciphers, "_Cipher", Absent)
    with pytest.raises(CipherError) as refused:
        cipher_named("sm4-gcm")
    assert refused.value.message == "cipher-absent"
    with pytest.raises(CipherError):
        SM4_GCM.keyed(SECRET).decrypt(bytes(12), bytes(16), b"")
