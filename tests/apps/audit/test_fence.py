"""The restore fence: a store older than its witness gives out nothing, and goes on beyond what was given out."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, transaction

from kehuma.apps.audit import fence, health, services, verifying, witness
from kehuma.apps.audit.errors import StoreBehindError, WitnessError
from kehuma.apps.audit.models import Event
from kehuma.lib.db import permanence

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def _forget() -> None:
    connection.kehuma_fence = None  # type: ignore[attr-defined]


@pytest.fixture
def lost(happen: Callable[..., None], sequence: Callable[..., Any]) -> Callable[..., None]:
    """A store that was put back: two events are there, the witness has seen more."""

    def _lost(*, is_sequenced: bool) -> None:
        happen("BJ-1", "BJ-2")
        sequence()
        mark = transaction.savepoint()
        happen("BJ-3", "BJ-4")
        if is_sequenced:
            sequence()
        transaction.savepoint_rollback(mark)
        _forget()

    return _lost


def test_a_store_that_is_what_the_witness_saw_issues(happen: Callable[..., None], sequence: Callable[..., Any]) -> None:
    services.require_current()
    happen("BJ-1")
    _forget()
    services.require_current()
    sequence()
    _forget()
    services.require_current()
    assert fence.contradiction() is None


@pytest.mark.parametrize("is_sequenced", [True, False])
def test_a_store_older_than_its_witness_issues_nothing(lost: Callable[..., None], *, is_sequenced: bool) -> None:
    lost(is_sequenced=is_sequenced)
    for _ in range(2):
        with pytest.raises(StoreBehindError) as refused:
            services.require_current()
        assert "kehuma recover" in refused.value.say("zh")
        assert "kehuma recover" in refused.value.say("en")


def test_the_sequencer_adds_nothing_to_a_store_that_is_behind(
    lost: Callable[..., None], happen: Callable[..., None], sequence: Callable[..., Any]
) -> None:
    lost(is_sequenced=True)
    happen("BJ-5")
    with pytest.raises(StoreBehindError):
        sequence()
    faults = verifying.verify().faults
    assert (faults[0].at, faults[0].message) == (2, "rolled-back")


def test_counters_jump_to_their_ceilings_and_new_keys_begin_there(
    lost: Callable[..., None], django_capture_on_commit_callbacks: Any, place: Path
) -> None:
    seen = witness.current()
    assert seen
    services.reach("customer", [("region=BJ", 5)])
    services.reach("customer", [("region=BJ", 6), ("region=SH", 3_001)])
    lost(is_sequenced=True)
    counters = {("customer", "region=BJ"): 4, ("customer", "region=TJ"): 9}
    assert services.jumps(counters) == {("customer", "region=BJ"): 25}
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        done = services.carry_on(counters, moved=1, actor="小王", at=NOON)
    assert done == (4, 2, 1, 1)
    _forget()
    services.require_current()
    assert services.recovered("customer", ["region=BJ", "region=SH", "region=GD"]) == {"region=SH": 4_001}
    verdict = verifying.verify()
    assert (verdict.faults, verdict.size, verdict.recovered) == ([], 3, 1)
    assert [path.name.rpartition(".")[2] for path in (place / "witness").glob("*.checkpoint-*")] == ["checkpoint-1"]
    assert "\n4\n" in Event.objects.get(kind="log.recovered").detail["checkpoint"]


def test_a_backup_of_the_time_before_a_recovery_is_recovered_like_any_other(
    happen: Callable[..., None], sequence: Callable[..., Any], django_capture_on_commit_callbacks: Any
) -> None:
    happen("BJ-1")
    sequence()
    beginning, seen = transaction.savepoint(), witness.current()
    assert seen
    happen("BJ-2", "BJ-3", "BJ-4", "BJ-5")
    sequence()
    transaction.savepoint_rollback(beginning)
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        services.carry_on({}, moved=0, actor="小王", at=NOON)
    note = seen.checkpoint()
    transaction.savepoint_rollback(beginning)
    seen._checkpoint.unlink()
    happen("BJ-2", "BJ-3", "BJ-4")
    sequence()
    seen.put(note)
    found = fence.contradiction()
    assert isinstance(found, StoreBehindError)
    assert "put back on purpose" in found.say("en")
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        services.carry_on({}, moved=0, actor="小王", at=NOON)
    _forget()
    services.require_current()
    assert verifying.verify().ok


def test_a_log_that_was_written_anew_is_no_continuation(
    happen: Callable[..., None], sequence: Callable[..., Any]
) -> None:
    mark = transaction.savepoint()
    happen("BJ-1", "BJ-2")
    seen, note = witness.current(), sequence().note
    transaction.savepoint_rollback(mark)
    happen("BJ-1", "BJ-2", "BJ-3")
    assert seen
    seen._checkpoint.unlink()
    sequence()
    seen.put(note)
    _forget()
    with pytest.raises(WitnessError, match="not those"):
        services.require_current()
    happen("BJ-4")
    with pytest.raises(WitnessError, match="not those"):
        sequence()
    assert [(fault.at, fault.message) for fault in verifying.verify().faults] == [(0, "witness-root")]


def test_the_doctor_learns_where_the_witness_lies(
    happen: Callable[..., None], lost: Callable[..., None], place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    happen("BJ-0")
    kept = health.looked()
    assert kept == (place / "witness", False, True, True, None)
    lost(is_sequenced=True)
    assert isinstance(health.looked().contradiction, StoreBehindError)
    monkeypatch.setattr(settings, "KEHUMA_WITNESS", str(place / "unmounted"))
    assert not health.looked().is_writable
    tables = {model._meta.db_table for model in apps.get_app_config("audit").get_models()}
    assert set(health.PERMANENT_TABLES) == tables - {"audit_work"}


@pytest.mark.parametrize("table", health.PERMANENT_TABLES)
def test_the_rows_of_the_log_are_permanent(table: str) -> None:
    assert permanence.missing(connection, [table]) == ()
