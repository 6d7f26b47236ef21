"""Certificates, verification, export and recovery from the command line."""

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.sqlite, pytest.mark.usefixtures("with_tables")]

TOOL = Path(__file__).parents[2] / "tools" / "verify.py"
Program = Callable[..., Any]


@pytest.fixture
def code(program: Program, scheme: Path) -> str:
    """The first code of a register of its own."""
    done = program("issue", "--scheme", scheme, "region=北京", "industry=信息技术")
    assert done.code == 0, done.err
    return "BJ-IT-0001-Y"


def test_a_certificate_is_made_and_holds_here_and_elsewhere(code: str, program: Program, tmp_path: Path) -> None:
    made = program("proof", code.lower().replace("-", ""), "--output", tmp_path / "one")
    assert (made.code, code in made.out) == (0, True)
    key = made.err.strip().rpartition("：")[2]
    held = program("verify", tmp_path / "one")
    assert (held.code, code in held.out) == (0, True)
    elsewhere = program("verify", tmp_path / "one", "--key", key, "--json", KEHUMA_HOME=str(tmp_path / "other"))
    assert json.loads(elsewhere.out)["value"] == code
    tool = [sys.executable, str(TOOL), "certificate", str(tmp_path / "one"), "--key", key]
    assert subprocess.run(tool, capture_output=True, check=False).returncode == 0
    opening = tmp_path / "one.opening.json"
    opening.write_text(opening.read_text("utf-8").replace("0001", "0002"), "utf-8")
    assert program("verify", tmp_path / "one").code == 1
    again = json.loads(program("proof", code, "--json").out)
    assert (again["code"], again["opening"]["value"], again["index"]) == (code, code, 1)


def test_what_a_command_gave_out_stands_in_the_log_when_it_ends(code: str, tmp_path: Path) -> None:
    assert code
    with closing(sqlite3.connect(tmp_path / "home" / "kehuma.sqlite3")) as store:
        there = store.execute("SELECT count(*), (SELECT count(*) FROM audit_leaf) FROM audit_event").fetchone()
    assert there[0] == there[1] > 1


def test_codes_of_every_origin_have_certificates(code: str, program: Program, tmp_path: Path) -> None:
    (tmp_path / "old.txt").write_text("SH-FI-0007-M\nSH-FI-0008-K\n", "utf-8")
    assert program("codes", "adopt", "region-industry", tmp_path / "old.txt").code == 0
    assert program("codes", "issue", "region-industry", "BJ-IT-0042-G").code == 0
    kept = program("codes", "reserve", "--scheme", "region-industry", "region=四川", "industry=金融")
    for one in (code, "SH-FI-0007-M", "SH-FI-0008-K", "BJ-IT-0042-G", kept.out.split()[0]):
        assert json.loads(program("proof", one, "--json").out)["opening"]["value"] == one
    assert program("verify").code == 0


def test_what_has_no_certificate_is_one_sentence(code: str, program: Program, tmp_path: Path) -> None:
    assert program("proof", "ZZ-99").code == 1
    assert program("proof", code, "--output", tmp_path / "one").code == 0
    assert program("proof", code, "--output", tmp_path / "one").code == 1
    assert program("verify", tmp_path / "none").code == 1
    other = program("verify", tmp_path / "one", KEHUMA_HOME=str(tmp_path / "other"))
    assert (other.code, "--key" in other.err) == (1, True)


def test_the_log_is_verified_and_a_change_is_named(code: str, program: Program, tmp_path: Path) -> None:
    assert program("log", "checkpoint").out.splitlines()[1] == "2"
    fine = program("verify", "--lang", "en")
    assert (fine.code, "nothing was changed" in fine.out) == (0, True)
    with closing(sqlite3.connect(tmp_path / "home" / "kehuma.sqlite3")) as store:
        store.execute("DROP TRIGGER audit_event_no_update")
        store.execute("UPDATE audit_event SET subject = 'BJ-IT-0009' WHERE subject = ?", [code])
        store.commit()
    found = json.loads(program("verify", "--json").out)
    assert [(fault["index"], fault["message"]) for fault in found["faults"]] == [(1, "event-changed")]
    said = program("verify")
    assert (said.code, "第 1 号条目" in said.out) == (1, True)


def test_an_export_is_verified_without_kehuma(code: str, program: Program, tmp_path: Path) -> None:
    assert program("log", "export", tmp_path / "out", KEHUMA_LANG="en").code == 0
    folder = tmp_path / "out"
    assert sorted(path.name for path in folder.iterdir()) == ["checkpoint", "key", "log.jsonl", "witness"]
    words = ["log", folder / "log.jsonl", "--checkpoint", folder / "checkpoint", "--key", folder / "key"]
    tool = [sys.executable, TOOL, *words, "--witness", folder / "witness"]
    done = subprocess.run(list(map(str, tool)), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert program("log", "export", folder).code == 1
    assert code


def test_an_old_database_is_recovered_when_that_was_agreed_to(code: str, program: Program, tmp_path: Path) -> None:
    store = tmp_path / "home" / "kehuma.sqlite3"
    assert program("recover").code == 0
    program("log", "checkpoint")
    shutil.copy(store, tmp_path / "old")
    program("log", "checkpoint")
    assert program("issue", "--scheme", "region-industry", "region=上海", "industry=信息技术").code == 0
    program("log", "checkpoint")
    for end in ("-wal", "-shm"):
        store.with_name(store.name + end).unlink(missing_ok=True)
    shutil.copy(tmp_path / "old", store)
    asked = program("recover", KEHUMA_LANG="en")
    assert (asked.code, "recover --yes" in asked.err) == (1, True)
    assert program("verify").code == 1
    done = program("recover", "--yes", KEHUMA_LANG="en")
    assert done.code == 0, done.err
    assert program("verify").code == 0
    assert program("recover").code == 0
    assert code
