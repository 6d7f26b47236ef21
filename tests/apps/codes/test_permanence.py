"""The database itself refuses to rewrite history, also for a connection that knows nothing of us."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from kehuma.apps.codes import health, queries
from kehuma.apps.codes.history_models import Alias, AliasEnd, Reservation, Skip, StateChange
from kehuma.apps.codes.models import Code, Counter

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
TABLES = health.PERMANENT_TABLES
MAY_CHANGE = {
    "codes_code": {"form", "state"},
    "codes_counter": {"next"},
    "codes_alias": {"text"},
    "codes_reservation": {"ended"},
}


def one_of_each() -> None:
    """A row in each of the tables that stand beside a code."""
    code, counter = Code.objects.get(), Counter.objects.get()
    StateChange.objects.create(code=code, before="issued", after="retired", reason="left", actor="小王", at=NOON)
    Reservation.objects.create(code=code, owner="小王", until=NOON, ended=True)
    alias = Alias.objects.create(code=code, kind="former", text="A", exact="A", loose="A", actor="小王", at=NOON)
    AliasEnd.objects.create(alias=alias, reason="ended", actor="小王", at=NOON)
    Skip.objects.create(counter=counter, first=7, last=9, reason="begun")


@pytest.fixture
def stranger(publish: Any, issue: Any, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A plain ``sqlite3`` connection, with the defaults of SQLite, to a copy of a register with one of everything."""
    publish("customer")
    issue("customer", "r1", region="北京", industry="软件")
    one_of_each()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO codes_dictionaryextension (name, version, entries, digest, imported_at)"
            " VALUES ('cn-industry', 1, '[]', '', '2026-11-22')"
        )
        # Only the register: the full-text index of the customers brings tables that make themselves.
        cursor.execute(
            "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name NOT LIKE '%_fts%' AND name NOT LIKE 'sqlite_%'"
        )
        schema = [sql for (sql,) in cursor.fetchall()]
        rows = {}
        for table in TABLES:
            cursor.execute(f"SELECT * FROM {table}")  # noqa: S608
            rows[table] = cursor.fetchall()
    copy = sqlite3.connect(tmp_path / "copy.sqlite3")
    for sql in schema:
        copy.execute(sql)
    for table, found in rows.items():
        assert found, table
        copy.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(found[0]))})", found)  # noqa: S608
    copy.commit()
    yield copy
    copy.close()


def _columns(store: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in store.execute(f"PRAGMA table_info({table})")]


@pytest.mark.parametrize("table", TABLES)
def test_no_row_is_deleted(stranger: sqlite3.Connection, table: str) -> None:
    with pytest.raises(sqlite3.IntegrityError, match=f"{table}: rows are permanent, delete refused"):
        stranger.execute(f"DELETE FROM {table}")  # noqa: S608


@pytest.mark.parametrize("table", TABLES)
def test_only_what_may_change_can_be_changed(stranger: sqlite3.Connection, table: str) -> None:
    may = MAY_CHANGE.get(table, set())
    for column in _columns(stranger, table):
        change = f"UPDATE {table} SET {column} = {1000 if column in ('next', 'ended') else repr('void')}"  # noqa: S608
        if column in may:
            stranger.execute(change)
        else:
            with pytest.raises(sqlite3.IntegrityError):
                stranger.execute(change)
            with pytest.raises(sqlite3.IntegrityError):
                stranger.execute(change.replace("UPDATE", "UPDATE OR REPLACE"))


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("verb", ["REPLACE", "INSERT OR REPLACE", "INSERT"])
def test_no_row_is_put_in_the_place_of_another(stranger: sqlite3.Connection, table: str, verb: str) -> None:
    row = list(stranger.execute(f"SELECT * FROM {table}").fetchone())  # noqa: S608
    columns = _columns(stranger, table)
    uniques = [columns[:1], *_unique_keys(stranger, table)]
    for number, kept in enumerate(uniques):
        other = [value if column in kept else _other(value, number) for column, value in zip(columns, row, strict=True)]
        with pytest.raises(sqlite3.IntegrityError):
            stranger.execute(f"{verb} INTO {table} VALUES ({', '.join('?' * len(row))})", other)


def _unique_keys(store: sqlite3.Connection, table: str) -> list[list[str]]:
    indexes = [row[1] for row in store.execute(f"PRAGMA index_list({table})") if row[2]]
    return [[row[2] for row in store.execute(f"PRAGMA index_info({index})")] for index in indexes]


def _other(value: object, number: int) -> object:
    match value:
        case int():
            return value + 100 + number
        case bytes():
            return bytes([number]) * 16
        case str() if value in ("issued", "[]") or value.startswith("{"):
            return value
        case _:
            return f"{value}{number}"


def test_a_counter_never_goes_back(stranger: sqlite3.Connection) -> None:
    stranger.execute("UPDATE codes_counter SET next = next + 1")
    with pytest.raises(sqlite3.IntegrityError, match="codes_counter"):
        stranger.execute("UPDATE codes_counter SET next = next - 1")


def test_every_table_of_ours_says_what_personal_data_it_holds() -> None:
    for label in ("audit", "access", "codes"):
        for model in apps.get_app_config(label).get_models():
            assert isinstance(model.personal_data, dict)  # type: ignore[attr-defined]


def test_a_missing_trigger_is_noticed() -> None:
    assert queries.faults() == []
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER codes_code_no_delete")
    assert queries.faults() == ["trigger-missing: codes_code_no_delete"]
