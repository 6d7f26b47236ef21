"""The proofs on schemes that people write."""

import sys
from dataclasses import replace
from itertools import combinations
from random import Random
from time import process_time

import pytest

from kehuma.engine.coding import dates
from kehuma.engine.coding.dictionaries import Dictionary, Entry
from kehuma.engine.coding.grammar import Grammar, compile_scheme
from kehuma.engine.coding.model import Lookup, Scheme, Serial
from kehuma.engine.coding.proofs import Verdict, overlap, prove_keys, prove_loose, prove_unique
from kehuma.engine.coding.proofs.calendar import possible_dates
from kehuma.engine.coding.scheme_file import load_scheme


def scheme(template: str, tables: str = "", *, top: str = "", name: str = "sample") -> Scheme:
    return load_scheme(f'kehuma = 1\nname = "{name}"\ntemplate = "{template}"\n{top}\n{tables}')


def grammar(
    template: str, tables: str = "", *, top: str = "", name: str = "sample", parents: dict[str, Grammar] | None = None
) -> Grammar:
    return compile_scheme(scheme(template, tables, top=top, name=name), parents=parents)


def lookup(name: str, *symbols: str, live: bool = False) -> str:
    entries = "\n".join(f'{symbol} = "{symbol}"' for symbol in symbols)
    return f'[segments.{name}]\nkind = "lookup"\nlive = {str(live).lower()}\n[segments.{name}.dictionary]\n{entries}\n'


LENGTHEN = '[segments.serial]\noverflow = "lengthen"\n'
PARENT = '[segments.parent]\nschemes = ["{}"]\n'


# -- one reading


@pytest.mark.parametrize(
    ("template", "tables"),
    [
        pytest.param("C{serial:5}{date:YYYYMM}", "", id="a date behind the serial"),
        pytest.param("C{serial:5}{date:YYYYMM}", LENGTHEN, id="a date behind a serial that lengthens"),
        pytest.param("{shop}{serial:3}", lookup("shop", "1", "11"), id="the length tells the shop"),
        pytest.param("{shop}-{serial:3}", lookup("shop", "1", "11") + LENGTHEN, id="a hyphen ends the shop"),
        pytest.param(
            "{kind}{serial:3..5}{grade}", lookup("kind", "A", "AB") + lookup("grade", "X", "XY"), id="letters"
        ),
        pytest.param(
            "{importance}-{initials}-{serial:3}-{grade}",
            lookup("importance", "1", "2", live=True) + lookup("grade", "V", "W", live=True),
            id="live parts at both ends",
        ),
    ],
)
def test_a_scheme_whose_every_code_has_one_reading_is_proved(template: str, tables: str) -> None:
    assert prove_unique(grammar(template, tables)) == Verdict(ok=True)
    assert prove_keys(grammar(template, tables)).ok


@pytest.mark.parametrize(
    ("template", "tables", "witness", "readings"),
    [
        pytest.param(
            "{shop}{serial:3}",
            lookup("shop", "1", "11") + LENGTHEN,
            "11000",
            (("1", "1000"), ("11", "000")),
            id="a shop runs into a serial that lengthens",
        ),
        pytest.param(
            "{serial:3}{grade}",
            lookup("grade", "1", "2", live=True) + LENGTHEN,
            "1001",
            (("100", "1"), ("1001", "")),
            id="a grade may be a digit of the serial",
        ),
        pytest.param(
            "{serial:2}{grade}{risk}",
            lookup("grade", "A", "B", live=True) + lookup("risk", "B", "C", live=True),
            "00B",
            (("00", "", "B"), ("00", "B", "")),
            id="two live parts with one symbol",
        ),
        pytest.param(
            "{grade}{kind}{serial:1}",
            lookup("grade", "A", live=True) + lookup("kind", "AB", "B"),
            "AB0",
            (("", "AB", "0"), ("A", "B", "0")),
            id="a live part in front that the identity may begin with",
        ),
        pytest.param(
            "{kind}{serial:1..2}{check}",
            lookup("kind", "A", "A1"),
            "A100",
            (("A", "10", "0"), ("A1", "0", "0")),
            id="a check character may be any symbol",
        ),
    ],
)
def test_an_ambiguous_scheme_is_refused_with_its_shortest_witness(
    template: str, tables: str, witness: str, readings: tuple[tuple[str, ...], ...]
) -> None:
    sample = grammar(template, tables)
    verdict = prove_unique(sample)
    assert verdict == Verdict(
        ok=False, witness=witness, readings=readings, reason="proof-two-readings", names=("sample",)
    )
    if sample.algorithm is None:
        assert sorted(reading.texts for reading in sample.readings(witness, 9)) == list(readings)
    assert prove_keys(sample) == verdict


