"""Any text to the code that was meant: found, suggested, or nothing; hostile texts never more than that."""

from datetime import UTC, datetime
from typing import Any

import pytest

from kehuma.apps.codes import queries, services
from kehuma.engine.coding.errors import WriteError

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


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
def test_without_check_character_a_near_code_is_a_suggestion_and_a_hit_says_that_nothing_checked_it() -> None:
    answer = queries.resolve("C-002")
    assert (answer.found, [(one.code, one.reason) for one in answer.suggestions]) == (False, [("C-001", "similar")])
    assert (queries.resolve("C-001").found, queries.resolve("C-001").checked) == (True, False)


def test_a_hit_says_that_its_check_character_fits(codes: dict[str, str]) -> None:
    assert queries.resolve(codes["it"]).checked
    assert queries.resolve(codes["it"].replace("-", "")).checked


def test_a_check_character_is_never_mended_to_fit(publish: Any) -> None:
    publish("customer")
    grammar = queries.grammar("customer", NOON)
    snapshot = grammar.snapshot({"region": "北京", "industry": "软件"})
    codes = [code for number in range(1, 300) if (code := _written(grammar, snapshot, number))[-1:] in tuple("01OI")]
    services.adopt("customer", codes, source="x", actor="小王", at=NOON)
    assert len(codes) > 20
    for code in codes:
        answer = queries.resolve(code[:-1] + {"0": "O", "O": "0", "1": "I", "I": "1"}[code[-1]])
        assert (answer.found, code in [one.code for one in answer.suggestions[:3]]) == (False, True)


def _written(grammar: Any, snapshot: Any, number: int) -> str:
    try:
        return str(grammar.write(snapshot, serial=number).code)
    except WriteError:
        return ""


@pytest.mark.parametrize(
    ("typed", "reason"),
    [("C-0O2", "look-alike"), ("C-020", "exchanged"), ("C-02", "one missing"), ("C-0022", "twice"), ("C-003", "near")],
)
def test_typing_errors_of_every_kind_lead_to_the_code(publish: Any, issue: Any, typed: str, reason: str) -> None:
    publish("plain")
    assert reason
    for number in range(2):
        issue("plain", f"r{number}")
    answer = queries.resolve(typed)
    assert answer.code == "C-002" or "C-002" in [one.code for one in answer.suggestions[:2]]


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
    names = (
        "found code identity state scheme version subject segments aliases normalised suggestions checked replaced_by"
    )
    assert list(answer) == names.split()
    assert answer["segments"][0] == {"name": "region", "text": "BJ", "zh": "北京", "en": "Beijing", "value": "BJ"}


def test_an_exact_code_takes_a_handful_of_queries(codes: dict[str, str], django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(3):
        queries.resolve(codes["it"])
