"""``kehuma move``: everything that was in the file is on the server, and no code is given out twice."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

pytestmark = pytest.mark.postgresql

HERE = Path(__file__).resolve().parents[2]
SCHEME = 'kehuma = 1\nname = "visitor"\ntemplate = "V-{serial:4}"\n'
# What a move adds to: its own event, and what comes of it in the log.
GROW = {"audit_event", "audit_leaf", "audit_node", "audit_logcheckpoint", "django_migrations"}
TEAM = "INSERT INTO access_team (id, uuid, name) VALUES (7, lower(hex(randomblob(16))), '{name}')"
RECORDS = """
import django; django.setup()
from kehuma.apps.customers import queries
from kehuma.lib.viewer import system
viewer = system("test")
for code in sorted(queries.visible(viewer).values_list("code__identity", flat=True)):
    print(queries.record(viewer, code))
print(queries.search(viewer, "恒通"))
"""


def program(*words: str, **environment: str) -> tuple[int, str]:
    known = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONHASHSEED": "0", **environment}
    done = subprocess.run([sys.executable, *words], env=known, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout + done.stderr


@dataclass(frozen=True, slots=True)
class Place:
    """A data folder with a register in a file, and the address of an empty database."""

    home: Path
    address: str
    connected: Callable[[], Any]

    @property
    def file(self) -> Path:
        return self.home / "kehuma.sqlite3"

    @property
    def mark(self) -> Path:
        return self.home / "kehuma.sqlite3.moved"

    def here(self, *words: str) -> tuple[int, str]:
        """A command on the file."""
        return program("-m", "kehuma", *words, KEHUMA_HOME=str(self.home), KEHUMA_DATABASE_URL="")

    def there(self, *words: str) -> tuple[int, str]:
        """A command on the server."""
        return program("-m", "kehuma", *words, KEHUMA_HOME=str(self.home), KEHUMA_DATABASE_URL=self.address)

    def change(self, sql: str) -> None:
        """What somebody did to the file behind the program's back."""
        with closing(sqlite3.connect(self.file)) as store, store:
            store.executescript(sql)


@pytest.fixture(scope="session")
def two_codes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("two-codes")
    (folder / "visitor.toml").write_text(SCHEME, "utf-8")
    known = {"KEHUMA_HOME": str(folder / "home"), "KEHUMA_DATABASE_URL": ""}
    for scheme in (str(folder / "visitor.toml"), "visitor"):
        assert program("-m", "kehuma", "issue", "--scheme", scheme, **known)[0] == 0
    return folder / "home"


@pytest.fixture
def place(two_codes: Path, tmp_path: Path, own_store: Callable[[Path], Any]) -> Iterator[Place]:
    """Two codes; the tables of the database are made already."""
    home = tmp_path / "home"
    shutil.copytree(two_codes, home)
    with own_store(home) as (environment, connected):
        yield Place(home, environment["KEHUMA_DATABASE_URL"], connected)


def _rows(store: Any, table: str) -> int:
    return int(store.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0])  # noqa: S608


def _tables(store: Any) -> set[str]:
    named = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
    return {name for (name,) in store.execute(named) if "_fts" not in name}


def test_a_whole_company_is_on_the_server_afterwards(tmp_path: Path, empty_store: Callable[[Path], Any]) -> None:
    home = tmp_path / "home"
    known = {"KEHUMA_HOME": str(home), "KEHUMA_DATABASE_URL": ""}
    assert program(str(HERE / "tests/browser/company.py"), "zh", **known)[0] == 0
    records = program("-c", RECORDS, **known, DJANGO_SETTINGS_MODULE="kehuma.config.settings")[1]
    with empty_store(home) as (environment, connected):
        place = Place(home, environment["KEHUMA_DATABASE_URL"], connected)
        with closing(sqlite3.connect(place.file)) as file:
            before = {table: _rows(file, table) for table in _tables(file)}
            tree = file.execute("SELECT id, hash FROM audit_node ORDER BY id").fetchall()
            (last,) = file.execute("SELECT seq FROM sqlite_sequence WHERE name = 'customers_customer'").fetchone()
            kept = file.execute("SELECT count(*) FROM audit_leaf").fetchone()[0]
        content = place.file.read_bytes()
        code, said = place.there("move", "--lang", "en")
        assert (code, "every table is what it was" in said) == (0, True), said
        assert place.file.read_bytes() == content
        with connected() as store:
            after = {table: _rows(store, table) for table in before}
            assert {table for table in before if before[table] != after[table]} <= GROW
            # Every hash of the log that stood in the file stands on the server, bit for bit.
            stored = dict(store.execute("SELECT id, hash FROM audit_node").fetchall())
            assert [(number, stored[number]) for number, _ in tree] == tree
            leaves = store.execute("SELECT count(*) FROM audit_leaf WHERE id < %s", [kept]).fetchone()[0]
            (following,) = store.execute("SELECT nextval('customers_customer_id_seq')").fetchone()
            assert (leaves, following) == (kept, last + 1)
        settings = {"KEHUMA_HOME": str(home), "KEHUMA_DATABASE_URL": place.address}
        assert program("-c", RECORDS, **settings, DJANGO_SETTINGS_MODULE="kehuma.config.settings")[1] == records
        assert place.there("verify")[0] == 0
        code, said = place.there("doctor")
        assert (code, "trigger-missing" in said) == (0, False), said


