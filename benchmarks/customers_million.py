"""A million customers: how fast they come in, and whether lists, search and records stay fast.

    python benchmarks/customers_million.py [--rows N] [--peer N] [--store sqlite|postgres] [--keep FOLDER]

The import goes through the whole gate: values cleaned, code issued, contacts sealed, rows, search index, event. Its peer
is Django's ``bulk_create`` of the bare customers, contacts and identifiers into an empty store beside it: tables like
ours with the same indexes, without the sealed columns, whose kind Django sends to PostgreSQL in a slower way. Both take
turns, 10,000 rows in a transaction. Pages are asked of the program as a web server asks it, signed in, with all middleware. A store
that is filled already is only read.
"""

# ruff: noqa: PLC0415 - what is measured can only be imported once the store is chosen

import argparse
import gc
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import local_postgres
from made_customers import INDUSTRIES, SCHEME, Row, made

from kehuma.lib.viewer import Viewer, system

FIRST, CHUNK = 1_000, 10_000
ASKED, ROUNDS, COUNTED = 200, 3, 20  # of each kind of question
SELLERS = 20
BEGIN = datetime(2024, 1, 1, 1, tzinfo=UTC)
LISTS = {
    "region + industry": "region={region}&industry={industry}",
    "region + industry, by name": "region={region}&industry={industry}&sort=name",
    "region + owner": "region={region}&owner={owner}",
    "industry + public pool": "industry={industry}&owner=none",
    "owner + no contact for a year": "owner={owner}&quiet=365",
    "region + created in a month": "region={region}&from=2024-01-01&to=2024-01-31",
    "several regions + industries": "region=110000&region=310000&region={region}&industry={industry}&industry=A",
}


class Seconds(NamedTuple):
    """By the clock, and of this process's processor time, which hardly feels who else works on the machine."""

    clock: float
    cpu: float


