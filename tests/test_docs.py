"""Every block of code in the pages is run, and what it prints is compared.

- ``python``: a doctest.
- ``console``: each ``$ kehuma …`` runs in a folder of its own per page, with ``schemes/`` beside it and a
  ``KEHUMA_HOME`` that nobody has used; the lines below it are what it prints (``…`` stands for anything). It must end
  with 0, or with the number that a following ``$ echo $?`` shows. README.md begins as on a new machine, without that
  folder; the other pages find their tables made, which takes as long as all their commands.
- ``csv file=customers.csv`` and the like: the file is there for the commands after it.
"""

import doctest
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent.parent
PAGES = [
    page for page in (HERE / "README.md", HERE / "README.zh-CN.md", *sorted(HERE.glob("docs/**/*.md"))) if page.exists()
]
BLOCK = re.compile(r"^```(?P<kind>\w+)(?: file=(?P<file>\S+))?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)

checker = doctest.OutputChecker()
LENIENT = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@dataclass(frozen=True, slots=True)
class Command:
    words: tuple[str, ...]
    shown: str
    code: int


def _blocks(page: Path) -> list[tuple[str, str | None, str]]:
    text = page.read_text(encoding="utf-8")
    return [(match["kind"], match["file"], match["text"]) for match in BLOCK.finditer(text)]


def _commands(block: str) -> list[Command]:
    """The commands of a ``console`` block, each with what is shown below it and the exit code that is promised."""
    commands: list[Command] = []
    for piece in re.split(r"^\$ ", block.replace("\\\n", " "), flags=re.MULTILINE)[1:]:
        line, _, shown = piece.partition("\n")
        if line.strip() == "echo $?":
            commands[-1] = Command(commands[-1].words, commands[-1].shown, int(shown))
        else:
            commands.append(Command(tuple(shlex.split(line, comments=True)), shown, 0))
    return commands


def _run(command: Command, folder: Path) -> None:
    environment = {
        **os.environ,
        "KEHUMA_HOME": str(folder / "home"),
        "PYTHONPATH": str(HERE / "src"),
        "PYTHONUTF8": "1",
        "COLUMNS": "120",
        "NO_COLOR": "1",
        "TERM": "dumb",
    }
    done = subprocess.run(
        [sys.executable, "-m", "kehuma", *command.words[1:]],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == command.code, f"{shlex.join(command.words)}\n{said}"
    if command.shown.strip():
        wanted = command.shown.replace("…", "...")
        assert checker.check_output(wanted, said.replace("…", "..."), LENIENT), f"{shlex.join(command.words)}\n{said}"


def _ids(page: Path) -> str:
    return page.relative_to(HERE).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=_ids)
def test_the_commands_of_a_page_do_what_it_says(page: Path, tmp_path: Path, made_store: Path) -> None:
    blocks = _blocks(page)
    if any(kind == "console" for kind, _, _ in blocks):
        shutil.copytree(HERE / "schemes", tmp_path / "schemes")
        if page != HERE / "README.md":
            (tmp_path / "home").mkdir(mode=0o700)
            shutil.copy(made_store, tmp_path / "home")
    for kind, file, text in blocks:
        if file:
            (tmp_path / file).write_text(text, encoding="utf-8")
        for command in _commands(text) if kind == "console" else ():
            if command.words[0] == "kehuma":
                _run(command, tmp_path)


@pytest.mark.parametrize("page", PAGES, ids=_ids)
def test_the_python_of_a_page_does_what_it_says(page: Path) -> None:
    text = "\n".join(block for kind, _, block in _blocks(page) if kind == "python")
    test = doctest.DocTestParser().get_doctest(text, {}, _ids(page), str(page), 0)
    assert bool(text) == bool(test.examples), "a python block without >>> proves nothing"
    runner = doctest.DocTestRunner(optionflags=LENIENT)
    report: list[str] = []
    runner.run(test, out=report.append)
    assert not runner.failures, "".join(report)


def test_every_setting_is_in_the_reference() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in [HERE / "run.py", *HERE.glob("src/**/*.py")])
    named = set(re.findall(r"[\"'](KEHUMA_[A-Z_]+)[\"']", sources))
    page = (HERE / "docs/reference/settings.md").read_text(encoding="utf-8")
    assert named == set(re.findall(r"`(KEHUMA_[A-Z_]+)`", page))


def test_every_shelf_lists_all_its_pages() -> None:
    for shelf in (HERE / "docs").iterdir():
        if pages := [page for page in sorted(shelf.glob("*.md")) if page.name != "README.md"]:
            index = (shelf / "README.md").read_text(encoding="utf-8")
            assert [page.name for page in pages if f"({page.name})" not in index] == []
