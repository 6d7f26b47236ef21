"""Tokens to find sealed values by, and pseudonyms for outsiders."""

import hashlib
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kehuma.engine.encryption.base32 import ALPHABET
from kehuma.engine.encryption.blind_index import IndexKey
from kehuma.engine.encryption.pseudonyms import CHARACTERS, PseudonymKey, RecipientKey, pseudonyms

INDEX = IndexKey(b"i" * 32)
PHONE = INDEX.field("customers.phone")
OWNER = PseudonymKey(b"p" * 32)
CODES = [f"BJ-IT-{number:05}" for number in range(5000)]


@given(one=st.text(max_size=20), other=st.text(max_size=20))
@settings(max_examples=50)
def test_tokens_are_equal_where_values_are(one: str, other: str) -> None:
    assert (PHONE.token(one) == PHONE.token(other)) == (one == other)
    assert len(PHONE.token(one)) == 16


def test_another_field_or_key_has_other_tokens() -> None:
    fields = [PHONE, INDEX.field("contacts.phone"), IndexKey(b"j" * 32).field("customers.phone")]
    assert len({field.token("13800138000") for field in fields}) == 3


def test_a_token_is_not_the_hash_that_anyone_can_make() -> None:
    assert PHONE.token("13800138000") != hashlib.sha256(b"13800138000").digest()[:16]


def test_nine_phone_tails_in_ten_share_their_token() -> None:
    tokens = Counter(PHONE.short_token(f"{tail:04}") for tail in range(10_000))
    assert max(tokens) < 4096
    alone = sum(1 for count in tokens.values() if count == 1)
    assert 0.07 < alone / 10_000 < 0.11


@pytest.mark.parametrize("bits", [1, 8, 12, 16])
def test_a_short_token_has_its_bits(bits: int) -> None:
    tokens = {PHONE.short_token(f"{tail:04}", bits) for tail in range(2000)}
    assert max(tokens) < 2**bits
    assert max(tokens) >= 2 ** (bits - 1)


@pytest.mark.parametrize("bits", [0, -1, 17, 128])
def test_a_short_token_cannot_become_a_long_one(bits: int) -> None:
    with pytest.raises(ValueError, match="1 to 16 bits"):
        PHONE.short_token("8000", bits)


def test_the_owner_leads_every_pseudonym_back_without_a_stored_table() -> None:
    given_out = [OWNER.recipient("甲公司").pseudonym(code) for code in CODES]
    table = dict(pseudonyms(CODES, PseudonymKey(b"p" * 32).recipient("甲公司")))
    assert [table[pseudonym] for pseudonym in given_out] == CODES


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(OWNER.recipient("乙公司"), id="another recipient"),
        pytest.param(OWNER.recipient("甲公司", purpose="年报"), id="another purpose"),
        pytest.param(OWNER.recipient("甲公司", epoch=2), id="another epoch"),
        pytest.param(OWNER.recipient("", purpose="甲公司"), id="names that changed places"),
        pytest.param(PseudonymKey(b"q" * 32).recipient("甲公司"), id="another owner"),
    ],
)
def test_two_recipients_find_no_customer_in_common(other: RecipientKey) -> None:
    mine = dict(pseudonyms(CODES, OWNER.recipient("甲公司")))
    theirs = dict(pseudonyms(CODES, other))
    assert len(mine) == len(theirs) == len(CODES)
    assert not mine.keys() & theirs.keys()


def test_every_place_of_a_pseudonym_is_even_over_the_alphabet() -> None:
    made = [pseudonym for pseudonym, _ in pseudonyms(CODES, OWNER.recipient("甲公司"))]
    expected = len(CODES) / 32
    for place in range(CHARACTERS):
        counts = Counter(pseudonym[place] for pseudonym in made)
        chi_square = sum((counts[character] - expected) ** 2 / expected for character in ALPHABET)
        # 31 degrees of freedom: above 70 once in 10,000 places.
        assert chi_square < 70


def test_a_pseudonym_does_not_show_the_order_of_codes() -> None:
    made = [pseudonym for pseudonym, _ in pseudonyms(CODES, OWNER.recipient("甲公司"))]
    rising = sum(one < other for one, other in pairwise(made))
    assert 0.47 < rising / len(made) < 0.53
