"""Codes over the API."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import quote

import httpx

from kehuma.client.answers import Answer, Code, Order, Outcome, State
from kehuma.client.asking import MOST_AT_ONCE, Asking, error_of, given


class Codes(Asking):
    """Codes: given out, found, read, changed."""

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
            if len(waiting) == MOST_AT_ONCE:
                yield from self._issued(waiting)
                waiting = []
        if waiting:
            yield from self._issued(waiting)

    def resolve(self, text: str) -> Answer:
        """What a text stands for, however it was typed; NotFound has ``suggestions``."""
        return self._json("GET", "/resolve", params={"text": text})

    def code(self, code: str) -> Answer:
        """One code with its meaning."""
        return self._json("GET", path_of(code))

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
        body = given(scheme=scheme, facts=dict(facts or {}), parent=parent, minutes=minutes)
        response = self._ask("POST", "/codes/reserve", json=body, key=request_key)
        return _code(response.json(), response.status_code)

    def confirm(self, code: str, request_key: str) -> Code:
        """Give a reserved code out."""
        response = self._ask("POST", f"{path_of(code)}/confirm", key=request_key)
        return _code(response.json(), response.status_code)

    def change_state(
        self, code: str, change: State, reason: str = "", *, by: str | None = None, note: str = ""
    ) -> Code:
        """Retire a code, make it void, and so on; ``by`` is the code that a superseded or merged one gives way to."""
        body = given(code=by, reason=reason or None, note=note or None)
        # Asked again after a lost reply it would meet its own change.
        response = self._ask("POST", f"{path_of(code)}/{change}", json=body, again=False)
        return _code(response.json(), response.status_code)

    def aliases(self, code: str) -> Iterator[Answer]:
        """The other texts of a code."""
        return self._all(f"{path_of(code)}/aliases", {})

    def add_alias(self, code: str, text: str, system: str | None = None) -> None:
        """Let a text, such as the number in another system, lead to a code; Conflict where it leads to another."""
        self._ask("POST", f"{path_of(code)}/aliases", json=given(text=text, system=system))

    def read(self, text: str, scheme: str | None = None) -> Answer:
        """What the parts of a text mean, whether it was given out or not."""
        return self._json("POST", "/read", json=given(text=text, scheme=scheme))

    def _issued(self, orders: Sequence[Order]) -> Iterator[Outcome]:
        body = {"items": [order.as_json() for order in orders]}
        # Each order has its own key: the whole can be sent again.
        for told in self._json("POST", "/codes/batch", json=body)["items"]:
            is_code = told["problem"] is None
            code = _code(told, told["status"]) if is_code else None
            yield Outcome(told["key"], code, None if is_code else error_of(told["status"], told["problem"]))


def _code(told: Mapping[str, Any], status: int) -> Code:
    is_new = status == httpx.codes.CREATED
    return Code(told["code"], told["state"], told["scheme"], told["version"], told["serial"], is_new)


def path_of(code: str) -> str:
    """Where a code is."""
    return f"/codes/{quote(code, safe='')}"
