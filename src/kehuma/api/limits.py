"""How often a key may ask: a number of requests in each minute, counted in each process of the server.

>>> limits = Limits(2)
>>> [limits.taken("key", at).remaining for at in (0.0, 1.0, 2.0)]
[1, 0, -1]
>>> limits.taken("key", 60.0).remaining
1
"""

import threading
from typing import NamedTuple

_WINDOW = 60
_MOST_KEYS = 10_000


class Standing(NamedTuple):
    """Where a key stands: ``remaining`` is negative where it has asked too often; ``reset`` in seconds."""

    limit: int
    remaining: int
    reset: int

    def as_headers(self) -> dict[str, str]:
        """What every answer says of it."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(max(self.remaining, 0)),
            "RateLimit-Reset": str(self.reset),
        }


class Limits:
    """Counts requests by key."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._lock = threading.Lock()
        self._window = -1
        self._counts: dict[str, int] = {}

    def taken(self, key: str, at: float) -> Standing:
        """One request more at this many seconds of any clock that goes forward only."""
        window, gone = divmod(int(at), _WINDOW)
        with self._lock:
            if window != self._window or len(self._counts) > _MOST_KEYS:
                self._window = window
                self._counts.clear()
            count = self._counts[key] = self._counts.get(key, 0) + 1
        return Standing(self.limit, self.limit - count, _WINDOW - gone)
