"""Sending one message after the other to one address, and what came of each.

Nothing that a receiver does keeps us: not a redirect (it could lead anywhere), not an answer without end, not one that
drips byte by byte, which a time limit per read alone would let go on for days.
"""

import socket
import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from typing import Any, NamedTuple, Self

import httpx

from kehuma import __version__
from kehuma.apps.connectors import signing
from kehuma.apps.connectors.errors import PlaceError
from kehuma.apps.connectors.places import Place, Resolve, reachable
from kehuma.lib.networks import Network

CONNECT_SECONDS, READ_SECONDS, TOTAL_SECONDS = 5.0, 10.0, 15.0
# Of an answer only its status counts. What is this short is read, so that the connection can be used again.
_ANSWER_READ = 16_384
_LONGEST_WAIT = 3_600


class Outcome(NamedTuple):
    """What came of one attempt: the status of the answer, or why there was none; ``wait`` is what was asked for."""

    status: int | None
    reason: str
    milliseconds: int
    wait: int = 0

    @property
    def is_delivered(self) -> bool:
        """Whether the receiver has it."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        """Whether the receiver says that it wants no more, ever."""
        return self.status == httpx.codes.GONE

    @property
    def is_refused(self) -> bool:
        """Whether the receiver is well and does not want this one message."""
        again = (httpx.codes.REQUEST_TIMEOUT, httpx.codes.TOO_EARLY, httpx.codes.TOO_MANY_REQUESTS)
        return self.status is not None and 400 <= self.status < 500 and self.status not in again


class Sender:
    """A connection to one address, used for some messages and closed. Make it by ``opened``."""

    def __init__(self, place: Place, address: str, secrets: Sequence[str]) -> None:
        self._place, self._secrets, self._line = place, secrets, _Line()
        shown = f"[{address}]" if ":" in address else address
        self._url = place.url.copy_with(host=shown)
        # No proxy of the environment: what was looked at is what is asked.
        self._http = httpx.Client(
            verify=_trusted(),
            timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
            follow_redirects=False,
            trust_env=False,
            limits=httpx.Limits(max_connections=1),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let the connection go."""
        self._http.close()

    def send(self, message: str, body: bytes, *, seconds: int) -> Outcome:
        """Send a message with the time at which it goes."""
        headers = {
            **signing.headers(message, seconds, body, self._secrets),
            "Host": self._place.url.netloc.decode("ascii"),
            "Content-Type": "application/json",
            "User-Agent": f"kehuma/{__version__}",
            "Accept-Encoding": "identity",
        }
        began = time.monotonic()
        with self._line.held(TOTAL_SECONDS):
            status, reason, wait = self._asked(headers, body)
        if self._line.was_cut and status is None:
            reason = "timeout"
        return Outcome(status, reason, int((time.monotonic() - began) * 1000), wait)

    def _asked(self, headers: Mapping[str, str], body: bytes) -> tuple[int | None, str, int]:
        extensions: dict[str, Any] = {"trace": self._line.see}
        if self._place.url.scheme == "https":
            # The certificate must be that of the name, though the address is asked.
            extensions["sni_hostname"] = self._place.url.raw_host.decode("ascii")
        try:
            with self._http.stream("POST", self._url, headers=headers, content=body, extensions=extensions) as response:
                wait = _seconds(response.headers.get("Retry-After", ""))
                with suppress(httpx.HTTPError):
                    _read(response)
                return response.status_code, "", wait
        except httpx.TimeoutException:
            return None, "timeout", 0
        except httpx.ConnectError as error:
            return None, "tls" if _is_of_tls(error) else "connection", 0
        except (httpx.HTTPError, httpx.InvalidURL, ValueError):
            return None, "answer", 0


def opened(
    place: Place, secrets: Sequence[str], *, allowed: Sequence[Network], resolve: Resolve | None = None
) -> Sender | Outcome:
    """A sender, or why nothing can be sent there now."""
    try:
        return Sender(place, reachable(place, allowed, resolve=resolve), secrets)
    except PlaceError as error:
        return Outcome(None, error.message, 0)


@cache
def _trusted() -> ssl.SSLContext:
    """Whose certificates are believed: those that httpx brings, or the file that ``SSL_CERT_FILE`` names."""
    return httpx.create_ssl_context()


class _Line:
    """The connection itself, seen through httpx, to cut it when an answer takes too long altogether."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        self._timer: threading.Timer | None = None
        self.was_cut = False

    def see(self, event: str, told: Mapping[str, Any]) -> None:
        """Called by httpx at each step; what is made of the step stands in ``return_value``."""
        if event in {"connection.connect_tcp.complete", "connection.start_tls.complete"}:
            self._socket = told["return_value"].get_extra_info("socket")

    def held(self, seconds: float) -> Self:
        """Cut the line after so many seconds, unless this block has ended."""
        self.was_cut = False
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        return self

    def __enter__(self) -> None:
        if self._timer:
            self._timer.start()

    def __exit__(self, *_: object) -> None:
        if self._timer:
            self._timer.cancel()

    def _cut(self) -> None:
        self.was_cut = True
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)


def _read(response: httpx.Response) -> None:
    size = 0
    for piece in response.iter_raw():
        size += len(piece)
        if size > _ANSWER_READ:
            return


def _seconds(text: str) -> int:
    """What ``Retry-After`` asks for; dates are passed over."""
    return min(int(text), _LONGEST_WAIT) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _is_of_tls(error: BaseException) -> bool:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False
