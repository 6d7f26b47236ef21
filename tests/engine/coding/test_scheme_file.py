"""A scheme file is read strictly: what is wrong in it is named with its place."""

import sys
import time
from datetime import date, datetime
from typing import Any

import pytest

from kehuma.engine.coding.dictionaries import Dictionary, Entry
from kehuma.engine.coding.errors import SchemeError
from kehuma.engine.coding.grammar import compile_scheme
from kehuma.engine.coding.model import (
    Check,
    Date,
    Forecast,
    Initials,
    Literal,
    Lookup,
    Parent,
    Random,
    Reserved,
    Scheme,
    Serial,
    Text,
    Title,
)
from kehuma.engine.coding.scheme_file import load_scheme

HEAD = 'kehuma = 1\nname = "customer"\n'
SERIAL = HEAD + 'template = "{serial}"\n'
CONTRACT = """
kehuma = 1
name = "customer"
title = { zh = "客户编码", en = "Customer code" }
subject = "customer"
template = "{region}-{industry}-{serial:4}"
effective = 2026-01-01
time_zone = "Asia/Shanghai"
max_length = 20

[segments.region]
kind = "lookup"
dictionary = "cn-province"

[segments.industry]
kind = "lookup"
[segments.industry.dictionary]
IT = { zh = "信息技术", en = "Information technology", also = ["软件", "互联网"] }
FI = { zh = "金融", en = "Finance" }

[segments.serial]
per = ["region", "industry"]
overflow = "lengthen"

[[examples]]
given = { region = "北京", industry = "信息技术" }
serial = 1
code = "BJ-IT-0001"

[[examples]]
not_a_code = "BJ-IT-01"
"""


def load(template: str, tables: str = "") -> Scheme:
    return load_scheme(f'{HEAD}template = "{template}"\n{tables}')


def part(template: str, tables: str = "") -> Any:
    return load(template, tables).segments[0]


def refusal(text: str) -> SchemeError:
    with pytest.raises(SchemeError) as refused:
        compile_scheme(load_scheme(text))
    for language in ("zh", "en"):
        assert refused.value.say(language)
    return refused.value


def test_the_file_of_the_contract_is_read_whole() -> None:
    scheme = load_scheme(CONTRACT)
    assert scheme.title == Title("客户编码", "Customer code")
    assert (scheme.subject, scheme.effective, scheme.max_length) == ("customer", date(2026, 1, 1), 20)
    assert [type(piece) for piece in scheme.parts] == [Lookup, Literal, Lookup, Literal, Serial]
    assert scheme.serial is not None
    assert (scheme.serial.per, scheme.serial.overflow, scheme.serial.width) == (("region", "industry"), "lengthen", 4)
    assert scheme.examples[0].given == {"region": "北京", "industry": "信息技术"}
    assert (scheme.examples[0].serial, scheme.examples[0].code) == (1, "BJ-IT-0001")
    assert scheme.examples[1].not_a_code == "BJ-IT-01"


def test_what_a_file_leaves_out_has_its_default() -> None:
    scheme = load_scheme(SERIAL)
    assert (scheme.max_length, scheme.time_zone, scheme.subject) == (40, "Asia/Shanghai", "customer")
    assert (scheme.case_sensitive, scheme.separators_required, scheme.effective) == (False, False, None)
    assert scheme.forecast == Forecast()
    assert scheme.serial == Serial("serial")


