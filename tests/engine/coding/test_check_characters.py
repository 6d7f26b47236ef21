"""Check characters give typing errors away."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import damm, luhn, verhoeff
from stdnum.cn import uscc
from stdnum.iso7064 import mod_11_2, mod_11_10, mod_37_2, mod_37_36

from kehuma.engine.coding.check_characters import ALGORITHMS, Algorithm

ORACLES = {
    "iso7064-mod37-2": mod_37_2,
    "iso7064-mod11-2": mod_11_2,
    "iso7064-mod37-36": mod_37_36,
    "iso7064-mod11-10": mod_11_10,
    "luhn": luhn,
    "verhoeff": verhoeff,
    "damm": damm,
}
LINEAR = [name for name, algorithm in ALGORITHMS.items() if algorithm.linear]
MOD37 = ALGORITHMS["iso7064-mod37-2"]


def texts(algorithm: Algorithm, *, least: int = 1) -> st.SearchStrategy[str]:
    return st.text(algorithm.alphabet_in, min_size=least, max_size=24)


def summed(algorithm: Algorithm, text: str) -> str:
    return algorithm.symbol_of(sum(algorithm.contribution(c, len(text) - 1 - i) for i, c in enumerate(text)))


@pytest.mark.parametrize(
    ("name", "text", "check"),
    [
        pytest.param("iso7064-mod37-2", "G123489654321", "Y", id="ISO 7064, a blood donation number"),
        pytest.param("iso7064-mod11-2", "11010519491231002", "X", id="GB 11643, an identity number's X"),
        pytest.param("iso7064-mod37-36", "A12425GABC1234002", "M", id="ISO 7064, hybrid"),
        pytest.param("iso7064-mod11-10", "79462", "3", id="ISO 7064, hybrid digits"),
        pytest.param("mod31", "91110000600037341", "L", id="GB 32100, a credit code"),
        pytest.param("luhn", "7992739871", "3", id="a card number"),
        pytest.param("verhoeff", "236", "3", id="Verhoeff's own"),
        pytest.param("damm", "572", "4", id="Damm's own"),
    ],
)
def test_published_examples_hold(name: str, text: str, check: str) -> None:
    assert ALGORITHMS[name].of(text) == check
    assert ALGORITHMS[name].is_valid(text + check)


@pytest.mark.parametrize("name", ORACLES)
@given(data=st.data())
def test_a_check_character_is_that_of_the_standard(name: str, data: st.DataObject) -> None:
    text = data.draw(texts(ALGORITHMS[name]))
    check = ALGORITHMS[name].of(text)
    assert check in ALGORITHMS[name].alphabet_out
    assert ORACLES[name].is_valid(text + check)
    assert ALGORITHMS[name].is_valid(text + check)


@given(texts(ALGORITHMS["mod31"], least=17).map(lambda text: text[:17]))
def test_seventeen_characters_get_the_check_character_of_a_credit_code(text: str) -> None:
    assert ALGORITHMS["mod31"].of(text) == uscc.calc_check_digit(text)


@pytest.mark.parametrize("name", LINEAR)
@given(data=st.data())
def test_a_weighted_sum_gives_the_same_check_character(name: str, data: st.DataObject) -> None:
    text = data.draw(texts(ALGORITHMS[name]))
    assert summed(ALGORITHMS[name], text) == ALGORITHMS[name].of(text)


@given(texts(MOD37), st.data())
def test_mod_37_2_finds_every_single_wrong_character(text: str, data: st.DataObject) -> None:
    code = text + MOD37.of(text)
    place = data.draw(st.integers(0, len(code) - 1))
    other = data.draw(st.sampled_from(MOD37.alphabet_in).filter(lambda character: character != code[place]))
    assert not MOD37.is_valid(code[:place] + other + code[place + 1 :])


@given(texts(MOD37, least=2), st.data())
def test_mod_37_2_finds_every_exchange_of_neighbours(text: str, data: st.DataObject) -> None:
    code = text + MOD37.of(text)
    place = data.draw(st.integers(0, len(code) - 2))
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert swapped == code or not MOD37.is_valid(swapped)


@pytest.mark.parametrize("name", ["mod31", "iso7064-mod11-2"])
@given(data=st.data())
def test_pure_systems_find_every_single_wrong_character(name: str, data: st.DataObject) -> None:
    algorithm = ALGORITHMS[name]
    text = data.draw(texts(algorithm))
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from(algorithm.alphabet_in).filter(lambda character: character != text[place]))
    assert algorithm.of(text[:place] + other + text[place + 1 :]) != algorithm.of(text)


@pytest.mark.parametrize("name", LINEAR)
def test_sums_and_check_characters_are_one_to_one(name: str) -> None:
    algorithm = ALGORITHMS[name]
    assert sorted(map(algorithm.symbol_of, range(algorithm.modulus))) == sorted(algorithm.alphabet_out)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("7", id="a check character alone"),
        pytest.param("１２３4", id="full-width digits"),
        pytest.param("12-34", id="a separator"),
        pytest.param("ab1", id="lower case"),
    ],
)
@pytest.mark.parametrize("name", ALGORITHMS)
def test_a_text_that_cannot_be_checked_is_not_valid(name: str, text: str) -> None:
    assert not ALGORITHMS[name].is_valid(text)


def test_a_character_without_value_is_refused() -> None:
    with pytest.raises(ValueError, match="'京' has no value in mod31"):
        ALGORITHMS["mod31"].of("京1")


def test_only_weighted_sums_are_linear() -> None:
    assert set(LINEAR) == {"iso7064-mod37-2", "iso7064-mod11-2", "mod31", "luhn"}
