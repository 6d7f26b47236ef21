"""Two versions of one scheme: what may change without a code issued saying something else."""

from dataclasses import replace

import pytest

from kehuma.engine.coding.dictionaries import Entry
from kehuma.engine.coding.grammar import Grammar, compile_scheme
from kehuma.engine.coding.model import Initials, Literal, Parent, Part, Reserved, Scheme, Serial, Text, Title
from kehuma.engine.coding.proofs import Verdict, compatible, keeps_meaning, left_out
from kehuma.engine.coding.scheme_file import load_scheme


def grammar(template: str, tables: str = "", *, parents: dict[str, Grammar] | None = None) -> Grammar:
    return compile_scheme(
        load_scheme(f'kehuma = 1\nname = "sample"\ntemplate = "{template}"\n{tables}'), parents=parents
    )


def of_parts(*parts: Part) -> Grammar:
    return compile_scheme(Scheme("sample", parts))


def lookup(name: str, entries: str, *, live: bool = False) -> str:
    return f'[segments.{name}]\nkind = "lookup"\nlive = {str(live).lower()}\ndictionary = {{ {entries} }}\n'


KINDS = lookup("kind", 'C = { zh = "企业", en = "Enterprise" }, P = { zh = "个人" }')
SERIAL = Serial("serial", width=3)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(("C-{serial:4}", ""), ("C-{serial:4}", ""), id="nothing"),
        pytest.param(("C-{serial:4}", ""), ("C-{serial:5}", ""), id="the width"),
        pytest.param(
            ("C-{serial:4}", ""), ("C-{serial:4}", '[segments.serial]\noverflow = "lengthen"'), id="a serial lengthens"
        ),
        pytest.param(
            ("C-{serial:4}", ""),
            ("C-{serial:4}", '[segments.serial]\noverflow = "letters"'),
            id="a serial takes letters",
        ),
        pytest.param(
            ("{kind}{serial:3}", KINDS),
            ("{kind}{serial:3}", KINDS + "[segments.serial]\nper = []"),
            id="the counter key",
        ),
        pytest.param(
            ("{serial:3}-{spare:1}", '[segments.spare]\nkind = "reserved"\nfill = "0"'),
            ("{serial:3}-{kind}", KINDS),
            id="a reserved place taken by a segment that cannot write the filler",
        ),
        pytest.param(
            ("U{serial:5}", ""),
            ("U{serial:5}-{grade}", lookup("grade", 'A = "甲", B = "乙"', live=True)),
            id="a live part is added",
        ),
        pytest.param(
            ("{kind}{serial:3}", KINDS),
            (
                "{kind}{serial:3}",
                lookup("kind", 'C = { zh = "公司", also = ["企业"] }, P = { zh = "个人" }, G = "政府"'),
            ),
            id="a symbol is renamed and its old name still known",
        ),
        pytest.param(("{date:FYY}{serial:3}", ""), ("{date:FYY}{serial:3}", ""), id="the same fiscal year"),
        pytest.param(
            ("{serial:1}", '[segments.serial]\noverflow = "letters"'),
            ("{serial:1}", '[segments.serial]\nalphabet = "base36"'),
            id="letters after nine are base 36 where there is one place",
        ),
        pytest.param(
            ("{serial:3}{check}", ""), ("{serial:3}{check}", '[segments.check]\nalgorithm = "damm"'), id="check"
        ),
    ],
)
def test_a_new_version_that_says_the_same_stands_beside_the_old_one(old: tuple[str, str], new: tuple[str, str]) -> None:
    assert compatible(grammar(*old), grammar(*new)) == Verdict(ok=True)


