"""A report holds everything that decides about a scheme, in the shape that other programs rely on."""

import pytest

from kehuma.engine.coding.errors import SchemeError
from kehuma.engine.coding.examples import as_it_is_now
from kehuma.engine.coding.grammar import Grammar, compile_scheme
from kehuma.engine.coding.inspection import Report, inspect
from kehuma.engine.coding.model import Example
from kehuma.engine.coding.scheme_file import load_scheme

PLAIN = """
template = "{region}-{serial:3}"
[segments.region]
dictionary = { BJ = { zh = "北京", en = "Beijing", also = ["京"] }, SH = { zh = "上海", en = "Shanghai" } }
"""


def _grammar(text: str, name: str = "other") -> Grammar:
    return compile_scheme(load_scheme(f'kehuma = 1\nname = "{name}"\n{text}'))


def _report(text: str, *others: Grammar, **parents: Grammar) -> Report:
    return inspect(load_scheme(f'kehuma = 1\nname = "member"\n{text}'), parents=parents, others=others)


def _example(line: str, text: str = PLAIN) -> list[str]:
    return [failure.reason.message for failure in _report(f"{text}\n[[examples]]\n{line}").failures]


@pytest.mark.parametrize(
    ("line", "reasons"),
    [
        pytest.param('given = { region = "北京" }\nserial = 1\ncode = "BJ-001"', [], id="written"),
        pytest.param(
            'given = { region = "京" }\nserial = 1\ncode = "SH-001"', ["example-writes"], id="written otherwise"
        ),
        pytest.param('serial = 1\ncode = "BJ-001"', ["value-missing"], id="a fact is missing"),
        pytest.param('code = "bj001"', [], id="read only"),
        pytest.param('code = "XX-001"', ["symbol"], id="unreadable"),
        pytest.param('code = "BJ-001"\nmeaning = { region = "北京", serial = 1 }', [], id="meaning in Chinese"),
        pytest.param('code = "BJ-001"\nmeaning = { region = "beijing" }', [], id="meaning in English"),
        pytest.param('code = "BJ-001"\nmeaning = { region = "京" }', [], id="meaning by a synonym"),
        pytest.param('code = "BJ-001"\nmeaning = { region = "BJ" }', [], id="meaning by symbol"),
        pytest.param('code = "BJ-001"\nmeaning = { region = "上海" }', ["example-meaning"], id="another meaning"),
        pytest.param('code = "BJ-001"\nmeaning = { region = "火星" }', ["example-meaning"], id="no meaning"),
        pytest.param('code = "BJ-001"\nmeaning = { serial = 2 }', ["example-meaning"], id="another number"),
        pytest.param('code = "BJ-001"\nmeaning = { branch = "北京" }', ["example-meaning"], id="no such part"),
        pytest.param('not_a_code = "BJ-01"', [], id="refused as said"),
        pytest.param('not_a_code = "bj 001"', ["example-is-a-code"], id="read although said to be none"),
    ],
)
def test_an_example_holds_or_says_why_not(line: str, reasons: list[str]) -> None:
    assert _example(line) == reasons


@pytest.mark.parametrize(
    ("line", "now"),
    [
        pytest.param(
            'given = { region = "京" }\nserial = 1\ncode = "SH-001"\nmeaning = { region = "上海", serial = "1" }',
            Example(given={"region": "京"}, serial=1, code="BJ-001", meaning={"serial": "1"}),
            id="what its facts write, with the meaning that holds",
        ),
        pytest.param('serial = 1\ncode = "BJ-001"', None, id="nothing, since a fact is missing"),
        pytest.param('code = "XX-001"', Example(not_a_code="XX-001"), id="no code any more"),
        pytest.param('not_a_code = "BJ-001"', Example(code="BJ-001"), id="a code now"),
        pytest.param('not_a_code = "BJ-01"', Example(not_a_code="BJ-01"), id="as it was, where it holds"),
        pytest.param(
            'code = "BJ-001"\nmeaning = { region = "上海" }',
            Example(code="BJ-001"),
            id="without a meaning that is wrong",
        ),
    ],
)
def test_an_example_is_rewritten_by_the_scheme_as_it_is(line: str, now: Example | None) -> None:
    grammar = _grammar(f"{PLAIN}\n[[examples]]\n{line}")
    assert as_it_is_now(grammar, grammar.scheme.examples[0]) == now


