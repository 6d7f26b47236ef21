"""What only PostgreSQL has: the triggers, settings and roles that keep its rows."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, connections, transaction

from kehuma.apps.codes import queries, services
from kehuma.apps.codes.health import PERMANENT_TABLES
from kehuma.apps.codes.models import Code
from kehuma.engine.coding.dictionaries import Entry
from kehuma.lib.db import durability, rows, upgrading
from kehuma.lib.db.durability import NotDurableError
from kehuma.lib.db.locks import stand_alone
from kehuma.lib.db.prefixes import ByBytes

pytestmark = [pytest.mark.django_db, pytest.mark.postgresql]

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
CLERK = "小王"
SOURCE = """
kehuma = 1
name = "visitor"
template = "V-{serial:4}"
"""
MAY_CHANGE = {
    "codes_code": {"form", "state"},
    "codes_counter": {"next"},
    # It only orders; the sequencer numbers anew what another server has numbered.
    "audit_event": {"transaction"},
    "codes_alias": {"text"},
    "codes_reservation": {"ended"},
}
PAGE = Path(__file__).resolve().parents[2] / "docs/how-to/use-postgresql.md"


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


@contextmanager
def refused(match: str, kind: type[Exception] = IntegrityError) -> Iterator[None]:
    """What is refused also ends the transaction, so each attempt has one of its own."""
    with pytest.raises(kind, match=match), transaction.atomic():
        yield


def issue(key: str) -> str:
    return services.issue("visitor", {}, request_key=key, actor=CLERK, at=NOON).code


@pytest.fixture
def one_of_everything() -> None:
    services.publish(SOURCE, actor=CLERK, at=NOON)
    services.extend_dictionary("cn-industry", [Entry("ZZ", "养猫")], actor=CLERK, at=NOON)
    code, hour = issue("r1"), timedelta(hours=1)
    kept = services.reserve("visitor", {}, request_key="k", owner=CLERK, until=NOON + hour, actor=CLERK, at=NOON)
    services.retire(code, "left", actor=CLERK, at=NOON)
    services.add_alias(kept.code, "V-0004", actor=CLERK, at=NOON)
    services.end_alias(kept.code, "V-0004", "ended", actor=CLERK, at=NOON)
    services.adopt("visitor", ["V-0009"], source="old", actor=CLERK, at=NOON)


@pytest.mark.usefixtures("one_of_everything")
@pytest.mark.parametrize("role", ["origin", "replica"])
@pytest.mark.parametrize("table", PERMANENT_TABLES)
def test_no_row_goes_away_not_even_for_a_replica(table: str, role: str) -> None:
    run(f"SET LOCAL session_replication_role = {role}")
    with refused(f"{table}: rows are permanent, delete refused"):
        run(f"DELETE FROM {table}")  # noqa: S608
    with refused("rows are permanent, truncate refused"):
        run(f"SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE {table} CASCADE")


@pytest.mark.usefixtures("one_of_everything")
@pytest.mark.parametrize("table", PERMANENT_TABLES)
def test_only_what_may_change_can_be_changed(table: str) -> None:
    with connection.cursor() as cursor:
        columns = [column.name for column in connection.introspection.get_table_description(cursor, table)]
    for column in columns:
        change = f"UPDATE {table} SET {column} = {_another(table, column)}"  # noqa: S608
        if column in MAY_CHANGE.get(table, set()):
            run(change)
        else:
            with refused("rows are permanent, update refused"):
                run(change)


def _another(table: str, column: str) -> str:
    """A value of the same type that is not the one there."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT data_type FROM information_schema.columns WHERE table_name = %s AND column_name = %s",
            [table, column],
        )
        (kind,) = cursor.fetchone()
    return {
        "bigint": "1000",
        "integer": "1000",
        "smallint": "100",
        "boolean": "true",
        "character varying": "'void'",
        "text": "'void'",
        "jsonb": "'[0]'",
        "bytea": r"'\x00'",
        "uuid": "gen_random_uuid()",
        "xid8": "'1'",
        "date": "'2000-01-01'",
        "timestamp with time zone": "'2000-01-01'",
    }[kind]


@pytest.mark.usefixtures("one_of_everything")
def test_no_row_is_put_in_the_place_of_another() -> None:
    columns = "identity, loose, form, version_id, snapshot, request, facts, state, issued_at"
    for key in ("identity", "request", "id"):
        chosen = columns if key != "id" else f"id, {columns}"
        with refused("rows are permanent, update refused"):
            run(
                f"INSERT INTO codes_code ({chosen}) SELECT {chosen} FROM codes_code"  # noqa: S608
                f" ON CONFLICT ({key}) DO UPDATE SET facts = '\\x00'"
            )