def test_a_verdict_can_be_said_in_both_languages() -> None:
    ambiguous = prove_unique(grammar("{shop}{serial:3}", lookup("shop", "1", "11") + LENGTHEN))
    assert ambiguous.say("zh") == "编码规则 sample 有歧义：“11000”既可读作 1 1000，也可读作 11 000"
    assert ambiguous.say("en") == 'scheme sample is ambiguous: "11000" may be read as 1 1000 and as 11 000'
    assert Verdict(ok=True).say("zh") == "已证明"


@pytest.mark.parametrize(("symbol", "is_fine"), [("0230", True), ("0431", True), ("0229", False), ("1231", False)])
def test_a_day_that_no_month_has_makes_no_second_reading(symbol: str, *, is_fine: bool) -> None:
    sample = grammar(
        "{event}{date:MMDD}{serial:2}", lookup("event", symbol, live=True) + "[segments.date]\nlive = true\n"
    )
    assert prove_unique(sample).ok == is_fine
    assert len(sample.readings(symbol + "01", 2)) == (1 if is_fine else 2)


@pytest.mark.parametrize(
    "tokens", [("MM", "DD"), ("YYYY", "MM", "DD"), ("DD", "MM", "YYYY"), ("YY", "MM", "DD"), ("YYYY", "MM")]
)
def test_the_days_of_the_proofs_are_those_of_the_calendar(tokens: tuple[str, ...]) -> None:
    language = possible_dates(tokens)
    random = Random(1)  # noqa: S311  # no secret
    values = {"YYYY": ["0000", "0004", "1900", "2000", "2023", "2024", "2100", "9999"], "YY": ["00", "23"]}
    values |= {"MM": [f"{month:02}" for month in range(14)], "DD": [f"{day:02}" for day in range(33)]}
    for _ in range(3_000):
        text = "".join(random.choice(values[token]) for token in tokens)
        is_word = dates.language(tokens).ends(text, 0) == [len(text)]
        assert (language.ends(text, 0) == [len(text)]) == (is_word and dates.is_possible(tokens, text))


@pytest.mark.parametrize(("most", "is_fine"), [(4, True), (5, False)])
def test_texts_that_are_longer_than_any_code_do_not_count(most: int, *, is_fine: bool) -> None:
    sample = grammar("{shop}{serial:3}", lookup("shop", "1", "11") + LENGTHEN, top=f"max_length = {most}")
    assert prove_unique(sample).ok == is_fine


# -- parents


def test_a_child_is_refused_for_its_ambiguous_parent() -> None:
    shop = grammar("{shop}{serial:3}", lookup("shop", "1", "11") + LENGTHEN, name="shop")
    order = grammar("{parent}-{serial:3}", PARENT.format("shop"), parents={"shop": shop})
    assert prove_unique(order).names == ("shop",)


def test_parents_that_write_the_same_text_are_refused() -> None:
    parents = {name: grammar(f"{name[0]}{{serial:2}}", name=name) for name in ("hall", "home", "inn")}
    tables = '[segments.parent]\nschemes = ["hall", "inn", "home"]\n'
    verdict = prove_unique(grammar("{parent}-{serial:2}", tables, parents=parents))
    assert verdict == Verdict(
        ok=False, witness="H00", readings=(("00",), ("00",)), reason="proof-parents-share", names=("hall", "home")
    )
    assert prove_unique(grammar("{parent}-{serial:2}", tables.replace(', "home"', ""), parents=parents)).ok


