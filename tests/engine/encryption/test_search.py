"""Tokens to find sealed values by, and pseudonyms for outsiders."""

import hashlib
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kehuma.engine.encryption.base32 import ALPHABET
from kehuma.engine.encryption.blind_index import IndexKey
from kehuma.engine.encryption.pseudonyms import (
    CHARACTERS,
    PseudonymKey,
    RecipientKey,
    led_back,
    read_pseudonym,
)

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


def _made(key: RecipientKey) -> list[str]:
    return [key.pseudonym(code) for code in CODES]


def test_the_owner_leads_every_pseudonym_back_without_a_stored_table() -> None:
    given_out = _made(OWNER.recipient("甲公司"))
    again = PseudonymKey(b"p" * 32).recipient("甲公司")
    assert led_back(given_out, CODES, [again]) == dict(zip(given_out, CODES, strict=True))


def test_pseudonyms_of_every_epoch_are_led_back_and_strange_ones_to_nobody() -> None:
    first, second = (OWNER.recipient("甲公司", epoch=epoch) for epoch in (1, 2))
    strange = OWNER.recipient("乙公司").pseudonym(CODES[0])
    # Nearly right is not right: the last character holds bits that a search does not compare at once.
    near = first.pseudonym(CODES[3])[:-1]
    near += next(one for one in ALPHABET if near + one != first.pseudonym(CODES[3]))
    given_out = [first.pseudonym(CODES[1]), second.pseudonym(CODES[2]), strange, near]
    assert led_back(given_out, CODES, [second, first]) == {given_out[0]: CODES[1], given_out[1]: CODES[2]}


def test_a_search_ends_with_the_last_one_that_was_asked_for() -> None:
    key, left = OWNER.recipient("甲公司"), iter(CODES)
    assert led_back([key.pseudonym(CODES[2])], left, [key]) == {key.pseudonym(CODES[2]): CODES[2]}
    assert next(left) == CODES[3]
    assert led_back([], left, [key]) == {}
    assert next(left) == CODES[4]


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        pytest.param("2J7M91N1AEG02VNRGHV7DZE544", "2J7M91N1AEG02VNRGHV7DZE544", id="as it is"),
        pytest.param(" 2j7m9-ln1ae-go2vn rghv7-dze54-4\n", "2J7M91N1AEG02VNRGHV7DZE544", id="as people type"),
        pytest.param("2J7M91N1AEG02VNRGHV7DZE54", "", id="too short"),
        pytest.param("2J7M91N1AEG02VNRGHV7DZE54U", "", id="no character of ours"),
        pytest.param("２J7M91N1AEG02VNRGHV7DZE544", "", id="full width"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_a_pseudonym_is_read_as_people_type_it(typed: str, read: str) -> None:
    assert read_pseudonym(typed) == read


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
    mine, theirs = set(_made(OWNER.recipient("甲公司"))), set(_made(other))
    assert len(mine) == len(theirs) == len(CODES)
    assert not mine & theirs


def test_every_place_of_a_pseudonym_is_even_over_the_alphabet() -> None:
    made = _made(OWNER.recipient("甲公司"))
    expected = len(CODES) / 32
    for place in range(CHARACTERS):
        counts = Counter(pseudonym[place] for pseudonym in made)
        chi_square = sum((counts[character] - expected) ** 2 / expected for character in ALPHABET)
        # 31 degrees of freedom: above 70 once in 10,000 places.
        assert chi_square < 70


def test_a_pseudonym_does_not_show_the_order_of_codes() -> None:
    made = _made(OWNER.recipient("甲公司"))
    rising = sum(one < other for one, other in pairwise(made))
    assert 0.47 < rising / len(made) < 0.53