@pytest.mark.parametrize(
    ("template", "tables", "expected"),
    [
        pytest.param("{serial:4..7}", "", Serial("serial", width=4, width_max=7), id="serial from its name"),
        pytest.param("{parent}-{serial}", "", Parent("parent", depth=3), id="parent from its name"),
        pytest.param("{initials:6}-{serial}", "", Initials("initials", width=6), id="initials from its name"),
        pytest.param("{date:YYYYMM}", "", Date("date", ("YYYY", "MM")), id="date from its name"),
        pytest.param("{check}{serial}", "", Check("check", "iso7064-mod11-2"), id="check from its name, digits only"),
        pytest.param("{check}A{serial}", "", Check("check", "iso7064-mod37-2"), id="check with letters"),
        pytest.param("{random:5}", "", Random("random", 5), id="random from its name"),
        pytest.param("{reserved:2}", "", Reserved("reserved", "00"), id="reserved from its name"),
        pytest.param("{unit:3}", "[segments.unit]", Text("unit", "unit", 3), id="text where nothing else is said"),
        pytest.param(
            "{no:6}", '[segments.no]\nkind = "serial"\nstep = 5\nstart = 10\nallocation = "gapless"',
            Serial("no", width=6, step=5, start=10, allocation="gapless"), id="a serial of another name",
        ),
        pytest.param(
            "{d}", '[segments.d]\nkind = "date"\nformat = "FYYYYQ"\nfiscal_start = 4\nattribute = "since"\nlive = false',
            Date("d", ("FYYYY", "Q"), "since", 4), id="a fiscal date",
        ),
        pytest.param(
            "{initials}", '[segments.initials]\nattribute = "firm"\ndrop = ["place", "legal-form"]\ndefault = "x"',
            Initials("initials", "firm", drop=("place", "legal-form"), default="X"), id="initials of a firm",
        ),
        pytest.param(
            "{unit:3}", '[segments.unit]\npad = "0"\ntake = -3\nalphabet = "digits"',
            Text("unit", "unit", 3, -3, "0", "0123456789"), id="padded text",
        ),
        pytest.param("{reserved:2}", '[segments.reserved]\nfill = "xy"', Reserved("reserved", "XY"), id="a whole filler"),
        pytest.param(
            "{parent}{serial}", '[segments.parent]\nschemes = "head"\nof = "region"',
            Parent("parent", of=("region",), schemes=("head",), depth=3), id="a segment of the parent",
        ),
        pytest.param("{parent}{serial}", '[segments.parent]\nof = "code"', Parent("parent", depth=3), id="the whole code"),
    ],
)  # fmt: skip
def test_the_kind_of_a_segment(template: str, tables: str, expected: object) -> None:
    assert part(template, tables) == expected


def test_the_counter_key_is_all_that_can_be_read_back_and_stays() -> None:
    scheme = load(
        "{region}-{initials}-{date:YYYY}-{grade}-{reserved:1}-{serial:3}",
        '[segments.region]\ndictionary = "cn-province"\n[segments.grade]\nlive = true\ndictionary = "customer-kind"',
    )
    assert scheme.serial is not None
    assert scheme.serial.per == ("region", "initials")


@pytest.mark.parametrize(
    ("per", "expected"),
    [pytest.param("[]", (), id="one counter for all"), pytest.param('["date"]', ("date",), id="a date where listed")],
)
def test_a_counter_key_may_be_listed(per: str, expected: tuple[str, ...]) -> None:
    scheme = load("{date:YYYY}{unit:2}-{serial:3}", f"[segments.unit]\n[segments.serial]\nper = {per}")
    assert scheme.serial is not None
    assert scheme.serial.per == expected


def test_braces_and_case_of_literals() -> None:
    assert [piece.text for piece in load("{{a}}{serial}").parts if isinstance(piece, Literal)] == ["{A}"]
    assert load("a-{serial}", 'case = "sensitive"').parts[0] == Literal("a")


@pytest.mark.parametrize("key", ["HQ", "hq", "HQ-"])
def test_a_literal_has_its_meaning_wherever_it_stands(key: str) -> None:
    scheme = load("HQ-{serial}-hq", f'[literals]\n"{key}" = {{ zh = "总部", en = "Headquarters" }}')
    titled = [piece for piece in scheme.parts if isinstance(piece, Literal) and piece.title]
    assert titled == [Literal("HQ", Title("总部", "Headquarters"))] * 2


def test_a_title_may_be_one_text() -> None:
    assert load_scheme(SERIAL + 'title = "票"').title == Title("票", "票")


def test_dictionaries_by_name_come_from_the_caller() -> None:
    mine = Dictionary("mine", [Entry("A", zh="甲")])
    scheme = load_scheme(
        HEAD + 'template="{x}"\n[segments.x]\ndictionary="mine"', dictionaries={"mine": mine}.__getitem__
    )
    assert part_dictionary(scheme) is mine


def part_dictionary(scheme: Scheme) -> Dictionary:
    segment = scheme.segments[0]
    assert isinstance(segment, Lookup)
    return segment.dictionary


def test_an_inline_dictionary_knows_names_synonyms_and_codes() -> None:
    dictionary = part_dictionary(
        load("{x}", '[segments.x.dictionary]\nit = { zh = "软件", also = ["互联网"], codes = "65" }\nFI = "金融"')
    )
    assert [dictionary.find(value).symbol for value in ("IT", "软件", "互联网", "65", "金融")] == ["IT"] * 4 + ["FI"]


