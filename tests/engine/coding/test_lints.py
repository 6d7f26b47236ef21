"""Each rule speaks where it should, shows a real code, and is silent where the trouble cannot come."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kehuma.engine.coding.errors import SchemeError, messages
from kehuma.engine.coding.grammar import Grammar, compile_scheme
from kehuma.engine.coding.lints import RULES, Lint, lints_of
from kehuma.engine.coding.lints.issued import IssuedCodes, from_start
from kehuma.engine.coding.lints.size import usual_length
from kehuma.engine.coding.model import Literal, Lookup, Scheme, Serial
from kehuma.engine.coding.scheme_file import load_scheme
from kehuma.engine.coding.serials import language as language_of_serial
from kehuma.engine.coding.serials import number_of

KINDS = '[segments.kind]\ndictionary = { E = "企业", P = "个人" }\n'
SHOPS = '[segments.shop]\ndictionary = { BJ = "北京", SH = "上海" }\n'


def _grammar(text: str, **parents: Grammar) -> Grammar:
    return compile_scheme(load_scheme(f'kehuma = 1\nname = "member"\n{text}'), parents=parents)


def _found(text: str, rule: str) -> list[Lint]:
    return [lint for lint in lints_of(_grammar(text)) if lint.rule == rule]


def _severities(text: str, rule: str) -> list[str]:
    return [lint.severity for lint in _found(text, rule)]


# -- counters


def test_a_key_that_no_code_shows_is_an_error() -> None:
    scheme = Scheme("member", (Literal("C"), Serial("serial", width=3, per=("branch",))))
    assert [(lint.rule, lint.segment) for lint in lints_of(compile_scheme(scheme))] == [
        ("partition-not-readable", "branch")
    ]


def test_a_key_of_a_part_that_changes_is_an_error() -> None:
    scheme = load_scheme('kehuma = 1\nname = "member"\ntemplate = "{kind}-{serial:3}"\n' + KINDS)
    kind, literal, serial = scheme.parts
    assert isinstance(kind, Lookup)
    live = replace(scheme, parts=(replace(kind, live=True), literal, serial))
    assert "partition-not-readable" in [lint.rule for lint in lints_of(compile_scheme(live))]


@pytest.mark.parametrize(
    ("template", "per", "reset", "severities"),
    [
        pytest.param("C-{serial:4}", "", "year", ["error"], id="no date at all"),
        pytest.param("C-{date:YYYY}-{serial:4}", "", "year", ["error"], id="a date outside the key"),
        pytest.param("C-{date:YYYY}-{serial:4}", "date", "year", [], id="the year in the key"),
        pytest.param("C-{date:YYYY}-{serial:4}", "date", "month", ["error"], id="no month"),
        pytest.param("C-{date:YYMM}-{serial:4}", "date", "month", [], id="year and month"),
        pytest.param("C-{date:YYYYMM}-{serial:4}", "date", "quarter", [], id="months are finer than quarters"),
        pytest.param("C-{date:YYYYMM}-{serial:4}", "date", "year", [], id="and than years"),
        pytest.param("C-{date:GGGGWW}-{serial:4}", "date", "week", [], id="ISO week"),
        pytest.param("C-{date:MMDD}-{serial:4}", "date", "day", ["error"], id="a day without its year"),
        pytest.param("C-{date:MM}-{serial:4}", "date", "", ["warning"], id="no wish, but January comes again"),
        pytest.param("C-{date:YYYYDD}-{serial:4}", "date", "", ["warning"], id="the fifth of every month"),
        pytest.param("C-{date:MM}-{serial:4}", "", "", [], id="no wish, no date in the key"),
    ],
)
def test_numbers_begin_again_only_with_their_date(template: str, per: str, reset: str, severities: list[str]) -> None:
    key = f'[segments.serial]\nper = ["{per}"]\n' if per else ""
    text = f'template = "{template}"\n{key}[forecast]\nreset = "{reset}"'
    assert _severities(text, "reset-without-date") == severities


@pytest.mark.parametrize(
    ("template", "options", "forecast", "severities"),
    [
        pytest.param("C-{serial:4}", "", "", [], id="nothing stated"),
        pytest.param("C-{serial:4}", "", "codes_per_key = 999", [], id="just enough for ten years"),
        pytest.param("C-{serial:4}", "", "codes_per_key = 1000", ["error"], id="one too many"),
        pytest.param("C-{serial:4}", "", "codes_per_key = 1000\nyears = 9", [], id="fewer years"),
        pytest.param("C-{serial:4}", "step = 5", "codes_per_key = 300", ["error"], id="steps take their share"),
        pytest.param("C-{serial:4}", 'overflow = "lengthen"', "codes_per_key = 1000", ["notice"], id="codes will grow"),
        pytest.param(
            "C-{serial:4}", 'overflow = "letters"', "codes_per_key = 1000", ["notice"], id="letters will come"
        ),
        pytest.param("C-{date:YYYY}-{serial:3}", 'per = ["date"]', "codes_per_key = 999", [], id="a key lasts a year"),
        pytest.param("C-{date:YYYYMM}-{serial:3}", 'per = ["date"]', "codes_per_key = 11000", [], id="or a month"),
        pytest.param("C-{date:YYYYMM}-{serial:3}", 'per = ["date"]', "codes_per_key = 12000", ["error"], id="too many"),
        pytest.param("C-{date:MM}-{serial:3}", 'per = ["date"]', "codes_per_key = 1200", ["error"], id="ten Januaries"),
        pytest.param("C-{date:YYYYMMDDHH}-{serial:1}", 'per = ["date"]', "codes_per_key = 3000", [], id="per hour"),
        pytest.param("C{random:2}", "", "codes_per_key = 11", ["error"], id="drawn characters run out too"),
    ],
)
def test_a_forecast_is_held_against_the_width(
    template: str, options: str, forecast: str, severities: list[str]
) -> None:
    table = f"[segments.serial]\n{options}\n" if options else ""
    text = f'template = "{template}"\n{table}[forecast]\n{forecast}'
    assert _severities(text, "width-below-forecast") == severities


@pytest.mark.parametrize(
    ("options", "severities"),
    [
        pytest.param('serial.allocation = "gapless"', ["error"], id="promised without holes"),
        pytest.param("", [], id="not promised"),
        pytest.param(
            'serial.allocation = "gapless"\nsegments.check.algorithm = "iso7064-mod37-36"', [], id="the other algorithm"
        ),
    ],
)
def test_mod_37_2_leaves_holes(options: str, severities: list[str]) -> None:
    line = f"segments.{options}" if options else ""
    assert _severities(f'template = "C{{serial:4}}{{check}}"\n{line}', "mod37-2-gapless") == severities


def test_a_gapless_serial_without_check_character_is_fine() -> None:
    assert not _found('template = "C{serial:4}"\nsegments.serial.allocation = "gapless"', "mod37-2-gapless")


# -- people


@pytest.mark.parametrize(
    ("segment", "severities"),
    [
        pytest.param('[segments.x]\nattribute = "phone"\ntake = -4', ["error"], id="last digits of the telephone"),
        pytest.param('[segments.x]\nattribute = "手机号"', ["error"], id="telephone in Chinese"),
        pytest.param('[segments.x]\nattribute = "id-card"', ["error"], id="identity card"),
        pytest.param('[segments.x]\nattribute = "身份证号"\ntake = 6', ["error"], id="identity number"),
        pytest.param('[segments.x]\nkind = "date"\nformat = "YYMMDD"\nattribute = "birth_date"', ["error"], id="birth"),
        pytest.param('[segments.x]\nkind = "initials"\nattribute = "contact_email"', ["error"], id="e-mail"),
        pytest.param('[segments.x]\nkind = "initials"', ["warning"], id="initials of whoever it is"),
        pytest.param('[segments.x]\nkind = "initials"\ndrop = ["legal-form"]', [], id="initials of enterprises"),
        pytest.param('[segments.x]\nkind = "initials"\nattribute = "company"', [], id="the company's initials"),
        pytest.param('[segments.x]\nattribute = "姓名"', ["warning"], id="the name itself"),
        pytest.param('[segments.x]\nattribute = "telesales_team"', [], id="no telephone"),
        pytest.param('[segments.x]\nkind = "date"\nformat = "YYYY"\nattribute = "signed_on"', [], id="a date of ours"),
        pytest.param('[segments.x]\ndictionary = { A = "甲" }\nattribute = "address"', [], id="a region of an address"),
    ],
)
def test_personal_data_does_not_belong_into_a_code(segment: str, severities: list[str]) -> None:
    assert _severities(f'template = "{{x}}-{{serial:3}}"\n{segment}', "personal-data") == severities


def test_initials_of_persons_are_seen_beside_the_kind_of_customer() -> None:
    text = 'template = "{kind}-{initials}-{serial:3}"\nsegments.kind.dictionary = "customer-kind"\n'
    assert _severities(text + '[segments.initials]\ndrop = ["legal-form"]', "personal-data") == ["warning"]


# -- spreadsheets


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        pytest.param('template = "{serial:1}{kind}{random:1}"\n' + KINDS, {"excel-number"}, id="1E5"),
        pytest.param('template = "{serial:1}.{random:2}"', {"excel-number"}, id="1.10"),
        pytest.param('template = "{serial:1}-{random:1}"', {"excel-date"}, id="3-4"),
        pytest.param('template = "{date:YYYY}/{serial:2}"', {"excel-date"}, id="2026/11"),
        pytest.param(
            'template = "{x}{serial:2}"\nsegments.x.dictionary = { MAR = "市场部" }', {"excel-date"}, id="MAR01"
        ),
        pytest.param('template = "{serial:2}:{random:2}"', {"excel-date"}, id="12:30"),
        pytest.param('template = "{serial:4}"', {"excel-leading-zero"}, id="0042"),
        pytest.param('template = "{serial:4}"\nsegments.serial.start = 1000', set(), id="numbers that fill the width"),
        pytest.param('template = "{serial:4}"\nsegments.serial.start = 999', {"excel-leading-zero"}, id="all but one"),
        pytest.param('template = "{serial:16}"\nsegments.serial.start = 2000000000000000', {"excel-too-long"}, id="16"),
        pytest.param('template = "{serial:15}"\nsegments.serial.start = 200000000000000', set(), id="15"),
        pytest.param('template = "-{serial:3}"', {"excel-formula"}, id="a formula"),
        pytest.param('template = "C-{serial:4}"', set(), id="a letter in front"),
        pytest.param('template = "{shop}-{serial:4}"\n' + SHOPS, set(), id="no such month"),
        pytest.param(
            'template = "{date:MMDD}{serial:1}{check}"\nsegments.check.algorithm = "mod31"',
            {"excel-leading-zero"},
            id="days that exist, check characters that fit",
        ),
    ],
)
def test_what_a_spreadsheet_spoils_is_shown(text: str, rules: set[str]) -> None:
    grammar = _grammar(text)
    found = [lint for lint in lints_of(grammar) if lint.rule.startswith("excel")]
    assert {lint.rule for lint in found} == rules
    for lint in found:
        assert grammar.read(lint.example).code == lint.example


@pytest.mark.parametrize("shop", [f"{number:02}" for number in range(10)])
def test_only_codes_whose_check_character_fits_are_evidence(shop: str) -> None:
    text = (
        f'template = "{{x}}{{check}}"\nsegments.x.dictionary = {{ {shop} = "甲" }}\nsegments.check.algorithm = "mod31"'
    )
    spoiled = [shop + check for check in "0123456789" if _is_code(_grammar(text), shop + check)]
    assert [lint.example for lint in _found(text, "excel-leading-zero")] == spoiled


def _is_code(grammar: Grammar, text: str) -> bool:
    return bool(grammar.readings(text, 1))


# -- look-alikes


@pytest.mark.parametrize(
    ("text", "severities"),
    [
        pytest.param('template = "C-{serial:4}"', [], id="digits only"),
        pytest.param('template = "C{random:2}"\nsegments.random.alphabet = "base36"', ["warning"], id="O and 0"),
        pytest.param('template = "C{random:3}"\nsegments.random.alphabet = "base32"', ["notice"], id="only E is left"),
        pytest.param('template = "C-{random:3}"\nsegments.random.alphabet = "letters"', [], id="letters only"),
        pytest.param(
            'template = "C{random:2}{check}"\nsegments.random.alphabet = "base36"', ["notice"], id="a check character"
        ),
        pytest.param(
            'template = "{serial:2}{x}{random:1}"\nsegments.x.dictionary = { O = "甲" }', ["warning"], id="1O1"
        ),
        pytest.param('template = "{serial:2}{x}-{random:1}"\nsegments.x.dictionary = { O = "甲" }', [], id="1O-1"),
        pytest.param('template = "{serial:2}{kind}{random:1}"\n' + KINDS, ["notice"], id="1E1"),
        pytest.param(
            'template = "{x}-{serial:2}"\nsegments.x.dictionary = { AO = "甲", A0 = "乙" }', ["warning"], id="AO"
        ),
        pytest.param('template = "{x}-{serial:2}"\nsegments.x.dictionary = { AO = "甲", B0 = "乙" }', [], id="AO, B0"),
        pytest.param(
            'case = "sensitive"\ntemplate = "{x}-{serial:2}"\nsegments.x.dictionary = { Al = "甲", AI = "乙" }',
            ["warning"],
            id="small l and capital I",
        ),
        pytest.param('template = "{parent}-{serial:2}"', [], id="a parent answers for itself"),
    ],
)
def test_what_people_take_for_one_another_is_shown(text: str, severities: list[str]) -> None:
    assert _severities(text, "look-alikes") == severities


def test_two_codes_that_look_alike_are_both_codes() -> None:
    text = 'template = "{serial:2}{random:2}"\nsegments.random.alphabet = "base36"'
    twins = _found(text, "look-alikes")[0]
    assert [_is_code(_grammar(text), code) for code in (twins.example, twins.facts["other"])] == [True, True]
    assert twins.example != twins.facts["other"]


# -- size


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        pytest.param('template = "{a:8}{b:8}-{serial:3}"\n[segments.a]\n[segments.b]', [], id="twenty characters"),
        pytest.param('template = "{a:8}{b:8}-{serial:4}"\n[segments.a]\n[segments.b]', ["too-long"], id="one more"),
        pytest.param('template = "C-{serial:4}"\nsegments.serial.overflow = "lengthen"', [], id="it may grow later"),
        pytest.param('template = "{initials}-{serial:4}"', [], id="names count at their shortest"),
        pytest.param(
            'template = "{a:1}{b:1}{c:1}{d:1}{e:1}{f:1}{serial:1}"\n'
            + "".join(f"[segments.{name}]\n" for name in "abcdef"),
            ["too-many-parts"],
            id="seven parts",
        ),
    ],
)
def test_codes_are_to_be_learned(text: str, rules: list[str]) -> None:
    assert [lint.rule for lint in lints_of(_grammar(text)) if lint.rule.startswith("too-")] == rules


def test_the_parts_of_the_parent_count() -> None:
    parts = '"{a:1}{b:1}{c:1}{d:1}-{serial:1}"\n' + "".join(f"[segments.{name}]\n" for name in "abcd")
    owner = compile_scheme(load_scheme(f'kehuma = 1\nname = "owner"\ntemplate = {parts}'))
    whole = _grammar('template = "{parent}-{date:YYYY}-{serial:2}"\nsegments.parent.schemes = ["owner"]', owner=owner)
    piece = _grammar(
        'template = "{parent}-{date:YYYY}-{serial:2}"\n'
        '[segments.parent]\nschemes = ["owner"]\nof = ["a", "b", "c", "d", "serial"]',
        owner=owner,
    )
    assert "too-many-parts" in [lint.rule for lint in lints_of(whole)]
    assert "too-many-parts" in [lint.rule for lint in lints_of(piece)]
    assert usual_length(whole) == 6 + 1 + 4 + 1 + 2


# -- the language of issued codes


@given(
    width=st.integers(1, 3),
    start=st.integers(0, 2000),
    overflow=st.sampled_from(["stop", "letters", "lengthen"]),
    number=st.integers(0, 3000),
)
def test_a_counter_never_gives_a_number_below_its_start(width: int, start: int, overflow: str, number: int) -> None:
    serial = Serial("serial", width=width, start=start, overflow=overflow)  # type: ignore[arg-type]
    whole = language_of_serial(serial, 4)
    issued = from_start(serial, whole, 4)
    for text in {str(number).rjust(width, "0"), f"A{number}", f"Z{number:02}"}:
        if whole.ends(text, 0)[-1:] == [len(text)]:
            is_issued = issued.ends(text, 0)[-1:] == [len(text)]
            past_the_end = start > number_of(serial, "9" * 4 if overflow == "lengthen" else "9" * width)
            assert is_issued == (number_of(serial, text) >= start) or past_the_end


def test_hidden_numbers_may_be_any() -> None:
    serial = Serial("serial", width=2, start=50, order="permuted")
    assert from_start(serial, language_of_serial(serial, 2), 2).ends("07", 0) == [2]


def test_a_witness_is_looked_for_among_codes_only() -> None:
    codes = IssuedCodes(_grammar('template = "{date:MMDD}"'))
    assert codes.witness(language_of_serial(Serial("serial", width=4), 4)) == "0101"


# -- words


def _lints_of_everything() -> list[Lint]:
    text = (
        'template = "{phone:2}{initials:2}{serial:2}"\n[segments.phone]\n[forecast]\ncodes_per_key = 999\nreset = "day"'
    )
    return list(lints_of(_grammar(text)))


def test_errors_come_first() -> None:
    severities = [lint.severity for lint in _lints_of_everything()]
    assert severities == sorted(severities, key=["error", "warning", "notice"].index)
    assert len(set(severities)) == 3


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_remark_has_a_sentence_and_a_remedy(language: str) -> None:
    for lint in _lints_of_everything():
        assert lint.say(language)  # type: ignore[arg-type]
        assert lint.remedy(language)  # type: ignore[arg-type]
        assert "{{" not in lint.say(language) + lint.remedy(language)  # type: ignore[arg-type]


def test_every_rule_can_be_said_and_every_message_is_used() -> None:
    named = {name for name in messages() if name.startswith("lint-")}
    for rule in RULES:
        assert {f"lint-{rule}", f"lint-{rule}-remedy"} <= named
    sources = "".join(
        path.read_text("utf-8") for path in (Path(__file__).parents[3] / "src/kehuma/engine/coding/lints").glob("*.py")
    )
    variants = {f"-{variant}" for variant in re.findall(r'variant="-([a-z-]+)"', sources)}
    said = {f"lint-{rule}{tail}" for rule in RULES for tail in ("", "-remedy", *variants)}
    assert named <= said


PAGE = (Path(__file__).parents[3] / "docs/reference/lints.md").read_text("utf-8")
SECTIONS = re.findall(r"^## `([a-z0-9-]+)`\n\n(\w+).*?^```toml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_every_rule_has_its_place_in_the_reference() -> None:
    assert [rule for rule, _, _ in SECTIONS] == list(RULES)


@pytest.mark.parametrize(
    ("rule", "severity", "text"), [pytest.param(*section, id=section[0]) for section in SECTIONS[1:]]
)
def test_the_example_of_the_reference_makes_its_rule_speak(rule: str, severity: str, text: str) -> None:
    found = [lint for lint in lints_of(_grammar(text)) if lint.rule in (rule, "personal-data")]
    assert found[0].rule == rule
    assert found[0].severity == severity


def test_a_file_whose_key_cannot_be_read_is_not_loaded() -> None:
    with pytest.raises(SchemeError, match="counter key"):
        _grammar(SECTIONS[0][2])
