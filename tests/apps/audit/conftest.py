"""A log of its own for each test: its keys and its witness lie in a folder of the test."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from kehuma.apps.audit import sequencing, services
from kehuma.apps.audit.sequencing import Sequenced
from kehuma.lib import keys

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
ACTOR = "小王"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of the test, with the key that every register has."""
    monkeypatch.setattr(settings, "KEHUMA_HOME", tmp_path)
    keys.installation_key(tmp_path)
    yield_fence()
    return tmp_path


def yield_fence() -> None:
    """Let the next one who issues look at the witness again."""
    connection.kehuma_fence = None  # type: ignore[attr-defined]


Done = Callable[..., None]


@pytest.fixture
def happen(place: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> Done:
    """``happen("BJ-1", "BJ-2")``: an event for each, committed."""
    del place

    def _happen(*subjects: str, kind: str = "codes.issued") -> None:
        with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
            for subject in subjects:
                services.record(kind, subject, {"version": 1, "taken": []}, actor=ACTOR, at=NOON)

    return _happen


@pytest.fixture
def sequence(
    place: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> Callable[..., Sequenced]:
    """The sequencer, as the worker calls it."""
    del place

    def _sequence(at: datetime = NOON, *, keeps: bool = False) -> Sequenced:
        with django_capture_on_commit_callbacks(execute=True):
            return services.sequence(at, keeps_checkpoint=keeps)

    return _sequence


@pytest.fixture(autouse=True)
def _first_run(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sequencing, "_IS_NEW", [True])
    yield
    yield_fence()
