"""Schemes and dictionaries over the API."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from kehuma.client.answers import Answer
from kehuma.client.asking import Asking, given


class Schemes(Asking):
    """Schemes and dictionaries."""

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
        body = given(scheme=scheme, source=source, facts=[dict(one) for one in facts])
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
