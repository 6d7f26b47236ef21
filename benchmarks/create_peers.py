"""Customers created over HTTP by 32 clients, with everything on, beside the parties of Tryton over its JSON-RPC.

    python benchmarks/create_peers.py --tryton PYTHON [--store postgresql|sqlite] [--clients 32] [--rounds 3]
        [--seconds 5]

Tryton is the real program: PYTHON has ``trytond``, ``trytond_party``, ``psycopg[binary,pool]`` and ``gunicorn``, which
serves it with two processes of sixteen threads. Both servers keep their customers in the same kind of store, on the same server of
PostgreSQL, and take turns. A customer has a name, a code, two numbers to reach it by; ours has a contact person, an
official number, a sealed record, the search index and its event besides.
Goal: five times as many.
"""

# ruff: noqa: PLC0415 - Django is imported once its store is known
import argparse
import base64
import os
import secrets
import statistics
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

from issuing_peers import server
from loads import Client, Http, Step, api_key, free_port, patient, rate, served, told_machine

PASSWORD = secrets.token_urlsafe(16)
_numbers = count(1)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tryton", metavar="PYTHON")
    parser.add_argument("--store", choices=["sqlite", "postgresql"], default="postgresql")
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--workers", type=int)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder, server(asked.store, Path(folder)) as address:
        _register(folder)
        key = api_key()
        workers = ["--workers", str(asked.workers)] if asked.workers else []
        with served(*workers) as port, _tryton(asked.tryton, Path(folder), address) as other:
            ways: dict[str, Client] = {"kehuma": _ours(port, key)}
            if other:
                ways["Tryton"] = other
            print(told_machine())
            found: dict[str, list[float]] = {name: [] for name in ways}
            for _ in range(asked.rounds):
                for name, way in ways.items():
                    found[name].append(rate(way, clients=asked.clients, seconds=asked.seconds))
            for name, rates in found.items():
                print(f"{name:8} {statistics.median(rates):7,.0f}/s  ({' '.join(f'{one:,.0f}' for one in rates)})")
            if other:
                ratios = [ours / theirs for ours, theirs in zip(*found.values(), strict=True)]
                print(f"kehuma creates {statistics.median(ratios):.1f} times as many")
            print(told_machine())


def _register(folder: str) -> None:
    os.environ |= {"KEHUMA_HOME": str(Path(folder) / "home"), "DJANGO_SETTINGS_MODULE": "kehuma.config.settings"}
    import django

    django.setup()
    from django.db import connections

    from kehuma.apps.codes import services
    from kehuma.lib import clock
    from kehuma.lib.db import upgrading

    upgrading.upgrade()
    rule = Path(__file__).resolve().parents[1] / "schemes" / "region-industry.toml"
    services.publish(rule.read_text("utf-8"), actor="benchmark", at=clock.now())
    connections.close_all()


def _mobile(number: int) -> str:
    return f"139{number:08}"


def _ours(port: int, key: str) -> Client:
    def client(_: int) -> Step:
        connection, headers = Http(port), {"Authorization": f"Bearer {key}"}

        def step() -> bool:
            number = next(_numbers)
            body = {
                "kind": "enterprise",
                "name": f"北京衡岳{number}数据技术有限公司",
                "region": "北京",
                "industry": "信息技术",
                "contacts": [{"name": "王强", "mobile": _mobile(number), "email": f"w{number}@example.org"}],
            }
            status, answer = connection.post("/api/v1/customers", body, headers)
            if status != 201:
                raise RuntimeError(answer)
            return True

        step()
        return step

    return client


# ── Tryton ──


@contextmanager
def _tryton(python: str | None, folder: Path, address: str) -> Iterator[Client | None]:
    if python is None:
        yield None
        return
    programs, home, port = Path(python).parent, folder / "tryton", free_port()
    home.mkdir(mode=0o755)
    (home / "password").write_text(PASSWORD)
    settings = home / "trytond.conf"
    settings.write_text(f"[database]\nuri = {_uri(address, home)}\npath = {home}\n[web]\nlisten = 127.0.0.1:{port}\n")
    environment = {**os.environ, "TRYTONPASSFILE": str(home / "password")}
    if address:
        import psycopg

        with psycopg.connect(address, autocommit=True) as store:
            store.execute("CREATE DATABASE tryton TEMPLATE template0")
    modules = ["-u", "ir", "res", "country", "party"]
    admin = [programs / "trytond-admin", "-c", settings, "-d", "tryton", "--email", "a@example.org", *modules]
    subprocess.run(admin, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    environment |= {"TRYTOND_CONFIG": str(settings), "TRYTOND_DATABASE_NAMES": "tryton"}
    served = ["--bind", f"127.0.0.1:{port}", "--workers", "2", "--threads", "16", "trytond.application:app"]
    command = [programs / "gunicorn", *served]
    with (
        (home / "log").open("wb") as log,
        subprocess.Popen(command, env=environment, stdout=log, stderr=log) as process,
    ):
        try:
            patient(port)
            version = subprocess.run([programs / "trytond", "--version"], check=True, capture_output=True, text=True)
            print(f"Tryton: {version.stdout.strip()}")
            yield _theirs(port)
        finally:
            process.terminate()
            process.wait(30)


def _uri(address: str, home: Path) -> str:
    if not address:
        (home / "tryton.sqlite").touch()
        return "sqlite://"
    parts = urlsplit(address)
    return f"postgresql://{parts.username}@/?{parts.query}"


def _theirs(port: int) -> Client:
    login = {"method": "common.db.login", "params": ["admin", {"password": PASSWORD}, "en"]}
    _, answer = Http(port).post("/tryton/rpc/", {"id": 0, **login}, {})
    user, session, *_ = answer["result"]
    token = base64.b64encode(f"admin:{user}:{session}".encode()).decode()
    headers: Mapping[str, str] = {"Authorization": f"Session {token}"}

    def client(_: int) -> Step:
        connection = Http(port)

        def step() -> bool:
            number = next(_numbers)
            reached = [
                {"type": "mobile", "value": _mobile(number)},
                {"type": "email", "value": f"w{number}@example.org"},
            ]
            party = {"name": f"北京衡岳{number}数据技术有限公司", "contact_mechanisms": [["create", reached]]}
            body = {"id": number, "method": "model.party.party.create", "params": [[party], {}]}
            status, answer = connection.post("/tryton/rpc/", body, headers)
            if status != 200:
                raise RuntimeError(answer)
            # Two at once may have drawn the same code; the client would ask again.
            return "error" not in answer

        step()
        return step

    return client


if __name__ == "__main__":
    main()
