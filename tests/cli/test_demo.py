"""``kehuma demo``: the whole product in one command, from nothing and again."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.error import URLError

import pytest

from kehuma.cli.demo_pages import Browser
from kehuma.lib.demo import stage

Run = Callable[..., Any]
_PATIENCE = 120


def test_the_demonstration_checks_itself_from_any_folder(program: Run, tmp_path: Path) -> None:
    first = program("demo", "--once", "--rows", "200")
    assert first.code == 0, first.err
    assert first.out.count("✓ ") >= 10
    assert "sign in: http://127.0.0.1:" in first.out
    assert (tmp_path / "home" / "demo" / "files" / "coded.csv").exists()
    assert not (tmp_path / "home" / "kehuma.sqlite3").exists()
    again = program("demo", "--once", "--rows", "200", "--lang", "en")
    assert again.code == 0, again.err
    prompts = [line for line in (first.out + again.out).splitlines() if line.startswith("sign in: ")]
    assert len({tuple(line.split()[3:]) for line in prompts}) == 1


def test_the_commands_that_it_recommends_work(program: Run, tmp_path: Path) -> None:
    shown = program("demo", "--files", "--rows", "300", "--home", tmp_path / "shown").out
    lines = [line.strip() for line in shown.splitlines() if "-m kehuma" in line]
    assert len(lines) >= 5
    for line in lines:
        words = line.split(" -m kehuma ")[1].split()
        ended = program(*words, KEHUMA_HOME=str(tmp_path / "shown" / "files"))
        assert ended.code == 0, line


@pytest.mark.parametrize("words", [["--rows", "0"], ["--rows", "-1"], ["--rows", "many"], ["--seed", "x"]])
def test_figures_that_are_none_are_refused(kehuma: Run, words: list[str]) -> None:
    ended = kehuma("demo", *words)
    assert (ended.code, ended.out) == (1, "")
    assert words[0] in ended.err


@pytest.mark.sqlite
def test_a_folder_with_real_data_is_never_taken_for_a_demonstration(program: Run, tmp_path: Path) -> None:
    real = tmp_path / "real"
    (tmp_path / "v.toml").write_text('kehuma = 1\nname = "v"\ntemplate = "V-{serial:4}"\n', "utf-8")
    assert program("issue", "--scheme", "v.toml", KEHUMA_HOME=str(real)).code == 0
    before = (real / "kehuma.sqlite3").read_bytes()
    ended = program("demo", "--no-browser", "--home", real)
    assert (ended.code, str(real) in ended.err) == (1, True)
    assert (real / "kehuma.sqlite3").read_bytes() == before
    assert not (real / "demo.json").exists()


@pytest.fixture
def shown(environment: Callable[..., dict[str, str]], tmp_path: Path) -> Iterator[tuple[str, str, str]]:
    """A demonstration that is running: its address, a user and the password."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = ["demo", "--no-browser", "--rows", "60", "--port", str(port)]
    # Django's own demands on the data folder: the real one is beside it.
    with (
        (tmp_path / "log").open("wb") as log,
        subprocess.Popen(
            [sys.executable, "-m", "kehuma", *words], env=environment(), stdout=log, stderr=log, start_new_session=True
        ) as process,
    ):
        try:
            until = time.monotonic() + _PATIENCE
            while time.monotonic() < until and process.poll() is None:
                said = (tmp_path / "log").read_text("utf-8")
                if "sign in: " in said:
                    url, user, password = said.partition("sign in: ")[2].splitlines()[0].split()
                    yield url, user, password
                    break
                time.sleep(0.1)
            else:
                pytest.fail((tmp_path / "log").read_text("utf-8"))
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.sqlite
@pytest.mark.skipif(sys.platform == "win32", reason="the process becomes another one")
def test_one_button_leads_from_the_demonstration_to_ones_own_empty_house(
    shown: tuple[str, str, str], tmp_path: Path
) -> None:
    url, user, password = shown
    browser = Browser()
    page = browser.sign_in(url, user, password)
    assert "清空演示数据，开始使用" in page
    token = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    assert "正在清空" in browser.get(f"{url}demo/clear/", {"csrfmiddlewaretoken": token})
    until = time.monotonic() + _PATIENCE
    page = ""
    while time.monotonic() < until and "首次使用" not in page:
        with suppress(URLError, OSError):
            page = Browser().get(url)
        time.sleep(0.2)
    assert "首次使用" in page
    assert "演示公司" not in page
    assert stage.read(tmp_path / "home" / "demo") is None
    assert not (tmp_path / "home" / "demo" / "kehuma.sqlite3").exists()
    assert (tmp_path / "home" / "kehuma.sqlite3").exists()


def test_the_mark_of_a_demonstration_is_its_owners_only(tmp_path: Path) -> None:
    stage.write(tmp_path, stage.Stage("demo", "secret", "http://127.0.0.1:1/"))
    assert (tmp_path / "demo.json").stat().st_mode & 0o777 in (0o600, 0o666)
    assert json.loads((tmp_path / "demo.json").read_text("utf-8"))["user"] == "demo"
