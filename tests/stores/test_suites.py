"""The same tests on the other store: what the register and the search promise, they promise on PostgreSQL too.

A selection, for the whole suite on SQLite; ``run.py test postgres`` takes all that have to do with a store.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.sqlite

HERE = Path(__file__).resolve().parents[2]
SUITES = (
    "apps/alarms",
    "apps/audit",
    "apps/codes",
    "apps/connectors/test_delivering.py",
    "apps/customers/test_searching.py",
    "apps/customers/test_waiting.py",
    "apps/customers/test_sealing.py",
    "apps/customers/test_erasing.py",
    "apps/sealing",
    "lib/search",
    "lib/test_lists.py",
    "stores/test_command_line.py",
    "stores/test_moving.py::test_the_server_goes_on_where_the_file_ended_and_the_file_gives_out_nothing",
    "stores/test_postgresql.py",
    "stores/test_search.py",
    "stores/test_stops.py",
)

# The walk through the browser that every store must carry.
WALK = ("browser/test_walk.py", "-k", "zh-1440 and not keyboard")
NO_SERVER = 77


def on_postgresql(*arguments: str) -> str:
    """The last line of a run of these tests on PostgreSQL, which succeeded."""
    kept = {key: text for key, text in os.environ.items() if not key.startswith(("PYTEST_", "COVERAGE_", "COV_"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *arguments],
        env={**kept, "KEHUMA_TEST_STORE": "postgres"},
        cwd=HERE,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == NO_SERVER:
        pytest.skip((done.stderr or done.stdout).strip().splitlines()[-1])
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    return done.stdout.splitlines()[-1]


def test_the_register_and_the_search_keep_their_promises_on_postgresql() -> None:
    assert " skipped" not in on_postgresql(*(str(HERE / "tests" / suite) for suite in SUITES))


def test_the_first_hour_of_a_company_goes_as_well_on_postgresql() -> None:
    walk, *chosen = WALK
    if " skipped" in on_postgresql(str(HERE / "tests" / walk), *chosen):
        pytest.skip("no Chromium on this machine: install one, or name it in KEHUMA_CHROMIUM")
