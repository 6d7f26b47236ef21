"""Everything from nothing: ``python3 run.py demo`` and ``python3 run.py test [PART …]``.

Standard library only. The first call makes ``.venv`` beside this file, installs the locked wheels and the project;
later calls see by a stamp that nothing changed and start at once.
"""

import sys

# Before anything else, and in words that even Python 3.6 can parse.
if sys.version_info < (3, 11):
    sys.exit(
        "需要 Python 3.11 或更高版本，现在是 {0}。请安装后再运行：python3.11 run.py demo\n"
        "kehuma needs Python 3.11 or newer, this is {0}. Install it, then run: python3.11 run.py demo".format(
            ".".join(map(str, sys.version_info[:3]))
        )
    )

import argparse
import contextlib
import hashlib
import importlib.util
import json
import os
import re
import subprocess
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
PROGRAMS = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = PROGRAMS / ("python.exe" if os.name == "nt" else "python")
STAMPS = VENV / "kehuma-stamps.json"  # which lock and which project were installed whole

# Of the time of a first call, what has gone by when each step begins, in per cent.
SHARES = (0, 12, 70, 80)

# The complete lock comes second: who has it has the first one too.
LOCKS = ("requirements.lock", "requirements-dev.lock")

NO_VENV = """\
这个 Python 没有 venv 模块。Debian/Ubuntu 请运行：apt-get install python3-venv（其他系统请安装完整的 Python）
This Python has no venv module. On Debian/Ubuntu: apt-get install python3-venv (elsewhere: install the full Python)"""
NO_WHEELS = """\
安装没有完成，见上面 pip 的说明。多半是网络或镜像不通；修好后重新运行同一条命令，会从断点继续。
The installation did not finish, see pip's words above. Most often the network or the package mirror cannot be
reached; run the same command again afterwards, what is already there is kept."""

