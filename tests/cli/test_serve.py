"""``kehuma serve``, as a program of its own."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "KEHUMA_HOME": str(home), "PYTHONPATH": str(HERE / "src"), "KEHUMA_LANG": "en"}


def begin(home: Path, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "kehuma", "serve", *options]
    return subprocess.Popen(
        command, env=environment(home), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8"
    )


def answer(address: str) -> tuple[int, str]:
    for _ in range(100):
        try:
            with urllib.request.urlopen(address, timeout=5) as page:  # noqa: S310  # our own server
                return page.status, page.read().decode()
        except urllib.error.URLError:
            time.sleep(0.1)
    pytest.fail("the program did not answer within ten seconds")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM to end a program gently with")
def test_a_new_installation_asks_for_its_founder_and_ends_gently(tmp_path: Path) -> None:
    port = free_port()
    program = begin(tmp_path, "--port", str(port))
    try:
        status, page = answer(f"http://127.0.0.1:{port}/")
        assert status == 200
        assert "首次使用" in page
        style = re.search(r'href="?(/static/[^">\s]+\.css[^">\s]*)', page)
        assert style
        assert answer(f"http://127.0.0.1:{port}{style[1]}")[0] == 200
    finally:
        program.send_signal(signal.SIGTERM)
        said = program.communicate(timeout=20)[0]
    assert f"http://127.0.0.1:{port}/" in said
    assert program.returncode == 0


def test_a_port_that_is_taken_is_named_with_the_remedy(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        program = begin(tmp_path, "--port", str(other.getsockname()[1]))
        said = program.communicate(timeout=20)[0]
    assert program.returncode == 1
    assert "--port" in said


def test_half_a_certificate_is_refused(tmp_path: Path) -> None:
    program = begin(tmp_path, "--tls-cert", "missing.pem")
    assert "--tls-key" in program.communicate(timeout=20)[0]
    assert program.returncode == 1