@pytest.mark.parametrize(
    ("old", "new", "witness", "readings"),
    [
        pytest.param(
            ("{kind}{serial:3}", KINDS),
            ("{kind}{serial:3}", lookup("kind", 'C = "县", P = "个人"')),
            "C000",
            (("C", "000"), ("C", "000")),
            id="a symbol stands for something else",
        ),
        pytest.param(
            ("{serial:3}-{spare:1}", '[segments.spare]\nkind = "reserved"\nfill = "0"'),
            ("{serial:3}-{kind}", lookup("kind", '0 = "无", C = "企业"')),
            "000-0",
            (("000", "0"), ("000", "0")),
            id="a reserved place taken by a segment that can write the filler",
        ),
        pytest.param(
            ("{serial:3}-{spare:1}", '[segments.spare]\nkind = "reserved"\nfill = "0"'),
            ("{serial:3}-{spare:1}", '[segments.spare]\nkind = "lookup"\ndictionary = { 0 = "无", 1 = "有" }'),
            "000-0",
            (("000", "0"), ("000", "0")),
            id="and by one of the same name",
        ),
        pytest.param(
            ("{unit:2}{serial:3}", '[segments.unit]\nkind = "text"\nalphabet = "digits"'),
            ("{unit:3}{serial:2}", '[segments.unit]\nkind = "text"\nalphabet = "digits"'),
            "00000",
            (("00", "000"), ("000", "00")),
            id="the boundary moves",
        ),
        pytest.param(
            ("U{serial:3}{grade}", lookup("grade", 'A = "甲"', live=True)),
            ("U{serial:3}{grade}", lookup("grade", 'A = "甲"')),
            "U000A",
            (("000", "A"), ("000", "A")),
            id="a live part becomes part of the identity",
        ),
        pytest.param(
            ("{serial:3}", ""),
            ("{serial:3}", '[segments.serial]\nalphabet = "base32"'),
            "010",
            (("010",), ("010",)),
            id="the same digits are another number",
        ),
        pytest.param(
            ("{serial:2}", '[segments.serial]\noverflow = "letters"'),
            ("{serial:2}", '[segments.serial]\nalphabet = "base36"'),
            "10",
            (("10",), ("10",)),
            id="letters after ninety-nine are not base 36",
        ),
        pytest.param(
            ("{serial:3}", ""),
            ("{serial:3}", '[segments.serial]\norder = "permuted"'),
            "000",
            (("000",), ("000",)),
            id="the order of the numbers is hidden",
        ),
        pytest.param(
            ("{date:YYMM}-{serial:3}", ""),
            ("{date:MMYY}-{serial:3}", ""),
            "0102-000",
            (("0102", "000"), ("0102", "000")),
            id="month and year change places",
        ),
        pytest.param(
            ("{date:YYMM}-{serial:3}", ""),
            ("{date:YYDD}-{serial:3}", ""),
            "0001-000",
            (("0001", "000"), ("0001", "000")),
            id="the month becomes a day",
        ),
        pytest.param(
            ("{date:FYY}-{serial:3}", ""),
            ("{date:FYY}-{serial:3}", "[segments.date]\nfiscal_start = 4"),
            "00-000",
            (("00", "000"), ("00", "000")),
            id="the fiscal year begins in another month",
        ),
        pytest.param(
            ("{part:2}-{serial:3}", '[segments.part]\nkind = "text"'),
            ("{part:2}-{serial:3}", '[segments.part]\nkind = "random"'),
            "00-000",
            (("00", "000"), ("00", "000")),
            id="another kind of segment",
        ),
    ],
)
def test_a_new_version_that_says_something_else_is_refused(
    old: tuple[str, str], new: tuple[str, str], witness: str, readings: tuple[tuple[str, ...], ...]
) -> None:
    assert compatible(grammar(*old), grammar(*new)) == Verdict(
        ok=False, witness=witness, readings=readings, reason="proof-versions-differ", names=("sample",)
    )


def test_fixed_text_may_be_cut_differently() -> None:
    assert compatible(of_parts(Literal("A-B"), SERIAL), of_parts(Literal("A"), Literal("-"), Literal("B"), SERIAL)).ok


@pytest.mark.parametrize(
    ("old", "new", "is_fine"),
    [
        pytest.param(Title("总部", "Headquarters"), Title("总公司", "Headquarters"), True, id="one language keeps it"),
        pytest.param(
            Title("总部", "Headquarters"), Title("环球", "Hemisphere Quest"), False, id="both say something else"
        ),
        pytest.param(Title("总部"), Title("环球"), False, id="the only one says something else"),
        pytest.param(Title("总部"), Title(), True, id="the meaning is dropped"),
        pytest.param(None, Title("总部"), True, id="a meaning is given"),
    ],
)
def test_fixed_text_keeps_its_meaning(old: Title | None, new: Title | None, *, is_fine: bool) -> None:
    verdict = compatible(of_parts(Literal("HQ", old), SERIAL), of_parts(Literal("HQ", new), SERIAL))
    assert verdict.ok == is_fine
    assert verdict.witness == (None if is_fine else "HQ000")