# What pytest gets for each part; `None` is a tool of its own, see check().
PARTS: dict[str, tuple[str, ...] | None] = {
    "lint": None,
    "types": None,
    "layers": None,
    "engine": ("src/kehuma/engine", "tests/engine"),
    "lib": ("tests/lib",),
    "apps": ("tests/apps",),
    "api": ("tests/api", "tests/client"),
    "cli": ("tests/cli", "tests/config"),
    "web": ("tests/web",),
    "browser": ("tests/browser",),
    "docs": ("tests/test_docs.py", "tests/test_repository.py", "tests/test_run.py", "tests/test_wheel.py"),
    "faults": ("tests/faults",),
}
# Only when it is named: what is asked of the other store too, which is everything that has to do with a store.
POSTGRES = (
    *("tests/api", "tests/apps", "tests/cli", "tests/client", "tests/lib", "tests/stores", "tests/web"),
    *("tests/test_how_to.py", "tests/test_personal_data.py", "tests/test_schemes.py"),
)
TOOLS = {
    "lint": (("ruff", "format", "--check"), ("ruff", "check"), ("python", "tools/translations.py", "--check")),
    "types": (("mypy",),),
    "layers": (("lint-imports", "--no-logo"),),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command line; the exit code of the last program is ours."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError):
            stream.reconfigure(errors="replace", line_buffering=True)  # type: ignore[union-attr]
    parser = argparse.ArgumentParser(prog="run.py", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("demo", help="安装并演示 · install and show (more options: run.py demo --help)", add_help=False)
    test = commands.add_parser("test", help="全部检查，或只查几部分 · check everything, or only the parts named")
    test.add_argument("parts", nargs="*", metavar="PART", help=" ".join([*PARTS, "postgres"]))
    known, others = parser.parse_known_args(arguments)
    if known.command == "demo":
        prepare(LOCKS[0], steps_after=1)
        _say_step(4, 4, "演示 · demonstration", seconds=15)
        return _run([PROGRAMS / "kehuma", "demo", *others])
    unknown = [*others, *(part for part in known.parts if part not in {*PARTS, "postgres"})]
    if unknown:
        parser.error(f"没有这一部分 · no such part: {' '.join(unknown)} ({' '.join(PARTS)} postgres)")
    prepare(LOCKS[1])
    return check(known.parts)


# ── the environment ──────────────────────────────────────────────────────────────────────────────────────────────────


def prepare(lock: str, *, steps_after: int = 0) -> None:
    """Make ``.venv``, install ``lock`` and the project into it; what is already so is left alone."""
    steps = 3 + steps_after
    if not (PYTHON.exists() and STAMPS.exists()):
        _say_step(1, steps, "建立 .venv · making .venv", seconds=8)
        _make_venv()
    stamps = json.loads(STAMPS.read_text(encoding="utf-8"))
    if stamps.get("lock") not in [_fingerprint(name, sys.version) for name in LOCKS[LOCKS.index(lock) :]]:
        wheels = len(re.findall(r"^[a-z].*==", (HERE / lock).read_text(encoding="utf-8"), re.MULTILINE))
        _say_step(2, steps, f"安装 {wheels} 个依赖 · installing {wheels} wheels", seconds=wheels * 0.8)
        _pip("--require-hashes", "--requirement", str(HERE / lock), expected=wheels)
        stamps["lock"] = _fingerprint(lock, sys.version)
        STAMPS.write_text(json.dumps(stamps), encoding="utf-8")
    if stamps.get("project") != _fingerprint("pyproject.toml", str(HERE)):
        _say_step(3, steps, "安装 kehuma · installing kehuma", seconds=5)
        _pip("--no-deps", "--no-build-isolation", "--editable", str(HERE))
        stamps["project"] = _fingerprint("pyproject.toml", str(HERE))
        STAMPS.write_text(json.dumps(stamps), encoding="utf-8")


def _make_venv() -> None:
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        sys.exit(NO_VENV)
    # An environment that somebody made before us keeps what it has; one whose Python is gone begins anew.
    afresh = [] if PYTHON.exists() else ["--clear"]
    if _run([sys.executable, "-m", "venv", *afresh, VENV]):
        sys.exit(NO_VENV)
    STAMPS.write_text("{}", encoding="utf-8")


def _pip(*arguments: str, expected: int = 1) -> None:
    """Run ``pip install``; on a terminal the share of wheels seen so far is shown, on failure all that pip said."""
    # Without --no-compile pip compiles 80 MB of which a fifth is ever imported; Python compiles that when it is.
    pip_install = [str(PYTHON), "-m", "pip", "install", "--no-compile", "--progress-bar=off"]
    pip_install += ["--disable-pip-version-check"]
    said: list[str] = []
    seen = 0
    with subprocess.Popen(
        [*pip_install, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as pip:
        for line in pip.stdout or ():
            said.append(line)
            seen += line.startswith(("Collecting ", "Requirement already satisfied: "))
            if sys.stdout.isatty():
                print(f"\r      {min(99, 100 * seen // expected):3} %", end="", flush=True)
    if sys.stdout.isatty():
        print("\r" + " " * 12 + "\r", end="")
    if pip.returncode:
        sys.exit("".join(said[-30:]) + "\n" + NO_WHEELS)


def _fingerprint(name: str, place: str) -> str:
    return hashlib.sha256((HERE / name).read_bytes() + place.encode()).hexdigest()


def _say_step(step: int, steps: int, what: str, *, seconds: float) -> None:
    print(f"[{step}/{steps}] {SHARES[step - 1]:3} %  {what}  (约 about {seconds:.0f} s)", flush=True)


# ── the checks ───────────────────────────────────────────────────────────────────────────────────────────────────────


def check(parts: Iterable[str]) -> int:
    """Run the parts, all of them when none is named; 0 when nothing is wrong, and pytest's summary comes last."""
    chosen = list(parts) or list(PARTS)
    engine = PARTS["engine"] or ()
    # The types keep one processor busy for a minute, the tests of the engine hardly more than another.
    with ThreadPoolExecutor(1) as beside:
        agreed = beside.submit(_tools_disagree, [part for part in chosen if part in TOOLS])
        # Counting branches takes half as long again, so it is done for the engine's own tests only.
        codes = [_measured(engine)] if "engine" in chosen else []
        failed = agreed.result()
    if failed:
        print(f"没有通过 · failed: {' '.join(failed)}")
    codes.append(int(bool(failed)))
    if chosen == list(PARTS):
        # The whole suite also finds the tests that no part names.
        codes.append(_pytest(f"--ignore={path}" for path in engine))
    else:
        folders = [path for part in chosen if part != "engine" for path in PARTS.get(part) or ()]
        there = _there(folders)
        codes += [_pytest(there)] if there else []
    if "postgres" in chosen:
        codes.append(_pytest(_there(POSTGRES), KEHUMA_TEST_STORE="postgres"))
    return max(codes)


def _tools_disagree(parts: Iterable[str]) -> list[str]:
    """The parts in which a tool finds faults; what it says comes in one piece, since tests run beside it."""
    failed = []
    for part in parts:
        started = time.perf_counter()
        code, said = _heard([[PROGRAMS / program, *arguments] for program, *arguments in TOOLS[part]])
        seconds = time.perf_counter() - started
        print(f"{said}{part}: {'有错 · faults' if code else '好 · fine'} ({seconds:.0f} s)", flush=True)
        failed += [part] if code else []
    return failed


def _heard(commands: Iterable[Sequence[str | Path]]) -> tuple[int, str]:
    """Run commands until one fails: its exit code, and what all of them said."""
    heard = ""
    for command in commands:
        words = [str(word) for word in command]
        done = subprocess.run(words, cwd=HERE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        heard += done.stdout.decode("utf-8", errors="replace")
        if done.returncode:
            return done.returncode, heard
    return 0, heard


def _there(paths: Iterable[str]) -> list[str]:
    return [path for path in paths if (HERE / path).exists()]


def _pytest(arguments: Iterable[str], **environment: str) -> int:
    return _run([PYTHON, "-m", "pytest", "-n", "2", "--dist", "worksteal", *arguments], **environment)


def _measured(paths: Iterable[str]) -> int:
    coverage = [str(PYTHON), "-m", "coverage"]
    _run([*coverage, "erase"])
    code = _run([*coverage, "run", "-m", "pytest", "-n", "2", "--dist", "worksteal", *paths])
    _run([*coverage, "combine", "--quiet"])
    report = subprocess.run([*coverage, "report"], cwd=HERE, capture_output=True, text=True, check=False)
    if report.returncode:
        # Only a fault is worth more lines after the summary of pytest.
        print(report.stdout + report.stderr + "有分支没有测到 · engine/coding: branches without a test")
    return code or report.returncode


def _run(command: Sequence[str | Path], **environment: str) -> int:
    sys.stdout.flush()
    words = [str(word) for word in command]
    return subprocess.run(words, cwd=HERE, env={**os.environ, **environment}, check=False).returncode


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
