"""The command line in this process (fast), and as a program of its own (true)."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kehuma.cli.main import app
from kehuma.cli.texts import speak

HERE = Path(__file__).resolve().parents[2]

REGION_INDUSTRY = """\
kehuma = 1
name = "region-industry"
title = { zh = "客户编码", en = "Customer code" }
template = "{region}-{industry}-{serial:4}-{check}"

[segments.region]
kind = "lookup"
dictionary = "cn-province"

[segments.industry]
kind = "lookup"
dictionary = "cn-industry"

[segments.serial]
overflow = "lengthen"

[segments.check]
algorithm = "iso7064-mod37-2"

[[examples]]
given = { region = "北京", industry = "信息技术" }
serial = 1
code = "BJ-IT-0001-Y"
"""


@dataclass(frozen=True, slots=True)
class Ended:
    """What a command left behind."""

    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def _chinese(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("KEHUMA_LANG", raising=False)
    yield
    speak("zh")


@pytest.fixture
def kehuma() -> Callable[..., Ended]:
    """A command in this process; whatever ends it must be an exit code."""

    def run(*words: object) -> Ended:
        result = CliRunner().invoke(app, [str(word) for word in words])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert "Traceback" not in result.output
        return Ended(result.exit_code, result.stdout, result.stderr)

    return run


@pytest.fixture
def environment(tmp_path: Path) -> Callable[..., dict[str, str]]:
    """The environment of a program of ours, with a data folder of its own."""

    def made(**more: str) -> dict[str, str]:
        return {**os.environ, "KEHUMA_HOME": str(tmp_path / "home"), "PYTHONPATH": str(HERE / "src"), **more}

    return made


@pytest.fixture
def with_tables(tmp_path: Path, made_store: Path) -> None:
    """The programs of this test find their tables made."""
    (tmp_path / "home").mkdir(mode=0o700)
    shutil.copy(made_store, tmp_path / "home")


@pytest.fixture
def program(tmp_path: Path, environment: Callable[..., dict[str, str]]) -> Callable[..., Ended]:
    """A command as a program."""

    def run(*words: object, **more: str) -> Ended:
        done = subprocess.run(
            [sys.executable, "-m", "kehuma", *map(str, words)],
            env=environment(**more),
            cwd=tmp_path,
            capture_output=True,
            check=False,
        )
        out, err = done.stdout.decode("utf-8"), done.stderr.decode("utf-8")
        assert "Traceback" not in out + err
        return Ended(done.returncode, out, err)

    return run


@pytest.fixture
def scheme(tmp_path: Path) -> Path:
    """The scheme that most tests code with."""
    path = tmp_path / "region-industry.toml"
    path.write_text(REGION_INDUSTRY, encoding="utf-8")
    return path
