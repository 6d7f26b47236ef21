"""Who was erased stays erased, whatever backup is restored."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from kehuma.apps.audit.models import Event
from kehuma.apps.sealing import erasures, queries, services
from kehuma.apps.sealing.errors import ErasedError, KeysError
from kehuma.apps.sealing.models import SubjectKey

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
ACTOR = "cli:test"


@pytest.fixture
def erase(witness: Path, django_capture_on_commit_callbacks: Any) -> Any:
    """``erase(ids)``, committed; the list lies in a folder of the test."""
    assert witness.exists()

    def _erase(*ids: int) -> int:
        with django_capture_on_commit_callbacks(execute=True):
            return services.erase(ids, actor=ACTOR, at=NOON)

    return _erase


def test_an_erased_subject_has_no_key_and_the_others_keep_theirs(erase: Any) -> None:
    first, second = services.new_subjects(2)
    assert erase(first.id, first.id, 999_999) == 1
    assert set(queries.opened([first.id, second.id])) == {second.id}
    with pytest.raises(ErasedError):
        queries.opened_one(first.id)
    assert erase(first.id) == 0
    row = SubjectKey.objects.get(pk=first.id)
    assert (row.wrapped, row.erased_at) == (None, NOON)
    event = Event.objects.get(kind="sealing.erased")
    assert (event.subject, event.detail) == (row.uuid.hex, {"subjects": [row.uuid.hex]})


def test_an_older_backup_brings_nobody_back(erase: Any) -> None:
    first, second = services.new_subjects(2)
    backup = SubjectKey.objects.filter(pk=first.id).values().get()
    erase(first.id)
    _restore(backup)
    assert queries.opened([first.id])
    assert services.replay_erasures(actor=ACTOR, at=NOON) == [first.id]
    assert set(queries.opened([first.id, second.id])) == {second.id}
    assert services.replay_erasures(actor=ACTOR, at=NOON) == []


def test_the_same_id_of_somebody_else_is_left_alone(erase: Any) -> None:
    (first,) = services.new_subjects(1)
    erase(first.id)
    SubjectKey.objects.filter(pk=first.id).delete()
    (other,) = services.new_subjects(1)
    SubjectKey.objects.filter(pk=other.id).update(id=first.id)
    assert services.replay_erasures(actor=ACTOR, at=NOON) == []
    assert queries.opened([first.id])


def test_what_came_to_nothing_erases_nobody_later(witness: Path) -> None:
    (first,) = services.new_subjects(1)
    with transaction.atomic():
        services.erase([first.id], actor=ACTOR, at=NOON)
        transaction.set_rollback(True)
    assert services.replay_erasures(actor=ACTOR, at=NOON) == []
    assert queries.opened([first.id])
    assert witness.exists()


def test_what_a_crash_kept_from_the_list_is_added(witness: Path) -> None:
    (first,) = services.new_subjects(1)
    services.erase([first.id], actor=ACTOR, at=NOON)  # its transaction is never committed, so no line was written
    assert erasures.path().read_bytes() == b""
    services.replay_erasures(actor=ACTOR, at=NOON)
    assert erasures.path().read_bytes().split() == [
        str(first.id).encode(),
        SubjectKey.objects.get(pk=first.id).uuid.hex.encode(),
    ]
    assert erasures.path().parent == witness
    assert erasures.path().stat().st_mode & 0o777 == 0o600


def test_a_broken_line_spoils_no_other(erase: Any) -> None:
    first, second = services.new_subjects(2)
    erase(first.id)
    with erasures.path().open("ab") as file:
        file.write(b"77 00ff")
    erase(second.id)
    backup = [{**row, "erased_at": None} for row in SubjectKey.objects.values()]
    assert len(backup) == 2
    assert erasures._listed().keys() == {first.id, second.id}


@pytest.mark.parametrize("fault", ["no folder", "no file"])
def test_nothing_is_erased_that_a_backup_would_bring_back(witness: Path, fault: str) -> None:
    (first,) = services.new_subjects(1)
    if fault == "no folder":
        witness.rmdir()
    else:
        erasures.path().mkdir()
    with pytest.raises(KeysError) as refused:
        services.erase([first.id], actor=ACTOR, at=NOON)
    assert str(witness) in refused.value.say("zh")
    assert queries.opened([first.id])


def test_many_are_erased_at_once(erase: Any) -> None:
    made = services.new_subjects(1_100)
    assert erase(*[one.id for one in made]) == 1_100
    assert queries.status().erased == 1_100
    assert Event.objects.filter(kind="sealing.erased").count() == 3
    assert len(erasures._listed()) == 1_100


def _restore(row: Mapping[str, Any]) -> None:
    SubjectKey.objects.filter(pk=row["id"]).update(
        **{name: row[name] for name in ("wrapped", "version_id", "erased_at")}
    )