def test_a_forecast_is_read() -> None:
    scheme = load_scheme(SERIAL + '[forecast]\ncodes_per_key = 500\nyears = 5\nreset = "year"')
    assert scheme.forecast == Forecast(500, 5, "year")


@pytest.mark.parametrize(
    ("at", "moment"),
    [
        pytest.param("2026-11-05", datetime(2026, 11, 5), id="a day"),  # noqa: DTZ001  # of the scheme's calendar
        pytest.param("2026-11-05T07:08:09", datetime(2026, 11, 5, 7, 8, 9), id="a time"),  # noqa: DTZ001  # as above
        pytest.param('"2026年11月5日"', datetime(2026, 11, 5), id="a text"),  # noqa: DTZ001  # as above
    ],
)
def test_an_example_has_its_time(at: str, moment: datetime) -> None:
    example = load_scheme(SERIAL + f'[[examples]]\nat = {at}\nparent = "A"\nrandom = "1"\nmeaning = {{}}\ncode = "1"')
    assert example.examples[0].at == moment


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Shanghai", "Pacific/Auckland"])
def test_a_day_in_an_example_is_that_day_in_every_time_zone(zone: str) -> None:
    scheme = load("{date:YYYYMMDD}", f'time_zone = "{zone}"\n[[examples]]\nat = 2026-11-05\ncode = "20261105"')
    assert compile_scheme(scheme).snapshot({}, at=scheme.examples[0].at).texts == ("20261105",)


