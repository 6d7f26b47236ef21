"""What every test stands on: a data folder of its own, and a database in a file."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections
from hypothesis import settings as laws

# Deterministic: the same examples on every machine and in every run. No deadline: the machine is shared.
laws.register_profile("kehuma", derandomize=True, deadline=None, max_examples=60)
laws.load_profile("kehuma")


@pytest.fixture(scope="session", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """``KEHUMA_HOME`` of the whole run, for this process and for those that it starts."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KEHUMA_HOME", str(folder))
        patch.setattr(settings, "KEHUMA_HOME", folder)
        patch.setattr(settings, "SECRET_KEY", "tests only")
        yield folder


@pytest.fixture(scope="session")
def django_db_modify_db_settings(home: Path) -> None:
    """The test database is a file: only a file has a write-ahead log, and locks that another process sees."""
    connections["default"].settings_dict["TEST"]["NAME"] = str(home / "test.sqlite3")
