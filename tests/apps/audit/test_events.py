"""Events: newest first, found by kind and subject, and never outside the transaction of their change."""

from datetime import UTC, datetime

import pytest

from kehuma.apps.audit import queries, services

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


def test_an_event_says_who_did_what_to_which_subject_and_when() -> None:
    services.record("codes.issued", "BJ-IT-0001", {"version": 1}, actor="小王", at=NOON)
    (event,) = queries.events()
    found = (event.kind, event.subject, event.detail, event.actor, event.at)
    assert found == ("codes.issued", "BJ-IT-0001", {"version": 1}, "小王", NOON)


def test_events_are_found_by_kind_and_subject_the_newest_first() -> None:
    for kind, subject in (("a.made", "1"), ("a.made", "2"), ("b.made", "2")):
        services.record(kind, subject, {}, actor="小王", at=NOON)
    assert [(event.kind, event.subject) for event in queries.events(limit=2)] == [("b.made", "2"), ("a.made", "2")]
    assert [event.subject for event in queries.events(kind="a.made")] == ["2", "1"]
    assert [event.kind for event in queries.events(subject="2")] == ["b.made", "a.made"]


def test_an_event_without_the_transaction_of_its_change_is_refused() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kehuma.apps.audit.services.transaction.get_connection", _Idle)
        with pytest.raises(RuntimeError, match="transaction of its change"):
            services.record("codes.issued", "BJ-IT-0001", {}, actor="小王", at=NOON)


class _Idle:
    """A connection outside any transaction."""

    in_atomic_block = False