@pytest.mark.parametrize(
    ("text", "message", "where"),
    [
        pytest.param("kehuma = ", "toml", "", id="no TOML"),
        pytest.param("x = 1", "format-number", "kehuma", id="no format number"),
        pytest.param("kehuma = 2", "format-number", "kehuma", id="another format"),
        pytest.param("kehuma = true", "option-number", "kehuma", id="true is no number"),
        pytest.param("kehuma = 1.0", "option-number", "kehuma", id="1.0 is no whole number"),
        pytest.param('kehuma = "1"', "option-number", "kehuma", id="a text is no number"),
        pytest.param("kehuma = 1", "option-missing", "name", id="no name"),
        pytest.param('kehuma = 1\nname = "Kunde"', "scheme-name", "name", id="a name in capitals"),
        pytest.param('kehuma = 1\nname = "客户"', "scheme-name", "name", id="a Chinese name"),
        pytest.param("kehuma = 1\nname = 5", "option-text", "name", id="a number as name"),
        pytest.param(HEAD, "option-missing", "template", id="no template"),
        pytest.param(HEAD + "template = 5", "option-text", "template", id="a number as template"),
        pytest.param(SERIAL + "colour = 1", "option-unknown", "colour", id="an unknown key"),
        pytest.param(SERIAL + 'subject = "A B"', "scheme-name", "subject", id="subject"),
        pytest.param(SERIAL + "effective = 5", "option-date", "effective", id="effective"),
        pytest.param(SERIAL + "effective = 2026-01-01T00:00:00", "option-date", "effective", id="effective with time"),
        pytest.param(SERIAL + 'time_zone = "Asia"', "time-zone", "time_zone", id="a folder is no time zone"),
        pytest.param(SERIAL + 'time_zone = "../x"', "time-zone", "time_zone", id="a path is no time zone"),
        pytest.param(SERIAL + 'time_zone = ""', "time-zone", "time_zone", id="no time zone"),
        pytest.param(SERIAL + "max_length = 0", "option-range", "max_length", id="max_length 0"),
        pytest.param(SERIAL + "max_length = 0x" + "f" * 6000, "option-range", "max_length", id="a huge number"),
        pytest.param(SERIAL + "max_length = " + "9" * 6000, "toml", "", id="a number of 6,000 digits"),
        pytest.param(SERIAL + "max_length = true", "option-number", "max_length", id="max_length true"),
        pytest.param(SERIAL + 'case = "both"', "option-choice", "case", id="case"),
        pytest.param(SERIAL + 'separators = "never"', "option-choice", "separators", id="separators"),
        pytest.param(SERIAL + "overlaps = [1]", "option-names", "overlaps", id="overlaps"),
        pytest.param(SERIAL + "overlaps = 1", "option-list", "overlaps", id="overlaps as number"),
        pytest.param(SERIAL + "title = 1", "option-table", "title", id="title"),
        pytest.param(SERIAL + 'title = { fr = "x" }', "option-unknown", "title.fr", id="title in French"),
        pytest.param(SERIAL + "segments = 1", "option-table", "segments", id="segments"),
        pytest.param(SERIAL + "segments.serial = 1", "option-table", "segments.serial", id="a segment as number"),
        pytest.param(SERIAL + "examples = 1", "option-list", "examples", id="examples"),
        pytest.param(SERIAL + "examples = [1]", "option-table", "examples", id="examples as numbers"),
        pytest.param(SERIAL + "[[examples]]\nserial = 1", "example-code", "examples[1]", id="an example without code"),
        pytest.param(
            SERIAL + '[[examples]]\ncode = "1"\nnot_a_code = "2"', "example-code", "examples[1]", id="both kinds"
        ),
        pytest.param(SERIAL + '[[examples]]\ncode = "1"\nat = 7', "option-date", "examples[1].at", id="at a number"),
        pytest.param(SERIAL + '[[examples]]\ncode = "1"\nat = "x"', "option-date", "examples[1].at", id="at some text"),
        pytest.param(
            SERIAL + '[[examples]]\ncode = "1"\nregion = "x"', "option-unknown", "examples[1].region", id="given"
        ),
        pytest.param(SERIAL + '[forecast]\nreset = "never"', "option-choice", "forecast.reset", id="reset"),
        pytest.param(SERIAL + "[forecast]\nx = 1", "option-unknown", "forecast.x", id="forecast"),
        pytest.param(
            SERIAL + '[literals]\nHQ = "x"', "literal-not-in-template", "literals.HQ", id="a literal not there"
        ),
        pytest.param(SERIAL + "[segments.x]", "segment-not-in-template", "segments.x", id="a segment not there"),
        pytest.param(HEAD + f'template = "{"x" * 20_000}"', "file-too-long", "template", id="a huge template"),
        pytest.param("#" * 1_000_001, "file-too-long", "", id="a huge file"),
        pytest.param(SERIAL + "x = " + "[" * 5000 + "]" * 5000, "toml", "", id="deep lists"),
        pytest.param(SERIAL + ".".join("a" * 100_000) + " = 1", "dotted-key", "", id="a deep dotted key"),
        pytest.param(
            SERIAL + ".".join(['"\\""'] * 50_000) + " = 1", "dotted-key", "", id="a deep dotted key in quotes"
        ),
        pytest.param(SERIAL + "subject = " + "[" * 300 + "]" * 300, "option-text", "subject", id="nested lists"),
        pytest.param("\ud800", "toml", "", id="a lone surrogate"),
        pytest.param("\0", "toml", "", id="NUL"),
    ],
)
def test_a_fault_of_the_file_is_named_with_its_place(text: str, message: str, where: str) -> None:
    begin = time.process_time()
    error = refusal(text)
    # Measuring coverage makes Python several times slower.
    assert time.process_time() - begin < (1 if sys.gettrace() is None else 5)
    assert (error.message, error.facts["where"]) == (message, where)


