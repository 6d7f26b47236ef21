"""Whole files: the same codes as one by one, the same codes again, and no row that holds up the others."""

from collections.abc import Sequence
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kehuma.apps.audit import queries as audit
from kehuma.apps.codes import batches, queries
from kehuma.apps.codes.data import Order
from kehuma.apps.codes.errors import AlreadyIssuedError, SourceChangedError
from kehuma.engine.coding.errors import CodingError, WriteError

pytestmark = pytest.mark.django_db

ATTRIBUTES = ["region", "industry"]
PLACES = ["北京", "上海市", "440000", "nowhere"]
TRADES = ["软件", "金融"]


def rows(count: int, *, start: int = 0) -> list[tuple[str, tuple[str, str]]]:
    return [(f"row {number}", (PLACES[number % 3], TRADES[number % 2])) for number in range(start, start + count)]


def one_by_one(issue: Any, scheme: str, attributes: Sequence[str], orders: Sequence[Order]) -> list[str | None]:
    """The codes the rows would get as single requests; nothing of it stays."""
    point = transaction.savepoint()
    codes: list[str | None] = []
    for key, values in orders:
        try:
            codes.append(issue(scheme, key, **dict(zip(attributes, values, strict=True))).code)
        except CodingError:
            codes.append(None)
    transaction.savepoint_rollback(point)
    return codes


def test_a_file_gets_the_codes_that_its_rows_would_get_one_by_one(publish: Any, issue: Any, issue_many: Any) -> None:
    publish("customer")
    apart = one_by_one(issue, "customer", ATTRIBUTES, rows(200))
    assert [outcome.code for outcome in issue_many("customer", ATTRIBUTES, rows(200))] == apart
    assert queries.number_of_codes("customer") == 200


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(picks=st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(TRADES)), max_size=30), data=st.data())
def test_any_file_in_any_pieces_gets_the_codes_of_single_requests(
    publish: Any, issue: Any, issue_many: Any, picks: list[tuple[str, str]], data: st.DataObject
) -> None:
    scheme = data.draw(st.sampled_from(["customer", "one-digit", "shared"]))
    cut = data.draw(st.integers(0, len(picks)))
    publish(scheme)
    orders = [(f"row {number}", pick) for number, pick in enumerate(picks)]
    point = transaction.savepoint()
    apart = one_by_one(issue, scheme, ATTRIBUTES, orders)
    outcomes = [outcome for piece in (orders[:cut], orders[cut:]) for outcome in issue_many(scheme, ATTRIBUTES, piece)]
    transaction.savepoint_rollback(point)
    assert [outcome.code for outcome in outcomes] == apart


def test_the_same_rows_again_in_any_order_get_the_same_codes(publish: Any, issue_many: Any) -> None:
    publish("customer")
    first = issue_many("customer", ATTRIBUTES, rows(50))
    again = issue_many("customer", ATTRIBUTES, rows(60)[::-1])[::-1]
    assert [outcome.kind for outcome in again] == ["known"] * 50 + ["coded"] * 10
    assert [outcome.code for outcome in again[:50]] == [outcome.code for outcome in first]


@pytest.mark.parametrize("cut", [0, 1], ids=["in one go", "in two goes"])
def test_a_known_key_with_other_facts_keeps_its_code_and_counts_as_changed(
    publish: Any, issue_many: Any, cut: int
) -> None:
    publish("customer")
    orders = [("row 1", ("北京", "软件")), ("row 1", ("上海", "金融")), ("row 1", ("北京", "软件"))]
    outcomes = [o for piece in (orders[:cut], orders[cut:]) for o in issue_many("customer", ATTRIBUTES, piece)]
    assert [outcome.kind for outcome in outcomes] == ["coded", "changed", "known"]
    assert len({outcome.code for outcome in outcomes}) == 1


