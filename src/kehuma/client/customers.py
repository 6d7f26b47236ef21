"""Customers over the API."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx

from kehuma.client.answers import Answer
from kehuma.client.asking import MOST_AT_ONCE, Asking, given


class Customers(Asking):
    """Customers: made, found, changed, many at once."""

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
        for start in range(0, len(listed), MOST_AT_ONCE):
            body = given(system=system, scheme=scheme, items=listed[start : start + MOST_AT_ONCE])
            yield from self._json("POST", "/customers/bulk", json=body)["items"]


def _customer(code: str) -> str:
    return f"/customers/{quote(code, safe='')}"
