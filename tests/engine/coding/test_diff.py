"""What a new version changes, said to people before they publish it."""

import pytest

from kehuma.engine.coding.diff import diff
from kehuma.engine.coding.grammar import Grammar, compile_scheme
from kehuma.engine.coding.scheme_file import load_scheme

HEAD = 'kehuma = 1\nname = "customer"\n'
OLD = (
    HEAD
    + """
template = "{kind}-{serial:4}"
title = { zh = "客户编码", en = "Customer code" }
segments.kind.dictionary = { C = { zh = "企业", en = "Enterprise" }, P = "个人" }
"""
)


def grammar(text: str) -> Grammar:
    return compile_scheme(load_scheme(text))


def said(old: str, new: str, language: str = "en") -> list[str]:
    return [change.say("zh" if language == "zh" else "en") for change in diff(grammar(old), grammar(new)).changes]


def test_a_scheme_does_not_differ_from_itself_nor_by_its_examples() -> None:
    same = diff(grammar(OLD), grammar(OLD + '[[examples]]\nnot_a_code = "X"\n'))
    assert same.is_empty
    assert same.compatible.ok
    assert not same.changes


SAME = "every code issued is read by the new version and says the same"
EFFECTIVE = "effective was –, is now 2026-01-01"


@pytest.mark.parametrize(
    ("changed", "to", "expected"),
    [
        pytest.param(
            "客户编码",
            "客户代码",
            ["the title was 客户编码 / Customer code, is now 客户代码 / Customer code"],
            id="title",
        ),
        pytest.param('name = "customer"', 'name = "client"', ["name was customer, is now client"], id="name"),
        pytest.param("template", "effective = 2026-01-01\ntemplate", [EFFECTIVE], id="effective"),
        pytest.param("template", 'overlaps = ["old"]\ntemplate', ["overlaps was –, is now old"], id="overlaps"),
        pytest.param("template", "max_length = 30\ntemplate", ["max_length was 40, is now 30"], id="max_length"),
        pytest.param(
            "template",
            'separators = "required"\ntemplate',
            ["separators was optional, is now required"],
            id="separators",
        ),
        pytest.param("template", 'case = "sensitive"\ntemplate', ["case was insensitive, is now sensitive"], id="case"),
        pytest.param(
            "segments",
            'segments.serial.overflow = "lengthen"\nsegments',
            ["segment serial: overflow was stop, is now lengthen"],
            id="overflow",
        ),
        pytest.param(
            "segments",
            "segments.serial.per = []\nsegments",
            [
                "segment serial: it counted per kind, now per –; a new counter starts past the highest number it could repeat"
            ],
            id="per",
        ),
        pytest.param(
            'P = "个人"', 'P = "个人", G = "政府"', ["segment kind: 1 symbols are new: G 政府"], id="a new symbol"
        ),
        pytest.param(
            'P = "个人"',
            'P = { zh = "个人", also = ["自然人"] }',
            ["segment kind: synonyms, official codes or years of 1 symbols changed: P 个人"],
            id="a synonym",
        ),
        pytest.param(
            "segments",
            'segments.kind.default = "P"\nsegments',
            ["segment kind: default was –, is now P"],
            id="a default",
        ),
    ],
)
def test_a_change_for_codes_to_come_leaves_those_issued_as_they_are(changed: str, to: str, expected: list[str]) -> None:
    new = OLD.replace(changed, to, 1)
    assert said(OLD, new) == [SAME, *expected]
    assert diff(grammar(OLD), grammar(new)).compatible.ok
    assert len(said(OLD, new, "zh")) == len(expected) + 1


@pytest.mark.parametrize(
    ("changed", "to", "expected"),
    [
        pytest.param(
            'zh = "企业"',
            'zh = "公司"',
            ["segment kind: 1 symbols have another name: C 企业 / Enterprise → 公司 / Enterprise"],
            id="another name",
        ),
        pytest.param(
            'P = "个人"',
            'P = "伙伴"',
            [
                'a code issued would say something else: "P-0000" was P 0000, would be P 0000; the new version is refused',
                "segment kind: 1 symbols mean something else: P 个人 → 伙伴",
            ],
            id="another meaning",
        ),
        pytest.param(
            ', P = "个人"',
            "",
            [
                'some codes issued are not read by the new version, "P-0000" for one; the old version goes on reading them',
                "segment kind: 1 symbols are no longer written: P 个人",
            ],
            id="a symbol is dropped",
        ),
        pytest.param(
            "-{serial:4}",
            "{serial:4}",
            [
                'none of the codes issued is read by the new version, "C-0000" for one; the old version goes on reading them',
                "the template was {kind}-{serial:4}, is now {kind}{serial:4}",
            ],
            id="another template",
        ),
        pytest.param(
            "-{serial:4}",
            "-{serial:4}-{date:YYYY}",
            [
                'none of the codes issued is read by the new version, "C-0000" for one; the old version goes on reading them',
                "the template was {kind}-{serial:4}, is now {kind}-{serial:4}-{date:YYYY}",
                "segment date (date) is new",
            ],
            id="a new segment",
        ),
    ],
)
def test_a_change_for_codes_issued_comes_first(changed: str, to: str, expected: list[str]) -> None:
    assert said(OLD, OLD.replace(changed, to, 1)) == expected


def test_segments_that_go_or_change_their_kind_are_named() -> None:
    old = (
        HEAD + 'template = "{kind:2}-{date:YYMM}-{serial:3}"\nsegments.kind.kind = "text"\nsegments.date.live = true\n'
    )
    new = HEAD + 'template = "{kind:2}-{serial:3}"\nsegments.kind.kind = "random"\n'
    assert said(old, new)[-3:] == [
        "segment kind: its kind was text, is now random",
        "segment date (date) is gone",
        "segment serial: it counted per kind, now per –; a new counter starts past the highest number it could repeat",
    ]


def test_formats_and_switches_are_said_as_the_file_says_them() -> None:
    old = HEAD + 'template = "{date:YYMM}-{serial:3}"\n'
    new = HEAD + 'template = "{serial:3..5}-{date:YYMMDD}"\n[segments.date]\nlive = true\n'
    changes = said(old, new)
    assert "segment date: format was YYMM, is now YYMMDD" in changes
    assert "segment date: live was false, is now true" in changes
    assert "segment serial: widest was 0, is now 5" in changes


def test_the_meaning_of_fixed_text_may_be_worded_anew() -> None:
    old = HEAD + 'template = "HQ-{serial:3}"\n[literals]\nHQ = { zh = "总部", en = "Headquarters" }\n'
    assert said(old, old.replace("总部", "总公司")) == [
        'the fixed text "HQ": its meaning was 总部 / Headquarters, is now 总公司 / Headquarters'
    ]
    assert said(old, HEAD + 'template = "HQ-{serial:3}"\n') == [
        'the fixed text "HQ": its meaning was 总部 / Headquarters, is now –'
    ]


def test_a_symbol_without_a_name_is_said_by_itself() -> None:
    old = HEAD + 'template = "{kind}{serial:3}"\nsegments.kind.dictionary = { C = "企业" }\n'
    new = HEAD + 'template = "{kind}{serial:3}"\nsegments.kind.dictionary = { C = "企业", X = {} }\n'
    assert said(old, new)[-1] == "segment kind: 1 symbols are new: X"