def test_changed_rows_may_be_rejected_instead(publish: Any, issue_many: Any) -> None:
    publish("customer")
    code = issue_many("customer", ATTRIBUTES, [("row 1", ("北京", "软件"))])[0].code
    (outcome,) = issue_many("customer", ATTRIBUTES, [("row 1", ("上海", "金融"))], on_change="reject")
    assert (outcome.kind, outcome.code) == ("rejected", None)
    assert isinstance(outcome.error, SourceChangedError)
    assert code in str(outcome.error)


def test_a_row_that_cannot_be_coded_names_its_field_and_holds_up_nobody(publish: Any, issue_many: Any) -> None:
    publish("customer")
    orders = [("1", ("北京", "软件")), ("2", ("", "软件")), ("3", ("北京", "养猫")), ("4", ("北京", "软件"))]
    outcomes = issue_many("customer", ATTRIBUTES, orders)
    assert [outcome.kind for outcome in outcomes] == ["coded", "rejected", "rejected", "coded"]
    assert [outcome.error.facts["segment"] for outcome in outcomes if isinstance(outcome.error, WriteError)] == [
        "region",
        "industry",
    ]
    repaired = issue_many("customer", ATTRIBUTES, [("3", ("北京", "软件"))])
    assert repaired[0].kind == "coded"


def test_two_sources_may_use_the_same_keys(publish: Any, issue_many: Any) -> None:
    publish("customer")
    first, second = (issue_many("customer", ATTRIBUTES, rows(5), source=source) for source in ("erp", "shop"))
    assert not {outcome.code for outcome in first} & {outcome.code for outcome in second}


def test_a_full_range_rejects_the_rows_that_are_left(publish: Any, issue_many: Any) -> None:
    publish("one-digit")
    outcomes = issue_many("one-digit", [], [(f"row {number}", ()) for number in range(12)])
    assert [outcome.kind for outcome in outcomes] == ["coded"] * 9 + ["rejected"] * 3
    assert queries.counters("one-digit")[0].next == 10


def test_texts_that_are_taken_are_skipped_and_noted(publish: Any, issue: Any, issue_many: Any) -> None:
    publish("unit", "plain")
    for unit in ("002", "003"):
        issue("unit", unit, department="C", unit=unit)
    outcomes = issue_many("plain", [], [(f"row {number}", ()) for number in range(3)])
    assert [outcome.code for outcome in outcomes] == ["C-001", "C-004", "C-005"]
    assert audit.events(kind="codes.issued", subject="plain")[0].detail["taken"] == ["C-002", "C-003"]


def test_a_scheme_without_serial_rejects_the_second_row_of_the_same_text(
    publish: Any, issue: Any, issue_many: Any
) -> None:
    publish("unit")
    issue("unit", "r1", department="IT", unit="002")
    orders = [("1", ("IT", "001")), ("2", ("IT", "001")), ("3", ("IT", "002"))]
    outcomes = issue_many("unit", ["department", "unit"], orders)
    assert [outcome.kind for outcome in outcomes] == ["coded", "rejected", "rejected"]
    assert all(isinstance(outcome.error, AlreadyIssuedError) for outcome in outcomes[1:])


def test_each_chunk_is_one_transaction_with_one_event(
    publish: Any, issue_many: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish("customer")
    monkeypatch.setattr(batches, "CHUNK", 20)
    issue_many("customer", ATTRIBUTES, rows(50))
    events = audit.events(kind="codes.issued")
    assert [event.detail["codes"] for event in events] == [10, 20, 20]
    assert events[0].detail["source"] == "file"


def test_a_chunk_takes_the_same_few_statements_whatever_its_size(
    publish: Any, issue_many: Any, django_assert_num_queries: Any
) -> None:
    publish("customer")
    issue_many("customer", ATTRIBUTES, rows(1))
    with django_assert_num_queries(25, exact=False):
        issue_many("customer", ATTRIBUTES, rows(900, start=1))


def test_what_was_learnt_about_facts_does_not_fill_the_memory(
    publish: Any, issue_many: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish("customer")
    monkeypatch.setattr(batches, "_REMEMBERED", 2)
    outcomes = issue_many("customer", ATTRIBUTES, rows(30))
    assert len({outcome.code for outcome in outcomes}) == 30