CUSTOMER = ("{region}-{serial:4}", lookup("region", "BJ", "SH"))


@pytest.mark.parametrize(
    ("of", "per", "missing"),
    [
        pytest.param(["serial"], '["region"]', ("customer", "region"), id="number 1 of which region?"),
        pytest.param(["region"], '["region"]', ("customer", "serial"), id="which number?"),
        pytest.param(["region", "serial"], '["region"]', (), id="the key and the number"),
        pytest.param(["serial"], "[]", (), id="one counter for all: the number is enough"),
    ],
)
def test_segments_of_a_parent_must_say_which_parent(of: list[str], per: str, missing: tuple[str, ...]) -> None:
    template, tables = CUSTOMER
    customer = grammar(template, f"{tables}[segments.serial]\nper = {per}\n", name="customer")
    child = grammar(
        "{parent}/{serial:2}", f'[segments.parent]\nof = {of}\nschemes = ["customer"]\n', parents={"customer": customer}
    )
    verdict = prove_unique(child)
    assert verdict.ok == (not missing)
    assert verdict.names == missing


def test_a_parent_without_a_counter_is_told_by_all_its_segments() -> None:
    site = grammar("{city}-{site}", lookup("city", "A", "B") + lookup("site", "1", "2"), name="site")
    tables = '[segments.parent]\nof = ["city"]\nschemes = ["site"]\n'
    assert prove_unique(grammar("{parent}-{serial:2}", tables, parents={"site": site})).names == ("site", "site")


def test_segments_of_a_parent_that_run_into_one_another_are_refused() -> None:
    customer = grammar("{shop}-{serial:3}", lookup("shop", "1", "11") + LENGTHEN, name="customer")
    tables = '[segments.parent]\nof = ["shop", "serial"]\nschemes = ["customer"]\n'
    verdict = prove_unique(grammar("{parent}/{serial:2}", tables, parents={"customer": customer}))
    assert (verdict.reason, verdict.witness) == ("proof-parent-two-readings", "11000")


def test_units_within_units_are_proved_down_to_the_last() -> None:
    company = grammar("C{serial:3}", name="company")
    tables = '[segments.parent]\nschemes = ["company", "self"]\ndepth = 3\n'
    unit = grammar("{parent}-{serial:2}", tables, parents={"company": company})
    assert prove_unique(unit).ok
    assert prove_loose(unit).ok


# -- counter keys


def test_a_counter_key_that_the_identity_does_not_show_is_refused() -> None:
    region = Lookup("region", "region", Dictionary("region", [Entry("A"), Entry("B")]), live=True)
    moving = Scheme("moving", (region, Serial("serial", width=3, per=("region", "branch"))))
    verdict = prove_keys(compile_scheme(moving))
    assert verdict == Verdict(ok=False, reason="proof-key-unreadable", names=("region", "branch"))
    assert verdict.say("en") == "the serial counts per region, branch, which cannot be read from the identity of a code"


def test_a_scheme_without_a_counter_has_no_keys_that_could_meet() -> None:
    assert prove_keys(grammar("{region}-{date:YYYY}", lookup("region", "BJ"))).ok


# -- without separators


def branches(parents: dict[str, Grammar], top: str = "") -> Grammar:
    tables = PARENT.format("hq") + LENGTHEN
    return grammar("{parent}-{serial:2}", tables, top=top, name="branch", parents=parents)


def test_branches_that_only_a_hyphen_tells_apart_need_it() -> None:
    parents = {"hq": grammar("HQ-{serial:3}", LENGTHEN, name="hq")}
    assert prove_unique(branches(parents)).ok
    verdict = prove_loose(branches(parents))
    assert (verdict.witness, verdict.readings) == ("HQ100100", (("HQ-100", "100"), ("HQ-1001", "00")))
    assert prove_loose(branches(parents, 'separators = "required"')).ok


