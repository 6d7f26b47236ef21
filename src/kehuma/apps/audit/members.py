"""Events about many rows at once: a chunk of a file is one event, and still each of its codes has a certificate.

The event keeps which rows it is about (``audit_extent``) and a keyed digest over what they are called. Its leaf holds
the root of a Merkle tree over these names, in the order of their ids, each with a salt of its own: the codes of a file
are near one another, and a bare hash would give away the neighbours.
"""

import hmac
import re
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256

from django.db import connection

from kehuma.apps.audit.entries import Members, Salts
from kehuma.engine.merkle.tree import EMPTY_ROOT, folded, leaf_hash, node_hash
from kehuma.lib.db import rows

_EXTENT = ("event_id", "relation", "first", "last")
_RELATION = re.compile(r"[a-z_]+\.[a-z_]+")


def highest(relation: str) -> int:
    """The highest id so far; rows that the caller adds from now on have higher ones."""
    table, _ = _names(relation)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT max(id) FROM {table}")  # noqa: S608 - checked by _names
        return int(cursor.fetchone()[0] or 0)


def id_of(relation: str, name: str) -> int | None:
    """The id of the row that is called so."""
    table, column = _names(relation)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM {table} WHERE {column} = %s", [name])  # noqa: S608 - as above
        found = cursor.fetchone()
    return found[0] if found else None


def place_of(extents: Iterable[tuple[str, int, int]], row: int) -> int:
    """Which member the row with this id is, from 0."""
    before = 0
    for _, first, last in extents:
        if first <= row <= last:
            return before + row - first
        before += last - first + 1
    raise ValueError(row)


def digest(secret: bytes, names: Sequence[str]) -> str:
    """What an event says of its members in its own transaction, before the log has hashed each of them."""
    return hmac.digest(secret, "\n".join(names).encode("utf-8", "surrogatepass"), "sha256").hex()


def store_extents(event: int, relation: str, ids: Sequence[int]) -> None:
    """Keep which rows, in the order of their ids, an event is about."""
    rows.insert("audit_extent", _EXTENT, [(event, relation, first, last) for first, last in _runs(ids)])


def ids(relation: str, after: int, names: Sequence[str]) -> Sequence[int]:
    """The ids of the rows that are called so and have an id above ``after``, in order."""
    table, column = _names(relation)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*), min(id), max(id) FROM {table} WHERE id > %s", [after])  # noqa: S608
        count, first, last = cursor.fetchone()
        if count == len(names) == last - first + 1:
            return range(first, last + 1)
        # On PostgreSQL others add rows at the same time, and their ids lie among ours.
        cursor.execute(f"SELECT id, {column} FROM {table} WHERE id > %s ORDER BY id", [after])  # noqa: S608
        own = set(names)
        return [number for number, name in cursor.fetchall() if name in own]


def names_of(extents: Iterable[tuple[str, int, int]]) -> Iterator[str]:
    """What the rows of extents (relation, first, last) are called, in order."""
    for relation, first, last in extents:
        table, column = _names(relation)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {column} FROM {table} WHERE id BETWEEN %s AND %s ORDER BY id", [first, last])  # noqa: S608
            for (name,) in cursor.fetchall():
                yield name


def leaves(salts: Salts, event: str, names: Iterable[str]) -> list[bytes]:
    """The leaf hashes over the members of an event."""
    key = salts.of(event, "members")
    return [leaf_hash(entry_of(key, number, name)) for number, name in enumerate(names)]


def salt_of(key: bytes, number: int) -> bytes:
    """The salt of one member; ``key`` is the event's. Both parts have a fixed length, so a plain hash will do."""
    return sha256(key + number.to_bytes(8, "big")).digest()[:16]


def entry_of(key: bytes, number: int, name: str) -> bytes:
    """The leaf of one member: its salt and its name."""
    return salt_of(key, number) + name.encode("utf-8", "surrogatepass")


def members_of(hashes: Sequence[bytes]) -> Members:
    """The root over leaf hashes, level by level: half the time of adding them one by one."""
    return Members(len(hashes), folded(_peaks(hashes)) if hashes else EMPTY_ROOT)


def path_of(hashes: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """The inclusion proof of one member (RFC 9162, 2.1.3)."""
    path: list[bytes] = []
    row, place = list(hashes), index
    while len(row) > 1:
        sibling = place ^ 1
        if sibling < len(row):
            path.append(row[sibling])
        row, place = _above(row), place >> 1
    return tuple(path)


def _above(row: list[bytes]) -> list[bytes]:
    """The next level; a node without a neighbour moves up as it is, which gives the root of RFC 6962."""
    pairs = iter(row)
    above = [node_hash(left, right) for left, right in zip(pairs, pairs, strict=False)]
    return [*above, row[-1]] if len(row) & 1 else above


def _peaks(hashes: Sequence[bytes]) -> list[bytes]:
    row = list(hashes)
    while len(row) > 1:
        row = _above(row)
    return row


def _runs(ids: Sequence[int]) -> list[tuple[int, int]]:
    """The first and the last of each row of ids without a gap."""
    if ids and ids[-1] - ids[0] == len(ids) - 1:
        return [(ids[0], ids[-1])]
    runs: list[tuple[int, int]] = []
    for number in ids:
        if runs and runs[-1][1] == number - 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs


def _names(relation: str) -> tuple[str, str]:
    if not _RELATION.fullmatch(relation):
        raise ValueError(relation)
    table, _, column = relation.partition(".")
    return f'"{table}"', f'"{column}"'
