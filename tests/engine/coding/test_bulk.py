"""The batch writer gives what the single writer gives, row by row, number by number."""

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kehuma.engine.coding.bulk import BatchWriter, codes_of
from kehuma.engine.coding.columns import LARGEST
from kehuma.engine.coding.errors import WriteError
from kehuma.engine.coding.grammar import Grammar, Written, compile_scheme
from kehuma.engine.coding.scheme_file import load_scheme
from kehuma.engine.coding.snapshots import Snapshot

TABLES = """
[segments.shop.dictionary]
A = "一店"
B = "二店"
CC = "三店"
DDDDDDD = "四店"
[segments.grade]
kind = "lookup"
live = true
default = "N"
[segments.grade.dictionary]
N = "普通"
VIP = "贵宾"
"""
NAMES = ("一店", "二店", "三店", "四店")

TEMPLATES = (
    "{shop}-{serial:%s}",
    "{shop}-{serial:%s}-{check}",
    "{serial:%s}{check}-{shop}",
    "{check}{shop}-{serial:%s}-{shop_again}",
    "X{serial:%s}-{shop}-{grade}{check}",
    "{grade}-{serial:%s}",
)
WIDTHS = ("1", "2", "3", "5", "1..3", "2..4")
OVERFLOWS = (
    'overflow = "stop"',
    'overflow = "lengthen"',
    'overflow = "letters"',
    'alphabet = "base32"',
    'alphabet = "01"\noverflow = "lengthen"',
    'alphabet = "base36"\noverflow = "lengthen"',
)
ALGORITHMS = ("iso7064-mod37-2", "iso7064-mod37-36")


def grammar_of(template: str, serial: str = "", check: str = "", *, most: int = 18) -> Grammar:
    again = "[segments.shop_again]\nkind = 'text'\nattribute = 'again'\nalphabet = 'ABC'\n"
    parts = [
        f'kehuma = 1\nname = "bulk"\ntemplate = "{template}"\nmax_length = {most}\n',
        f"[segments.serial]\n{serial}\n" if "{serial" in template else "",
        f'[segments.check]\nalgorithm = "{check}"\n' if "{check}" in template and check else "",
        again if "{shop_again}" in template else "",
        *_wanted(template),
    ]
    return compile_scheme(load_scheme("".join(parts)))


def _wanted(template: str) -> Iterator[str]:
    shop, grade = TABLES.split("[segments.grade]\n")
    yield shop if "{shop}" in template else ""
    yield f"[segments.grade]\n{grade}" if "{grade}" in template else ""


def one_by_one(
    grammar: Grammar, snapshots: Sequence[Snapshot], kinds: Sequence[int], numbers: dict[str, int]
) -> list[Written | None]:
    """The plain way: take the next number, skip what cannot be printed, refuse what cannot be written."""
    assert grammar.scheme.serial is not None
    step, written = grammar.scheme.serial.step, list[Written | None]()
    for kind in kinds:
        key = snapshots[kind].counter_key if kind >= 0 else ""
        written.append(None)
        while kind >= 0:
            try:
                written[-1] = grammar.write(snapshots[kind], serial=numbers[key])
            except WriteError as error:
                if error.message != "check-not-printable":
                    break
            numbers[key] += step
            if written[-1] is not None:
                break
    return written


def assert_same(grammar: Grammar, snapshots: Sequence[Snapshot], batches: Sequence[Sequence[int]], first: int) -> None:
    writer = BatchWriter(grammar, first=lambda _: first)
    assert [writer.kind_of(snapshot) for snapshot in snapshots] == list(range(len(snapshots)))
    numbers = {snapshot.counter_key: first for snapshot in snapshots}
    for kinds in batches:
        expected = one_by_one(grammar, snapshots, kinds, numbers)
        batch = writer.write(np.array(kinds, dtype=np.int64))
        assert batch.texts() == [one.code if one else "" for one in expected]
        assert batch.identity_texts() == [one.identity if one else "" for one in expected]
        assert batch.lengths.tolist() == [len(one.code) if one else 0 for one in expected]
        assert batch.numbers.tolist() == [one.serial if one else -1 for one in expected]
        assert writer.next_numbers == numbers


