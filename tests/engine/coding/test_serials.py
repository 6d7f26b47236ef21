"""Numbers, their texts, and what comes after the last."""

import pytest

from kehuma.engine.coding import serials
from kehuma.engine.coding.errors import WriteError
from kehuma.engine.coding.model import ALPHABETS, DIGITS, Serial

STOP = Serial("serial", width=4)
LENGTHEN = Serial("serial", width=4, overflow="lengthen")
LETTERS = Serial("serial", width=4, overflow="letters")
BASE32 = Serial("serial", width=2, alphabet=ALPHABETS["base32"])
BASE32_ON = Serial("serial", width=2, alphabet=ALPHABETS["base32"], overflow="lengthen")
UP_TO_FOUR = Serial("serial", width=2, width_max=4)
LETTERS_UP_TO_FOUR = Serial("serial", width=2, width_max=4, overflow="letters")


@pytest.mark.parametrize(
    ("serial", "number", "text"),
    [
        pytest.param(STOP, 7, "0007", id="padded"),
        pytest.param(STOP, 9999, "9999", id="the last"),
        pytest.param(LENGTHEN, 10_000, "10000", id="one digit more"),
        pytest.param(LETTERS, 9999, "9999", id="the last of digits"),
        pytest.param(LETTERS, 10_000, "A000", id="the first letter"),
        pytest.param(LETTERS, 10_035, "A00Z", id="the last of a place"),
        pytest.param(LETTERS, 10_036, "A010", id="the next place"),
        pytest.param(LETTERS, 10_000 + 26 * 36**3 - 1, "ZZZZ", id="the last of all"),
        pytest.param(Serial("serial", width=1, overflow="letters"), 10, "A", id="letters of one character"),
        pytest.param(BASE32, 0, "00", id="nought"),
        pytest.param(BASE32, 33, "11", id="another alphabet"),
        pytest.param(BASE32_ON, 32**2, "100", id="another alphabet, lengthened"),
        pytest.param(UP_TO_FOUR, 99, "99", id="within the least width"),
        pytest.param(UP_TO_FOUR, 100, "100", id="beyond it"),
        pytest.param(LETTERS_UP_TO_FOUR, 100, "100", id="a greatest width rules out letters"),
        pytest.param(LETTERS_UP_TO_FOUR, 9999, "9999", id="and ends there"),
    ],
)
def test_a_number_and_its_text(serial: Serial, number: int, text: str) -> None:
    assert serials.text_of(serial, number, room=7) == text
    assert serials.number_of(serial, text) == number
    assert len(text) in serials.language(serial, 7).ends(text, 0)


@pytest.mark.parametrize(
    ("serial", "last"),
    [
        pytest.param(STOP, 9_999, id="stop"),
        pytest.param(LENGTHEN, 9_999_999, id="lengthen ends at the code's length"),
        pytest.param(LETTERS, 10_000 + 26 * 36**3 - 1, id="letters"),
        pytest.param(UP_TO_FOUR, 9_999, id="a..b"),
        pytest.param(LETTERS_UP_TO_FOUR, 9_999, id="a..b with letters"),
        pytest.param(BASE32, 32**2 - 1, id="another alphabet"),
    ],
)
def test_past_the_last_number_issuing_stops(serial: Serial, last: int) -> None:
    assert serials.last_number(serial, 7) == last
    with pytest.raises(WriteError) as refused:
        serials.text_of(serial, last + 1, room=7)
    assert refused.value.message == "serial-exhausted"
    assert refused.value.facts["last"] == last


def test_no_number_is_below_nought() -> None:
    with pytest.raises(WriteError) as refused:
        serials.text_of(STOP, -1, room=7)
    assert refused.value.message == "serial-negative"


def test_a_number_of_five_thousand_digits_is_refused() -> None:
    with pytest.raises(WriteError) as refused:
        serials.text_of(LENGTHEN, 10**5000, room=7)
    assert len(refused.value.say("zh")) < 200


@pytest.mark.parametrize(
    ("serial", "text", "is_word"),
    [
        pytest.param(LENGTHEN, "00001", False, id="a longer text never begins with nought"),
        pytest.param(LENGTHEN, "0001", True, id="the least width may"),
        pytest.param(LENGTHEN, "12345678", False, id="longer than the room"),
        pytest.param(STOP, "00010", False, id="stop has one width"),
        pytest.param(STOP, "001", False, id="too short"),
        pytest.param(LETTERS, "00A1", False, id="letters begin in front"),
        pytest.param(LETTERS, "AZ9Z", True, id="a lettered number"),
        pytest.param(UP_TO_FOUR, "012", False, id="a..b neither"),
        pytest.param(UP_TO_FOUR, "12345", False, id="nor beyond b"),
        pytest.param(LETTERS_UP_TO_FOUR, "A0", False, id="a..b has no letters"),
    ],
)
def test_a_number_has_one_text_only(serial: Serial, text: str, is_word: bool) -> None:  # noqa: FBT001  # a row of the table
    assert (len(text) in serials.language(serial, 7).ends(text, 0)) == is_word


def test_the_alphabets_leave_out_what_they_say() -> None:
    assert set("ILOU").isdisjoint(ALPHABETS["base32"])
    assert ALPHABETS["digits"] == DIGITS
