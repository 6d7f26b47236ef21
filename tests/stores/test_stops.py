"""What stops whom: every line of the table in ``docs/reference/register.md`` is tried, on the store of this run."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction

from kehuma.apps.codes import queries, services

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
DOCS = Path(__file__).resolve().parents[2] / "docs"
ROW = re.compile(r"^\| `([^`]+)` \|(.+)\|$", re.MULTILINE)
WHO = ("SQLite", "worker", "owner")
SOURCE = """
kehuma = 1
name = "visitor"
template = "V-{serial:4}"
"""


def _attempts() -> Iterator[tuple[str, str, str]]:
    page = (DOCS / "reference/register.md").read_text("utf-8")
    part = page.partition("### What stops whom")[2].partition("\n## ")[0]
    for sql, cells in ROW.findall(part):
        for who, outcome in zip(WHO, cells.split("|"), strict=True):
            yield sql, who, outcome.strip()


ATTEMPTS = list(_attempts())


def _run(sql: str) -> None:
    with connection.cursor() as cursor:
        for statement in re.split(r"; (?=[A-Z]+ )", sql):
            cursor.execute(statement)


def _as(who: str) -> None:
    """On PostgreSQL the tests own the tables; the worker is made as its page says."""
    if who == "worker":
        page = (DOCS / "how-to/use-postgresql.md").read_text("utf-8")
        granted = re.search(r"^```sql\n(CREATE ROLE kehuma_worker.*?)^```", page, re.MULTILINE | re.DOTALL)
        assert granted
        with connection.cursor() as cursor:
            cursor.execute(granted[1])
        _run("SET LOCAL ROLE kehuma_worker")


@pytest.fixture
def code() -> str:
    services.publish(SOURCE, actor="小王", at=NOON)
    return services.issue("visitor", {}, request_key="r1", actor="小王", at=NOON).code


def test_the_table_has_attempts_for_each_store() -> None:
    assert {(who, outcome) for _, who, outcome in ATTEMPTS} >= {
        ("SQLite", "refused"), ("worker", "refused"), ("owner", "refused"), ("owner", "noticed"), ("SQLite", "noticed"),
    }  # fmt: skip


@pytest.mark.parametrize(("sql", "who", "outcome"), ATTEMPTS, ids=[f"{who}: {sql}" for sql, who, _ in ATTEMPTS])
def test_an_attempt_ends_as_the_table_says(sql: str, who: str, outcome: str, code: str) -> None:
    if (who == "SQLite") != (connection.vendor == "sqlite") or outcome == "–":
        return
    if who != "SQLite":
        # What waits for the end of the transaction would hinder the attempt before any trigger does.
        _run("SET CONSTRAINTS ALL IMMEDIATE")
    _as(who)
    if outcome == "refused":
        with pytest.raises(DatabaseError, match=r"permanent|must be owner|permission denied"), transaction.atomic():
            _run(sql)
        assert queries.faults() == []
        assert queries.issued(code)
    else:
        _run(sql)
        assert queries.faults()
