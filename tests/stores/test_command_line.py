"""The commands on a server: the same answers as on a file, and a doctor who knows the difference."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.postgresql


@dataclass(frozen=True, slots=True)
class Shell:
    environment: dict[str, str]
    connected: Callable[[], Any]

    def kehuma(self, *words: str, **more: str) -> tuple[int, str]:
        environment = {**os.environ, **self.environment, "PYTHONPATH": os.pathsep.join(sys.path), **more}
        command = [sys.executable, "-m", "kehuma", *words]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout + done.stderr


@pytest.fixture
def shell(tmp_path: Path, empty_store: Callable[[Path], Any]) -> Iterator[Shell]:
    (tmp_path / "visitor.toml").write_text('kehuma = 1\nname = "visitor"\ntemplate = "V-{serial:4}"\n')
    with empty_store(tmp_path) as (environment, connected):
        yield Shell(environment, connected)


def test_codes_come_from_the_server_and_the_doctor_finds_it_sound(shell: Shell, tmp_path: Path) -> None:
    assert shell.kehuma("doctor")[0] == 0
    scheme = str(tmp_path / "visitor.toml")
    assert shell.kehuma("scheme", "check", scheme)[0] == 0
    with shell.connected() as store:
        assert store.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)
    assert "V-0001" in shell.kehuma("issue", "--scheme", scheme)[1]
    assert "V-0001" in shell.kehuma("resolve", "v0001")[1]
    code, said = shell.kehuma("doctor", "--lang", "en")
    assert (code, said.count("✓"), "PostgreSQL" in said) == (0, 11, True)
    assert not (tmp_path / "kehuma.sqlite3").exists()


def test_the_doctor_sees_a_trigger_that_sleeps(shell: Shell, tmp_path: Path) -> None:
    shell.kehuma("issue", "--scheme", str(tmp_path / "visitor.toml"))
    with shell.connected() as store:
        store.execute("ALTER TABLE codes_code DISABLE TRIGGER codes_code_no_delete")
    code, said = shell.kehuma("doctor")
    assert (code, "trigger-missing: codes_code_no_delete" in said) == (1, True)


def test_a_server_that_is_not_there_is_one_sentence(shell: Shell) -> None:
    nowhere = {"KEHUMA_DATABASE_URL": "postgres://u:geheim@127.0.0.1:1/kehuma"}
    for words in (("doctor",), ("resolve", "V-0001")):
        code, said = shell.kehuma(*words, **nowhere)
        assert code == 1
        assert "geheim" not in said
    code, said = shell.kehuma("doctor", KEHUMA_DATABASE_URL="mysql://u:geheim@h/kehuma")
    assert (code, "geheim" in said) == (1, False)