def main() -> None:
    """Fill the store if it is empty, then read; print everything."""
    options = _options()
    with ExitStack() as stack:
        home = Path(options.keep or stack.enter_context(tempfile.TemporaryDirectory())).absolute()
        home.mkdir(parents=True, exist_ok=True)
        # PostgreSQL runs as another user where we are root.
        home.chmod(0o755)
        os.environ["KEHUMA_HOME"] = str(home)
        os.environ["KEHUMA_DATABASE_URL"] = (
            stack.enter_context(local_postgres.started(home / "postgres")) if options.store == "postgres" else ""
        )
        viewers = _set_up()
        counted = home / f"queries-{options.store}.json"
        if not counted.exists():
            _fill(viewers, options.rows, options.peer, counted)
        _read(viewers, json.loads(counted.read_text()))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--peer", type=int, default=1_000_000, metavar="N", help="the peer takes the first N rows only")
    parser.add_argument("--store", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--keep", metavar="FOLDER")
    return parser.parse_args()


def _set_up() -> list[Viewer]:
    """The tables, the rule and the people; who they are, the one that reaches everything first."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "kehuma.config.settings"
    import django

    django.setup()
    from kehuma.apps.access import queries as access
    from kehuma.apps.access import services as people
    from kehuma.apps.access.models import User
    from kehuma.apps.codes import services as codes
    from kehuma.lib.db import upgrading

    upgrading.upgrade()
    if not User.objects.exists():
        secret = "北风卷地白草折，胡天八月即飞雪"
        people.found("基准", name="管理员", username="admin", password=secret, at=BEGIN)
        for number in range(SELLERS):
            people.add_person(
                system("benchmark"), name=f"销售{number}", username=f"seller{number}", password=secret, role="member",
                team=f"组{number % 4}", at=BEGIN,
            )  # fmt: skip
        codes.publish(SCHEME, actor="benchmark", at=BEGIN)
    return [access.viewer_of(user) for user in User.objects.order_by("pk")]


def _fill(viewers: Sequence[Viewer], count: int, most: int, counted: Path) -> None:
    from kehuma.apps.customers import services

    batch = services.begin_batch(viewers[0], "import", "benchmark", at=BEGIN).uuid
    rows = made(count, [None, *(viewer.user_id for viewer in viewers[1:])])
    ours: list[Seconds] = []
    bare: list[Seconds] = []
    queries: dict[str, int] = {}
    peer, number, compared = _Peer(counted.parent), 0, 0
    while chunk := list(islice(rows, CHUNK if number else FIRST)):
        at = BEGIN + timedelta(days=5 * number)
        bring = services.Import(viewers[0], scheme="customer", source="file", batch=batch, at=at)
        identities: list[str] = []
        ours.append(_timed(lambda: identities.extend(_brought(bring, chunk))))  # noqa: B023 - called at once
        if compared < most:
            bare.append(peer.take(chunk, identities, at))
            compared += len(chunk)
        number += 1
        if number == 1:
            queries = {name: _most_queries(asks) for name, asks in _pages(viewers).items()}
    peer.end()
    print(f"merged into the search index after the last chunk: {_timed(bring.end).clock:.1f} s")
    _live(viewers[0])
    counted.write_text(json.dumps(queries))
    _told_import(count, compared, ours, bare)


def _told_import(count: int, compared: int, ours: Sequence[Seconds], bare: Sequence[Seconds]) -> None:
    beside, peer, last = _sum(ours[: len(bare)]), _sum(bare), _sum(ours[-10:])
    print(f"import of {count:,} rows: {_sum(ours).clock / count * 1e6:.0f} µs a row, of processor time here", end=" ")
    print(f"{_sum(ours).cpu / count * 1e6:.0f}; the last {len(ours[-10:])} chunks of {CHUNK:,}: {last.clock:.1f} s")
    print(f"bulk_create of the first {compared:,} bare rows: {peer.clock / compared * 1e6:.0f} µs a row,", end=" ")
    print(f"{peer.cpu / compared * 1e6:.0f}; rate of the import beside it", end=" ")
    print(f"{peer.clock / beside.clock:.2f} by the clock, {peer.cpu / beside.cpu:.2f} by processor time (goal 1)")


def _sum(taken: Sequence[Seconds]) -> Seconds:
    return Seconds(sum(one.clock for one in taken), sum(one.cpu for one in taken))


def _brought(bring: Any, chunk: Sequence[Row]) -> list[str]:  # noqa: ANN401 - known once Django is set up
    done = bring.create(chunk)
    wrong = next((one for one in done if one.kind != "created"), None)
    if wrong:
        sys.exit(f"rejected: {wrong}")
    return [one.identity for one in done]


class _Peer:
    """A copy of the empty store, which gets the codes untimed and then the bare rows through ``bulk_create``."""

    def __init__(self, home: Path) -> None:
        from django.conf import settings
        from django.db import connection, connections

        own = settings.DATABASES["default"]
        connection.close()
        if connection.vendor == "sqlite":
            name = str(home / "peer.sqlite3")
            shutil.copy(own["NAME"], name)
        else:
            name = "peer"
            self._on_server("CREATE DATABASE peer TEMPLATE kehuma")
        connections.settings["peer"] = {**own, "NAME": name}
        self._store = connections["peer"]
        self._tables = _bare_tables()
        with self._store.schema_editor() as editor:
            for table in self._tables:
                editor.create_model(table)
        self._seen: dict[Any, int] = {}

    def take(self, chunk: Sequence[Row], identities: Sequence[str], at: datetime) -> Seconds:
        """The seconds that a chunk took, its codes left out."""
        from django.db import transaction

        self._take_codes()

        def create() -> None:
            with transaction.atomic(using="peer"):
                _bulk_create(self._tables, chunk, identities, at)

        return _timed(create)

    def _take_codes(self) -> None:
        from kehuma.apps.codes.models import Code, Counter

        for model in (Counter, Code):
            rows = list(model.objects.filter(pk__gt=self._seen.get(model, 0)).order_by("pk"))
            if rows:
                model.objects.using("peer").bulk_create(rows)
                self._seen[model] = rows[-1].pk

    def end(self) -> None:
        """Take the copy away."""
        self._store.close()
        if self._store.vendor == "sqlite":
            for file in Path(self._store.settings_dict["NAME"]).parent.glob("peer.*"):
                file.unlink()
        else:
            self._on_server("DROP DATABASE peer")

    def _on_server(self, sql: str) -> None:
        import psycopg

        address = os.environ["KEHUMA_DATABASE_URL"].replace("@/kehuma", "@/postgres")
        with psycopg.connect(address, autocommit=True) as server:
            server.execute(sql)


def _bare_tables() -> Sequence[Any]:
    """Customers, contacts and identifiers in plain columns, with as many indexes as ours fill."""
    from django.db import models

    from kehuma.apps.customers.models import Customer, Identifier

    def plain(model: type[models.Model], **fields: models.Field[Any, Any]) -> dict[str, Any]:
        own = model._meta  # noqa: SLF001 - Django's way to the fields
        kept = {
            one.name: one.clone()
            for one in own.local_concrete_fields
            if not (one.primary_key or isinstance(one, models.BinaryField) or one.name in fields)
            # With a default of the store's own Django leaves its fast way too.
            and not one.has_db_default()
        }
        indexes = [one.clone() for one in own.indexes if {name.lstrip("-") for name in one.fields} <= {*kept, "id"}]
        for one in indexes:
            one.name = f"bare_{one.name[10:]}"
        meta = type("Meta", (), {"app_label": "bare", "db_table": f"bare_{own.model_name}", "indexes": indexes})
        return {**kept, **fields, "Meta": meta, "__module__": __name__}

    def of_customer() -> models.Field[Any, Any]:
        return models.ForeignKey(customer, models.CASCADE, related_name="+")

    customer = type("BareCustomer", (models.Model,), plain(Customer))
    contact = type(
        "BareContact",
        (models.Model,),
        {
            "customer": of_customer(),
            "position": models.SmallIntegerField(),
            "name": models.CharField(max_length=100),
            "mobile": models.CharField(max_length=20, db_index=True),
            "mobile_end": models.SmallIntegerField(db_index=True),
            "Meta": type("Meta", (), {"app_label": "bare", "db_table": "bare_contact"}),
            "__module__": __name__,
        },
    )
    return customer, contact, type("BareIdentifier", (models.Model,), plain(Identifier, customer=of_customer()))


def _bulk_create(tables: Sequence[Any], chunk: Sequence[Row], identities: Sequence[str], at: datetime) -> None:
    """The bare rows: their values are clean already."""
    customer, contact, identifier = tables
    rows = [values for _, values in chunk]
    customers = customer.objects.using("peer").bulk_create([
        customer(
            code_id=identity, kind=row["kind"], name=row["name"], normal_name=row["name"], region=row["region"],
            industry=row["industry"], address=row["address"], source=row["source"], owner_id=row["owner"],
            owned_since=at if row["owner"] else None, created_at=at, updated_at=at, last_activity_at=at,
        )
        for identity, row in zip(identities, rows, strict=True)
    ])  # fmt: skip
    pairs = list(zip(customers, rows, strict=True))
    contact.objects.using("peer").bulk_create([
        contact(
            customer=one, position=0, name=row["contact_name"], mobile=row["mobile"], mobile_end=int(row["mobile"][-4:]),
        )
        for one, row in pairs
    ])  # fmt: skip
    identifier.objects.using("peer").bulk_create(
        [identifier(customer=one, kind="uscc", value=row["uscc"], normal=row["uscc"]) for one, row in pairs]
    )


def _live(viewer: Viewer) -> None:
    """Ten customers have a long life: a superior and a branch, changes, calls, something to do."""
    from kehuma.apps.customers import queries, services
    from kehuma.apps.interactions import services as interactions

    for number, code in enumerate(_sample(12)[1:11]):
        at = BEGIN + timedelta(days=1000 + number)
        services.move(viewer, code, _sample(12)[0], at=at)
        for year in range(10):
            version = queries.record(viewer, code).row.version
            services.update(viewer, code, {"address": f"中山路{year}号"}, version=version, at=at)
            interactions.log(viewer, code, "call", f"第{year}次", at=at + timedelta(days=year), next_at=at.date())


def _sample(count: int) -> list[str]:
    """Codes from all over the table, the same ones every time."""
    from kehuma.apps.customers.models import Customer

    top = Customer.objects.count()
    some = random.Random(11).sample(range(1, top + 1), count)  # noqa: S311 - no secrets
    known = dict(Customer.objects.filter(pk__in=some).values_list("pk", "code_id"))
    return [known[one] for one in some if one in known]


def _read(viewers: Sequence[Viewer], first: Mapping[str, int]) -> None:
    print(f"{'':44}   p50    p95    p99 ms by the clock;   p50    p95    p99 of processor")
    pages = _pages(viewers)
    for get in pages.values():
        get[0]()
    # `kehuma serve` begins with this.
    print(f"the index of names in memory is made in {_timed(_remember).clock:.0f} s")
    # As `kehuma serve` does after its first requests.
    gc.collect()
    gc.freeze()
    for name, get in pages.items():
        _measure(name, get, "p95 ≤ " + ("120" if name.startswith("record") else "150"))
        print(f"{'':44} queries: {_most_queries(get)}, among {FIRST:,} customers {first[name]}")
    for name, texts in _questions().items():
        for who, viewer in (("all", viewers[0]), ("own", viewers[1])):
            _measure(f"search {name}, {who}", [_search(viewer, text) for text in texts], "p99 ≤ 15")


def _remember() -> None:
    from kehuma.apps.customers import queries

    while not queries.is_complete():
        time.sleep(0.05)


def _pages(viewers: Sequence[Viewer]) -> dict[str, list[Callable[[], object]]]:
    """The pages by kind: who reaches everything, and who reaches its own and the public pool."""
    cookies = {who: _signed_in(viewer.user_id or 0) for who, viewer in (("all", viewers[0]), ("own", viewers[1]))}
    dice = random.Random(7)  # noqa: S311 - no secrets
    found: dict[str, list[Callable[[], object]]] = {}
    for name, query in LISTS.items():
        asks = [
            query.format(
                region=f"{dice.choice((11, 44, 51, 65, 31, 37))}0000",
                industry=dice.choice(INDUSTRIES),
                owner=dice.choice(viewers[1:]).user_id,
            )
            for _ in range(20)
        ]
        for who, cookie in cookies.items():
            found[f"list {name}, {who}"] = [_page("/customers/", ask, cookie) for ask in asks]
    codes = [_page(f"/customers/{quote(code)}/", "", cookies["all"]) for code in _sample(ASKED)]
    return {**found, "record (360°)": codes}


def _signed_in(user: int) -> str:
    from django.test import Client

    from kehuma.apps.access.models import User

    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.get(pk=user), "kehuma.apps.access.backend.Backend")
    return "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())


def _page(path: str, query: str, cookie: str) -> Callable[[], object]:
    from django.test import RequestFactory

    from kehuma.config.wsgi import application

    def get() -> None:
        environ = RequestFactory(SERVER_NAME="localhost", HTTP_COOKIE=cookie).get(f"{path}?{query}").environ
        answer = application(environ, lambda *_: None)
        body = b"".join(answer)
        answer.close()
        if answer.status_code != 200:
            sys.exit(f"{answer.status_code} {path}?{query}: {body[:200]!r}")

    return get


def _questions() -> dict[str, list[str]]:
    """What people type, by kind, from customers all over the table."""
    from kehuma.apps.customers import queries
    from kehuma.apps.customers.models import Customer
    from kehuma.engine.cleaning import pinyin

    codes = _sample(ASKED)
    some = queries.rows(system("benchmark"), list(Customer.objects.filter(code__in=codes).order_by("pk")))
    names = [one.name for one in some]
    phones = [phone for one in some if (phone := str(one.values["mobile"]))]
    numbers = [number for one in some if (number := str(one.values["uscc"]))]
    return {
        "two characters": [name[2:4] for name in names],
        "a place (in every 3,000th name)": [name[:2] for name in names],
        "three characters": [name[2:5] for name in names],
        "four characters": [name[:4] for name in names],
        "a trade (in every tenth name)": [name[-6:-4] for name in names],
        "four initials": ["".join(pinyin.readings(sign)[0][0] for sign in name[:4]) for name in names],
        "two initials": ["".join(pinyin.readings(sign)[0][0] for sign in name[2:4]) for name in names],
        "pinyin": ["".join(pinyin.readings(sign)[0] for sign in name[2:5]) for name in names],
        "end of telephone": [phone[-4:] for phone in phones],
        "telephone": phones,
        "identifier": numbers,
        "code": codes,
        "code, small, no hyphens": [code.replace("-", "").lower() for code in codes],
        "code, one sign wrong": [code[:-3] + ("0" if code[-3] != "0" else "1") + code[-2:] for code in codes],
    }


def _search(viewer: Viewer, text: str) -> Callable[[], object]:
    from kehuma.apps.customers import queries

    return lambda: queries.search(viewer, text)


def _most_queries(asks: Sequence[Callable[[], object]]) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    # What the process remembers from its first request on is not counted.
    asks[0]()
    counts = []
    for act in asks[:COUNTED]:
        with CaptureQueriesContext(connection) as captured:
            act()
        counts.append(len(captured))
    return max(counts)


def _measure(name: str, asks: Sequence[Callable[[], object]], goal: str) -> None:
    asks[0]()
    taken = [_timed(act) for _ in range(ROUNDS) for act in asks]
    figures = [[_at(share, column) * 1000 for share in (0.5, 0.95, 0.99)] for column in zip(*taken, strict=True)]
    clock, cpu = (" ".join(f"{figure:6.1f}" for figure in column) for column in figures)
    reached = figures[0][1 if "p95" in goal else 2] <= float(goal.rsplit(maxsplit=1)[-1])
    print(f"{name:44} {clock}                 {cpu}   {goal}: {'yes' if reached else 'NO'}", flush=True)


def _timed(work: Callable[[], object]) -> Seconds:
    # What others have left is not looked through on this work's time.
    gc.collect()
    clock, cpu = time.perf_counter(), time.process_time()
    work()
    return Seconds(time.perf_counter() - clock, time.process_time() - cpu)


def _at(share: float, taken: Sequence[float]) -> float:
    return sorted(taken)[min(len(taken) - 1, int(len(taken) * share))]


if __name__ == "__main__":
    main()
