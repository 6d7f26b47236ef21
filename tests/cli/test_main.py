"""What holds for every command: language, streams, errors, exit codes."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
Environment = Callable[..., dict[str, str]]


@pytest.mark.parametrize(
    ("words", "language"),
    [
        pytest.param([], "zh", id="Chinese unless asked"),
        pytest.param(["--lang", "en"], "en", id="in front"),
        pytest.param(["--lang=en"], "en", id="with an equals sign"),
    ],
)
def test_the_language_is_chosen(kehuma: Run, words: list[str], language: str) -> None:
    first = kehuma(*words, "scheme", "read", "none.toml", "X")
    last = kehuma("scheme", "read", "none.toml", "X", *words)
    assert first == last
    assert (first.err.strip() == "找不到规则文件 none.toml") == (language == "zh")


def test_the_environment_chooses_the_language(kehuma: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEHUMA_LANG", "en_GB.UTF-8")
    assert kehuma("scheme", "read", "none.toml", "X").err == "there is no scheme file none.toml\n"
    assert "找不到" in kehuma("scheme", "read", "none.toml", "X", "--lang", "zh").err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["--lang", "fr"], "没有语言“fr”；可用：zh、en", id="language"),
        pytest.param(["shceme"], "没有命令“shceme”", id="command"),
        pytest.param(["scheme", "chek"], "没有命令“chek”；可用：check", id="command of a group"),
        pytest.param(["scheme", "check"], "缺少 FILE", id="argument missing"),
        pytest.param(["issue", "region=北京"], "缺少 --scheme", id="option missing"),
        pytest.param(["resolve", "X", "--jsno"], "没有选项 --jsno；是不是 --json？", id="option"),
        pytest.param(["resolve", "X", "Y"], "多余的参数：Y", id="too many words"),
        pytest.param(["issue", "x.csv", "--scheme"], "选项 --scheme 后面要有一个值", id="option without value"),
        pytest.param(["scheme", "read", "", "X"], ". 是文件夹", id="empty name"),
        pytest.param(["scheme", "read", "no\0ne.toml", "X"], "无法读取 no\\u0000ne.toml", id="NUL"),
        pytest.param(["scheme", "read", "no\udc80ne.toml", "X"], "找不到规则文件 no\\udc80ne.toml", id="surrogate"),
        pytest.param(["scheme", "read", "x" * 5000, "X"], "无法读取 xxx", id="endless name"),
    ],
)
def test_a_bad_command_line_gets_one_sentence(kehuma: Run, words: list[str], said: str) -> None:
    ended = kehuma(*words)
    assert ended.code == 1
    assert ended.out == ""
    assert ended.err.splitlines()[0].startswith(said)


@pytest.mark.parametrize("words", [[], ["scheme"], ["dictionary"]], ids=["kehuma", "scheme", "dictionary"])
def test_a_group_alone_shows_its_commands(kehuma: Run, words: list[str]) -> None:
    ended = kehuma(*words)
    assert (ended.code, ended.err) == (0, "")
    assert "命令" in ended.out


def test_an_error_that_nobody_expected_is_one_sentence_too(
    kehuma: Run, monkeypatch: pytest.MonkeyPatch, scheme: Path
) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise RuntimeError("内部")

    monkeypatch.setattr("kehuma.cli.scheme_files.load_scheme", breaks)
    ended = kehuma("scheme", "read", scheme, "BJ-IT-0001-Y")
    assert ended.code == 1
    assert ended.err.startswith("没有料到的错误（RuntimeError：内部）")


@pytest.mark.parametrize("locale", ["C", "POSIX", "en_US.ISO-8859-1"])
def test_the_output_is_utf8_in_every_locale(program: Run, scheme: Path, locale: str) -> None:
    settings = {"LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    ended = program("scheme", "read", scheme, "BJ-IT-0001-Y", **settings)
    assert ended.code == 0
    assert "北京" in ended.out


def test_a_reader_that_leaves_early_breaks_nothing(environment: Environment) -> None:
    words = [sys.executable, "-m", "kehuma", "dictionary", "show", "cn-division"]
    with subprocess.Popen(words, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout
        assert running.stderr
        running.stdout.read(10)
        running.stdout.close()
        assert running.stderr.read() == b""
    assert running.returncode in {0, 1}  # 0 where all fitted into the pipe before it was closed


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["--version"], id="version"),
        pytest.param(["--help"], id="help"),
        pytest.param(["scheme", "check", "{scheme}"], id="check"),
        pytest.param(["scheme", "preview", "{scheme}", "region=北京", "industry=金融"], id="preview"),
        pytest.param(["scheme", "read", "{scheme}", "BJ-IT-0001-Y"], id="read"),
    ],
)
def test_what_needs_no_register_waits_for_nothing_of_it(
    words: list[str], scheme: Path, tmp_path: Path, environment: Environment
) -> None:
    heavy = {"django", "duckdb", "filelock", "pyarrow", "rapidfuzz", "rich", "kehuma.cli.log", "kehuma.cli.serve"}
    look = (
        "import sys; from kehuma.cli.main import app\n"
        "try: app(sys.argv[1:])\n"
        f"except SystemExit as end: sys.exit(end.code or ' '.join({heavy} & set(sys.modules)) or None)"
    )
    done = subprocess.run(
        [sys.executable, "-c", look, *(word.format(scheme=scheme) for word in words)],
        env=environment(),
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr.decode()) == (0, "")
    assert not (tmp_path / "home").exists()


@pytest.mark.skipif(os.name == "nt", reason="a terminal of this kind exists on POSIX systems only")
def test_a_terminal_gets_colours_and_a_pipe_gets_none(scheme: Path, environment: Environment, program: Run) -> None:
    import pty  # noqa: PLC0415 - Windows has none

    main, terminal = pty.openpty()
    variables = environment(TERM="xterm-256color", COLUMNS="100")
    variables.pop("NO_COLOR", None)
    words = [sys.executable, "-m", "kehuma", "scheme", "read", str(scheme), "BJ-IT-0001-Y"]
    done = subprocess.run(words, env=variables, stdout=terminal, check=False)
    os.close(terminal)
    shown = os.read(main, 100_000).decode()
    os.close(main)
    assert done.returncode == 0
    assert "\x1b[1;34mBJ\x1b[0m" in shown
    assert "\x1b" not in program("scheme", "read", scheme, "BJ-IT-0001-Y").out
