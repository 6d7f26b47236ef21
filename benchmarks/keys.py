"""The keys of personal values in a store: making subjects, opening them, and a rotation while others read.

    python benchmarks/keys.py [--subjects 200000] [--store sqlite|postgresql]

Subjects are made 10,000 to a transaction and beside it one by one, with an insert of the same row without any key as
the peer, in turns. Opening is one query for a page of 50. For the rotation a second process reads pages all the while;
it counts them, and any that failed. Goal: a million data keys in at most 60 seconds, no reader turned away.
"""

# ruff: noqa: PLC0415 - Django is imported once its store is known
import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from log import server

GOAL = 60
CHUNK = 10_000
PAGE = 50
_READER = "import sys; sys.path.insert(0, sys.argv[1]); import keys; keys.read(int(sys.argv[2]))"


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--subjects", type=int, default=200_000)
    parser.add_argument("--store", choices=["sqlite", "postgresql"], default="sqlite")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, server(asked.store, Path(folder) / "server"):
        os.environ |= {"KEHUMA_HOME": folder, "DJANGO_SETTINGS_MODULE": "kehuma.config.settings"}
        import django

        django.setup()
        from kehuma.lib.db import upgrading

        upgrading.upgrade()
        made(asked.subjects)
        opened(asked.subjects)
        rotated(asked.subjects)


def made(count: int) -> None:
    """Microseconds for a subject in bulk and alone, and for the bare row."""
    from django.db import connection, transaction

    from kehuma.apps.sealing import services
    from kehuma.lib.db import rows

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bare (id integer PRIMARY KEY, uuid char(32), wrapped text, version_id integer)")
    bare = [(number, "0" * 32, "1" * 67, 1) for number in range(CHUNK)]
    subjects, peer = [], []
    for start in range(0, count, CHUNK):
        with transaction.atomic():
            subjects.append(timed(lambda: services.new_subjects(CHUNK)) / CHUNK)
            part = [(start + number, *row) for number, *row in bare]
            peer.append(
                timed(lambda part=part: rows.insert("bare", ("id", "uuid", "wrapped", "version_id"), part)) / CHUNK
            )
    alone = []
    for _ in range(200):
        with transaction.atomic():
            alone.append(timed(lambda: services.new_subjects(1)))
    tell("a subject of 10,000", subjects, f"the bare row {statistics.median(peer) * 1e6:.1f} µs")
    tell("a subject alone", alone)


def opened(count: int) -> None:
    """Microseconds for the keys of a page."""
    from kehuma.apps.sealing import queries

    pages = [random.sample(range(1, count), PAGE) for _ in range(400)]
    queries.opened([1])
    tell(f"the keys of {PAGE} customers", [timed(lambda ids=ids: queries.opened(ids)) for ids in pages])


def rotated(count: int) -> None:
    """Seconds for a rotation, and what its readers met."""
    from kehuma.apps.sealing import queries, services
    from kehuma.lib import clock

    command = [sys.executable, "-c", _READER, str(Path(__file__).parent), str(count)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True) as reader:
        assert reader.stdout is not None
        reader.stdout.readline()
        start = time.perf_counter()
        services.rotate(actor="benchmark", at=clock.now())
        moved = services.rewrap(actor="benchmark", at=clock.now())
        seconds = time.perf_counter() - start
        told = json.loads(reader.communicate("stop\n")[0])
    services.retire(1, actor="benchmark", at=clock.now())
    assert queries.status().versions[0].subjects == moved.keys
    million = seconds / moved.keys * 1e6
    print(f"rotation of {moved.keys:,}: {seconds:.1f} s, a million {million:.0f} s (goal {GOAL})")
    print(f"  meanwhile {told['pages']:,} pages read, {told['failed']} failed, p99 {told['p99'] * 1e3:.1f} ms")


def read(count: int) -> None:
    """In a process of its own: pages of keys until a line comes in."""
    import threading

    import django

    django.setup()
    from kehuma.apps.sealing import queries

    is_over = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.readline(), is_over.set()), daemon=True).start()
    queries.opened([1])
    print("ready", flush=True)
    took, failed = [], 0
    while not is_over.is_set():
        ids = random.sample(range(1, count), PAGE)
        start = time.perf_counter()
        try:
            failed += len(queries.opened(ids)) != PAGE
        except Exception:  # noqa: BLE001 - what is counted
            failed += 1
        took.append(time.perf_counter() - start)
    print(json.dumps({"pages": len(took), "failed": failed, "p99": statistics.quantiles(took, n=100)[98]}))


def timed(work: Callable[[], object]) -> float:
    """Seconds."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def tell(what: str, took: list[float], beside: str = "") -> None:
    """Median and spread in microseconds."""
    low, middle, high = (value * 1e6 for value in (min(took), statistics.median(took), max(took)))
    print(f"{what}: {middle:.1f} µs ({low:.1f} to {high:.1f}) {beside}".rstrip())


if __name__ == "__main__":
    main()
