"""Fewer waits for PostgreSQL: what nobody reads the answer of is sent along with the next question."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from django.db import connection

if TYPE_CHECKING:
    from kehuma.lib.db.trips import Statement

# Each thread has its own connection.
_here = threading.local()


@contextmanager
def pipelined(*, ends: bool = False, repeats: bool = False) -> Iterator[None]:
    """In a transaction: a refused write is raised by a later statement, at the latest at the end of the block.

    What was ``asked`` or ``sent`` waits until an answer is wanted, another statement comes, or the block ends. Where
    the block ``ends`` its transaction, and no other is around it, the commit goes along. Where it ``repeats`` what
    blocks before it have sent over this connection, the server plans their statements once, each to use its index.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("Only the end of a transaction tells whether all of it went well.")
    if connection.vendor != "postgresql":
        yield
        return
    pipeline = _Pipeline(repeats=repeats)
    with pipeline.installed():
        yield
        pipeline.settle(commits=ends and connection.commit_on_exit and not connection.savepoint_ids)


def asked(sql: str, values: Sequence[Any] = ()) -> Callable[[], list[tuple[Any, ...]]]:
    """Ask for rows now, and get them by calling what is returned; what is asked meanwhile waits no longer."""
    if pipeline := _pipeline():
        return pipeline.asked(sql, values)
    cursor = connection.cursor()
    cursor.execute(sql, values)

    def rows() -> list[tuple[Any, ...]]:
        with cursor:
            found: list[tuple[Any, ...]] = cursor.fetchall()
            return found

    return cache(rows)


def sent(sql: str, values: Sequence[Any] = ()) -> None:
    """Run a statement that has no answer."""
    if pipeline := _pipeline():
        pipeline.asked(sql, values)
    else:
        with connection.cursor() as cursor:
            cursor.execute(sql, values)


def is_pipelined() -> bool:
    """Whether we are in such a block on PostgreSQL."""
    return _pipeline() is not None


class _Pipeline:
    """The statements of a block that were not sent yet."""

    def __init__(self, *, repeats: bool) -> None:
        self._repeats = repeats
        self._waiting: list[Statement] = []

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Statements that do not come through here find done what came before them."""
        outer = _pipeline()
        if outer:
            outer.settle()
        _here.pipeline = self
        try:
            with connection.execute_wrapper(self._before_others):
                yield
        finally:
            _here.pipeline = outer

    def asked(self, sql: str, values: Sequence[Any]) -> Callable[[], list[tuple[Any, ...]]]:
        """As above."""
        from kehuma.lib.db.trips import Statement  # noqa: PLC0415 - psycopg is there where PostgreSQL is

        with connection.wrap_database_errors:
            statement = Statement(sql, values)
        self._waiting.append(statement)

        def rows() -> list[tuple[Any, ...]]:
            if statement.rows is None:
                self.settle()
            return statement.rows or []

        return rows

    def settle(self, *, commits: bool = False) -> None:
        """Send what waits, and the commit behind it."""
        from kehuma.lib.db import trips  # noqa: PLC0415 - as above

        if not self._waiting and not commits:
            return
        waiting, self._waiting = self._waiting, []
        connection.ensure_connection()
        connection.validate_no_broken_transaction()
        with connection.wrap_database_errors:
            trips.send(connection.connection, waiting, commits=commits, repeats=self._repeats)

    def _before_others(self, execute: Callable[..., object], *asked: object) -> object:
        self.settle()
        return execute(*asked)


def _pipeline() -> _Pipeline | None:
    found: _Pipeline | None = getattr(_here, "pipeline", None)
    return found
