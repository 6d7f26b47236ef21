"""Many at once, and killed in the middle: no code twice, no number lost, the same codes again."""

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

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
            print(code, flush=True)
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


@pytest.fixture
def home(tmp_path: Path) -> Path:
    _ends_well(_start(PUBLISH, tmp_path))
    return tmp_path


def _start(code: str, home: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "KEHUMA_HOME": str(home), "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", START + textwrap.dedent(code), *arguments]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _ends_well(process: subprocess.Popen[str]) -> list[str]:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert err == ""
    return out.splitlines()


def _stored(home: Path) -> list[tuple[str, int]]:
    store = sqlite3.connect(home / "kehuma.sqlite3")
    rows = store.execute("SELECT identity, number FROM codes_code ORDER BY number").fetchall()
    assert store.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert store.execute("PRAGMA foreign_key_check").fetchall() == []
    (following,) = store.execute("SELECT next FROM codes_counter").fetchone() or (1,)
    assert following == len(rows) + 1
    store.close()
    return rows


def test_threads_and_processes_issuing_at_once_leave_no_duplicate_and_no_gap(home: Path) -> None:
    code = ISSUE.replace("PER_THREAD", str(PER_THREAD)).replace("THREADS", str(THREADS))
    processes = [_start(code, home, name) for name in ("first", "second")]
    told = [line for process in processes for line in _ends_well(process)]
    everyone = 2 * THREADS * PER_THREAD
    assert len(told) == len(set(told)) == everyone
    stored = _stored(home)
    assert sorted(told) == [identity for identity, _ in stored]
    assert [number for _, number in stored] == list(range(1, everyone + 1))


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
def test_a_file_killed_in_the_middle_goes_on_where_it_was_with_the_same_codes(home: Path) -> None:
    code = FILE.replace("ROWS", "4000")
    killed = _start(code, home)
    assert killed.stdout is not None
    seen = [killed.stdout.readline().split()[1] for _ in range(700)]
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    stored = _stored(home)
    assert 700 <= len(stored) < 4000
    assert len(stored) % 500 == 0
    again = [line.split() for line in _ends_well(_start(code, home))]
    assert [kind for kind, _ in again] == ["known"] * len(stored) + ["coded"] * (4000 - len(stored))
    assert [code for _, code in again][:700] == seen
    assert [identity for identity, _ in _stored(home)] == [code for _, code in again]
