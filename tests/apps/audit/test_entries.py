"""Entries: one spelling, and nothing of what an event says but its kind and its time."""

import doctest
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from kehuma.apps.audit import entries
from kehuma.apps.audit.entries import Fact, Members, Salts, canonical, entry, parsed

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
SALTS = Salts(bytes(32))


def fact(**more: Any) -> Fact:
    known = {"id": 1, "event": "ab" * 16, "at": NOON, "actor": "小王", "kind": "codes.issued", "subject": "BJ-1"}
    return Fact(**{**known, "detail": {"b": [1, None], "a": "京"}, **more})


@pytest.mark.parametrize("held", [None, Members(7, bytes(32))], ids=["alone", "members"])
@pytest.mark.parametrize("kind", ["codes.issued", 'quote " \\ 京 \ud800'])
def test_an_entry_has_one_spelling(held: Members | None, kind: str) -> None:
    made = entry(SALTS, fact(kind=kind), held)
    assert made == canonical(parsed(made))
    assert parsed(made)["kind"] == kind


def test_an_entry_says_nothing_in_the_clear() -> None:
    made = entry(SALTS, fact(subject="BJ-IT-0001"), None)
    assert b"BJ-IT" not in made
    assert "小王".encode() not in made
    assert entry(SALTS, fact(event="cd" * 16), None) != entry(SALTS, fact(), None)
    same = [parsed(entry(SALTS, fact(event=event * 16, subject="BJ"), None))["subject"] for event in ("ab", "cd")]
    assert same[0] != same[1]


def test_the_time_is_the_same_wherever_it_is_told() -> None:
    there = NOON.astimezone(timezone(timedelta(hours=8)))
    assert entry(SALTS, fact(at=there), None) == entry(SALTS, fact(), None)


def test_the_examples_hold() -> None:
    assert doctest.testmod(entries).failed == 0
