"""A log of its own for each test, people who look at it, and codes to look at."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from kehuma.apps.access import services as people
from kehuma.apps.audit import sequencing
from kehuma.apps.audit import services as audit
from kehuma.apps.codes import services as codes
from kehuma.lib import clock, keys

RULE = Path(__file__).resolve().parents[3] / "schemes" / "region-industry.toml"
FACTS = {"region": "北京", "industry": "信息技术"}


@pytest.fixture(autouse=True)
def place(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder of its own; work is done when it is asked for."""
    settings.KEHUMA_HOME = tmp_path / "home"
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
    (tmp_path / "home").mkdir(mode=0o700)
    keys.installation_key(tmp_path / "home")
    monkeypatch.setattr(sequencing, "_IS_NEW", [True])
    connection.kehuma_fence = None  # type: ignore[attr-defined]
    yield tmp_path / "home"
    connection.kehuma_fence = None  # type: ignore[attr-defined]


@pytest.fixture
def sequence(django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> Callable[[], int]:
    """The sequencer, as the worker calls it; how many entries the log has."""

    def _sequence() -> int:
        with django_capture_on_commit_callbacks(execute=True):
            return audit.sequence(clock.now(), keeps_checkpoint=True).size

    return _sequence


@pytest.fixture
def code(admin: people.User) -> str:
    """A code that 林静怡 has given out."""
    codes.publish(RULE.read_text("utf-8"), actor=str(admin.uuid), at=clock.now())
    issued = codes.issue("region-industry", FACTS, request_key="1", actor=str(admin.uuid), at=clock.now())
    return issued.identity


@pytest.fixture
def auditor(person: Callable[..., people.User], client_of: Callable[[people.User], Client]) -> Client:
    """赵审计, 审计, signed in."""
    return client_of(person("赵审计", "zhaosj", "auditor"))


def text(answer: Any) -> str:
    """What a page says."""
    assert answer.status_code == 200
    return str(answer.content.decode())
