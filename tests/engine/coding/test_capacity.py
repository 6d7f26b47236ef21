"""How many codes a scheme has, against plain counting."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kehuma.engine.coding import serials
from kehuma.engine.coding.capacity import Capacity, capacity_of, full_on
from kehuma.engine.coding.errors import WriteError
from kehuma.engine.coding.grammar import Grammar, compile_scheme
from kehuma.engine.coding.model import Check, Literal, Part, Scheme, Serial
from kehuma.engine.coding.scheme_file import load_scheme

SHOPS = '[segments.shop]\ndictionary = { BJ = "北京", SH = "上海", G = "甘肃" }\n'


def _scheme(text: str) -> Grammar:
    return compile_scheme(load_scheme(f'kehuma = 1\nname = "member"\n{text}'))


def _counted(grammar: Grammar, facts: dict[str, str]) -> int:
    """The numbers of one key that are written, one by one."""
    counter = grammar.scheme.serial
    assert counter is not None
    snapshot = grammar.snapshot(facts)
    written, skipped = 0, set()
    for number in range(counter.start, serials.last_number(counter, grammar.room) + 1, counter.step):
        try:
            grammar.write(snapshot, serial=number)
        except WriteError as error:
            skipped.add(error.message)
        else:
            written += 1
    assert skipped <= {"check-not-printable", "code-too-long"}
    return written


@pytest.mark.parametrize(
    ("text", "keys", "per_key"),
    [
        pytest.param('template = "C-{serial:4}"', 1, 9999, id="from one"),
        pytest.param('template = "C-{serial:4}"\nsegments.serial.start = 0', 1, 10_000, id="from nought"),
        pytest.param('template = "C-{serial:5}-X"\nsegments.serial.step = 5', 1, 20_000, id="in steps"),
        pytest.param('template = "C-{serial:2}"\nsegments.serial.start = 500', 1, 0, id="start past the end"),
        pytest.param('template = "C-{serial:2..4}"', 1, 9999, id="two to four digits"),
        pytest.param('template = "C-{serial:2}"\nsegments.serial.alphabet = "base32"', 1, 1023, id="base 32"),
        pytest.param(
            'template = "C-{serial:4}"\nmax_length = 8\nsegments.serial.overflow = "lengthen"',
            1,
            999_999,
            id="lengthening up to the room",
        ),
        pytest.param(
            'template = "C-{serial:4}"\nsegments.serial.overflow = "letters"',
            1,
            10**4 + 26 * 36**3 - 1,
            id="going on with letters",
        ),
        pytest.param('template = "{shop}-{serial:3}"\n' + SHOPS, 3, 999, id="a key per shop"),
        pytest.param(
            'template = "{shop}-{unit:2}-{serial:3}"\n[segments.unit]\nalphabet = "digits"\n' + SHOPS,
            300,
            999,
            id="a key per shop and unit",
        ),
        pytest.param(
            'template = "{shop}-{serial:3}"\n[segments.serial]\nper = []\n' + SHOPS, 1, 999, id="one counter for all"
        ),
        pytest.param('template = "{initials}-{serial:3}"', None, 999, id="as many keys as names"),
        pytest.param('template = "{parent}-{serial:3}"', None, 999, id="as many keys as parents"),
        pytest.param('template = "{branch}-{serial:3}"\n[segments.branch]', None, 999, id="as many keys as texts"),
        pytest.param(
            'template = "{date:YYYY}-{serial:3}"\n[segments.serial]\nper = ["date"]', None, 999, id="a key per year"
        ),
        pytest.param('template = "{shop}-{random:3}"\n' + SHOPS, 3, 1000, id="drawn characters"),
        pytest.param('template = "{shop}-T"\n' + SHOPS, 3, 1, id="each text once"),
        pytest.param('template = "C-{serial:3}-{check}"\nsegments.check.algorithm = "mod31"', 1, 999, id="no star"),
    ],
)
def test_a_scheme_says_how_many_codes_it_has(text: str, keys: int | None, per_key: int) -> None:
    capacity = capacity_of(_scheme(text))
    assert (capacity.keys, capacity.per_key, capacity.per_key_most) == (keys, per_key, per_key)
    assert capacity.total == (None if keys is None else keys * per_key)


def test_a_longer_symbol_leaves_less_room_for_a_lengthening_number() -> None:
    text = 'template = "{shop}{serial:2}"\nmax_length = 5\nsegments.serial.overflow = "lengthen"\n' + SHOPS
    capacity = capacity_of(_scheme(text))
    assert (capacity.per_key, capacity.per_key_most) == (999, 9999)
    assert capacity_of(_scheme(text.replace("max_length = 5", "max_length = 3"))).per_key == 0


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('template = "{shop}-{serial:3}-{check}"', id="width three"),
        pytest.param('template = "{serial:3}{shop}{check}"', id="the shop behind the number"),
        pytest.param('template = "{shop}{serial:3}{check}"\n[segments.serial]\nstep = 7\nstart = 11', id="in steps"),
        pytest.param('template = "{shop}{serial:4}{check}"\n[segments.serial]\nstart = 21', id="counted by residues"),
        pytest.param('template = "{shop}{serial:4}{check}"\n[segments.serial]\nstep = 3', id="residues and steps"),
        pytest.param(
            'template = "{shop}{serial:3}{check}"\n[segments.serial]\noverflow = "letters"\nstep = 5', id="letters"
        ),
        pytest.param(
            'template = "{shop}{serial:1}{check}"\nmax_length = 6\n[segments.serial]\noverflow = "lengthen"',
            id="lengthening",
        ),
        pytest.param(
            'template = "{shop}{serial:2}{check}"\n[segments.serial]\nalphabet = "base32"\nstart = 40', id="base 32"
        ),
    ],
)
def test_numbers_that_would_print_a_star_are_not_counted(text: str) -> None:
    grammar = _scheme(text + "\n" + SHOPS)
    counts = [_counted(grammar, {"shop": shop}) for shop in ("BJ", "SH", "G")]
    capacity = capacity_of(grammar)
    assert capacity.per_key <= min(counts)
    assert max(counts) <= capacity.per_key_most
    if grammar.scheme.serial is not None and grammar.scheme.serial.overflow != "lengthen":
        assert (capacity.per_key, capacity.per_key_most) == (min(counts), max(counts))


@given(
    prefix=st.text("AZ09", max_size=2),
    width=st.integers(1, 3),
    start=st.integers(0, 3000),
    step=st.integers(1, 9),
    overflow=st.sampled_from(["stop", "letters", "lengthen"]),
    alphabet=st.sampled_from(["0123456789", "0123456789ABCDEFGH"]),
)
def test_counting_by_residues_is_counting(  # noqa: PLR0917 - one argument per fact
    prefix: str, width: int, start: int, step: int, overflow: str, alphabet: str
) -> None:
    overflow = "stop" if overflow == "letters" and len(alphabet) > 10 else overflow
    serial = Serial("serial", width=width, start=start, step=step, overflow=overflow, alphabet=alphabet)  # type: ignore[arg-type]
    literals: tuple[Part, ...] = (Literal(prefix),) if prefix else ()
    parts = (*literals, serial, Check("check", "iso7064-mod37-2"))
    grammar = compile_scheme(Scheme("member", parts, max_length=len(prefix) + 1 + max(width, 3)))
    capacity = capacity_of(grammar)
    assert capacity.per_key == capacity.per_key_most == _counted(grammar, {})
    assert capacity.is_exact


@pytest.mark.parametrize(
    "options",
    [
        pytest.param("order = 'permuted'", id="hidden order"),
        pytest.param("step = 1009", id="a large step"),
    ],
)
def test_where_stars_cannot_be_counted_their_share_is_taken(options: str) -> None:
    capacity = capacity_of(_scheme(f'template = "C{{serial:7}}{{check}}"\n[segments.serial]\n{options}'))
    assert not capacity.is_exact
    numbers = 9_999_999 if "order" in options else 9911
    assert capacity.per_key == numbers - -(-numbers // 37)


def test_behind_any_parent_a_number_may_print_a_star_or_not() -> None:
    capacity = capacity_of(_scheme('template = "{parent}-{serial:1}{check}"\nmax_length = 9'))
    assert (capacity.per_key, capacity.per_key_most) == (8, 9)


def test_a_forty_digit_number_is_counted_at_once() -> None:
    grammar = _scheme('template = "A{serial:4}{check}"\nsegments.serial.overflow = "lengthen"')
    assert capacity_of(grammar).per_key == pytest.approx(10**38 * 36 / 37)


def test_a_capacity_is_shown_with_its_total() -> None:
    assert Capacity(("region",), 34, 9999, 9999).as_json() == {
        "counter_key": ["region"],
        "keys": 34,
        "per_key": 9999,
        "per_key_most": 9999,
        "total": 339_966,
        "exact": True,
    }


@pytest.mark.parametrize(
    ("used", "a_year", "day"),
    [
        pytest.param(9000, 999, date(2027, 1, 1), id="one year left"),
        pytest.param(10_000, 999, date(2026, 1, 1), id="full already"),
        pytest.param(0, 0, None, id="nobody comes"),
        pytest.param(0, 1, None, id="past the calendar"),
    ],
)
def test_a_range_has_a_day_on_which_it_is_full(used: int, a_year: int, day: date | None) -> None:
    assert full_on(9999, used=used, codes_per_year=a_year, today=date(2026, 1, 1)) == day