@pytest.mark.usefixtures("one_of_everything")
def test_a_counter_never_goes_back() -> None:
    run("UPDATE codes_counter SET next = next + 1")
    with refused("lower_next refused"):
        run("UPDATE codes_counter SET next = next - 1")


@pytest.mark.parametrize(
    "change",
    [
        "DROP TRIGGER codes_code_no_truncate ON codes_code",
        "ALTER TABLE codes_code DISABLE TRIGGER codes_code_no_truncate",
        "ALTER TABLE codes_code ENABLE TRIGGER codes_code_no_truncate",
    ],
    ids=["gone", "off", "asleep on a replica"],
)
def test_a_trigger_that_does_not_watch_is_noticed(change: str) -> None:
    assert queries.faults() == []
    run(change)
    assert queries.faults() == ["trigger-missing: codes_code_no_truncate"]


@pytest.mark.usefixtures("one_of_everything")
def test_nothing_is_issued_while_commits_are_not_durable() -> None:
    run("SET LOCAL synchronous_commit = off")
    assert durability.faults(connection) == ("synchronous_commit = off, must be on",)
    with refused("synchronous_commit", NotDurableError):
        issue("r2")


@pytest.mark.usefixtures("one_of_everything")
def test_a_role_that_owns_nothing_can_issue_and_cannot_disarm() -> None:
    (granted,) = re.findall(
        r"^```sql\n(CREATE ROLE kehuma_worker.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    run(granted)
    run("SET LOCAL ROLE kehuma_worker")
    assert issue("r2") == "V-0010"
    for attempt in (
        "ALTER TABLE codes_code DISABLE TRIGGER ALL",
        "DROP TRIGGER codes_code_no_delete ON codes_code",
        "DELETE FROM codes_code",
        "TRUNCATE codes_code",
        "SET session_replication_role = replica",
        "CREATE OR REPLACE FUNCTION kehuma_refuse() RETURNS trigger LANGUAGE sql AS 'SELECT 1'",
    ):
        with refused("must be owner|permission denied", DatabaseError):
            run(attempt)


def test_a_lock_needs_a_transaction_to_end_with(monkeypatch: pytest.MonkeyPatch) -> None:
    stand_alone("request", b"\x00", "\ud800")
    with monkeypatch.context() as patch:
        patch.setattr(connections["default"], "in_atomic_block", False)
        with pytest.raises(RuntimeError):
            stand_alone("request")


def test_reserved_ids_are_those_that_rows_without_one_never_get() -> None:
    ids = rows.reserve_ids("audit_event", 3)
    assert list(ids) == list(range(ids[0], ids[0] + 3))
    services.publish(SOURCE, actor=CLERK, at=NOON)
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(id) FROM audit_event")
        assert cursor.fetchone()[0] > ids[-1]


def test_hosts_that_start_at_once_make_the_tables_once(tmp_path: Path, empty_store: Callable[[Path], Any]) -> None:
    assert upgrading.is_current()
    code = "import django; django.setup(); from kehuma.lib.db import upgrading; upgrading.upgrade()"
    with empty_store(tmp_path) as (environment, connected):
        known = {**os.environ, **environment, "PYTHONPATH": os.pathsep.join(sys.path)}
        both = [subprocess.Popen([sys.executable, "-c", code], env=known, stderr=subprocess.PIPE) for _ in range(2)]
        assert [process.communicate()[1] for process in both] == [b"", b""]
        assert [process.returncode for process in both] == [0, 0]
        with connected() as store:
            assert store.execute("SELECT count(*) FROM codes_code").fetchone() == (0,)


def test_a_database_that_orders_texts_by_the_operating_system_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    run("UPDATE pg_database SET datcollate = 'zh_CN.UTF-8' WHERE datname = current_database()")
    monkeypatch.setattr(upgrading, "is_current", lambda: False)
    with refused("collation = zh_CN.UTF-8, must be C", NotDurableError):
        upgrading.upgrade()


def test_codes_that_begin_so_are_read_from_the_index_of_beginnings() -> None:
    asked = Code.objects.filter(loose__begins="ZJ").order_by(ByBytes("loose")).values("identity")[:100]
    with connection.cursor() as cursor:
        # An empty table is read as a whole and sorted otherwise; by the common index it would be in another order.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
    assert "codes_code_loose_begins" in asked.explain()