def test_a_name_cut_to_initials_and_a_text_are_both_just_letters() -> None:
    assert compatible(of_parts(Initials("name", width=3), SERIAL), of_parts(Text("name", "name", width=3), SERIAL)).ok


def test_reserved_places_and_drawn_characters_have_no_meaning_to_lose() -> None:
    assert compatible(of_parts(Reserved("spare", "0"), SERIAL), of_parts(Reserved("spare", "0"), SERIAL)).ok


def test_a_parent_may_come_from_more_schemes_than_before() -> None:
    parents = {"hall": grammar("A{serial:2}"), "home": grammar("B{serial:2}")}
    few = of_schemes(parents, "hall")
    assert compatible(few, of_schemes(parents, "hall", "home")).ok
    assert compatible(few, compile_scheme(Scheme("sample", (Parent("parent"), Literal("-"), SERIAL)))).ok


def of_schemes(parents: dict[str, Grammar], *schemes: str, of: tuple[str, ...] = ()) -> Grammar:
    return compile_scheme(
        Scheme("sample", (Parent("parent", of=of, schemes=schemes), Literal("-"), SERIAL)), parents=parents
    )


def test_segments_of_a_parent_mean_nothing_without_its_scheme() -> None:
    parents = {"hall": grammar("A{serial:2}"), "home": grammar("B{serial:2}"), "inn": grammar("C{serial:3}")}
    hall, home, inn = (of_schemes(parents, name, of=("serial",)) for name in parents)
    assert compatible(hall, hall).ok
    assert compatible(hall, home).witness == "00-000"
    assert compatible(hall, inn).ok
    assert compatible(hall, of_schemes(parents, "hall", "inn", of=("serial",))).ok
    assert compatible(of_schemes(parents, "hall"), hall).ok
    whole = compile_scheme(Scheme("sample", (Parent("parent"), Literal("-"), SERIAL)))
    assert compatible(hall, whole).witness == "00-000"


def test_a_difference_in_codes_that_are_too_long_does_not_count() -> None:
    old, new = (
        Scheme("sample", (Serial("serial", width=2, width_max=4, alphabet=a),), max_length=2) for a in ("01", "012")
    )
    assert compatible(compile_scheme(old), compile_scheme(new)).witness == "10"
    one = Scheme("sample", (Serial("serial", width=1, width_max=2, alphabet="01"),), max_length=1)
    other = replace(one, parts=(Serial("serial", width=1, width_max=2, alphabet="012"),))
    assert compatible(compile_scheme(one), compile_scheme(other)).ok


@pytest.mark.parametrize(
    ("old", "new", "keeps"),
    [
        (Entry("A"), Entry("A", zh="甲"), True),
        (Entry("A", zh="甲"), Entry("A", zh="乙", en="Second", also=("甲",)), True),
        (Entry("A", zh="甲", codes=("01",)), Entry("A", zh="乙", codes=("01",)), True),
        (Entry("A", zh="甲", also=("金牌",)), Entry("A", zh="乙", also=("金牌",)), False),
        (Entry("A", zh="甲"), Entry("A"), False),
    ],
)
def test_an_entry_keeps_its_meaning_while_a_name_or_code_of_it_is_known(old: Entry, new: Entry, *, keeps: bool) -> None:
    assert keeps_meaning(old, new) == keeps


def test_the_shortest_code_that_the_other_version_does_not_read() -> None:
    long = compile_scheme(Scheme("sample", (Serial("serial", width=2, overflow="lengthen"),), max_length=5))
    short = compile_scheme(Scheme("sample", (Serial("serial", width=2, overflow="lengthen"),), max_length=3))
    assert left_out(short, long) is None
    assert left_out(long, short) == "1000"
    notes = [compile_scheme(Scheme("sample", (Text("note", "note"),), max_length=most)) for most in (4, 6)]
    assert left_out(notes[1], notes[0]) == "00000"
    looser = compile_scheme(Scheme("sample", (Text("note", "note", alphabet="012"),), max_length=4))
    assert left_out(notes[1], looser) == "3"
