"""Any text to the code that was meant: found, suggested, or nothing; hostile texts never more than that."""

from typing import Any

import pytest

from kehuma.apps.codes import queries

pytestmark = pytest.mark.django_db


@pytest.fixture
def codes(publish: Any, issue: Any) -> dict[str, str]:
    publish("customer", "graded", "plain")
    return {
        "it": issue("customer", "r1", region="北京", industry="软件").code,
        "fi": issue("customer", "r2", region="上海", industry="金融").code,
        "graded": issue("graded", "r3", country="US", grade="A").code,
        "plain": issue("plain", "r4").code,
    }


def test_a_code_is_found_with_its_scheme_its_meaning_and_its_state(codes: dict[str, str]) -> None:
    found = queries.resolve(codes["it"])
    assert (found.found, found.code, found.state, found.scheme, found.version, found.subject) == (
        True,
        codes["it"],
        "issued",
        "customer",
        1,
        "customer",
    )
    assert [part.zh for part in found.segments][:3] == ["北京", "信息技术", "第1个"]
    assert found.normalised == ()


@pytest.mark.parametrize(
    ("change", "notes"),
    [
        pytest.param(str.lower, ("letters",), id="lower case"),
        pytest.param(lambda code: code.replace("-", ""), ("separators",), id="no hyphens"),
        pytest.param(lambda code: code.replace("-", "").lower(), ("letters", "separators"), id="neither"),
        pytest.param(lambda code: code.replace("-", "－"), ("letters",), id="full-width hyphens"),
        pytest.param(lambda code: f"  {code} ", ("letters",), id="spaces around"),
        pytest.param(lambda code: code.replace("-", " / "), ("separators",), id="other separators"),
        pytest.param(lambda code: code.replace("0001", "OOO1"), ("look-alikes",), id="letters O"),
    ],
)
def test_a_code_in_another_form_is_found_and_the_change_is_said(codes: dict[str, str], change: Any, notes: Any) -> None:
    found = queries.resolve(change(codes["it"]))
    assert (found.code, tuple(found.normalised)) == (codes["it"], notes)


@pytest.mark.parametrize("text", ["US00001A", "US00001B", "US00001", "us00001b"])
@pytest.mark.usefixtures("codes")
def test_a_live_part_may_be_missing_or_another(text: str) -> None:
    found = queries.resolve(text)
    assert (found.code, found.identity) == ("US00001A", "US00001")


@pytest.mark.usefixtures("codes")
def test_a_live_part_that_is_no_symbol_is_only_a_suggestion() -> None:
    answer = queries.resolve("US00001Z")
    assert not answer.found
    assert [(one.code, one.reason) for one in answer.suggestions] == [("US00001A", "live-part")]


def test_every_single_typing_error_suggests_the_code_that_was_meant(codes: dict[str, str]) -> None:
    meant = codes["fi"]
    for place, letter in enumerate(meant):
        if letter == "-":
            continue
        for typed in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ":
            answer = queries.resolve(meant[:place] + typed + meant[place + 1 :])
            assert answer.code == meant or meant in [one.code for one in answer.suggestions]


def test_exchanged_neighbours_come_first(codes: dict[str, str]) -> None:
    meant = codes["it"]
    assert queries.resolve(meant.replace("BJ", "JB")).suggestions[0].code == meant


@pytest.mark.usefixtures("codes")
def test_a_scheme_without_check_character_suggests_nothing() -> None:
    assert queries.resolve("C-002").suggestions == ()


def test_a_loose_key_of_two_codes_is_never_a_pick(publish: Any, issue: Any) -> None:
    publish("unit")
    for department, unit in (("A1", "100"), ("A", "110")):
        issue("unit", department, department=department, unit=unit)
    publish(
        'kehuma = 1\nname = "pair"\ntemplate = "{left}-{right}"\nseparators = "required"\n[segments.left]\n[segments.right]\n'
    )
    issue("pair", "1", left="HQ-1".replace("-", ""), right="001")
    issue("pair", "2", left="HQ", right="1001")
    answer = queries.resolve("hq1001")
    assert not answer.found
    assert {one.code for one in answer.suggestions} == {"HQ1-001", "HQ-1001"}
    assert queries.resolve("hq-1001").code == "HQ-1001"


def test_where_separators_are_required_a_code_without_them_is_only_a_suggestion(publish: Any, issue: Any) -> None:
    publish(
        'kehuma = 1\nname = "pair"\ntemplate = "{left}-{right}"\nseparators = "required"\n[segments.left]\n[segments.right]\n'
    )
    issue("pair", "2", left="HQ", right="1001")
    answer = queries.resolve("HQ1001")
    assert (answer.found, [one.code for one in answer.suggestions]) == (False, ["HQ-1001"])


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("   ", id="spaces"),
        pytest.param("\x00BJ-IT-0001", id="NUL"),
        pytest.param("\ud800", id="lone surrogate"),
        pytest.param("BJ\u200b-IT-0001", id="zero width"),
        pytest.param("\u202eBJ-IT-0001", id="bidi"),
        pytest.param("BJ-IT-٠٠٠١", id="arabic digits"),
        pytest.param("北京", id="Chinese"),
        pytest.param("ﷺ" * 300, id="grows under NFKC"),
        pytest.param("9" * 5000, id="long number"),
        pytest.param("A" * 10_000_000, id="ten megabytes"),
        pytest.param("'; DROP TABLE codes_code; --", id="SQL"),
        pytest.param("%_%", id="wild cards"),
    ],
)
@pytest.mark.usefixtures("codes")
def test_a_hostile_text_finds_nothing_and_breaks_nothing(text: str) -> None:
    answer = queries.resolve(text)
    assert (answer.found, answer.suggestions) == (False, ())


def test_the_answer_as_json_has_every_name_of_the_contract(codes: dict[str, str]) -> None:
    answer = queries.resolve(codes["it"]).as_json()
    names = "found code identity state scheme version subject segments aliases normalised suggestions"
    assert list(answer) == names.split()
    assert answer["segments"][0] == {"name": "region", "text": "BJ", "zh": "北京", "en": "Beijing", "value": "BJ"}


def test_an_exact_code_takes_a_handful_of_queries(codes: dict[str, str], django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(3):
        queries.resolve(codes["it"])
