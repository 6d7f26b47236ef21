"""``kehuma demo``: the whole product in one command, from nothing and again."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


def test_the_demonstration_checks_itself_from_any_folder(program: Run, tmp_path: Path) -> None:
    first = program("demo", "--once", "--rows", "600")
    assert first.code == 0, first.err
    assert first.out.count("✓ ") >= 6
    assert (tmp_path / "home" / "demo" / "coded.csv").exists()
    assert not (tmp_path / "home" / "kehuma.sqlite3").exists()
    again = program("demo", "--once", "--rows", "600", "--lang", "en")
    assert again.code == 0, again.err
    assert any(line.split()[:3] == ["600", "0", "0"] or line.split()[1:2] == ["0"] for line in again.out.splitlines())


def test_the_commands_that_it_recommends_work(program: Run, tmp_path: Path) -> None:
    shown = program("demo", "--rows", "300", "--home", tmp_path / "shown").out
    lines = [line.strip() for line in shown.splitlines() if "-m kehuma" in line]
    assert len(lines) >= 5
    for line in lines:
        words = line.split(" -m kehuma ")[1].split()
        ended = program(*words, KEHUMA_HOME=str(tmp_path / "shown"))
        assert ended.code == 0, line


@pytest.mark.parametrize("words", [["--rows", "0"], ["--rows", "-1"], ["--rows", "many"], ["--seed", "x"]])
def test_figures_that_are_none_are_refused(kehuma: Run, words: list[str]) -> None:
    ended = kehuma("demo", *words)
    assert (ended.code, ended.out) == (1, "")
    assert words[0] in ended.err
