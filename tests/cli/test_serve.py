"""``kehuma serve`` as a program: it opens, works, and leaves nothing behind when it is stopped."""

import os
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener

import pytest

Run = Callable[..., Any]
Served = tuple["subprocess.Popen[bytes]", str]

pytestmark = [
    pytest.mark.sqlite,
    pytest.mark.skipif(sys.platform == "win32", reason="signals are sent as on Unix"),
]
_PATIENCE = 90


@pytest.fixture
def served(environment: Callable[..., dict[str, str]], tmp_path: Path) -> Callable[..., Any]:
    """``with served("--workers", "1") as (process, address): …``"""

    @contextmanager
    def _served(*words: str, **more: str) -> Iterator[Served]:
        port = _free_port()
        command = [sys.executable, "-m", "kehuma", "serve", "--workers", "1", "--port", str(port), *words]
        with (tmp_path / "log").open("ab") as log:
            process = subprocess.Popen(
                command, env=environment(**more), stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        address = f"{'https' if '--tls-cert' in words else 'http'}://127.0.0.1:{port}/"
        try:
            _wait(address, process)
            yield process, address
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    return _served


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _get(address: str, **headers: str) -> tuple[int, str]:
    unchecked = ssl.create_default_context()
    unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
    opener = build_opener(ProxyHandler({}), HTTPSHandler(context=unchecked))
    try:
        with opener.open(Request(address, headers=headers), timeout=20) as answer:  # noqa: S310 - our own server
            return answer.status, answer.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


def _wait(address: str, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until and process.poll() is None:
        with suppress(OSError):
            _get(f"{address}sign-in/")
            return
        time.sleep(0.05)
    pytest.fail("the server did not open")


def _children(pid: int) -> list[int]:
    listed = subprocess.run(["ps", "--ppid", str(pid), "-o", "pid="], capture_output=True, text=True, check=False)
    return [int(word) for word in listed.stdout.split()]


def _are_gone(pids: list[int]) -> bool:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        if not any(Path(f"/proc/{pid}").exists() for pid in pids):
            return True
        time.sleep(0.1)
    return False


def _stop_politely(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()


def _stop_by_ctrl_c(process: "subprocess.Popen[bytes]") -> None:
    os.killpg(process.pid, signal.SIGINT)


@pytest.mark.parametrize("stop", [_stop_politely, _stop_by_ctrl_c])
def test_it_opens_serves_and_stops_whole(
    served: Callable[..., Any], stop: Callable[..., None], program: Run, tmp_path: Path
) -> None:
    key = program("apikey", "create", "ERP").out.strip()
    with served() as (process, address):
        status, page = _get(address)
        assert (status, "首次使用" in page) == (200, True)
        sheet = page.split('rel="stylesheet" href="')[1].split('"')[0].lstrip("/")
        assert "--accent" in _get(address + sheet)[1]
        assert _get(address, Host="evil.example")[0] == 400
        second = program("serve", "--port", str(_free_port()))
        assert (second.code, "已有" in second.err) == (1, True)
        taken = program("serve", "--port", address.rsplit(":", 1)[1].rstrip("/"), KEHUMA_HOME=str(tmp_path / "other"))
        assert (taken.code, "--port" in taken.err) == (1, True)
        children = _children(process.pid)
        assert len(children) == 2
        assert _get(f"{address}api/v1/resolve?text=BJ-1", Authorization=f"Bearer {key}")[0] == 404
        stop(process)
        assert process.wait(30) == 0
        assert _are_gone(children)
    log = (tmp_path / "log").read_text("utf-8")
    assert "已停止" in log
    assert "Traceback" not in log
    # What was looked up in the last seconds is written on the way out.
    with closing(sqlite3.connect(tmp_path / "home" / "kehuma.sqlite3")) as store:
        assert store.execute("SELECT is_miss, times FROM alarms_read").fetchall() == [(1, 1)]


@pytest.mark.usefixtures("with_tables")
def test_its_processes_do_not_outlive_it(served: Callable[..., Any]) -> None:
    with served() as (process, _):
        children = _children(process.pid)
        process.kill()
        process.wait()
        assert _are_gone(children)


def _send_form(address: str, origin: str) -> tuple[int, str]:
    """An empty form of the first run, sent from a page of ``origin``; its cookie goes over TLS only."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    opener = build_opener(ProxyHandler({}), HTTPSHandler(context=context))
    with opener.open(f"{address}first-run/", timeout=20) as answer:
        cookie = answer.headers["Set-Cookie"]
        token = answer.read().decode().split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    assert "Secure" in cookie
    # A form that was sent over TLS is told by its Origin; a server that took itself for plain HTTP would refuse.
    headers = {"Cookie": cookie.split(";")[0], "Origin": origin, "Referer": f"{origin}/first-run/"}
    request = Request(f"{address}first-run/", f"csrfmiddlewaretoken={token}".encode(), headers)  # noqa: S310 - our own server
    try:
        with opener.open(request, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


@pytest.mark.usefixtures("with_tables")
def test_it_speaks_tls_and_its_forms_know(served: Callable[..., Any], tmp_path: Path) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "2"]
    try:
        subprocess.run([*made, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not installed")
    with served("--tls-cert", str(certificate), "--tls-key", str(key)) as (_, address):
        status, page = _send_form(address, address.rstrip("/"))
        assert (status, 'aria-invalid="true"' in page) == (200, True)


@pytest.mark.usefixtures("with_tables")
def test_behind_a_proxy_that_speaks_tls_its_forms_know_too(served: Callable[..., Any]) -> None:
    with served(KEHUMA_TLS="1") as (_, address):
        assert _send_form(address, address.rstrip("/").replace("http:", "https:"))[0] == 200
        assert _send_form(address, "https://evil.example")[0] == 403


@pytest.mark.usefixtures("with_tables")
def test_a_task_that_died_with_the_worker_is_taken_up_again(
    served: Callable[..., Any], environment: Callable[..., dict[str, str]], tmp_path: Path
) -> None:
    script = """
import django; django.setup()
from kehuma.cli.working import name_of
from kehuma.web.settings.tasks import make_backup, begin
from django.conf import settings
from django_tasks_db.models import DBTaskResult
begin(settings.KEHUMA_HOME, "make")
DBTaskResult.objects.filter(id=make_backup.enqueue("test").id).update(status="RUNNING", worker_ids=[name_of()])
"""
    settings = environment(DJANGO_SETTINGS_MODULE="kehuma.config.settings")
    subprocess.run([sys.executable, "-m", "kehuma", "upgrade"], env=settings, check=True, capture_output=True)
    subprocess.run([sys.executable, "-c", script], env=settings, check=True, capture_output=True)
    with served():
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until and not list((tmp_path / "home" / "backups").glob("kehuma-*.kehuma.tar.gz")):
            time.sleep(0.1)
    assert list((tmp_path / "home" / "backups").glob("kehuma-*.kehuma.tar.gz"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["--port", "0"], "--port", id="no port"),
        pytest.param(["--port", "70000"], "--port", id="port too large"),
        pytest.param(["--port", "x"], "--port", id="port no number"),
        pytest.param(["--workers", "0"], "--workers", id="no process"),
        pytest.param(["--host", "203.0.113.7"], "203.0.113.7", id="not our address"),
        pytest.param(["--tls-cert", "c.pem"], "--tls-key", id="certificate without key"),
        pytest.param(["--tls-cert", "c.pem", "--tls-key", "k.pem"], "c.pem", id="no such files"),
    ],
)
def test_what_cannot_be_served_is_one_sentence(program: Run, tmp_path: Path, words: list[str], said: str) -> None:
    ended = program("serve", *words)
    assert (ended.code, ended.out) == (1, "")
    assert said in ended.err
    assert not (tmp_path / "home").exists()


def test_a_key_that_belongs_to_another_certificate_is_refused(program: Run, tmp_path: Path) -> None:
    (tmp_path / "c.pem").write_text("no certificate")
    ended = program("serve", "--tls-cert", tmp_path / "c.pem", "--tls-key", tmp_path / "c.pem")
    assert (ended.code, "c.pem" in ended.err) == (1, True)
