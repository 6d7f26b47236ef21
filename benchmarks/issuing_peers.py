"""Codes for 32 clients at once, gapless and durable, beside what others do for a number.

    python benchmarks/issuing_peers.py [--store postgresql|sqlite] [--rounds 3] [--seconds 3] [--rows 3000000]
        [--sequences PYTHON] [--only NAME …]

All ways take turns within each round and every client commits each of its codes; a ratio is the median over the rounds.
On PostgreSQL: the statements of Odoo's ``no_gap`` sequence (a replica: lock the row or give up, update it, try again
later), django-sequences (the real package, where ``--sequences`` names a Python that has it and Django), an insert with
``nextval`` (gaps allowed), and ours: the front in this process, without it, and over HTTP. On SQLite: threads that hand
finished rows to one writer. ``--rows`` fills the register and asks once more.
Goals: 15 times no_gap, 8 times django-sequences, as fast as nextval; half of the raw writer on SQLite; events cost at
most 15 %; among 3,000,000 codes at least 0.8 of the rate among 10,000.
"""

# ruff: noqa: PLC0415 - Django is imported once its store is known
import argparse
import os
import random
import secrets
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

import raw_writer
from loads import Client, Http, Step, api_key, rate, served, told_machine

CLIENTS = 32
SCHEME = """
kehuma = 1
name = "customer"
template = "{region}-{industry}-{serial:6}"
[segments.region]
dictionary = "cn-province"
[segments.industry]
dictionary = "cn-industry"
[segments.serial]
overflow = "lengthen"
allocation = "gapless"
"""
FACTS = {"region": "北京", "industry": "I"}
SEQUENCES = """
import sys, threading, time
import django
from django.conf import settings
name, host, clients, seconds = sys.argv[1:]
settings.configure(INSTALLED_APPS=["sequences"], DATABASES={"default": {
    "ENGINE": "django.db.backends.postgresql", "NAME": name, "USER": "kehuma", "HOST": host}})
django.setup()
from django.core.management import call_command
from django.db import connection, transaction
from sequences import get_next_value
call_command("migrate", verbosity=0)
with connection.cursor() as cursor:
    cursor.execute("CREATE TABLE IF NOT EXISTS peer_sequences (id bigserial PRIMARY KEY, code text UNIQUE)")
done, ready, over = [0] * int(clients), threading.Barrier(int(clients) + 1), threading.Event()
def step():
    with transaction.atomic():
        number = get_next_value("customer")
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO peer_sequences (code) VALUES (%s)", [f"C-{number:06}"])
def work(place):
    step()
    ready.wait()
    while not over.is_set():
        step()
        done[place] += 1
    connection.close()
threads = [threading.Thread(target=work, args=(place,)) for place in range(int(clients))]
for thread in threads: thread.start()
ready.wait()
start = time.perf_counter()
time.sleep(float(seconds))
print(sum(done) / (time.perf_counter() - start))
over.set()
for thread in threads: thread.join()
"""
Way = Callable[[], float]


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", choices=["sqlite", "postgresql"], default="postgresql")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--rows", type=int, default=0)
    parser.add_argument("--sequences", metavar="PYTHON")
    parser.add_argument("--only", nargs="*", default=[])
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder, server(asked.store, Path(folder)) as address:
        _register(folder)
        ways = _postgresql(address, asked) if asked.store == "postgresql" else _sqlite(Path(folder), asked)
        chosen = {name: way for name, way in ways.items() if not asked.only or name in asked.only}
        _told(chosen, asked.rounds)
        if asked.rows:
            few = _measured(asked)
            _fill(asked.rows)
            many = _measured(asked)
            print(f"among {asked.rows:,} codes {many:,.0f}/s, among few {few:,.0f}/s: {many / few:.2f}")


@contextmanager
def server(store: str, folder: Path) -> Iterator[str]:
    """PostgreSQL for as long as the benchmark runs, or nothing."""
    if store == "sqlite":
        os.environ.pop("KEHUMA_DATABASE_URL", None)
        yield ""
        return
    from local_postgres import started

    folder.chmod(0o755)
    with started(folder / "server") as address:
        os.environ["KEHUMA_DATABASE_URL"] = address
        yield address


