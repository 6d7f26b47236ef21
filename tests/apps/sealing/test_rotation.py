"""Key versions come and go while everything goes on."""

import os
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django_tasks_db.models import DBTaskResult

from kehuma.apps.audit.models import Event
from kehuma.apps.sealing import keyring, queries, rewrapping, services, tasks
from kehuma.apps.sealing.errors import StoreSealedError
from kehuma.apps.sealing.models import KeyVersion, SubjectKey
from kehuma.engine.encryption.errors import VersionError
from kehuma.engine.encryption.versions import version_of
from kehuma.lib.db import rows

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
ACTOR = "cli:test"
PLACE = queries.Column("customers_customer", "sealed")
WANG = {"name": "王小明"}


def _rotate() -> int:
    return services.rotate(actor=ACTOR, at=NOON)


def _rewrap() -> services.Moved:
    return services.rewrap(actor=ACTOR, at=NOON)


def _versions() -> dict[int, int]:
    return {one.number: one.subjects for one in queries.status().versions}


def test_a_new_version_wraps_at_once_and_the_old_one_opens() -> None:
    (old,) = services.new_subjects(1)
    sealed = services.seal_row(old.key, PLACE, WANG)
    assert _rotate() == 2
    (new,) = services.new_subjects(1)
    keys = queries.opened([old.id, new.id])
    assert queries.open_row(keys[old.id], PLACE, sealed) == WANG
    assert _versions() == {1: 1, 2: 1}
    assert queries.status().moved == 0.0


def test_all_data_keys_move_and_open_what_they_did(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rewrapping, "_TOGETHER", 3)
    made = services.new_subjects(10)
    sealed = [services.seal_row(one.key, PLACE, WANG) for one in made]
    _rotate()
    told: list[float] = []
    assert services.rewrap(actor=ACTOR, at=NOON, report=told.append) == (10, 0)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert (_versions(), queries.status().moved) == ({1: 0, 2: 10}, None)
    keys = queries.opened([one.id for one in made])
    assert [queries.open_row(keys[one.id], PLACE, blob) for one, blob in zip(made, sealed, strict=True)] == [WANG] * 10
    assert {version_of(_stored(one.id)) for one in made} == {2}
    assert _rewrap() == (0, 0)
    assert [event.kind for event in Event.objects.filter(kind__startswith="sealing.").order_by("id")] == [
        "sealing.rotated",
        "sealing.rewrapped",
    ]


def test_a_move_that_was_broken_off_goes_on_from_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rewrapping, "_TOGETHER", 3)
    services.new_subjects(7)
    _rotate()

    def stop(share: float) -> None:
        raise KeyboardInterrupt(share)

    with pytest.raises(KeyboardInterrupt):
        services.rewrap(actor=ACTOR, at=NOON, report=stop)
    moved = _versions()[2]
    assert moved < 7
    assert _rewrap().keys == 7 - moved
    assert _versions() == {1: 0, 2: 7}


def test_a_key_that_changed_meanwhile_is_not_overwritten() -> None:
    (one,) = services.new_subjects(1)
    old = _stored(one.id)
    assert rows.exchange("sealing_subjectkey", "wrapped", [(one.id, b"other", b"new")], beside=("version_id", 1)) == 0
    assert _stored(one.id) == old
    assert rows.exchange("sealing_subjectkey", "wrapped", [], beside=("version_id", 1)) in {0, -1}
    assert rows.exchange("sealing_subjectkey", "wrapped", [(one.id, old, b"new")], beside=("version_id", 1)) == 1


def test_a_version_in_use_is_not_retired() -> None:
    services.new_subjects(2)
    with pytest.raises(VersionError) as current:
        services.retire(1, actor=ACTOR, at=NOON)
    assert current.value.message == "version-current"
    _rotate()
    with pytest.raises(VersionError) as used:
        services.retire(1, actor=ACTOR, at=NOON)
    assert (used.value.message, used.value.facts["count"]) == ("version-in-use", 2)
    _rewrap()
    services.retire(1, actor=ACTOR, at=NOON)
    with pytest.raises(VersionError) as unknown:
        services.retire(1, actor=ACTOR, at=NOON)
    assert unknown.value.message == "version-unknown"
    assert list(KeyVersion.objects.values_list("number", flat=True)) == [2]
    assert _rotate() == 3


def test_a_row_written_meanwhile_under_the_old_version_is_counted() -> None:
    services.new_subjects(1)
    stale = keyring.current()
    _rotate()
    _rewrap()
    _bring(stale)
    with pytest.raises(VersionError) as used:
        services.retire(1, actor=ACTOR, at=NOON)
    assert used.value.facts["count"] == 1
    assert _rewrap().keys == 1
    services.retire(1, actor=ACTOR, at=NOON)


def test_what_a_process_brings_that_has_not_heard_of_a_retirement_is_refused() -> None:
    stale = keyring.current()
    _rotate()
    services.retire(1, actor=ACTOR, at=NOON)
    with pytest.raises(IntegrityError):
        _commit(stale)


def test_a_damaged_key_stays_where_it_is_and_the_others_move(caplog: pytest.LogCaptureFixture) -> None:
    first, _second = services.new_subjects(2)
    wrapped = _stored(first.id)
    SubjectKey.objects.filter(pk=first.id).update(wrapped=wrapped[:-1] + bytes([wrapped[-1] ^ 1]))
    _rotate()
    moved = _rewrap()
    assert (moved.keys, moved.faults >= 1) == (1, True)
    assert _versions() == {1: 1, 2: 1}
    assert queries.status().moved is not None
    assert str(first.id) in caplog.text


def test_a_sealed_installation_neither_rotates_nor_moves(sealed: None) -> None:  # noqa: ARG001
    with pytest.raises(StoreSealedError):
        _rotate()
    tasks.move_keys.func()
    assert KeyVersion.objects.count() == 1


def test_the_worker_goes_on_with_a_rotation_that_nobody_works_at(django_capture_on_commit_callbacks: Any) -> None:
    tasks.resume()
    assert DBTaskResult.objects.count() == 0
    services.new_subjects(3)
    _rotate()
    with django_capture_on_commit_callbacks(execute=True):
        tasks.resume()
        tasks.resume()
    assert DBTaskResult.objects.count() == 1
    tasks.move_keys.func()
    assert _versions() == {1: 0, 2: 3}


@transaction.atomic
def _commit(stale: Any) -> None:
    _bring(stale)
    # As at the end of a transaction that is not a test's.
    connection.check_constraints()


def _stored(subject: int) -> bytes:
    return bytes(SubjectKey.objects.get(pk=subject).wrapped or b"")


def _bring(stale: Any) -> None:
    uuid = uuid4()
    _, wrapped = stale.new_subject_key(uuid.hex, os.urandom)
    SubjectKey.objects.create(uuid=uuid, wrapped=wrapped, version_id=1)
