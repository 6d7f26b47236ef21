"""SQLite as the store: durable, one writer at a time, readers never wait."""

import doctest
import os
import shutil
import subprocess
import sys
import textwrap
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections, transaction

from kehuma.lib.db import durability, turns, upgrading
from kehuma.lib.db.base import DatabaseWrapper
from kehuma.lib.db.moving import mark, values
from kehuma.lib.db.moving.mark import Mark, StoreMovedError
from kehuma.lib.db.turns import Turn

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


@pytest.fixture
def other() -> Any:
    """A second connection to the database of the tests."""
    copy = connection.copy("default")
    yield copy
    copy.close()


@pytest.fixture(autouse=True)
def _tables(tmp_path: Path, made_store: Path) -> None:
    """A process of its own finds its tables made."""
    shutil.copy(made_store, tmp_path)


def _ours() -> DatabaseWrapper:
    wrapper = connections["default"]
    assert isinstance(wrapper, DatabaseWrapper)
    return wrapper


def run(code: str, home: Path) -> str:
    """What a process of its own prints, with a register in ``home``."""
    environment = {**os.environ, "KEHUMA_HOME": str(home), "PYTHONPATH": os.pathsep.join(sys.path)}
    start = "import django; django.setup(); from kehuma.lib.db import upgrading; upgrading.upgrade()\n"
    command = [sys.executable, "-c", start + textwrap.dedent(code)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_every_connection_commits_durably(other: Any) -> None:
    for one in (connection, other):
        assert durability.faults(one) == ()
        durability.require_durable(one)


def test_a_connection_that_may_forget_is_refused(other: Any) -> None:
    with other.cursor() as cursor:
        cursor.execute("PRAGMA synchronous = NORMAL")
    assert durability.faults(other) == ("synchronous = 1, must be FULL",)
    with pytest.raises(durability.NotDurableError, match="synchronous"):
        durability.require_durable(other)


def test_a_reader_never_waits_for_the_writer(other: Any) -> None:
    with transaction.atomic(), other.cursor() as cursor:
        assert _ours().has_turn
        cursor.execute("SELECT count(*) FROM codes_code")
        assert not other.has_turn


def test_nested_blocks_share_the_turn_of_the_outermost(tmp_path: Path) -> None:
    said = run(
        """
        from django.db import connection, connections, transaction
        with transaction.atomic():
            with transaction.atomic():
                print(connection.has_turn)
            print(connection.has_turn)
        print(connection.has_turn)
        try:
            with transaction.atomic():
                raise ValueError
        except ValueError:
            print(connection.has_turn)
        """,
        tmp_path,
    )
    assert said.split() == ["True", "True", "False", "False"]


@pytest.mark.parametrize("end", ["connection.close()", "connection.set_autocommit(True)", "connection.rollback()"])
def test_however_a_transaction_ends_the_turn_goes_on(tmp_path: Path, end: str) -> None:
    said = run(
        """
        from django.db import connection
        connection.set_autocommit(False)
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO codes_keycheck (value) VALUES (x'00')")
        print(connection.has_turn)
        END
        print(connection.has_turn)
        """.replace("END", end),
        tmp_path,
    )
    assert said.split() == ["True", "False"]


def test_a_write_outside_a_transaction_takes_its_turn_too(tmp_path: Path) -> None:
    said = run(
        """
        from django.db import connection
        from kehuma.lib.db.turns import Turn
        taken = []
        take = Turn.take
        Turn.take = lambda turn: (taken.append(1), take(turn))[1]
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            print(len(taken))
            cursor.execute("INSERT INTO codes_keycheck (value) VALUES (x'00')")
            print(len(taken))
            cursor.executemany("INSERT INTO codes_keycheck (value) VALUES (%s)", [(b"1",), (b"2",)])
            print(len(taken), connection.has_turn)
        """,
        tmp_path,
    )
    assert said.split() == ["0", "1", "2", "False"]


def test_a_new_register_is_for_its_owner_only(tmp_path: Path) -> None:
    home = tmp_path / "new"
    run("assert upgrading.is_current()", home)
    assert (home / "kehuma.sqlite3").exists()
    if os.name != "nt":
        assert home.stat().st_mode & 0o077 == 0


def test_a_connection_that_was_kept_notices_that_another_file_has_taken_the_place(tmp_path: Path) -> None:
    told = run(
        """
        from django.conf import settings
        from django.db import connection
        path = settings.DATABASES["default"]["NAME"]
        print(connection.is_usable())
        copy = path.with_name("copy")
        copy.write_bytes(path.read_bytes())
        copy.replace(path)
        print(connection.is_usable())
        path.unlink()
        print(connection.is_usable())
        """,
        tmp_path,
    )
    assert told.split() == ["True", "False", "False"]


def test_a_turn_is_taken_by_one_thread_at_a_time(tmp_path: Path) -> None:
    turn, busy, seen = Turn(tmp_path / "lock"), [], []

    def work() -> None:
        for _ in range(50):
            turn.take()
            busy.append(1)
            seen.append(len(busy))
            busy.pop()
            turn.give_back()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [1] * 200


def test_connections_to_one_database_share_the_turn(other: Any) -> None:
    other.ensure_connection()
    assert isinstance(other, DatabaseWrapper)
    assert other.turn is _ours().turn


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_child_does_not_share_the_parents_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    code = f"""
        import os
        from pathlib import Path
        from kehuma.lib.db.turns import turn_at
        mine = turn_at(Path({str(path)!r}))
        mine.take()
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            turn_at(Path({str(path)!r})).take()
            os.write(writing, b"child ")
            os._exit(0)
        os.write(writing, b"parent ")
        mine.give_back()
        os.waitpid(child, 0)
        print(os.read(reading, 99).decode())
    """
    assert run(code, tmp_path / "home").split() == ["parent", "child"]


def test_the_store_of_the_tests_is_current() -> None:
    assert upgrading.is_current()
    assert turns.turn_at(None) is turns.turn_at(None)


def test_nobody_writes_to_a_store_that_has_moved(tmp_path: Path) -> None:
    file = tmp_path / "kehuma.sqlite3"
    wrapper = connection.copy("default")
    wrapper.settings_dict = {**wrapper.settings_dict, "NAME": file}
    with closing(wrapper), wrapper.cursor() as cursor:
        cursor.execute("CREATE TABLE kept (id int)")
        mark.put(file, Mark("db.example/kehuma", "token", "2026-11-22 12:00"))
        with pytest.raises(StoreMovedError, match="kehuma move again"):
            cursor.execute("INSERT INTO kept VALUES (1)")
        mark.put(file, Mark("db.example/kehuma", "token", "2026-11-22 12:00", is_done=True))
        with pytest.raises(StoreMovedError, match="has moved"):
            cursor.execute("INSERT INTO kept VALUES (1)")
        assert cursor.execute("SELECT count(*) FROM kept").fetchone() == (0,)
        # A mark that cannot be read is no way to write either.
        mark.place(file).write_text("nothing")
        with pytest.raises(StoreMovedError):
            cursor.execute("INSERT INTO kept VALUES (1)")
        mark.remove(file)
        cursor.execute("INSERT INTO kept VALUES (1)")


def test_the_forms_in_which_values_are_compared() -> None:
    failed, tried = doctest.testmod(values)
    assert (failed, tried > 0) == (0, True)
