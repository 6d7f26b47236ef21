"""Standing alone before something that has no row yet: a request that is asked twice at once, a number of a version."""

import hashlib
from collections.abc import Iterable

from django.db import connection

from kehuma.lib.db.pipelines import sent


def stand_alone(*names: str | bytes) -> None:
    """Wait until no other transaction stands here under the same names; others then wait until ours ends.

    On SQLite whoever is in a transaction is the only writer, and nothing is to be waited for.
    """
    stand_alone_at([names])


def stand_alone_at(places: Iterable[tuple[str | bytes, ...]]) -> None:
    """The same at several places, always in the same order: two that go the same way cannot block one another."""
    if not connection.in_atomic_block:
        raise RuntimeError("A lock lasts as long as the transaction it is taken in.")
    if connection.vendor == "sqlite":
        return
    numbers = sorted(map(_number, places))
    # In the order of the list: nothing sorts or joins the rows of a lone unnest.
    sent("SELECT count(pg_advisory_xact_lock(number)) FROM unnest(%s::bigint[]) AS place (number)", [numbers])


def _number(names: tuple[str | bytes, ...]) -> int:
    """64 bits: that two names meet is rarer than anything, and then one of them waits a little for the other."""
    hashed = hashlib.blake2b(digest_size=8)
    for name in names:
        raw = name.encode("utf-8", "surrogatepass") if isinstance(name, str) else name
        hashed.update(len(raw).to_bytes(4, "big") + raw)
    return int.from_bytes(hashed.digest(), "big", signed=True)
