"""One code per request: the counter, the request key, the event, what is skipped and what is refused."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from kehuma.apps.audit import queries as audit
from kehuma.apps.codes import queries
from kehuma.apps.codes.errors import (
    AlreadyIssuedError,
    InstallationKeyError,
    NoFreeTextError,
    RequestConflictError,
    UnknownSchemeError,
)
from kehuma.engine.coding.errors import WriteError
from kehuma.lib import keys
from kehuma.lib.db.durability import NotDurableError

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
BEIJING = {"region": "北京", "industry": "软件"}


def test_the_first_codes_of_a_region_and_industry_are_numbered_in_order(publish: Any, issue: Any) -> None:
    publish("customer")
    codes = [issue("customer", f"r{number}", **BEIJING).identity for number in range(3)]
    assert [code[:10] for code in codes] == ["BJ-IT-0001", "BJ-IT-0002", "BJ-IT-0003"]
    assert issue("customer", "r9", region="上海", industry="金融").identity.startswith("SH-FI-0001")
    assert [(counter.key, counter.next) for counter in queries.counters("customer")] == [
        ("region=BJ industry=IT", 4),
        ("region=SH industry=FI", 2),
    ]


def test_the_same_request_key_gets_the_same_code(publish: Any, issue: Any) -> None:
    publish("customer")
    first = issue("customer", "r1", **BEIJING)
    assert issue("customer", "r1", **BEIJING) == first
    assert queries.number_of_codes() == 1
    assert len(audit.events(kind="codes.issued")) == 1


def test_a_request_key_used_for_other_facts_is_a_conflict_that_names_the_code(publish: Any, issue: Any) -> None:
    publish("customer")
    first = issue("customer", "r1", **BEIJING)
    with pytest.raises(RequestConflictError, match=first.code):
        issue("customer", "r1", region="上海", industry="金融")


def test_two_schemes_may_see_the_same_request_key(publish: Any, issue: Any) -> None:
    publish("customer", "plain")
    assert issue("customer", "r1", **BEIJING).code != issue("plain", "r1").code


def test_numbers_whose_check_character_cannot_be_printed_are_never_issued(
    publish: Any, issue: Any, issue_many: Any
) -> None:
    publish("customer")
    issue_many("customer", ["region", "industry"], [(f"row {number}", ("北京", "软件")) for number in range(388)])
    assert [issue("customer", f"r{number}", **BEIJING).number for number in range(9)] == [
        *range(390, 397),
        *range(398, 400),
    ]
    grammar = queries.grammar("customer", NOON)
    for number in (389, 397):
        with pytest.raises(WriteError) as refused:
            grammar.write(grammar.snapshot(BEIJING), serial=number)
        assert refused.value.message == "check-not-printable"


def test_a_text_that_is_taken_is_skipped_and_noted(publish: Any, issue: Any) -> None:
    publish("unit", "plain")
    issue("unit", "manual", department="C", unit="001")
    assert issue("plain", "r1").code == "C-002"
    assert audit.events(kind="codes.issued", subject="C-002")[0].detail["taken"] == ["C-001"]


def test_a_full_range_refuses_and_its_counter_stays(publish: Any, issue: Any) -> None:
    publish("one-digit")
    assert [issue("one-digit", f"r{number}").code for number in range(9)][-1] == "D9"
    for attempt in ("a", "b"):
        with pytest.raises(WriteError) as refused:
            issue("one-digit", attempt)
        assert refused.value.message == "serial-exhausted"
    assert queries.counters("one-digit")[0].next == 10


def test_a_scheme_without_serial_issues_each_text_once(publish: Any, issue: Any) -> None:
    publish("unit")
    issue("unit", "r1", department="IT", unit="001")
    with pytest.raises(AlreadyIssuedError, match="IT-001"):
        issue("unit", "r2", department="IT", unit="001")


def test_random_characters_are_drawn_until_a_text_is_free(
    publish: Any, issue: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish("drawn")
    drawn = iter("1121" + "2" * 100)
    monkeypatch.setattr("secrets.choice", lambda _: next(drawn))
    assert [issue("drawn", f"r{number}").code for number in range(2)] == ["R-1", "R-2"]
    with pytest.raises(NoFreeTextError):
        issue("drawn", "r3")


def test_the_register_holds_no_clear_key_and_no_facts(publish: Any, issue: Any) -> None:
    publish("customer")
    issue("customer", "13800138000", **BEIJING, phone="13900139000")
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM codes_code")
        row = cursor.fetchone()
        cursor.execute("SELECT detail FROM audit_event")
        events = cursor.fetchall()
    for secret in ("13800138000", "13900139000", "北京", "软件"):
        assert secret not in repr(row)
        assert secret not in repr(events)
    assert '{"texts":["BJ","IT","",""]}' in [str(value).replace(" ", "") for value in row]


def test_what_the_caller_rolls_back_was_not_given_out(publish: Any, issue: Any) -> None:
    publish("plain")

    with transaction.atomic():
        issue("plain", "r1")
        transaction.set_rollback(True)
    assert issue("plain", "r2").code == "C-001"
    assert len(audit.events(kind="codes.issued")) == 1


def test_an_unknown_scheme_is_refused_with_those_that_there_are(publish: Any, issue: Any) -> None:
    publish("plain")
    with pytest.raises(UnknownSchemeError, match="there are: plain"):
        issue("customers", "r1")


@pytest.mark.sqlite
def test_nothing_is_issued_while_commits_are_not_durable(publish: Any, issue: Any) -> None:
    publish("plain")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA recursive_triggers = OFF")
        try:
            with pytest.raises(NotDurableError, match="recursive_triggers = 0, must be ON"):
                issue("plain", "r1")
        finally:
            cursor.execute("PRAGMA recursive_triggers = ON")


@pytest.mark.parametrize("other_key", [None, bytes(32)], ids=["missing", "of another register"])
def test_a_register_never_takes_another_key(
    publish: Any, issue: Any, other_key: bytes | None, settings: Any, tmp_path: Path
) -> None:
    publish("plain")
    issue("plain", "r1")
    settings.KEHUMA_HOME = tmp_path
    if other_key is not None:
        (tmp_path / keys.FILE_NAME).write_bytes(other_key)
    with pytest.raises(InstallationKeyError):
        issue("plain", "r1")
