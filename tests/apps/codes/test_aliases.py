"""Other texts for a code: earlier ones, live forms, numbers of other systems; each leads to one code or is listed."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection

from kehuma.apps.audit import queries as audit
from kehuma.apps.codes import queries, services
from kehuma.apps.codes.draft_errors import UnknownCodeError
from kehuma.apps.codes.errors import AliasError, AliasTakenError
from kehuma.engine.coding.errors import WriteError
from kehuma.lib import keys

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
BY: Any = {"actor": "小王", "at": NOON}


@pytest.fixture
def codes(publish: Any, issue: Any) -> list[str]:
    publish("plain")
    return [issue("plain", f"r{number}").code for number in range(3)]


def found(text: str) -> str | None:
    return queries.resolve(text).code


def listed(text: str) -> set[str]:
    return {one.code for one in queries.resolve(text).suggestions}


def test_the_numbers_of_other_systems_all_find_the_customer(codes: list[str]) -> None:
    assert services.add_alias(codes[0], "ZOHO-4711", system="Zoho CRM", **BY)
    assert services.add_alias(codes[0], "客0000123", system="ERP", **BY)
    assert not services.add_alias(codes[0], " ZOHO-4711 ", system="Zoho CRM", **BY)
    for text in ("ZOHO-4711", "zoho 4711", "Zoho CRM:ZOHO-4711", "zoho crm：ZOHO4711", "客0000123", "erp:客0000123"):
        answer = queries.resolve(text)
        assert (answer.code, answer.checked, tuple(answer.normalised)) == (codes[0], False, ("alias",))
    assert found("ERP:ZOHO-4711") is None
    assert queries.resolve(codes[0]).aliases == ("Zoho CRM:ZOHO-4711", "ERP:客0000123")
    assert [alias.kind for alias in queries.aliases(codes[0])] == ["number", "number"]


def test_a_number_in_two_systems_is_never_a_pick(codes: list[str]) -> None:
    services.add_alias(codes[0], "4711", system="Zoho", **BY)
    services.add_alias(codes[1], "4711", system="ERP", **BY)
    assert (found("4711"), listed("4711")) == (None, set(codes[:2]))
    assert (found("zoho:4711"), found("erp:4711")) == tuple(codes[:2])


def test_to_the_letter_goes_before_nearly(codes: list[str]) -> None:
    services.add_alias(codes[0], "10-01", system="ERP", **BY)
    services.add_alias(codes[1], "1001", system="ERP", **BY)
    assert (found("10-01"), found("1001"), found("1-001")) == (codes[0], codes[1], None)
    assert listed("1-001") == set(codes[:2])


def test_a_number_that_looks_like_another_code_is_no_silent_answer(codes: list[str]) -> None:
    services.add_alias(codes[0], "c002", system="ERP", **BY)
    assert listed("c002") == set(codes[:2])
    assert found("C-002") == codes[1]


def test_one_number_of_one_system_names_one_code_and_the_refusal_says_which(codes: list[str]) -> None:
    services.add_alias(codes[0], "4711", system="ERP", **BY)
    with pytest.raises(AliasTakenError, match=codes[0]) as refused:
        services.add_alias(codes[1], "4711", system="ERP", **BY)
    assert codes[0] in refused.value.say("zh")


@pytest.mark.parametrize("reason", ["replaced", "ended"])
def test_what_has_ended_still_leads_to_its_code_and_is_no_one_elses(codes: list[str], reason: str) -> None:
    services.add_alias(codes[0], "4711", system="ERP", **BY)
    services.end_alias(codes[0], "4711", reason, system="ERP", **BY)
    assert found("ERP:4711") == codes[0]
    assert queries.aliases(codes[0])[0].ended_for == reason
    with pytest.raises(AliasTakenError):
        services.add_alias(codes[1], "4711", system="ERP", **BY)
    with pytest.raises(AliasError):
        services.end_alias(codes[0], "4711", reason, system="ERP", **BY)


def test_what_was_a_mistake_is_free_for_the_right_code(codes: list[str]) -> None:
    for code, reason in ((codes[0], "mistake"), (codes[1], "mistake")):
        services.add_alias(code, "4711", system="ERP", **BY)
        services.end_alias(code, "4711", reason, system="ERP", **BY)
        assert found("4711") is None
    services.add_alias(codes[2], "4711", system="ERP", **BY)
    assert (found("4711"), queries.aliases(codes[0])) == (codes[2], [])


def test_numbers_come_in_set_by_set_and_once(codes: list[str], django_assert_max_num_queries: Any) -> None:
    rows = [(codes[0], "1"), (codes[1], "2"), (codes[1], "1"), ("C-999", "3"), (codes[2], " - "), (codes[0], "1")]
    outcomes = services.add_numbers("ERP", rows, **BY)
    assert [one.kind for one in outcomes] == ["added", "added", "rejected", "rejected", "rejected", "known"]
    assert [type(one.error).__name__ for one in outcomes[2:5]] == ["AliasTakenError", "UnknownCodeError", "AliasError"]
    assert [one.kind for one in services.add_numbers("ERP", rows[:2], **BY)] == ["known", "known"]
    assert [event.detail for event in audit.events(kind="codes.alias-added")] == [{"system": "ERP", "count": 2}]
    with django_assert_max_num_queries(20):
        services.add_numbers("Zoho", [(codes[0], f"n{number}") for number in range(1_000)], **BY)


def test_the_register_holds_no_number_of_another_system_that_could_not_be_erased(codes: list[str]) -> None:
    services.add_alias(codes[0], "13800138000", system="微信", **BY)
    assert services.erase_numbers(codes[0], **BY) == 1
    assert services.erase_numbers(codes[0], **BY) == 0
    with connection.cursor() as cursor:
        for table in ("codes_alias", "audit_event", "codes_code"):
            cursor.execute(f"SELECT * FROM {table}")  # noqa: S608
            assert "13800138000" not in repr(cursor.fetchall())
    assert (found("微信:13800138000"), queries.resolve(codes[0]).aliases) == (codes[0], ())


def test_without_the_key_codes_are_found_and_numbers_of_other_systems_are_not(
    codes: list[str], settings: Any, tmp_path: Any
) -> None:
    services.add_alias(codes[0], "4711", system="ERP", **BY)
    services.add_alias(codes[0], "旧-1", **BY)
    settings.KEHUMA_HOME = tmp_path
    assert not keys.has_key(tmp_path)
    assert (found(codes[0]), found("旧1"), found("4711")) == (codes[0], codes[0], None)


def test_an_earlier_code_is_found_and_never_given_to_somebody_else(
    codes: list[str], issue: Any, issue_many: Any
) -> None:
    services.add_alias(codes[0], "C-004", **BY)
    assert (found("c004"), issue("plain", "next").code) == (codes[0], "C-005")
    services.add_alias(codes[1], "C-007", **BY)
    outcomes = issue_many("plain", [], [("row 1", ()), ("row 2", ())])
    assert [outcome.code for outcome in outcomes] == ["C-006", "C-008"]
    assert [(s.first, s.reason, s.text) for s in queries.gaps("plain") if s.kind == "skipped"] == [
        (4, "taken", "C-004"),
        (7, "taken", "C-007"),
    ]
    with pytest.raises(AliasTakenError):
        services.add_alias(codes[0], codes[1], **BY)
    with pytest.raises(AliasTakenError):
        services.add_alias(codes[2], "c-004", **BY)
    assert not services.add_alias(codes[0], "c-004", **BY)


def test_numbers_that_fit_no_rule_move_no_counter(codes: list[str], issue: Any) -> None:
    services.add_alias(codes[0], "C-999999", **BY)
    services.add_alias(codes[0], "2019/客户/88", **BY)
    assert found("2019客户88") == codes[0]
    assert issue("plain", "next").code == "C-004"


@pytest.mark.parametrize(
    ("text", "system"),
    [("", "ERP"), ("--", "ERP"), ("a\u202eb", "ERP"), ("x" * 201, "ERP"), ("x" * 10_000_000, "ERP"), ("1", "a:b"),
     ("1", "s" * 101), ("\0", "")],
)  # fmt: skip
def test_what_cannot_be_a_name_is_refused(codes: list[str], text: str, system: str) -> None:
    with pytest.raises(AliasError):
        services.add_alias(codes[0], text, system=system, **BY)


def test_a_changed_grade_leaves_yesterdays_form_behind_as_an_alias(publish: Any, issue: Any) -> None:
    publish("graded")
    code = issue("graded", "r", country="US", grade="A")
    assert services.set_live(code.identity, {"grade": "乙"}, **BY).code == "US00001B"
    assert services.set_live(code.identity, {}, **BY).code == "US00001B"
    answers = [queries.resolve(text) for text in ("US00001A", "US00001B", "US00001")]
    assert {(answer.identity, answer.code) for answer in answers} == {("US00001", "US00001B")}
    assert [(alias.kind, alias.text) for alias in queries.aliases("US00001")] == [("form", "US00001A")]
    assert services.set_live(code.identity, {"grade": ""}, **BY).code == "US00001"
    assert services.set_live(code.identity, {"grade": "A"}, **BY).code == "US00001A"
    assert [event.detail for event in audit.events(kind="codes.live-changed")][-1] == {
        "before": "US00001A",
        "after": "US00001B",
    }


def test_only_live_parts_change(publish: Any, issue: Any) -> None:
    publish("graded")
    code = issue("graded", "r", country="US", grade="A").identity
    with pytest.raises(AliasError, match="country"):
        services.set_live(code, {"country": "CN"}, **BY)
    with pytest.raises(WriteError):
        services.set_live(code, {"grade": "X"}, **BY)
    with pytest.raises(UnknownCodeError):
        services.set_live("US99999", {"grade": "A"}, **BY)
