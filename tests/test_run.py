"""``run.py`` on machines that lack something. It starts before anything is installed, so it is tested from outside."""

import ast
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).resolve().parent.parent / "run.py"

TOO_OLD = "import sys; sys.version_info = (3, 6, 9, 'final', 0)"
WITHOUT_VENV = (
    "import sys, importlib.util as u; f = u.find_spec; u.find_spec = lambda n: None if n == 'ensurepip' else f(n)"
)


def _run(folder: Path, *arguments: str, first: str = "") -> "subprocess.CompletedProcess[str]":
    """``run.py`` copied alone into ``folder``, in a Python that was made poorer by ``first``."""
    script = folder / "run.py"
    script.write_bytes(RUN.read_bytes())
    code = f"{first}\nimport runpy, sys\nsys.argv = ['run.py', *{arguments!r}]\nrunpy.run_path('run.py', run_name='__main__')"
    command = [sys.executable, "-X", "utf8", "-c", code]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False)


def test_even_an_old_python_can_parse_it() -> None:
    ast.parse(RUN.read_text(encoding="utf-8"), feature_version=(3, 6))


def test_it_needs_the_standard_library_alone() -> None:
    tree = ast.parse(RUN.read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names


@pytest.mark.parametrize("command", ["demo", "test"])
def test_an_old_python_is_told_which_one_to_install(tmp_path: Path, command: str) -> None:
    done = _run(tmp_path, command, first=TOO_OLD)
    assert done.returncode == 1
    assert "需要 Python 3.11 或更高版本，现在是 3.6.9" in done.stderr
    assert "needs Python 3.11 or newer, this is 3.6.9" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_python_without_venv_is_told_the_package(tmp_path: Path) -> None:
    done = _run(tmp_path, "demo", first=WITHOUT_VENV)
    assert done.returncode == 1
    assert "没有 venv 模块" in done.stderr
    assert "apt-get install python3-venv" in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_an_unknown_part_is_refused_with_those_that_exist(tmp_path: Path) -> None:
    done = _run(tmp_path, "test", "engin")
    assert done.returncode == 2
    assert "no such part: engin" in done.stderr
    assert "lint types layers engine" in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_what_is_not_run_on_postgresql_has_nothing_to_do_with_a_store() -> None:
    tests = RUN.parent / "tests"
    there = {f"tests/{path.name}" for path in tests.iterdir() if path.is_dir() or path.name.startswith("test_")}
    left_out = {f"tests/{name}" for name in ("__pycache__", "config", "engine", "tools")}
    left_out |= {f"tests/test_{name}.py" for name in ("docs", "repository", "run", "wheel")}
    # These have a store, and say themselves what they do with the other one.
    left_out |= {"tests/browser", "tests/faults"}
    assert there - set(runpy.run_path(str(RUN))["POSTGRES"]) <= left_out
