"""What benchmarks of many clients share: clients, HTTP, a server of ours, and what the machine did meanwhile."""

import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

# One step of a client; its number names it. True where it counts.
Step = Callable[[], bool]
Client = Callable[[int], Step]


def rate(client: Client, *, clients: int, seconds: float) -> float:
    """Steps a second of so many clients at once, each in a thread of its own, begun when all are connected."""
    done, failed = [0] * clients, []
    ready, over = threading.Barrier(clients + 1), threading.Event()

    def work(number: int) -> None:
        try:
            step = client(number)
            ready.wait()
            while not over.is_set():
                done[number] += step()
        except Exception as error:  # noqa: BLE001 - told below
            failed.append(error)
            ready.abort()
        finally:
            # Of our own code, whose connection would outlive the thread: a server has few.
            if "django.db" in sys.modules:
                sys.modules["django.db"].connections.close_all()

    threads = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(clients)]
    for thread in threads:
        thread.start()
    with suppress(threading.BrokenBarrierError):
        ready.wait()
    start = time.perf_counter()
    while not failed and time.perf_counter() - start < seconds:
        time.sleep(0.05)
    counted, taken = sum(done), time.perf_counter() - start
    over.set()
    until = time.monotonic() + 3
    for thread in threads:
        # A peer may sleep for half a minute before it sees that it is over.
        thread.join(max(0, until - time.monotonic()))
    if failed:
        raise failed[0]
    return counted / taken


def told_machine() -> str:
    """How fast the disk settles a page, and how busy the machine is."""
    with tempfile.NamedTemporaryFile(dir=Path.cwd()) as file:
        start, count = time.perf_counter(), 0
        while time.perf_counter() - start < 1:
            os.pwrite(file.fileno(), bytes(4096), count % 64 * 4096)
            os.fdatasync(file.fileno())
            count += 1
    return f"{count} fdatasync/s, load {os.getloadavg()[0]:.1f}"


class Http:
    """A connection to a server, opened anew when the server has closed it; the least that an HTTP client can do."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._connect()

    def post(self, path: str, body: object, headers: Mapping[str, str]) -> tuple[int, Any]:
        """Status and JSON of the answer."""
        text = json.dumps(body).encode()
        lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json"]
        lines += [f"Content-Length: {len(text)}", *(f"{name}: {value}" for name, value in headers.items())]
        if self._is_over:
            self._connect()
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode() + text)
        return self._answer()

    def _connect(self) -> None:
        self._socket = socket.create_connection(("127.0.0.1", self._port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self._socket.makefile("rb")
        self._is_over = False

    def _answer(self) -> tuple[int, Any]:
        version, number, *_ = self._file.readline().split()
        size, self._is_over = None, version == b"HTTP/1.0"
        while (line := self._file.readline()) not in {b"\r\n", b""}:
            name, _, value = line.lower().partition(b":")
            size = int(value) if name == b"content-length" else size
            self._is_over |= name == b"connection" and value.strip() == b"close"
        text = self._file.read(size)
        if self._is_over:
            self._file.close()
            self._socket.close()
        if not text.startswith((b"{", b"[")):
            raise RuntimeError(f"{number.decode()}: {text[:200].decode(errors='replace')}")
        return int(number), json.loads(text)


@contextmanager
def served(*options: str) -> Iterator[int]:
    """``kehuma serve`` on the store of the environment; its port."""
    port = free_port()
    command = [sys.executable, "-m", "kehuma", "serve", "--port", str(port), *options]
    environment = {**os.environ, "KEHUMA_API_RATE": "100000000"}
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment) as process:
        try:
            patient(port)
            yield port
        finally:
            process.terminate()
            process.wait(30)


def patient(port: int, *, seconds: float = 60) -> None:
    """Wait until something answers there."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with suppress(OSError, http.client.HTTPException):
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
                connection.request("GET", "/")
                connection.getresponse().read()
            return
        time.sleep(0.2)
    raise SystemExit(f"nothing answers on port {port}")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def api_key() -> str:
    """A key of the API for the store of the environment."""
    command = [sys.executable, "-m", "kehuma", "apikey", "create", "benchmark"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
