"""Many at once, and killed in the middle: no code twice, no number lost, the same codes again."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

START = """
import sys, threading
import django
django.setup()
from datetime import UTC, datetime
from django.db import connection
from kehuma.apps.codes import services
AT = datetime(2026, 11, 22, tzinfo=UTC)
"""
PUBLISH = """
from kehuma.lib.db import upgrading
upgrading.upgrade()
SOURCE = '''
kehuma = 1
name = "customer"
template = "C-{serial:6}"
[segments.serial]
allocation = "gapless"
'''
services.publish(SOURCE, actor="小王", at=AT)
"""
ISSUE = """
def work(name):
    try:
        for number in range(PER_THREAD):
            code = services.issue("customer", {}, request_key=f"{name} {number}", actor=name, at=AT).code
            sys.stdout.write(f"{code}\\n")
    finally:
        connection.close()
threads = [threading.Thread(target=work, args=(f"{sys.argv[1]} {number}",)) for number in range(THREADS)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""
FILE = """
batch = services.Batch("customer", [], source="file", actor="小王", at=AT)
for start in range(0, ROWS, 500):
    for outcome in batch.issue([(f"row {number}", ()) for number in range(start, start + 500)]):
        print(outcome.kind, outcome.code)
    sys.stdout.flush()
"""
THREADS, PER_THREAD = 8, 6


@dataclass(frozen=True, slots=True)
class Register:
    """A register of its own: what processes must know to find it, and a plain connection to it."""

    environment: dict[str, str]
    connected: Callable[[], Any]

    def start(self, code: str, *arguments: str) -> subprocess.Popen[str]:
        environment = {**os.environ, **self.environment, "PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, "-c", START + textwrap.dedent(code), *arguments]
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def stored(self) -> list[tuple[str, int]]:
        """The codes with their numbers; the counter stands behind them."""
        with closing(self.connected()) as store:
            rows: list[tuple[str, int]]
            rows = store.execute("SELECT identity, number FROM codes_code ORDER BY number").fetchall()
            (following,) = store.execute("SELECT next FROM codes_counter").fetchone() or (1,)
        assert following == len(rows) + 1
        return rows


@pytest.fixture
def register(tmp_path: Path, own_store: Callable[[Path], Any]) -> Iterator[Register]:
    with own_store(tmp_path) as (environment, connected):
        made = Register(environment, connected)
        _ends_well(made.start(PUBLISH))
        yield made


def _ends_well(process: subprocess.Popen[str]) -> list[str]:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert err == ""
    return out.splitlines()


@pytest.mark.parametrize("way", ["issue", "issue_waiting"], ids=["alone", "together"])
def test_threads_and_processes_issuing_at_once_leave_no_duplicate_and_no_gap(register: Register, way: str) -> None:
    code = ISSUE.replace("PER_THREAD", str(PER_THREAD)).replace("THREADS", str(THREADS)).replace("issue(", f"{way}(")
    processes = [register.start(code, name) for name in ("first", "second")]
    told = [line for process in processes for line in _ends_well(process)]
    everyone = 2 * THREADS * PER_THREAD
    assert len(told) == len(set(told)) == everyone
    stored = register.stored()
    assert sorted(told) == [identity for identity, _ in stored]
    assert [number for _, number in stored] == list(range(1, everyone + 1))


def test_files_sent_twice_at_once_get_one_code_per_row(register: Register) -> None:
    code = FILE.replace("ROWS", "1500")
    told = [_ends_well(process) for process in [register.start(code), register.start(code)]]
    codes = [[line.split()[1] for line in lines] for lines in told]
    assert codes[0] == codes[1]
    assert sorted(line.split()[0] for lines in told for line in lines) == ["coded"] * 1500 + ["known"] * 1500
    assert len(register.stored()) == 1500


@pytest.mark.parametrize("way", ["issue", "issue_waiting"], ids=["alone", "together"])
def test_a_request_asked_many_times_at_once_gets_one_code(register: Register, way: str) -> None:
    code = ISSUE.replace("PER_THREAD", "4").replace("THREADS", "4").replace('f"{name} {number}"', 'f"{number}"', 1)
    code = code.replace("issue(", f"{way}(")
    processes = [register.start(code, name) for name in ("first", "second")]
    told = [line for process in processes for line in _ends_well(process)]
    assert sorted(set(told)) == [identity for identity, _ in register.stored()] == [f"C-00000{n}" for n in range(1, 5)]
    assert len(told) == 2 * 4 * 4


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
def test_a_file_killed_in_the_middle_goes_on_where_it_was_with_the_same_codes(register: Register) -> None:
    code = FILE.replace("ROWS", "4000")
    killed = register.start(code)
    assert killed.stdout is not None
    seen = [killed.stdout.readline().split()[1] for _ in range(700)]
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    stored = register.stored()
    assert 700 <= len(stored) < 4000
    assert len(stored) % 500 == 0
    again = [line.split() for line in _ends_well(register.start(code))]
    assert [kind for kind, _ in again] == ["known"] * len(stored) + ["coded"] * (4000 - len(stored))
    assert [code for _, code in again][:700] == seen
    assert [identity for identity, _ in register.stored()] == [code for _, code in again]
