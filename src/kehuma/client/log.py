"""The log over the API."""

from collections.abc import Iterator

from kehuma.client.answers import Answer, Conflict
from kehuma.client.asking import Asking
from kehuma.client.codes import path_of


class Log(Asking):
    """Certificates of codes, and the log that they are of."""

    def proof(self, code: str, *, wait: float = 10.0) -> Answer:
        """The certificate of a code with its opening and the public key of the log; NotFound where it has none.

        A code of this second is not in the log yet: so many seconds it is waited for, then Conflict.
        """
        for left in range(int(wait), -1, -1):
            try:
                return self._json("GET", f"{path_of(code)}/proof", params={"form": "json"})
            except Conflict as error:
                if error.kind != "pending" or not left:
                    raise
                self._sleep(1.0)
        raise AssertionError("the last round returns or raises")

    def checkpoint(self) -> str:
        """The newest signed checkpoint of the log; NotFound for a log without entries."""
        return self._ask("GET", "/log/checkpoint").text

    def log_entries(self, after: int = -1) -> Iterator[Answer]:
        """The entries of the log behind number ``after``, as the export has them."""
        last: int | None = after
        while last is not None:
            page = self._json("GET", "/log/entries", params={"after": last})
            yield from page["items"]
            last = page["next"]

    def consistency(self, old: int, new: int) -> Answer:
        """The proof that the log of ``old`` entries is the beginning of that of ``new``."""
        return self._json("GET", "/log/consistency", params={"old": old, "new": new})
