"""A client of the HTTP API for Python programs.

    with Client("https://codes.example", key) as kehuma:
        issued = kehuma.issue("region-industry", {"region": "北京", "industry": "信息技术"}, request_key="order-4711")
        print(issued.code)
        for customer in kehuma.customers(region="44"):
            print(customer["code"], customer["name"])

Whatever gets lost on the way is asked for again with the same request key: no code is given out twice for one request.
"""

import random
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from types import TracebackType
from typing import Any, Literal, Self, TypedDict
from urllib.parse import quote
from uuid import uuid4

import httpx

__all__ = ["ApiError", "Client", "Code", "Conflict", "Invalid", "Lost", "NotAllowed", "NotFound", "Order", "Outcome"]

Answer = dict[str, Any]
State = Literal["retire", "void", "reinstate", "supersede", "merge"]
_MOST_AT_ONCE = 1000
_AGAIN = frozenset({429, 500, 502, 503, 504})
_LONGEST_WAIT = 60.0


class Fault(TypedDict):
    """What is wrong with one part of a request."""

    field: str
    reason: str
    remedy: str | None


class ApiError(Exception):
    """The server refused; ``problem`` is its whole answer, ``reference`` what its log says more under."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status, self.problem = status, dict(problem)
        self.kind = str(problem.get("type", "")).rpartition(":")[2]
        self.reference = str(problem.get("instance", ""))
        self.faults: list[Fault] = list(problem.get("errors") or ())
        told = "; ".join(f"{one['field']}: {one['reason']}" for one in self.faults)
        detail = str(problem.get("detail") or problem.get("title") or status)
        super().__init__(f"{status} {detail}" + (f" ({told})" if told else ""))


class NotAllowed(ApiError):
    """The key is none, or lacks the right (401, 403)."""


class NotFound(ApiError):
    """There is nothing, or nothing within the key's reach (404)."""

    @property
    def suggestions(self) -> list[str]:
        """The codes that may have been meant, the likeliest first."""
        return [str(one["code"]) for one in self.problem.get("suggestions", ())]


class Conflict(ApiError):
    """What is there does not allow it: the request key was used for other facts, the record was changed (409, 412)."""


class Invalid(ApiError):
    """Something in the request is wrong; ``faults`` say what (400, 413, 415, 422, 428)."""


class Lost(Exception):
    """No answer came, however often it was asked for. Ask once more with the same request key."""


@dataclass(frozen=True, slots=True)
class Code:
    """A code that was given out; ``is_new`` is false where this request key had it already."""

    code: str
    state: str
    scheme: str
    version: int
    serial: int | None
    is_new: bool