def _register(folder: str) -> None:
    os.environ |= {"KEHUMA_HOME": str(Path(folder) / "home"), "DJANGO_SETTINGS_MODULE": "kehuma.config.settings"}
    import django

    django.setup()
    from django.db import connections

    from kehuma.apps.codes import services
    from kehuma.lib import clock
    from kehuma.lib.db import upgrading

    upgrading.upgrade()
    services.publish(SCHEME, actor="benchmark", at=clock.now())
    first = [(str(row), ("北京", "I")) for row in range(2)]
    services.issue_many("customer", ["region", "industry"], first, source="first", actor="clerk", at=clock.now())
    connections.close_all()


def _told(ways: Mapping[str, Way], rounds: int) -> None:
    """Every way once a round, and the median of each beside the median of ours."""
    print(told_machine())
    found: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            found[name].append(way())
    for name, rates in found.items():
        ratio = statistics.median(ours / one for ours, one in zip(found.get("front", rates), rates, strict=True))
        each = " ".join(f"{one:,.0f}" for one in rates)
        print(f"{name:20} {statistics.median(rates):9,.0f}/s  the front is {ratio:6.2f} times as fast  ({each})")
    print(told_machine())


def _measured(asked: argparse.Namespace) -> float:
    return statistics.median(rate(_front, clients=CLIENTS, seconds=asked.seconds) for _ in range(asked.rounds))


# ── ours ──

_keys = count()


def _front(_: int) -> Step:
    from kehuma.apps.codes import services

    return _issuing(services.issue_waiting)


def _direct(_: int) -> Step:
    from kehuma.apps.codes import services

    return _issuing(services.issue)


def _issuing(issue: Callable[..., Any]) -> Step:
    from kehuma.lib import clock

    name = secrets.token_hex(8)

    def step() -> bool:
        return bool(issue("customer", FACTS, request_key=f"{name} {next(_keys)}", actor="clerk", at=clock.now()))

    step()
    return step


def _untold(seconds: float) -> float:
    """The front without its events."""
    from kehuma.apps.audit import services

    quiet = {"record": lambda *_, **__: None, "record_rows": lambda *_, **__: None, "highest": lambda _: 0}
    with patch.multiple(services, **quiet):
        return rate(_front, clients=CLIENTS, seconds=seconds)


def _http(seconds: float) -> float:
    key = api_key()
    with served() as port:

        def client(_: int) -> Step:
            connection, headers = Http(port), {"Authorization": f"Bearer {key}"}

            def step() -> bool:
                status, answer = connection.post("/api/v1/codes", {"scheme": "customer", "facts": FACTS}, headers)
                if status != 201:
                    raise RuntimeError(answer)
                return True

            step()
            return step

        return rate(client, clients=CLIENTS, seconds=seconds)


# ── PostgreSQL ──


def _postgresql(address: str, asked: argparse.Namespace) -> dict[str, Way]:
    import psycopg

    with psycopg.connect(address, autocommit=True) as store:
        store.execute("CREATE TABLE peer_sequence (id int PRIMARY KEY, number_next bigint NOT NULL)")
        store.execute("INSERT INTO peer_sequence VALUES (1, 1)")
        store.execute("CREATE TABLE peer_code (id bigserial PRIMARY KEY, code text UNIQUE)")
        store.execute("CREATE SEQUENCE peer_number")
        store.execute("CREATE DATABASE sequences TEMPLATE template0")

    def running(client: Client) -> Way:
        return lambda: rate(client, clients=CLIENTS, seconds=asked.seconds)

    ways: dict[str, Way] = {
        "no_gap (replica)": running(lambda _: _no_gap(address)),
        "nextval": running(lambda _: _nextval(address)),
        "front": running(_front),
        "front, no events": lambda: _untold(asked.seconds),
        "one by one": running(_direct),
        "front over HTTP": lambda: _http(asked.seconds),
    }
    if asked.sequences:
        ways = {"django-sequences": lambda: _sequences(address, asked)} | ways
    return ways