def test_examples_write_with_date_parent_and_drawn_characters() -> None:
    owner = _grammar('template = "K{serial:2}"', "owner")
    text = """
template = "{parent}-{date:YYYY}-{random:2}"
segments.parent.schemes = ["owner"]
[[examples]]
parent = "k7"
at = 2026-11-05
random = "42"
code = "K07-2026-42"
[[examples]]
parent = "K07"
at = "2026-11-05"
random = "42"
code = "K07-2026-42"
"""
    failures = _report(text, owner=owner).failures
    assert [failure.say("en") for failure in failures] == ['example 1, "K07-2026-42": ' + failures[0].reason.say("en")]
    assert failures[0].reason.message == "parent-unreadable"


def test_a_report_without_remarks_lets_the_scheme_pass() -> None:
    report = _report(PLAIN)
    assert report.ok
    assert report.as_json("en") == {
        "ok": True,
        "name": "member",
        "examples": {"passed": 0, "failed": 0, "failures": []},
        "unique": {"ok": True, "witness": None, "readings": [], "reason": report.unique.say("en")},
        "overlaps": [],
        "versions": [],
        "capacity": {
            "counter_key": ["region"],
            "keys": 2,
            "per_key": 999,
            "per_key_most": 999,
            "total": 1998,
            "exact": True,
        },
        "longest": 6,
        "lints": [],
    }


def test_a_failed_example_refuses_the_scheme() -> None:
    report = _report(PLAIN + '\n[[examples]]\ncode = "BJ-001"\n[[examples]]\nnot_a_code = "BJ-002"')
    assert not report.ok
    assert report.as_json("zh")["examples"] == {
        "passed": 1,
        "failed": 1,
        "failures": [{"number": 2, "text": "BJ-002", "reason": "声明不是编码，却可读作“BJ-002”"}],
    }


def test_an_ambiguous_scheme_is_refused_with_its_witness() -> None:
    report = _report("""
template = "{shop}{serial:3}"
segments.shop.dictionary = { 1 = "一店", 11 = "十一店" }
segments.serial.overflow = "lengthen"
""")
    unique = report.as_json("en")["unique"]
    assert isinstance(unique, dict)
    assert not report.ok
    assert len(unique["readings"]) == 2
    assert {"".join(texts) for texts in unique["readings"]} == {unique["witness"]}


def test_a_scheme_ambiguous_without_its_hyphens_is_refused() -> None:
    text = 'template = "HQ-{serial:3}-{x}"\nsegments.serial.overflow = "lengthen"\n[segments.x]\nalphabet = "digits"'
    assert not _report(text).unique.ok
    assert _report(f'separators = "required"\n{text}').ok


@pytest.mark.parametrize(
    ("newcomer", "other", "ok"),
    [
        pytest.param("", "", False, id="declared by neither"),
        pytest.param('overlaps = ["other"]', "", True, id="declared by the newcomer"),
        pytest.param("", 'overlaps = ["member"]', True, id="declared by the other"),
    ],
)
def test_a_text_of_two_schemes_is_refused_unless_declared(newcomer: str, other: str, ok: bool) -> None:  # noqa: FBT001
    report = _report(
        newcomer + PLAIN, _grammar(other + '\ntemplate = "BJ-{serial:3}"'), _grammar('template = "{serial:3}"')
    )
    assert report.ok is ok
    assert [(overlap.name, overlap.is_declared) for overlap in report.overlaps] == [("other", ok)]
    assert report.overlaps[0].witness.startswith("BJ-")


def test_a_parent_is_another_scheme_too() -> None:
    owner = _grammar('template = "K{serial:2}"', "owner")
    report = _report('template = "{parent}{serial:2}"\nsegments.parent.schemes = ["owner"]', owner=owner)
    assert report.overlaps == ()


def test_an_earlier_version_must_read_the_same() -> None:
    assert _report(PLAIN, _grammar(PLAIN, "member")).ok
    report = _report(PLAIN, _grammar('template = "{region:2}-{serial:3}"\n[segments.region]', "member"))
    versions = report.as_json("en")["versions"]
    assert isinstance(versions, list)
    assert not report.ok
    assert [version["ok"] for version in versions] == [False]


def test_an_error_among_the_remarks_refuses_and_a_warning_does_not() -> None:
    assert _report('template = "{serial:3}"').ok
    report = _report('template = "{phone:4}-{serial:3}"\n[segments.phone]\ntake = -4\nalphabet = "digits"')
    assert not report.ok
    lint = report.as_json("en")["lints"]
    assert isinstance(lint, list)
    assert lint[0].keys() == {"rule", "severity", "message", "segment", "example", "remedy"}
    assert (lint[0]["rule"], lint[0]["severity"], lint[0]["segment"]) == ("personal-data", "error", "phone")


def test_a_scheme_without_its_parents_scheme_is_not_inspected() -> None:
    with pytest.raises(SchemeError, match="owner"):
        _report('template = "{parent}{serial:2}"\nsegments.parent.schemes = ["owner"]')