@dataclass(frozen=True, slots=True)
class Order:
    """What a code is asked for; ``key`` is the request key, made by the client where it is missing."""

    scheme: str
    facts: Mapping[str, str | int | None] = field(default_factory=dict)
    parent: str | None = None
    at: date | None = None
    key: str = field(default_factory=lambda: str(uuid4()))

    def as_json(self) -> Answer:
        """As the API takes it."""
        told: Answer = {"scheme": self.scheme, "facts": dict(self.facts), "key": self.key}
        if self.parent is not None:
            told["parent"] = self.parent
        if self.at is not None:
            told["at"] = _moment(self.at)
        return told


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one of many orders: a code, or why there is none."""

    key: str
    code: Code | None
    error: ApiError | None


class Client:
    """One connection to a server, with a key. Close it, or use it in ``with``.

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

    # -- codes -------------------------------------------------------------------------------------------------------

    def issue(
        self,
        scheme: str,
        facts: Mapping[str, str | int | None] | None = None,
        *,
        parent: str | None = None,
        at: date | None = None,
        request_key: str | None = None,
    ) -> Code:
        """A code; asked again with the same ``request_key``, the same code. Conflict where it had other facts."""
        order = Order(scheme, facts or {}, parent, at).as_json()
        key = request_key or order["key"]
        del order["key"]
        response = self._ask("POST", "/codes", json=order, key=str(key))
        return _code(response.json(), response.status_code)

    def issue_many(self, orders: Iterable[Order]) -> Iterator[Outcome]:
        """The outcome of each order, in their order; a thousand go at once."""
        waiting: list[Order] = []
        for order in orders:
            waiting.append(order)
            if len(waiting) == _MOST_AT_ONCE:
                yield from self._issued(waiting)
                waiting = []
        if waiting:
            yield from self._issued(waiting)

    def resolve(self, text: str) -> Answer:
        """What a text stands for, however it was typed; NotFound has ``suggestions``."""
        return self._json("GET", "/resolve", params={"text": text})

    def code(self, code: str) -> Answer:
        """One code with its meaning."""
        return self._json("GET", _path(code))

    def codes(self, *, scheme: str = "", state: str = "", prefix: str = "") -> Iterator[Answer]:
        """The codes given out, the newest first."""
        return self._all("/codes", {"scheme": scheme, "state": state, "prefix": prefix})

    def reserve(
        self,
        scheme: str,
        facts: Mapping[str, str | int | None] | None = None,
        *,
        parent: str | None = None,
        minutes: int = 60,
        request_key: str,
    ) -> Code:
        """A code that nobody else gets for some minutes; ``confirm`` it with the same ``request_key``."""
        body = _given(scheme=scheme, facts=dict(facts or {}), parent=parent, minutes=minutes)
        response = self._ask("POST", "/codes/reserve", json=body, key=request_key)
        return _code(response.json(), response.status_code)

    def confirm(self, code: str, request_key: str) -> Code:
        """Give a reserved code out."""
        response = self._ask("POST", f"{_path(code)}/confirm", key=request_key)
        return _code(response.json(), response.status_code)

    def change_state(
        self, code: str, change: State, reason: str = "", *, by: str | None = None, note: str = ""
    ) -> Code:
        """Retire a code, make it void, and so on; ``by`` is the code that a superseded or merged one gives way to."""
        body = _given(code=by, reason=reason or None, note=note or None)
        # Asked again after a lost reply it would meet its own change.
        response = self._ask("POST", f"{_path(code)}/{change}", json=body, again=False)
        return _code(response.json(), response.status_code)

    def aliases(self, code: str) -> Iterator[Answer]:
        """The other texts of a code."""
        return self._all(f"{_path(code)}/aliases", {})

    def add_alias(self, code: str, text: str, system: str | None = None) -> None:
        """Let a text, such as the number in another system, lead to a code; Conflict where it leads to another."""
        self._ask("POST", f"{_path(code)}/aliases", json=_given(text=text, system=system))

    def read(self, text: str, scheme: str | None = None) -> Answer:
        """What the parts of a text mean, whether it was given out or not."""
        return self._json("POST", "/read", json=_given(text=text, scheme=scheme))

    # -- schemes and dictionaries ------------------------------------------------------------------------------------

    def schemes(self) -> Iterator[Answer]:
        """The schemes that are published."""
        return self._all("/schemes", {})

    def scheme(self, name: str) -> Answer:
        """One scheme with its file, versions and capacity."""
        return self._json("GET", f"/schemes/{quote(name, safe='')}")

    def check(self, source: str) -> Answer:
        """The report on a scheme file."""
        return self._json("POST", "/schemes/check", json={"source": source})

    def preview(
        self, facts: Sequence[Mapping[str, str | int | None]], *, scheme: str | None = None, source: str | None = None
    ) -> list[Answer]:
        """The codes that would come out; nothing is given out."""
        body = _given(scheme=scheme, source=source, facts=[dict(one) for one in facts])
        return list(self._json("POST", "/schemes/preview", json=body)["items"])

    def publish(self, source: str) -> Answer:
        """Publish a scheme file as the next version of its scheme."""
        return self._json("POST", "/schemes", json={"source": source})

    def dictionaries(self) -> Iterator[Answer]:
        """The dictionaries that schemes can name."""
        return self._all("/dictionaries", {})

    def entries(self, dictionary: str, q: str = "") -> Iterator[Answer]:
        """The entries of a dictionary, those that hold ``q``."""
        return self._all(f"/dictionaries/{quote(dictionary, safe='')}", {"q": q})

    def extend(self, dictionary: str, entries: Sequence[Mapping[str, Any]]) -> int:
        """Add entries; the version of the dictionary that has them."""
        body = {"entries": [dict(one) for one in entries]}
        return int(self._json("POST", f"/dictionaries/{quote(dictionary, safe='')}", json=body)["version"])

    # -- customers ---------------------------------------------------------------------------------------------------

    def create_customer(self, facts: Mapping[str, Any], *, request_key: str | None = None) -> Answer:
        """A customer with its code; ``is_new`` is false where this request key had it already."""
        response = self._ask("POST", "/customers", json=dict(facts), key=request_key or str(uuid4()))
        return {**response.json(), "is_new": response.status_code == httpx.codes.CREATED}

    def customer(self, code: str) -> Answer:
        """One customer by its code in any form, its uuid, or its number in another system."""
        return self._json("GET", _customer(code))

    def customers(self, q: str = "", **conditions: str) -> Iterator[Answer]:
        """The customers, the newest first; with ``q`` those that it may mean. See the API for conditions."""
        return self._all("/customers", {"q": q, **conditions})

    def change_customer(self, code: str, changes: Mapping[str, Any], *, version: int | None = None) -> Answer:
        """Give a customer other values; Conflict where it is no longer in the ``version`` that was read.

        Without a version whatever is there is changed.
        """
        tag = "*" if version is None else f'"{version}"'
        # Asked again after a lost reply, a change that was made would meet its own version.
        again = version is None
        response = self._ask("PATCH", _customer(code), json=dict(changes), headers={"If-Match": tag}, again=again)
        found: Answer = response.json()
        return found

    def delete_customer(self, code: str) -> None:
        """Put a customer into the recycle bin; one that lies there already is not found."""
        self._ask("DELETE", _customer(code), is_gone_fine=True)

    def restore_customer(self, code: str) -> None:
        """Bring a customer back from the recycle bin."""
        self._ask("POST", f"{_customer(code)}/restore", again=False)

    def history(self, code: str) -> Iterator[Answer]:
        """What was changed, the newest first."""
        return self._all(f"{_customer(code)}/history", {})

    def upsert_customers(
        self, items: Iterable[Mapping[str, Any]], *, system: str | None = None, scheme: str | None = None
    ) -> Iterator[Answer]:
        """Make or change many, by ``code`` or by their ``number`` in ``system``; what became of each, in their order."""
        listed = [dict(one) for one in items]
        for start in range(0, len(listed), _MOST_AT_ONCE):
            body = _given(system=system, scheme=scheme, items=listed[start : start + _MOST_AT_ONCE])
            yield from self._json("POST", "/customers/bulk", json=body)["items"]

    # -- the way there and back --------------------------------------------------------------------------------------

    def _issued(self, orders: Sequence[Order]) -> Iterator[Outcome]:
        body = {"items": [order.as_json() for order in orders]}
        # Each order has its own key: the whole can be sent again.
        for told in self._json("POST", "/codes/batch", json=body)["items"]:
            is_code = told["problem"] is None
            code = _code(told, told["status"]) if is_code else None
            yield Outcome(told["key"], code, None if is_code else _error(told["status"], told["problem"]))

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
                    raise _error(response.status_code, _problem(response))
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


def _error(status: int, problem: Mapping[str, Any]) -> ApiError:
    kinds: dict[int, type[ApiError]] = {401: NotAllowed, 403: NotAllowed, 404: NotFound, 409: Conflict, 412: Conflict}
    kinds |= dict.fromkeys((400, 413, 415, 422, 428), Invalid)
    return kinds.get(status, ApiError)(status, problem)


def _code(told: Mapping[str, Any], status: int) -> Code:
    is_new = status == httpx.codes.CREATED
    return Code(told["code"], told["state"], told["scheme"], told["version"], told["serial"], is_new)


def _customer(code: str) -> str:
    return f"/customers/{quote(code, safe='')}"


def _path(code: str) -> str:
    return f"/codes/{quote(code, safe='')}"


def _given(**members: object) -> Answer:
    return {name: value for name, value in members.items() if value is not None}


def _moment(at: date) -> str:
    if isinstance(at, datetime) and at.tzinfo is None:
        raise ValueError("a time without a zone means something else on every machine")
    return at.isoformat()