def _no_gap(address: str) -> Step:
    """Lock the row or fail, move it, use the number; who fails tries again, five times, after a longer and longer sleep.

    In the isolation that such a server uses, and with its bounds for the sleep.
    """
    import psycopg

    store = psycopg.connect(address)
    store.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    chance, tried = random.Random(), 0  # noqa: S311 - nobody's secret

    def step() -> bool:
        nonlocal tried
        try:
            (number,) = store.execute(
                "SELECT number_next FROM peer_sequence WHERE id = 1 FOR UPDATE NOWAIT"
            ).fetchone() or (0,)
            store.execute("UPDATE peer_sequence SET number_next = number_next + 1 WHERE id = 1")
            store.execute("INSERT INTO peer_code (code) VALUES (%s)", [f"O-{number:06}"])
            store.commit()
        except psycopg.errors.OperationalError:
            # Locked, or moved since this transaction began.
            store.rollback()
            tried = tried % 5 + 1
            time.sleep(chance.uniform(0, 2**tried))
            return False
        tried = 0
        return True

    return step


def _nextval(address: str) -> Step:
    import psycopg

    store = psycopg.connect(address, autocommit=True)
    sql = "INSERT INTO peer_code (code) VALUES ('N-' || lpad(nextval('peer_number')::text, 6, '0')) RETURNING code"
    step = lambda: bool(store.execute(sql, prepare=True).fetchone())  # noqa: E731 - as the others return one
    step()
    return step


def _sequences(address: str, asked: argparse.Namespace) -> float:
    from kehuma.lib.db import addresses

    entry = addresses.database(address, Path())
    command = [asked.sequences, "-c", SEQUENCES, "sequences", entry["HOST"], str(CLIENTS), str(asked.seconds)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


# ── SQLite ──


def _sqlite(folder: Path, asked: argparse.Namespace) -> dict[str, Way]:
    return {
        "raw writer": lambda: raw_writer.measured(folder, clients=CLIENTS, seconds=asked.seconds),
        "front": lambda: rate(_front, clients=CLIENTS, seconds=asked.seconds),
        "front, no events": lambda: _untold(asked.seconds),
        "one by one": lambda: rate(_direct, clients=CLIENTS, seconds=asked.seconds),
        "front over HTTP": lambda: _http(asked.seconds),
    }


# ── a filled register ──


def _fill(rows: int) -> None:
    """Codes of another counter, made by the store itself."""
    from django.db import connection

    columns = "identity, loose, form, version_id, counter_id, number, snapshot, request, facts, state, issued_at"
    values = """'SH-J-' || n, 'SHJ' || n, 'SH-J-' || n, version_id, {counter}, n, snapshot, {bytes}, facts, state, issued_at
        FROM (SELECT * FROM codes_code LIMIT 1) AS one"""
    begun = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO codes_counter (scheme, key, next) VALUES ('customer', 'other', %s)", [rows + 1])
        cursor.execute("SELECT max(id) FROM codes_counter")
        (counter,) = cursor.fetchone()
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'codes_code'")
            triggers = cursor.fetchall()
            for name, _ in triggers:
                cursor.execute(f"DROP TRIGGER {name}")
            numbers, drawn = (
                "WITH RECURSIVE many(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < %s) ",
                "randomblob(16)",
            )
            made = values.format(counter=counter, bytes=drawn)
            cursor.execute(f"{numbers} INSERT INTO codes_code ({columns}) SELECT {made}, many", [rows])
            for _, sql in triggers:
                cursor.execute(sql)
        else:
            made = values.format(counter=counter, bytes="decode(md5(n::text), 'hex')")
            cursor.execute(f"INSERT INTO codes_code ({columns}) SELECT {made}, generate_series(1, %s) AS n", [rows])
            cursor.execute("VACUUM ANALYZE codes_code")
            # What the filling left to be written is not the issuing's to wait for.
            cursor.execute("CHECKPOINT")
    connection.close()
    print(f"filled with {rows:,} codes in {time.perf_counter() - begun:.0f} s")


if __name__ == "__main__":
    main()
