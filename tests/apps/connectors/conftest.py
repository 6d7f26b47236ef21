"""A receiver on this machine, and a clock that is set by hand."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from kehuma.apps.audit import services as audit
from kehuma.apps.connectors import services
from kehuma.lib import clock
from kehuma.lib.networks import networks
from kehuma.lib.viewer import Viewer

NOON = datetime.fromisoformat("2026-11-22T04:00:00+00:00")


class Received:
    """One request as it came."""

    def __init__(self, path: str, headers: dict[str, str], body: bytes) -> None:
        self.path, self.headers, self.body = path, headers, body

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def signed_by(self, secret: str) -> bool:
        """Checked as the standard says it, by nothing of ours."""
        told = f"{self.id}.{self.headers['webhook-timestamp']}.".encode() + self.body
        mac = hmac.new(base64.b64decode(secret.split("_", 1)[1]), told, hashlib.sha256).digest()
        return f"v1,{base64.b64encode(mac).decode()}" in self.headers["webhook-signature"].split(" ")


class Receiver:
    """``receiver.answers`` are the next statuses, or functions that answer themselves; then it is 200."""

    def __init__(self) -> None:
        self.got: list[Received] = []
        self.answers: list[int | Callable[[BaseHTTPRequestHandler], None]] = []
        self.headers: dict[str, str] = {}
        self.connections = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}/hooks?key=geheim"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def ids(self) -> list[str]:
        return [one.id for one in self.got]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(receiver) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - the class below has its own self
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                receiver.connections += 1
                super().setup()

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append(Received(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                answer = receiver.answers.pop(0) if receiver.answers else 200
                if callable(answer):
                    answer(self)
                    return
                self.send_response(answer)
                for name, value in receiver.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_: object) -> None:
                pass

        return Handler


class Clock:
    """The time, moved by hand."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def pass_by(self, **time_passed: float) -> None:
        self.at += timedelta(**time_passed)


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.WEBHOOK_NETWORKS = networks("127.0.0.0/8", "")
    one = Receiver()
    yield one
    one.close()


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> Clock:
    one = Clock(NOON)
    monkeypatch.setattr(clock, "now", one.now)
    return one


@pytest.fixture
def secret(admin: Viewer, receiver: Receiver, now: Clock) -> str:
    """The secret of an endpoint at the receiver that hears of everything."""
    from kehuma.apps.connectors import queries  # noqa: PLC0415 - after set-up

    audit.sequence(now.now())
    made = services.add(admin, name="ERP", url=receiver.url, kinds=queries.KINDS, at=now.now())
    return made.text


@pytest.fixture
def told(now: Clock) -> Callable[[], int]:
    """``told()``: what the worker does once; how many messages arrived."""

    def _told() -> int:
        audit.sequence(now.now())
        return sum(services.deliver(one, now.now()) for one in services.due(now.now()))

    return _told
