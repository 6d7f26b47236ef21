"""Telephone numbers, addresses of mail, numbers of authorities: one normal form, or a reason."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric, uscc

from kehuma.engine.cleaning import Unusable
from kehuma.engine.cleaning.emails import normal_email
from kehuma.engine.cleaning.identifiers import KINDS, normal_identifier
from kehuma.engine.cleaning.phones import digits_of, is_mobile, normal_phone

PLACES = ("110108", "440305", "330113")


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        pytest.param("13800123456", "+8613800123456", id="as it is dialled"),
        pytest.param("138 0012-3456", "+8613800123456", id="in groups"),
        pytest.param("１３８００１２３４５６", "+8613800123456", id="full width"),
        pytest.param("+86-138-0012-3456", "+8613800123456", id="with the country"),
        pytest.param("008613800123456", "+8613800123456", id="dialled from abroad"),
        pytest.param("010-62551234", "+861062551234", id="landline"),
        pytest.param("(0755) 8255 1234", "+8675582551234", id="landline in brackets"),
        pytest.param("0755-82551234-802", "+8675582551234;802", id="extension after a hyphen"),
        pytest.param("010-62551234转802", "+861062551234;802", id="extension in words"),
        pytest.param("400-820-8820", "+864008208820", id="service number"),
        pytest.param("50009024", "50009024", id="without its area"),
        pytest.param("+1 202-456-1111", "+12024561111", id="abroad"),
        pytest.param("+44 20 7946 0958 ext. 12", "+442079460958;12", id="abroad with an extension"),
    ],
)
def test_a_number_has_one_form(written: str, normal: str) -> None:
    assert normal_phone(written) == normal
    assert normal_phone(normal.partition(";")[0]) == normal.partition(";")[0]


@pytest.mark.parametrize(
    "written", ["", "无", "1380012345", "12345", "0", "138001234567", "+86", "1" * 500, "1.38E+10"]
)
def test_what_is_no_telephone_number_says_so(written: str) -> None:
    with pytest.raises(Unusable, match="phone"):
        normal_phone(written)


def test_digits_are_those_that_people_dial() -> None:
    assert [digits_of(normal) for normal in ("+8613800123456", "+861062551234;802", "+12024561111", "50009024")] == [
        "13800123456",
        "1062551234",
        "12024561111",
        "50009024",
    ]
    assert is_mobile("+8613800123456")
    assert not is_mobile("+861062551234")


@given(st.integers(3, 9), st.integers(0, 10**9 - 1))
def test_every_mobile_number_is_taken(second: int, rest: int) -> None:
    number = f"1{second}{rest:09}"
    assert normal_phone(number) == "+86" + number


@pytest.mark.parametrize("written", ["Zhang.San@Example.com", " zhang.san@example.com ", "ｚhang.san@example.com"])
def test_an_address_of_mail_has_one_form(written: str) -> None:
    assert normal_email(written) == "zhang.san@example.com"


@pytest.mark.parametrize(
    "written", ["", "a@b", "a b@example.com", "@example.com", "a@example..com", "a@" + "b" * 300 + ".com"]
)
def test_what_is_no_address_says_so(written: str) -> None:
    with pytest.raises(Unusable, match="email"):
        normal_email(written)


@given(st.sampled_from(PLACES), st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=9, max_size=9))
def test_a_social_credit_code_with_its_check_is_taken(place: str, body: str) -> None:
    number = f"91{place}{body}"
    number += uscc.calc_check_digit(number)
    assert normal_identifier("uscc", f" {number[:8].lower()}-{number[8:]} ") == number


@given(st.sampled_from(PLACES), st.text("0123456789ABCDEFGHJKLMNPQRTUWXYIOZSV", min_size=8, max_size=11))
def test_a_social_credit_code_is_taken_where_the_published_library_takes_it(place: str, body: str) -> None:
    number = f"91{place}{body}"
    try:
        taken = normal_identifier("uscc", number)
    except Unusable:
        taken = ""
    assert (taken == number) is uscc.is_valid(number)


def test_a_misread_sign_is_told_but_not_mended() -> None:
    with pytest.raises(Unusable) as caught:
        normal_identifier("uscc", "9111O1O8551385082Q")
    assert caught.value.suggestion == "91110108551385082Q"
    with pytest.raises(Unusable) as caught:
        normal_identifier("uscc", "91110108551385083Q")
    assert caught.value.suggestion == ""


@pytest.mark.parametrize("place", PLACES)
def test_a_resident_number_of_a_district_newer_than_the_table_is_taken(place: str) -> None:
    number = f"{place}19900307123"
    number += ric.calc_check_digit(f"{number}?")
    assert normal_identifier("resident_id", number.lower()) == number


@pytest.mark.parametrize("written", ["", "110101199003071235", "990101199003071234", "11010119900307123", "x" * 18])
def test_a_wrong_resident_number_says_so(written: str) -> None:
    with pytest.raises(Unusable, match="resident_id"):
        normal_identifier("resident_id", written)


@pytest.mark.parametrize(
    ("kind", "written", "normal"),
    [
        pytest.param("passport", "e 12345678", "E12345678", id="passport"),
        pytest.param("tax_number", "9111-0108 ab", "91110108AB", id="tax number"),
        pytest.param("own_number", " kh-2019-00417 ", "KH-2019-00417", id="number of another system"),
    ],
)
def test_other_numbers_have_one_form(kind: str, written: str, normal: str) -> None:
    assert normal_identifier(kind, written) == normal


@pytest.mark.parametrize(
    ("kind", "written"), [("passport", "E1"), ("tax_number", "税号"), ("own_number", "  "), ("own_number", "a\x00")]
)
def test_and_reasons(kind: str, written: str) -> None:
    with pytest.raises(Unusable, match=kind):
        normal_identifier(kind, written)


@given(st.sampled_from(KINDS), st.text(max_size=60))
def test_any_text_is_a_number_or_unusable(kind: str, text: str) -> None:
    try:
        normal = normal_identifier(kind, text)
    except Unusable:
        return
    assert normal_identifier(kind, normal) == normal


@given(st.text(max_size=60))
def test_any_text_is_a_telephone_number_or_unusable(text: str) -> None:
    with contextlib.suppress(Unusable):
        assert normal_phone(text)
