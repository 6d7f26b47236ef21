"""A connection that threads use in turn, beside their own."""

import threading
from collections.abc import Iterator

import pytest
from django.db import DatabaseError, connection, connections

from kehuma.lib.db.lending import Lent

pytestmark = pytest.mark.django_db


@pytest.fixture
def lent() -> Iterator[Lent]:
    made = Lent()
    yield made
    with made.instead():
        connection.close()


def answer() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 7")
        return int(cursor.fetchone()[0])


def test_each_finds_the_same_connection_in_the_place_of_its_own(lent: Lent) -> None:
    own, found = connections["default"], []

    def use() -> None:
        mine = connections["default"]
        with lent.instead():
            assert answer() == 7
            found.append((connections["default"], connections["default"].connection))
        assert connections["default"] is mine

    use()
    thread = threading.Thread(target=use)
    thread.start()
    thread.join(20)
    assert found[0] == found[1]
    assert found[0][0] is not own
    assert connections["default"] is own


def test_whoever_fails_gives_it_back(lent: Lent) -> None:
    own = connections["default"]
    with pytest.raises(ZeroDivisionError), lent.instead():
        raise ZeroDivisionError
    assert connections["default"] is own


@pytest.mark.postgresql
def test_after_the_server_has_gone_away_the_next_one_connects_anew(lent: Lent) -> None:
    with pytest.raises(DatabaseError), lent.instead(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    with lent.instead():
        assert answer() == 7