def test_the_server_goes_on_where_the_file_ended_and_the_file_gives_out_nothing(place: Place) -> None:
    assert place.here("move", place.address)[0] == 0
    assert "V-0003" in place.there("issue", "--scheme", "visitor")[1]
    for command in (["issue", "--scheme", "visitor"], ["resolve", "V-0001"], ["backup"], ["move", place.address]):
        code, said = place.here(*command)
        assert (code, "KEHUMA_DATABASE_URL" in said) == (1, True), said
    assert "KEHUMA_DATABASE_URL" in place.here("doctor")[1]
    # Without its mark too: the witness has seen what the server did.
    place.mark.unlink()
    code, said = place.here("issue", "--scheme", "visitor")
    assert (code, "kehuma recover" in said) == (1, True)


def test_what_is_not_empty_takes_no_register(place: Place) -> None:
    with place.connected() as store:
        store.execute("CREATE TABLE orders (id int)")
    code, said = place.there("move")
    assert (code, "orders" in said) == (1, True)
    with place.connected() as store:
        store.execute("DROP TABLE orders")
    (place.home.parent / "other.toml").write_text(SCHEME, "utf-8")
    other = {"KEHUMA_HOME": str(place.home.parent / "other"), "KEHUMA_DATABASE_URL": place.address}
    assert program("-m", "kehuma", "issue", "--scheme", str(place.home.parent / "other.toml"), **other)[0] == 0
    code, said = place.there("move")
    assert (code, "不是空的" in said) == (1, True)
    assert "V-0003" in place.here("issue", "--scheme", "visitor")[1]


def test_only_a_register_of_this_version_moves_and_only_while_nobody_serves(place: Place) -> None:
    with FileLock(place.home / "serve.lock"):
        assert "停止" in place.there("move")[1]
    code, said = place.here("move")
    assert (code, "KEHUMA_DATABASE_URL" in said) == (1, True)
    place.change("DELETE FROM django_migrations WHERE app = 'django_tasks_database'")
    code, said = place.there("move")
    assert (code, "kehuma upgrade" in said) == (1, True)
    place.file.unlink()
    assert "没有可迁移" in place.there("move")[1]


def test_a_row_that_the_server_refuses_is_named_without_its_values(place: Place) -> None:
    place.change(TEAM.format(name=f"张三丰{'x' * 300}"))
    code, said = place.there("move", "--lang", "en")
    assert (code, "access_team" in said, "id = 7" in said, "张三丰" in said) == (1, True, True, False), said
    assert "V-0003" in place.here("issue", "--scheme", "visitor")[1]
    place.change("DELETE FROM access_team")
    assert place.there("move")[0] == 0
    assert "V-0004" in place.there("issue", "--scheme", "visitor")[1]


def test_what_does_not_arrive_as_it_was_sent_is_taken_back(place: Place) -> None:
    place.change(TEAM.format(name="华东组"))
    with place.connected() as store:
        store.execute(
            "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.name = 'x'; RETURN NEW; END $$"
        )
        store.execute("CREATE TRIGGER spoil BEFORE INSERT ON access_team FOR EACH ROW EXECUTE FUNCTION spoil()")
    code, said = place.there("move")
    assert (code, "access_team" in said, place.mark.exists()) == (1, True, False), said
    with place.connected() as store:
        assert _rows(store, "codes_code") == 0
        store.execute("DROP FUNCTION spoil CASCADE")
    place.change(
        "DROP TRIGGER audit_event_no_update; UPDATE audit_event SET actor = 'somebody' WHERE kind = 'codes.issued'"
    )
    code, said = place.there("move")
    assert (code, "日志校验不通过" in said, place.mark.exists()) == (1, True, False), said


def test_a_move_that_was_broken_off_is_done_again_by_the_same_command(place: Place) -> None:
    assert place.there("move")[0] == 0
    done = json.loads(place.mark.read_text("utf-8"))
    # Killed after the server had it all and before the file's mark said so.
    place.mark.write_text(json.dumps({**done, "is_done": False}), "utf-8")
    assert "kehuma move" in place.here("issue", "--scheme", "visitor")[1]
    assert place.there("move")[0] == 0
    assert json.loads(place.mark.read_text("utf-8")) == done
    # Killed before: the database holds nothing of this move, so another one begins nowhere else than there.
    place.mark.write_text(json.dumps({**done, "is_done": False, "token": "unknown", "to": "db/other"}), "utf-8")
    code, said = place.there("move")
    assert (code, "db/other" in said) == (1, True)