@pytest.mark.parametrize(
    ("template", "tables", "message"),
    [
        pytest.param("{serial", "", "lone-brace", id="a brace that is not closed"),
        pytest.param("serial}", "", "lone-brace", id="a brace that is not opened"),
        pytest.param("{}", "", "placeholder-unknown", id="no name"),
        pytest.param("{region}", "", "placeholder-unknown", id="neither kind nor table"),
        pytest.param("{ serial }", "", "placeholder-unknown", id="blanks in a name"),
        pytest.param("{A}", "[segments.A]", "segment-name", id="a name in capitals"),
        pytest.param("京{serial}", "", "not-ascii-symbol", id="a Chinese literal"),
        pytest.param("A-B", "", "no-segment", id="no segment"),
        pytest.param("{random:2}{random:2}", "", "segment-twice", id="a segment twice"),
        pytest.param("{serial}{no}", '[segments.no]\nkind = "serial"', "one-at-most", id="two serials"),
        pytest.param("{g}", '[segments.g]\nlive = true\ndictionary = "customer-kind"', "all-live", id="all live"),
        pytest.param("{serial}", '[segments.serial]\nkind = "counter"', "option-choice", id="an unknown kind"),
        pytest.param("{serial}", "[segments.serial]\nlive = true", "option-unknown", id="a live serial"),
        pytest.param("{serial:x}", "", "width-number", id="a width in letters"),
        pytest.param("{serial:4..2}", "", "width-number", id="most below least"),
        pytest.param("{serial:0}", "", "width-number", id="width nought"),
        pytest.param("{serial:４}", "", "width-number", id="a full-width width"),
        pytest.param("{random:４}", "", "width-number", id="a full-width width of drawn characters"),
        pytest.param("{random:" + "1" * 5000 + "}", "", "width-number", id="a width of 5,000 digits"),
        pytest.param("{random}", "", "width-number", id="random without width"),
        pytest.param("{random:101}", "", "width-number", id="too wide"),
        pytest.param("{check:1}{serial}", "", "width-not-allowed", id="a check with width"),
        pytest.param("{parent:1}{serial}", "", "width-not-allowed", id="a parent with width"),
        pytest.param("{serial}", '[segments.serial]\nalphabet = "AA"', "alphabet", id="a character twice"),
        pytest.param("{serial}", '[segments.serial]\nalphabet = "A"', "alphabet", id="one character"),
        pytest.param("{serial}", '[segments.serial]\nalphabet = "A-"', "alphabet", id="a separator"),
        pytest.param("{serial}", '[segments.serial]\nalphabet = "甲乙"', "not-ascii-symbol", id="a Chinese alphabet"),
        pytest.param("{serial}", '[segments.serial]\nalphabet = "base32"\noverflow = "letters"', "letters-need-digits", id="letters"),
        pytest.param("{serial}", '[segments.serial]\norder = "permuted"\noverflow = "lengthen"', "permuted-needs-stop", id="permuted"),
        pytest.param("{serial:1..2}", '[segments.serial]\norder = "permuted"', "permuted-needs-stop", id="permuted a..b"),
        pytest.param("{serial}", "[segments.serial]\nstep = 0", "option-range", id="step nought"),
        pytest.param("{serial}", "[segments.serial]\nstart = -1", "option-range", id="start below nought"),
        pytest.param("{serial}", '[segments.serial]\nper = ["x"]', "per-unreadable", id="a key that is not in the code"),
        pytest.param("{serial}{random:2}", '[segments.serial]\nper = ["random"]', "per-not-fixed", id="a key that is drawn"),
        pytest.param(
            "{serial}{g}", '[segments.serial]\nper = "g"\n[segments.g]\nlive = true\ndictionary = "customer-kind"',
            "per-not-fixed", id="a key that changes",
        ),
        pytest.param("{x}", '[segments.x]\nkind = "lookup"', "option-missing", id="a lookup without dictionary"),
        pytest.param("{x}", "[segments.x]\ndictionary = 1", "option-table", id="a dictionary as number"),
        pytest.param("{x}", "[segments.x]\ndictionary = {}", "dictionary-empty", id="an empty dictionary"),
        pytest.param("{x}", '[segments.x]\ndictionary = "cn-provinz"', "unknown-dictionary", id="an unknown dictionary"),
        pytest.param("{x}", '[segments.x.dictionary]\n"京" = "北京"', "not-ascii-symbol", id="a Chinese symbol"),
        pytest.param("{x}", '[segments.x.dictionary]\n"" = "北京"', "symbol-separator", id="an empty symbol"),
        pytest.param("{x}", '[segments.x.dictionary]\n"A-B" = "北京"', "symbol-separator", id="a separator in a symbol"),
        pytest.param("{x}", "[segments.x.dictionary]\nA = 1", "option-table", id="a number as name"),
        pytest.param("{x}", '[segments.x.dictionary]\nA = { fr = "x" }', "option-unknown", id="a French name"),
        pytest.param("{x:2}", '[segments.x.dictionary]\nABC = "x"', "symbol-width", id="a symbol of another width"),
        pytest.param("{x}", '[segments.x]\ndefault = "Z"\n[segments.x.dictionary]\nA = "x"', "default-not-in-dictionary", id="default"),
        pytest.param("{x}", '[segments.x]\nunknown = "default"\n[segments.x.dictionary]\nA = "x"', "default-missing", id="unknown"),
        pytest.param("{x}", '[segments.x]\ncase = "lower"', "case-needs-sensitive", id="lower case"),
        pytest.param("{x}", '[segments.x]\npad = "0"', "width-number", id="a pad without width"),
        pytest.param("{x:3}", '[segments.x]\npad = "00"', "pad", id="a pad of two characters"),
        pytest.param("{x:3}", '[segments.x]\npad = "*"', "pad", id="a pad outside the alphabet"),
        pytest.param("{x:3}", "[segments.x]\ntake = 999", "option-range", id="take"),
        pytest.param("{initials}", '[segments.initials]\ndrop = ["vowels"]', "option-choice", id="drop"),
        pytest.param("{initials:1}", '[segments.initials]\ndefault = "AB"', "default-initials", id="a long default"),
        pytest.param("{initials}", '[segments.initials]\ndefault = ""', "default-initials", id="an empty default"),
        pytest.param("{initials}", '[segments.initials]\ndefault = "1"', "default-initials", id="a digit as default"),
        pytest.param("{date:YYYYhh}", "", "date-format", id="hours of twelve"),
        pytest.param("{date:MMMM}", "", "date-format", id="a token twice"),
        pytest.param("{date}", "", "date-format", id="no format"),
        pytest.param("{date:YYYYWW}", "", "date-week-year", id="weeks of calendar years"),
        pytest.param("{date:YYYY}", '[segments.date]\nformat = "YY"', "date-format-twice", id="two formats"),
        pytest.param("{date:YYYY}", "[segments.date]\nfiscal_start = 13", "option-range", id="fiscal start"),
        pytest.param("{parent}{serial}", '[segments.parent]\nof = ["region"]', "parent-needs-schemes", id="of without schemes"),
        pytest.param("{parent}{serial}", "[segments.parent]\ndepth = 2", "depth-needs-self", id="depth without self"),
        pytest.param("{parent}{serial}", '[segments.parent]\nschemes = ["self"]', "parent-only-self", id="its own parent only"),
        pytest.param("{parent}{serial}", '[segments.parent]\nschemes = ["head"]', "parent-scheme-missing", id="no such parent"),
        pytest.param("{check}{serial}", '[segments.check]\nalgorithm = "crc"', "option-choice", id="an unknown algorithm"),
        pytest.param("{check}A{serial}", '[segments.check]\nalgorithm = "luhn"', "check-alphabet", id="letters under Luhn"),
        pytest.param("{reserved:2}", '[segments.reserved]\nfill = "ABC"', "reserved-fill", id="a filler too wide"),
        pytest.param("{reserved:1}", '[segments.reserved]\nfill = "-"', "reserved-fill", id="a separator as filler"),
        pytest.param("{serial:41}", "", "longer-than-max", id="longer than a code may be"),
        pytest.param("A" * 50 + "{serial}", "", "longer-than-max", id="a literal longer than a code may be"),
    ],
)  # fmt: skip
def test_a_fault_of_the_template_or_a_segment_is_named(template: str, tables: str, message: str) -> None:
    assert refusal(f'{HEAD}template = "{template}"\n{tables}').message == message