def test_headquarters_and_branch_with_a_region_clash_on_the_loose_key_only() -> None:
    parents = {"hq": grammar("HQ-{serial:3}", name="hq")}
    tables = PARENT.format("hq") + lookup("region", "BJ", "SH")
    sample = grammar("{parent}-{region}-{serial:2}", tables, parents=parents)
    assert prove_unique(sample).ok
    assert prove_loose(sample).ok
    tables = PARENT.format("hq") + lookup("region", "1", "11")
    digits = grammar("{parent}-{region}-{serial:2..3}", tables, parents=parents)
    assert prove_unique(digits).ok
    assert prove_loose(digits).witness == "HQ0001100"
    assert prove_loose(digits).readings == (("HQ-000", "1", "100"), ("HQ-000", "11", "00"))


def test_two_spellings_of_one_identity_are_one() -> None:
    sample = grammar(
        "{serial:2}-{grade}/{risk}", lookup("grade", "A", "B", live=True) + lookup("risk", "B", "C", live=True)
    )
    assert prove_unique(sample).ok
    assert prove_loose(sample).ok


def test_a_live_part_that_without_its_hyphen_is_a_digit_of_the_serial_is_refused() -> None:
    sample = grammar("{serial:2}-{grade}", lookup("grade", "1", "2", live=True) + LENGTHEN)
    assert prove_unique(sample).ok
    verdict = prove_loose(sample)
    assert (verdict.witness, verdict.readings) == ("101", (("10", "1"), ("101", "")))


def test_a_parent_of_unknown_scheme_is_taken_as_it_stands() -> None:
    sample = grammar("{parent}-{serial:3}")
    assert prove_unique(sample).ok
    assert prove_loose(sample).ok


def test_a_separator_at_the_end_may_be_all_that_differs() -> None:
    parents = {
        "open": grammar("A{serial:2}", name="open"),
        "closed": grammar("A{serial:2}-", name="closed"),
    }
    sample = grammar("{parent}/{serial:2}", '[segments.parent]\nschemes = ["open", "closed"]\n', parents=parents)
    assert prove_unique(sample).ok
    verdict = prove_loose(sample)
    assert (verdict.witness, verdict.readings) == ("A0000", (("A00", "00"), ("A00-", "00")))


def test_a_code_that_is_too_long_with_its_separators_is_no_second_reading() -> None:
    tables = lookup("kind", "A", "AB") + lookup("trade", "BC", "C")
    assert prove_loose(grammar("{kind}-{trade}", tables, top="max_length = 4")).witness == "ABC"
    parents = {
        "short": grammar("A{serial:2}", name="short", top="max_length = 3"),
        "long": grammar("A----{serial:2}", name="long"),
    }
    families = '[segments.parent]\nschemes = ["short", "long"]\n'
    assert not prove_loose(grammar("{parent}/{serial:2}", families, top="max_length = 10", parents=parents)).ok
    assert prove_loose(grammar("{parent}/{serial:2}", families, top="max_length = 9", parents=parents)).ok


# -- two schemes


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        pytest.param(("C-{serial:4}", ""), ("C-{serial:5}", ""), None, id="other widths"),
        pytest.param(("C-{serial:4}", LENGTHEN), ("C-{serial:5}", ""), "C-10000", id="one lengthens into the other"),
        pytest.param(("A{serial:4}", ""), ("B{serial:4}", ""), None, id="other prefixes"),
        pytest.param(("{serial:4}A", ""), ("{serial:4}B", ""), None, id="other suffixes"),
        pytest.param(
            ("{serial:4}", ""),
            ("{serial:3}{grade}", lookup("grade", "7", "8", live=True)),
            "0007",
            id="a full form is the identity of another",
        ),
        pytest.param(("AAAA{serial:1}A1BBBB", ""), ("AAAA{serial:1}B1BBBB", ""), None, id="only the middle differs"),
    ],
)
def test_schemes_overlap_in_their_shortest_common_code(
    one: tuple[str, str], other: tuple[str, str], shared: str | None
) -> None:
    assert overlap(grammar(*one), grammar(*other)) == shared


