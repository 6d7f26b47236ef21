"""How fast the register fills, against a bare ``executemany`` of the same rows into the same table and indexes.

    python benchmarks/register_fill.py [ROWS]

Both sides commit durably every 10,000 rows with the same settings of SQLite, one after the other in one run. Ours
starts from the attributes: it finds known rows, counts, writes codes with check characters, hashes keys and facts,
guards against replacement, and testifies. The peer is handed the finished rows; it is timed without our triggers, and
with them.
"""

# ruff: noqa: PLC0415, S608 - Django is imported once its data folder is known; table names are our own
import os
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from made_customers import SCHEME

CHUNK = 10_000
PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    "recursive_triggers = ON",
    "temp_store = MEMORY",
)


class Seconds(NamedTuple):
    """By the clock, and of the processor: the second figure hardly feels who else works on the machine."""

    wall: float
    cpu: float


def main() -> None:
    """Print all times and their ratios."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        _register(home)
        empty = home / "empty.sqlite3"
        shutil.copy(home / "kehuma.sqlite3", empty)
        ours = _ours(rows)
        print(f"register, {rows:,} rows: {_told(ours, rows)}")
        stored, others = _stored(home / "kehuma.sqlite3")
        for name, with_triggers in (("without triggers", False), ("with triggers", True)):
            peer = _peer(shutil.copy(empty, str(home / "peer.sqlite3")), stored, others, with_triggers=with_triggers)
            ratios = f"speed {peer.wall / ours.wall:.2f} by the clock, {peer.cpu / ours.cpu:.2f} by processor time"
            print(f"executemany {name}: {_told(peer, rows)}; ours has {ratios}")
            for file in home.glob("peer.sqlite3*"):
                file.unlink()


def _register(home: Path) -> None:
    os.environ["KEHUMA_HOME"] = str(home)
    os.environ["DJANGO_SETTINGS_MODULE"] = "kehuma.config.settings"
    import django

    django.setup()
    from django.db import connection

    from kehuma.apps.codes import services
    from kehuma.lib import clock
    from kehuma.lib.db import upgrading

    upgrading.upgrade()
    services.publish(SCHEME, actor="benchmark", at=clock.now())
    connection.close()


def _ours(rows: int) -> Seconds:
    from django.db import connection

    from kehuma.apps.codes import queries, services
    from kehuma.lib import clock

    places = [queries.dictionary("cn-province").entry(symbol) for symbol in queries.dictionary("cn-province").symbols]
    trades = queries.dictionary("cn-industry").symbols
    names = [place.zh for place in places if place]
    orders = [
        (f"row {number}", (names[number * 7 % len(names)], trades[number * 11 // 3 % len(trades)]))
        for number in range(rows)
    ]
    batch = services.Batch("customer", ["region", "industry"], source="file", actor="benchmark", at=clock.now())
    seconds = _timed(lambda: batch.issue(orders))
    connection.close()
    return seconds


def _stored(path: Path) -> tuple[list[tuple[object, ...]], dict[str, list[tuple[object, ...]]]]:
    store = sqlite3.connect(path)
    stored = store.execute("SELECT * FROM codes_code ORDER BY id").fetchall()
    others = {"codes_counter": store.execute("SELECT * FROM codes_counter").fetchall()}
    store.close()
    return stored, others


def _peer(
    path: str, stored: Sequence[tuple[object, ...]], others: dict[str, list[tuple[object, ...]]], *, with_triggers: bool
) -> Seconds:
    store = sqlite3.connect(path, isolation_level=None)
    for pragma in (*PRAGMAS, "cache_size = -65536"):
        store.execute(f"PRAGMA {pragma}")
    for table, rows in others.items():
        store.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)
    if not with_triggers:
        for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            store.execute(f"DROP TRIGGER {name}")
    insert = f"INSERT INTO codes_code VALUES ({', '.join('?' * len(stored[0]))})"

    def fill() -> None:
        for start in range(0, len(stored), CHUNK):
            store.execute("BEGIN IMMEDIATE")
            store.executemany(insert, stored[start : start + CHUNK])
            store.execute("COMMIT")

    seconds = _timed(fill)
    store.close()
    return seconds


def _timed(work: Callable[[], object]) -> Seconds:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Seconds(time.perf_counter() - wall, time.process_time() - cpu)


def _told(seconds: Seconds, rows: int) -> str:
    return (
        f"{seconds.wall:.2f} s, {seconds.wall / rows * 1e6:.1f} µs a row, {seconds.cpu / rows * 1e6:.1f} of processor"
    )


if __name__ == "__main__":
    main()
