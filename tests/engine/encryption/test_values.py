"""A sealed value opens in its own place, and nowhere else."""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kehuma.engine.encryption import envelopes
from kehuma.engine.encryption.ciphers import AES_256_GCM, SM4_GCM, Cipher
from kehuma.engine.encryption.errors import SealedError
from kehuma.engine.encryption.hidden import Chance, joined, mark
from kehuma.engine.encryption.subjects import Column, SubjectKey

PHONE = Column("customers", "phone")
EMAIL = Column("customers", "email")
CONTACT = Column("contacts", "phone")
PLAIN = b"13800138000"

both_ciphers = pytest.mark.parametrize("cipher", [AES_256_GCM, SM4_GCM], ids=lambda cipher: cipher.name)


def _key(subject: str = "7d0a", *, cipher: Cipher = AES_256_GCM) -> SubjectKey:
    return SubjectKey(subject, b"k" * 32, cipher=cipher)


@given(
    plain=st.binary(max_size=200),
    subject=st.text(max_size=40),
    names=st.tuples(st.text(), st.text()),
    row=st.text(max_size=20),
    cipher=st.sampled_from([AES_256_GCM, SM4_GCM]),
)
@settings(max_examples=100)
def test_what_is_sealed_opens_in_its_place(
    plain: bytes, subject: str, names: tuple[str, str], row: str, cipher: Cipher
) -> None:
    key = SubjectKey(subject, os.urandom(32), cipher=cipher)
    column = Column(*names)
    sealed = key.seal(column, plain, os.urandom, row=row)
    assert key.open(column, sealed, row=row) == plain
    assert len(sealed) == len(plain) + 33


@both_ciphers
def test_every_flipped_bit_is_refused(chance: Chance, cipher: Cipher) -> None:
    key = _key(cipher=cipher)
    sealed = key.seal(PHONE, PLAIN, chance)
    for bit in range(8 * len(sealed)):
        altered = bytearray(sealed)
        altered[bit // 8] ^= 1 << bit % 8
        with pytest.raises(SealedError) as refused:
            key.open(PHONE, bytes(altered))
        assert "138" not in str(refused.value)


@both_ciphers
def test_every_shortened_or_lengthened_value_is_refused(chance: Chance, cipher: Cipher) -> None:
    key = _key(cipher=cipher)
    sealed = key.seal(PHONE, PLAIN, chance)
    for altered in [*(sealed[:length] for length in range(len(sealed))), sealed + b"\0", b"\0" + sealed, sealed[1:]]:
        with pytest.raises(SealedError):
            key.open(PHONE, altered)


@pytest.mark.parametrize(
    ("subject", "column", "row", "message"),
    [
        pytest.param("91bc", PHONE, "1", "value-of-another-subject", id="another subject"),
        pytest.param("7d0a", EMAIL, "1", "value-of-another-column", id="another column"),
        pytest.param("7d0a", CONTACT, "1", "value-of-another-column", id="another table"),
        pytest.param("7d0a", PHONE, "2", "value-of-another-row", id="another row of the subject"),
        pytest.param("7d0a", PHONE, "", "value-of-another-row", id="no row"),
    ],
)
def test_a_value_put_elsewhere_is_refused_by_name(
    chance: Chance, subject: str, column: Column, row: str, message: str
) -> None:
    sealed = _key().seal(PHONE, PLAIN, chance, row="1")
    # Even under the same secret: the place alone must refuse.
    with pytest.raises(SealedError) as refused:
        _key(subject).open(column, sealed, row=row)
    assert refused.value.message == message
    assert column.name in str(refused.value)


def test_names_that_share_a_mark_do_not_open_each_others_values(chance: Chance) -> None:
    numbers = range(10_000)
    subject = next(f"{number}" for number in numbers if mark(joined(f"{number}")) == mark(joined("7d0a")))
    column = next(other for number in numbers if (other := Column("customers", f"f{number}")).mark == PHONE.mark)
    row = next(f"{number}" for number in numbers if number and mark(joined(f"{number}")) == mark(joined("")))
    sealed = _key().seal(PHONE, PLAIN, chance)
    for key, place, line in [(_key(subject), PHONE, ""), (_key(), column, ""), (_key(), PHONE, row)]:
        with pytest.raises(SealedError) as refused:
            key.open(place, sealed, row=line)
        assert refused.value.message == "value-damaged"


def test_a_value_does_not_open_under_another_data_key_of_the_subject(chance: Chance) -> None:
    sealed = _key().seal(PHONE, PLAIN, chance)
    with pytest.raises(SealedError) as refused:
        SubjectKey("7d0a", b"n" * 32).open(PHONE, sealed)
    assert refused.value.message == "value-damaged"


def test_a_value_that_claims_the_other_cipher_is_refused(chance: Chance) -> None:
    sealed = bytearray(_key().seal(PHONE, PLAIN, chance))
    sealed[1] = SM4_GCM.number
    with pytest.raises(SealedError) as refused:
        _key().open(PHONE, bytes(sealed))
    assert refused.value.message == "value-damaged"


def test_values_of_both_ciphers_open_under_one_data_key(chance: Chance) -> None:
    old, new = _key(), _key(cipher=SM4_GCM)
    assert new.open(PHONE, old.seal(PHONE, PLAIN, chance)) == PLAIN
    assert old.open(PHONE, new.seal(PHONE, PLAIN, chance)) == PLAIN


def test_the_same_value_is_sealed_differently_each_time(chance: Chance) -> None:
    key = _key()
    assert len({key.seal(PHONE, PLAIN, chance) for _ in range(100)}) == 100


def test_names_cannot_be_moved_across_their_borders() -> None:
    assert Column("customers", "phone").bound != Column("customer", "sphone").bound
    assert joined("a", "") != joined("", "a") != joined("a")


def test_a_chance_that_gives_too_little_is_not_used() -> None:
    with pytest.raises(ValueError, match="asked chance for 12 bytes and got 8"):
        _key().seal(PHONE, PLAIN, lambda _: b"8" * 8)


def test_the_stored_form_is_the_one_of_the_description() -> None:
    nonce = bytes(range(12))
    sealed = _key().seal(PHONE, PLAIN, lambda _: nonce, row="1")
    header = b"\x11\x01" + PHONE.mark + mark(joined("7d0a")) + mark(joined("1"))
    bound = joined("customers", "phone", "7d0a", "1")
    assert sealed == header + nonce + AES_256_GCM.keyed(b"k" * 32).encrypt(nonce, PLAIN, header + bound)


def test_no_single_bit_turns_a_cipher_into_the_other_and_kinds_differ() -> None:
    kinds = [kind.first for kind in (envelopes.VALUE, envelopes.DATA_KEY, envelopes.SECRET_UNDER_ROOT)]
    assert (AES_256_GCM.number ^ SM4_GCM.number).bit_count() > 1
    assert len(set(kinds)) == 3
