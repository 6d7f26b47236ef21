"""What this process of the server has done, for those who watch over it."""

import threading
from collections import Counter

_lock = threading.Lock()
_requests: Counter[tuple[str, int]] = Counter()
_seconds: dict[str, float] = {}
_METHODS = frozenset({"GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS"})


def note(method: str, status: int, seconds: float) -> None:
    """One more request of a program."""
    known = method if method in _METHODS else "other"
    with _lock:
        _requests[known, status] += 1
        _seconds[known] = _seconds.get(known, 0.0) + seconds


def requests() -> dict[tuple[str, int], int]:
    """The requests by method and status."""
    with _lock:
        return dict(_requests)


def seconds() -> dict[str, float]:
    """The time that they took, by method."""
    with _lock:
        return dict(_seconds)
