"""A code as people see it: its parts, what each means, in the language of the page."""

import pytest
from django.utils import translation

from kehuma.engine.coding.grammar import Grammar, compile_scheme
from kehuma.engine.coding.scheme_file import load_scheme
from kehuma.web import badges, drawing

SCHEME = """
kehuma = 1
name = "shop"
template = "{region}-{industry}-{serial:4}-{check}"
[segments.region]
dictionary = "cn-province"
[segments.industry]
dictionary = "cn-industry"
[segments.serial]
per = ["region", "industry"]
"""


@pytest.fixture(scope="module")
def grammar() -> Grammar:
    return compile_scheme(load_scheme(SCHEME))


def test_each_part_has_its_kind_and_its_meaning(grammar: Grammar) -> None:
    badge = badges.badge(grammar, "bjit0001y")
    assert badge.code == "BJ-IT-0001-Y"
    told = [(part.kind, part.text, part.title, part.meaning) for part in badge.parts if part.kind != "sep"]
    assert told == [
        ("region", "BJ", "区域", "北京"),
        ("industry", "IT", "行业", "信息技术"),
        ("serial", "0001", "流水号", "第1个"),
        ("check", "Y", "校验位", "正确"),
    ]
    assert [part.source for part in badge.parts if part.kind == "serial"] == ["BJ-IT 内"]


def test_the_meaning_is_said_in_english_too(grammar: Grammar) -> None:
    with translation.override("en"):
        region = badges.badge(grammar, "BJ-IT-0001-Y").parts[0]
        assert (region.title, region.meaning) == ("Region", "Beijing")
        assert "Copy code BJ-IT-0001-Y" in drawing.full(badges.badge(grammar, "BJ-IT-0001-Y"))


def test_a_text_that_is_no_code_is_shown_plain(grammar: Grammar) -> None:
    badge = badges.badge(grammar, "KH-2019")
    assert [(part.kind, part.text) for part in badge.parts] == [("serial", "KH"), ("sep", "-"), ("serial", "2019")]


def test_a_badge_never_lets_markup_through() -> None:
    drawn = drawing.full(badges.plain('<b onclick="x">', url='"><script>', is_retired=True))
    assert "<script" not in drawn
    assert "<b onclick" not in drawn
    assert 'class="code retired"' in drawn


def test_a_link_stays_out_of_what_is_kept(grammar: Grammar) -> None:
    assert badges.badge(grammar, "BJ-IT-0001-Y", url="/x/").url == "/x/"
    assert badges.badge(grammar, "BJ-IT-0001-Y").url == ""


def test_the_key_of_a_counter_is_drawn_like_its_codes(grammar: Grammar) -> None:
    badge = badges.key_badge(grammar, [("region", "BJ"), ("industry", "IT")])
    assert [(part.kind, part.zh) for part in badge.parts if part.kind != "sep"] == [
        ("region", "北京"),
        ("industry", "信息技术"),
    ]


def test_two_badges_of_one_code_have_popovers_of_their_own() -> None:
    first, second = drawing.full(badges.SAMPLE), drawing.full(badges.SAMPLE)
    assert first != second