def test_many_dots_in_texts_are_no_dotted_key() -> None:
    tables = f"[segments.x.dictionary]\nA = \"{'a.' * 500}\"  # {'b.' * 500}\nB = '''{'c.' * 500}'''\n"
    assert len(part_dictionary(load("{x}", tables + f'C = """{"d." * 500}"""')).symbols) == 3


@pytest.mark.parametrize(
    "kind", ["lookup", "text", "initials", "date", "parent", "serial", "check", "random", "reserved"]
)
@pytest.mark.parametrize(
    "value", ["true", "[[]]", "{ a = 1 }", "-1", '"\\u0000"', "1979-05-27", "nan", "0xffffffffffff"]
)
def test_an_option_of_the_wrong_type_is_refused_and_nothing_else(kind: str, value: str) -> None:
    options = {
        "attribute": '"x"', "dictionary": '"cn-province"', "default": '"BJ"', "unknown": '"reject"', "live": "false",
        "take": "1", "pad": '"0"', "alphabet": '"digits"', "case": '"upper"', "drop": "[]", "format": '"YYYY"',
        "fiscal_start": "1", "of": '"code"', "schemes": "[]", "depth": "1", "start": "1", "step": "1", "per": "[]",
        "overflow": '"stop"', "allocation": '"fast"', "order": '"sequential"', "algorithm": '"luhn"', "fill": '"0"',
    }  # fmt: skip
    for option in options:
        text = f'{HEAD}template = "{{x:2}}{{random:3}}"\n[segments.x]\nkind = "{kind}"\n{option} = {value}'
        try:
            load_scheme(text)
        except SchemeError as error:
            assert len(error.say("zh")) < 1_000  # noqa: PT017  # whether it is refused is not the question