def snapshots_of(grammar: Grammar, count: int) -> list[Snapshot]:
    choices = product(("A", "CAB"), ("普通", "贵宾"), NAMES)
    facts = ({"shop": shop, "grade": grade, "again": again} for again, grade, shop in choices)
    return list(dict.fromkeys(grammar.snapshot(some) for some in facts))[:count]


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_batch_is_what_the_single_writer_gives(data: st.DataObject) -> None:
    template = data.draw(st.sampled_from(TEMPLATES)) % data.draw(st.sampled_from(WIDTHS))
    per = data.draw(st.sampled_from(("", "per = []\n", *(('per = ["shop"]\n',) if "{shop}" in template else ()))))
    step = data.draw(st.sampled_from((1, 1, 3, 37)))
    serial = f"{per}{data.draw(st.sampled_from(OVERFLOWS))}\nstep = {step}"
    grammar = grammar_of(template, serial, data.draw(st.sampled_from(ALGORITHMS)), most=data.draw(st.integers(14, 20)))
    snapshots = snapshots_of(grammar, data.draw(st.integers(1, 16)))
    kinds = st.lists(st.integers(-1, len(snapshots) - 1), max_size=80)
    batches = data.draw(st.lists(kinds, min_size=1, max_size=3))
    assert_same(grammar, snapshots, batches, data.draw(st.sampled_from((0, 1, 7, 90, 980, 9_990, 99_970))))


@pytest.mark.parametrize(
    ("serial", "first", "codes"),
    [
        pytest.param("", 98, ["A-98", "A-99", "", ""], id="the range ends"),
        pytest.param('overflow = "lengthen"', 98, ["A-98", "A-99", "A-100", "A-101"], id="a digit more"),
        pytest.param('overflow = "letters"', 98, ["A-98", "A-99", "A-A0", "A-A1"], id="letters after the digits"),
        pytest.param('overflow = "letters"', 1034, ["A-ZY", "A-ZZ", "", ""], id="the letters end"),
        pytest.param("step = 40", 40, ["A-40", "A-80", "", ""], id="steps"),
        pytest.param('alphabet = "QWX"', 7, ["A-XW", "A-XX", "", ""], id="an alphabet of its own"),
    ],
)
def test_numbers_run_on_as_the_scheme_says(serial: str, first: int, codes: list[str]) -> None:
    grammar = grammar_of("{shop}-{serial:2}", serial)
    writer = BatchWriter(grammar, first=lambda _: first)
    kind = writer.kind_of(grammar.snapshot({"shop": "一店"}))
    assert writer.write(np.full(4, kind)).texts() == codes


def test_counters_go_on_where_the_last_batch_ended() -> None:
    grammar = grammar_of("{shop}-{serial:3}")
    writer = BatchWriter(grammar)
    first, second = (writer.kind_of(grammar.snapshot({"shop": shop})) for shop in NAMES[:2])
    assert writer.write(np.array([first, -1, second, first])).texts() == ["A-001", "", "B-001", "A-002"]
    third = writer.kind_of(grammar.snapshot({"shop": "三店"}))
    assert writer.write(np.array([third, first])).texts() == ["CC-001", "A-003"]
    assert writer.next_numbers == {"shop=A": 4, "shop=B": 2, "shop=CC": 2}
    assert writer.write(np.array([], dtype=np.int64)).texts() == []


def test_numbers_beyond_the_tables_are_written_one_by_one() -> None:
    grammar = grammar_of("{shop}-{serial:1}-{check}", 'overflow = "lengthen"', "iso7064-mod37-2", most=40)
    snapshots = snapshots_of(grammar, 3)
    assert_same(grammar, snapshots, [[0, 1, 2] * 100, [0, 0, 1]], LARGEST - 20)
    assert_same(grammar, snapshots, [[0, 1, 2]], 10**30)


def test_rows_of_one_counter_may_end_at_different_numbers() -> None:
    grammar = grammar_of("{shop}-{serial:1}", 'per = []\noverflow = "lengthen"', most=9)
    short, long = (grammar.snapshot({"shop": shop}) for shop in ("一店", "四店"))
    assert_same(grammar, [short, long], [[0, 1, 0, 1, 1, 0], [1, 1], [0, 0]], 7)


