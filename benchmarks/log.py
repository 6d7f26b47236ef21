"""The log in a store: events into leaves, proofs at a million leaves, and verifying all of it.

    python benchmarks/log.py [--leaves 1000000] [--store sqlite|postgresql] [--skip-verify]

Events are put into the table as they are; the sequencer then makes leaves of them, as it does in an installation. Proofs
are those of random leaves: one query and its folding, and beside it the whole certificate (event, entry, note, a check
of what is handed out). Last, what an event of 10,000 codes costs in their own transaction, against storing the codes.
Goals: a proof in at most 100 µs (median) on SQLite and 1 ms on PostgreSQL, verifying within 60 s, events for at most
15 % of the time that their codes take.
"""

# ruff: noqa: PLC0415 - Django is imported once its store is known
import argparse
import os
import random
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

Answer = TypeVar("Answer")

CHUNK = 10_000
ASKED = 2_000
SCHEME = """
kehuma = 1
name = "customer"
template = "{region}-{serial:6}{check}"
[segments.region]
dictionary = "cn-province"
[segments.serial]
overflow = "lengthen"
[segments.check]
algorithm = "iso7064-mod37-2"
"""


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--leaves", type=int, default=1_000_000)
    parser.add_argument("--store", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--skip-verify", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, server(asked.store, Path(folder) / "server"):
        os.environ |= {"KEHUMA_HOME": folder, "DJANGO_SETTINGS_MODULE": "kehuma.config.settings"}
        import django

        django.setup()
        from kehuma.lib import keys
        from kehuma.lib.db import upgrading

        upgrading.upgrade()
        keys.installation_key(Path(folder))
        codes()
        leaves(asked.leaves)
        proofs(1e-4 if asked.store == "sqlite" else 1e-3)
        if not asked.skip_verify:
            verified()


@contextmanager
def server(store: str, folder: Path) -> Iterator[None]:
    """PostgreSQL for as long as the benchmark runs, or nothing."""
    if store == "sqlite":
        os.environ.pop("KEHUMA_DATABASE_URL", None)
        with nullcontext():
            yield
        return
    from local_postgres import started

    folder.parent.chmod(0o755)
    with started(folder) as address:
        os.environ["KEHUMA_DATABASE_URL"] = address
        yield


def codes() -> None:
    """What the event of a chunk costs beside its codes, in the transaction that both are written in."""
    from unittest.mock import patch

    from kehuma.apps.audit import services
    from kehuma.apps.codes import services as register
    from kehuma.lib import clock

    at, of_codes = clock.now(), []
    of_events: list[float] = []
    record = services.record_rows

    def recorded(*arguments: Any, **named: Any) -> None:
        of_events.append(timed(partial(record, *arguments, **named))[0])

    register.publish(SCHEME, actor="benchmark", at=at)
    batch = register.Batch("customer", ["region"], source="file", actor="benchmark", at=at)
    with patch.object(services, "record_rows", recorded):
        for chunk in range(6):
            orders = [(f"{chunk} {row}", ("北京",)) for row in range(CHUNK)]
            of_codes.append(timed(partial(batch.issue, orders))[0])
    event = statistics.median(of_events)
    share = event / (statistics.median(of_codes) - event)
    print(f"event of {CHUNK:,} codes: {event * 1e3:.1f} ms, {share:.1%} of their codes' time")


def leaves(number: int) -> None:
    """Events, and how fast they become leaves."""
    from django.db import transaction

    from kehuma.apps.audit import services
    from kehuma.lib import clock
    from kehuma.lib.db import rows

    at, chance = clock.now(), random.Random(6962)  # noqa: S311 - a fixed series
    columns, moment = ["uuid", "at", "actor", "kind", "subject", "detail"], rows.as_moment(at)
    for start in range(0, number, CHUNK):
        with transaction.atomic():
            made = [
                (
                    rows.as_uuid(uuid.UUID(int=chance.getrandbits(128))),
                    moment,
                    "benchmark",
                    "codes.issued",
                    f"BJ-IT-{row:07}",
                    '{"version": 1, "taken": []}',
                )
                for row in range(start, min(start + CHUNK, number))
            ]
            rows.insert("audit_event", columns, made)
    before = time.process_time()
    taken, done = timed(partial(services.sequence, at, keeps_checkpoint=True))
    cpu = time.process_time() - before
    print(f"{done.size:,} leaves: {done.size / taken:,.0f} a second, {done.size / cpu:,.0f} a second of processor")


def proofs(goal: float) -> None:
    """One query and its folding, and a whole certificate."""
    from kehuma.apps.audit import proving, tree
    from kehuma.lib import clock

    size, at, chance = tree.size(), clock.now(), random.Random(9162)  # noqa: S311 - a fixed series
    places = [chance.randrange(size) for _ in range(ASKED)]
    tree.inclusion(0, size)
    made = told("inclusion proof", [partial(tree.inclusion, index, size) for index in places])
    print(f"  {'within' if made <= goal else 'ABOVE'} the goal of {goal * 1e6:.0f} µs")
    names = [f"BJ-IT-{chance.randrange(size - CHUNK):07}" for _ in range(ASKED // 4)]
    certificate = partial(proving.certificate, relation="codes_code.identity", kinds=["codes.issued"], at=at)
    told("certificate", [partial(certificate, name) for name in names])


def verified() -> None:
    """Everything recomputed."""
    from kehuma.apps.audit import verifying

    before = time.process_time()
    taken, verdict = timed(verifying.verify)
    cpu = time.process_time() - before
    print(
        f"verified: {taken:.1f} s, {cpu:.1f} s of processor, {verdict.size / taken:,.0f} leaves a second, faults: {verdict.faults}"
    )


def told(what: str, asked: Sequence[Callable[[], object]]) -> float:
    """Print the median and the 99th hundredth of the calls; the median in seconds."""
    taken = sorted(timed(one)[0] for one in asked)
    middle = statistics.median(taken)
    print(f"{what}: p50 {middle * 1e6:.0f} µs, p99 {taken[len(taken) * 99 // 100] * 1e6:.0f} µs")
    return middle


def timed(one: Callable[[], Answer]) -> tuple[float, Answer]:
    """How many seconds the call takes, and what it answers."""
    start = time.perf_counter()
    answer = one()
    return time.perf_counter() - start, answer


if __name__ == "__main__":
    main()
