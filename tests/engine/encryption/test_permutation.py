"""The secret order of numbers: NIST's own examples, and the laws of a permutation."""

import doctest
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kehuma.engine.encryption import permutation
from kehuma.engine.encryption.permutation import Ff1, NumberPermutation

# The samples that NIST publishes for SP 800-38G (FF1samples.pdf).
KEY = bytes.fromhex("2B7E151628AED2A6ABF7158809CF4F3CEF4359D8D580AA4F7F036D6F04FC6A94")
DIGITS, LETTERS = "0123456789", "0123456789abcdefghi"
TWEAK, OTHER_TWEAK = "39383736353433323130", "3737373770717273373737"


@pytest.mark.parametrize(
    ("bits", "tweak", "plain", "sealed"),
    [
        pytest.param(128, "", DIGITS, "2433477484", id="sample 1"),
        pytest.param(128, TWEAK, DIGITS, "6124200773", id="sample 2"),
        pytest.param(128, OTHER_TWEAK, LETTERS, "a9tv40mll9kdu509eum", id="sample 3"),
        pytest.param(192, "", DIGITS, "2830668132", id="sample 4"),
        pytest.param(192, TWEAK, DIGITS, "2496655549", id="sample 5"),
        pytest.param(192, OTHER_TWEAK, LETTERS, "xbj3kv35jrawxv32ysr", id="sample 6"),
        pytest.param(256, "", DIGITS, "6657667009", id="sample 7"),
        pytest.param(256, TWEAK, DIGITS, "1001623463", id="sample 8"),
        pytest.param(256, OTHER_TWEAK, LETTERS, "xs8a0azh2avyalyzuwd", id="sample 9"),
    ],
)
def test_the_samples_of_nist_hold(bits: int, tweak: str, plain: str, sealed: str) -> None:
    radix = 10 if plain == DIGITS else 36
    order = Ff1(KEY[: bits // 8], radix, len(plain), bytes.fromhex(tweak))
    assert order.encrypt(int(plain, radix)) == int(sealed, radix)
    assert order.decrypt(int(sealed, radix)) == int(plain, radix)


@pytest.mark.parametrize("size", [1, 2, 10, 100, 128, 129, 1000])
def test_every_number_of_a_range_stands_for_exactly_one(size: int) -> None:
    order = NumberPermutation(KEY, "customer")
    written = [order.forward(number, size, "region=BJ") for number in range(size)]
    assert sorted(written) == list(range(size))
    assert [order.backward(number, size, "region=BJ") for number in written] == list(range(size))


@given(number=st.integers(0, 10**9 - 1), key=st.text(max_size=20))
def test_a_written_number_leads_back(number: int, key: str) -> None:
    order = NumberPermutation(KEY, "customer")
    assert order.backward(order.forward(number, 10**9, key), 10**9, key) == number


def test_each_scheme_each_counter_and_each_secret_has_an_order_of_its_own() -> None:
    orders = [
        tuple(NumberPermutation(secret, scheme).forward(number, 10_000, key) for number in range(20))
        for secret in (KEY, bytes(32))
        for scheme in ("customer", "order")
        for key in ("region=BJ", "region=SH")
    ]
    assert len(set(orders)) == len(orders)


def test_the_order_never_changes() -> None:
    assert doctest.testmod(permutation).failed == 0


@pytest.mark.parametrize("number", [-1, 10_000])
def test_a_number_past_the_range_is_refused(number: int) -> None:
    order = NumberPermutation(KEY, "customer")
    for way in (order.forward, order.backward):
        with pytest.raises(ValueError, match="is not below"):
            way(number, 10_000, "")


def test_the_secret_stays_in_the_process() -> None:
    order = NumberPermutation(KEY, "customer")
    assert "hidden" in repr(order)
    with pytest.raises(TypeError):
        pickle.dumps(order)