def test_rows_of_one_counter_may_skip_different_numbers_across_widths() -> None:
    grammar = grammar_of("{shop}-{serial:1}-{check}", 'per = []\noverflow = "lengthen"', "iso7064-mod37-2")
    assert_same(grammar, snapshots_of(grammar, 4), [[0, 1, 2, 3] * 70, [3, 3, 0]], 2)


@pytest.mark.parametrize("count", [1, 300])
def test_the_next_codes_of_one_snapshot_skip_what_cannot_be_printed(count: int) -> None:
    grammar = grammar_of("{shop}-{serial:4}-{grade}{check}", check="iso7064-mod37-2")
    snapshot = grammar.snapshot({"shop": "二店", "grade": "贵宾"})
    numbers, codes, identities = codes_of(grammar, snapshot, count, 5)
    written = [one for one in one_by_one(grammar, [snapshot], [0] * count, {snapshot.counter_key: 5}) if one]
    assert numbers == [one.serial for one in written]
    assert codes == [one.code for one in written]
    assert identities == [one.identity for one in written]


def test_fewer_codes_come_back_where_the_range_ends() -> None:
    grammar = grammar_of("{shop}-{serial:2}")
    numbers, codes, _ = codes_of(grammar, grammar.snapshot({"shop": "一店"}), 5, 98)
    assert (numbers, codes) == ([98, 99], ["A-98", "A-99"])


def test_long_runs_of_unprintable_numbers_are_passed() -> None:
    # Steps of 37 x 27 make most neighbours share their check character; the run takes several rounds.
    grammar = grammar_of("{shop}-{serial:9}-{check}", "step = 1000000", "iso7064-mod37-2")
    assert_same(grammar, snapshots_of(grammar, 4), [[0, 1, 0, 2, 3] * 60], 11)


class Backwards:
    def forward(self, number: int, size: int, counter_key: str) -> int:  # noqa: ARG002 - one order for all
        return size - 1 - number

    def backward(self, number: int, size: int, counter_key: str) -> int:  # noqa: ARG002 - one order for all
        return size - 1 - number


def test_a_hidden_order_is_kept() -> None:
    plain = grammar_of("{shop}-{serial:2}", 'order = "permuted"')
    grammar = compile_scheme(plain.scheme, permutation=Backwards())
    assert codes_of(grammar, grammar.snapshot({"shop": "一店"}), 5, 97) == (
        [97, 98, 99],
        *[["A-02", "A-01", "A-00"]] * 2,
    )


def test_a_scheme_without_serial_gives_each_text_once() -> None:
    grammar = grammar_of("{shop}-X")
    writer = BatchWriter(grammar)
    kinds = [writer.kind_of(snapshot) for snapshot in snapshots_of(grammar, 2)]
    assert writer.write(np.array([kinds[0], kinds[1], kinds[0]])).texts() == ["A-X", "B-X", ""]
    assert writer.write(np.array(kinds)).texts() == ["", ""]


def random_grammar(template: str) -> Grammar:
    return compile_scheme(load_scheme(f'kehuma = 1\nname = "drawn"\ntemplate = "{template}"\n'))


def test_drawn_characters_are_drawn_again_where_the_text_is_taken() -> None:
    grammar = random_grammar("R{random:1}")
    drawn = iter("112" + "1" * 200)
    writer = BatchWriter(grammar, draw=lambda: next(drawn))
    kind = writer.kind_of(grammar.snapshot({}))
    assert writer.write(np.full(3, kind)).texts() == ["R1", "R2", ""]


def test_characters_that_nobody_draws_are_refused_at_once() -> None:
    with pytest.raises(WriteError) as error:
        BatchWriter(random_grammar("R{random:2}"))
    assert error.value.message == "random-wrong"


def test_a_number_and_drawn_characters_go_together() -> None:
    grammar = random_grammar("{serial:2}{random:1}")
    writer = BatchWriter(grammar, draw=lambda: "7")
    assert writer.write(np.full(2, writer.kind_of(grammar.snapshot({})))).texts() == ["017", "027"]
