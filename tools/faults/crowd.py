"""Thirty-two programs at once: as threads of one process, and over HTTP against a server, on both stores.

Every request is asked by two programs at the same time, under one key: both must get the same code.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from socket import create_server

import httpx
from django.conf import settings
from django.db import connection
from tools.faults import register, server
from tools.faults.register import HTTP, Given, Request, Told
from tools.faults.report import Report

# Requests of each program.
FULL, SAMPLE = 20, 4
_PROGRAMS = 32
_PATIENCE = 60.0
Ask = Callable[[Request], Given]


def run(size: int, folder: Path) -> Report:
    """So many requests of each program, on either store in either way."""
    report = Report({"programs": _PROGRAMS})
    _on("SQLite", "", size, report)
    # Another store has a witness of its own.
    settings.KEHUMA_HOME = folder / "other-home"
    os.environ["KEHUMA_HOME"] = str(settings.KEHUMA_HOME)
    with server.started() as postgres:
        server.use(postgres.address)
        _on("PostgreSQL", postgres.address, size, report)
    return report


def _on(store: str, address: str, size: int, report: Report) -> None:
    register.make()
    answers = _crowd("thread", size, register.ask, report, f"requests/s by threads, {store}")
    with _serving(address) as posted:
        answers += _crowd(HTTP, size, posted, report, f"over HTTP, {store}")
    told, different = Told(), list[Request]()
    for request, given in answers:
        different += [request] if told.setdefault(request, given.codes) != given.codes else []
    mine = Report()
    mine.none("two codes for one key", different)
    register.check(told, mine)
    report.figures[f"codes, {store}"] = mine.figures["acknowledged"]
    report.faults += [f"{store}: {fault}" for fault in mine.faults]


def _crowd(name: str, size: int, ask: Ask, report: Report, rate: str) -> list[tuple[Request, Given]]:
    """The answers that all programs got; two of them ask the same, in the same order."""
    started = time.monotonic()
    answers: list[tuple[Request, Given]] = []
    together = threading.Barrier(_PROGRAMS)

    def program(number: int) -> None:
        together.wait()
        try:
            for turn in range(size):
                request = Request(name, turn * _PROGRAMS + number // 2)
                answers.append((request, ask(request)))
        finally:
            connection.close()

    threads = [threading.Thread(target=program, args=(number,)) for number in range(_PROGRAMS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(answers) != size * _PROGRAMS:
        raise RuntimeError("programs of the crowd broke off")
    report.figures[rate] = len(answers) / (time.monotonic() - started)
    return answers


@contextmanager
def _serving(address: str) -> Iterator[Ask]:
    """Asking over HTTP, of a server with two processes."""
    with create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    key = register.key()
    connection.close()
    command = [sys.executable, "-m", "kehuma", "serve", "--port", str(port), "--workers", "2"]
    environment = {**os.environ, "KEHUMA_DATABASE_URL": address}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    limits = httpx.Limits(max_connections=_PROGRAMS, max_keepalive_connections=_PROGRAMS)
    headers = {"Authorization": f"Bearer {key}"}
    try:
        with httpx.Client(
            base_url=f"http://127.0.0.1:{port}", headers=headers, limits=limits, timeout=_PATIENCE
        ) as client:
            _wait(client)
            yield lambda request: _posted(client, request)
    finally:
        process.terminate()
        process.wait(_PATIENCE)


def _posted(client: httpx.Client, request: Request) -> Given:
    body = {"scheme": "customer", "facts": {"region": register.region_of(request)}}
    answer = client.post("/api/v1/codes", json=body, headers={"Idempotency-Key": f"{request.number}"})
    answer.raise_for_status()
    return Given((answer.json()["code"],))


def _wait(client: httpx.Client) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        with suppress(httpx.TransportError):
            if client.get("/readyz").status_code == 200:
                return
        time.sleep(0.1)
    raise RuntimeError("the server does not answer")
