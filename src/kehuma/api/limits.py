"""How often a key may ask: a number of requests in each minute, counted for all processes of a server together.

The counts lie in a piece of memory that the processes share: it is made before they are forked. A row in the store
would cost every request a write, which takes longer than most answers; several hosts count each for itself.

>>> limits = Limits(2)
>>> [limits.taken("key", at).remaining for at in (0.0, 1.0, 2.0)]
[1, 0, -1]
>>> limits.taken("key", 60.0).remaining
1
"""

import mmap
import multiprocessing
import struct
from collections.abc import Iterator
from hashlib import blake2b
from typing import NamedTuple

_WINDOW = 60
# A place: whose it is, in which minute, how many. Whoever finds so many places in a row taken shares the last of them.
_PLACE = struct.Struct("<QQQ")
_PLACES = 16_384
_TRIED = 16
# Who was killed while counting keeps nobody waiting: the others count on without waiting for it.
_PATIENCE = 0.05


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
    """Counts requests by key, in this process and in those that are forked from it."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._lock = multiprocessing.Lock()
        self._memory = mmap.mmap(-1, _PLACE.size * _PLACES)

    def taken(self, key: str, at: float) -> Standing:
        """One request more at this many seconds of a clock that all processes share and that goes forward only."""
        window, gone = divmod(int(at), _WINDOW)
        is_locked = self._lock.acquire(timeout=_PATIENCE)
        try:
            count = self._counted(_name(key), window + 1)
        finally:
            if is_locked:
                self._lock.release()
        return Standing(self.limit, self.limit - count, _WINDOW - gone)

    def _counted(self, name: int, window: int) -> int:
        place = 0
        count = 0
        for place in _places(name):
            owner, minute, count = _PLACE.unpack_from(self._memory, place)
            # What nobody has counted in this minute is free.
            if minute != window:
                count = 0
                break
            if owner == name:
                break
        _PLACE.pack_into(self._memory, place, name, window, count + 1)
        return count + 1


def _name(key: str) -> int:
    return int.from_bytes(blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def _places(name: int) -> Iterator[int]:
    for step in range(_TRIED):
        yield (name + step) % _PLACES * _PLACE.size
