"""The way to a server and back."""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Literal, Self

import httpx

from kehuma.client.answers import Answer, ApiError, Conflict, Invalid, Lost, NotAllowed, NotFound

MOST_AT_ONCE = 1000
_AGAIN = frozenset({429, 500, 502, 503, 504})
_LONGEST_WAIT = 60.0


class Asking:
    """One connection to a server, with a key.

    ``retries`` is how often a request is made again after a lost reply, 429 or 5xx; ``timeout`` in seconds. Methods
    raise ApiError, and Lost where no answer came.
    """

    def __init__(  # noqa: PLR0913 - one argument per setting
        self,
        url: str,
        key: str,
        *,
        timeout: float = 30.0,
        retries: int = 5,
        language: Literal["zh", "en"] = "zh",
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._retries, self._sleep = retries, sleep
        self._http = httpx.Client(
            base_url=url.rstrip("/"),
            headers={"Authorization": f"Bearer {key}", "Accept-Language": language},
            timeout=timeout,
            transport=transport,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let the connection go."""
        self._http.close()

    def _all(self, path: str, conditions: Mapping[str, str]) -> Iterator[Answer]:
        asked = {name: value for name, value in conditions.items() if value}
        while True:
            page = self._json("GET", path, params=asked)
            yield from page["items"]
            if not page["next"]:
                return
            asked = {**asked, "cursor": page["next"]}

    def _json(self, method: str, path: str, **request: Any) -> Answer:
        found: Answer = self._ask(method, path, **request).json()
        return found

    def _ask(  # noqa: PLR0913 - one argument per part of a request
        self,
        method: str,
        path: str,
        *,
        key: str = "",
        again: bool = True,
        is_gone_fine: bool = False,
        headers: Mapping[str, str] | None = None,
        **request: Any,
    ) -> httpx.Response:
        """The answer; asked again while that can help and does no harm."""
        named = {**(headers or {}), **({"Idempotency-Key": key} if key else {})}
        for attempt in range(self._retries + 1):
            is_last = attempt == self._retries
            try:
                response = self._http.request(method, f"/api/v1{path}", headers=named, **request)
            except httpx.ConnectError as error:
                # Nothing was sent: asking again does no harm, whatever it was.
                if is_last:
                    raise Lost(str(error)) from error
            except httpx.TransportError as error:
                if is_last or not again:
                    raise Lost(str(error)) from error
            else:
                if response.is_success or (is_gone_fine and attempt and response.status_code == httpx.codes.NOT_FOUND):
                    return response
                can_help = response.status_code in _AGAIN and (again or response.status_code == 429)
                if is_last or not can_help:
                    raise error_of(response.status_code, _problem(response))
                self._sleep(_wait(attempt, response.headers.get("Retry-After", "")))
                continue
            self._sleep(_wait(attempt, ""))
        raise AssertionError("the last attempt returns or raises")


def _wait(attempt: int, told: str) -> float:
    """What the server asks for, else twice as long each time; never all clients at the same moment."""
    least = float(told) if told.isascii() and told.isdigit() else 0.2 * 2**attempt
    return min(least, _LONGEST_WAIT) * (1 + random.random() / 4)  # noqa: S311 - no secret


def _problem(response: httpx.Response) -> Mapping[str, Any]:
    with suppress(ValueError):
        found = response.json()
        if isinstance(found, dict):
            return found
    return {"detail": response.reason_phrase}


def error_of(status: int, problem: Mapping[str, Any]) -> ApiError:
    """The error that an answer is."""
    kinds: dict[int, type[ApiError]] = {401: NotAllowed, 403: NotAllowed, 404: NotFound, 409: Conflict, 412: Conflict}
    kinds |= dict.fromkeys((400, 413, 415, 422, 428), Invalid)
    return kinds.get(status, ApiError)(status, problem)


def given(**members: object) -> Answer:
    """The members that are there."""
    return {name: value for name, value in members.items() if value is not None}