# -- speed


def random_schemes(count: int) -> list[Grammar]:
    """Schemes such as people write, with one to four parts, live ones among them."""
    random = Random(7)  # noqa: S311  # no secret
    dictionaries = ("cn-province", "cn-industry", "iso-3166", "cn-province-plate", "customer-kind")
    made = []
    for index in range(count):
        parts, tables = [], ""
        for place in range(random.randint(1, 3)):
            kind = random.choice(("lookup", "own", "date", "literal", "text"))
            name = f"part{place}"
            if kind == "lookup":
                tables += f'[segments.{name}]\nkind = "lookup"\ndictionary = "{random.choice(dictionaries)}"\n'
                tables += f"live = {str(random.random() < 0.2).lower()}\n"
            elif kind == "own":
                symbols = {"".join(random.choices("ABC12", k=random.randint(1, 3))) for _ in range(8)}
                tables += lookup(name, *sorted(symbols))
            elif kind == "date":
                form = random.choice(("YYYY", "YYYYMM", "YYYYMMDD", "YYQ"))
                tables += f'[segments.{name}]\nkind = "date"\nformat = "{form}"\n'
            elif kind == "text":
                tables += f'[segments.{name}]\nkind = "text"\n'
            parts.append(random.choice(("C", "HQ", "X1")) if kind == "literal" else f"{{{name}}}")
        width = random.randint(2, 6)
        parts.append(random.choice((f"{{serial:{width}}}", f"{{serial:{width}..{width + 3}}}")))
        parts += ["{check}"] if random.random() < 0.3 else []
        made.append(grammar(random.choice(("", "-", "-", "/")).join(parts), tables, name=f"s{index}"))
    return made


# Whoever measures coverage pays for it with every line.
SLOWER = 10 if sys.gettrace() else 1


def test_three_hundred_schemes_and_all_their_pairs_are_proved_in_two_seconds() -> None:
    schemes = random_schemes(300)
    began = process_time()
    verdicts = [(prove_unique(each).ok, prove_loose(each).ok, prove_keys(each).ok) for each in schemes]
    shared = sum(overlap(one, other) is not None for one, other in combinations(schemes, 2))
    took = process_time() - began
    fine = verdicts.count((True, True, True))
    print(f"300 schemes, 44,850 pairs: {took:.2f} s; {fine} fine, {shared} overlaps")  # noqa: T201  # the figure is wanted
    # Measured 0.7 s; promised are 2 s.
    assert took < 4 * SLOWER


def test_a_dictionary_of_all_divisions_is_proved_in_fifty_milliseconds() -> None:
    entries = [Entry(f"{number:06}") for number in range(110_000, 110_000 + 3_214 * 257, 257)]
    division = Lookup("division", "division", Dictionary("division", entries), width=6)
    serial = Serial("serial", width=4, overflow="lengthen", per=("division",))
    times = []
    for _ in range(3):
        sample = compile_scheme(Scheme("divided", (division, serial)))
        began = process_time()
        assert [prove(sample).ok for prove in (prove_unique, prove_loose, prove_keys)] == [True, True, True]
        times.append(process_time() - began)
    print(f"3,214 divisions: {min(times) * 1000:.0f} ms")  # noqa: T201  # as above
    # Measured 23 ms; promised are 50 ms.
    assert min(times) < 0.1 * SLOWER


def test_names_of_the_scheme_do_not_matter_to_the_proof() -> None:
    sample = scheme("{shop}-{serial:3}", lookup("shop", "1", "11"))
    assert prove_unique(compile_scheme(replace(sample, name="other"))).ok
