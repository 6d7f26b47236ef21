"""Statements that go to PostgreSQL together and come back together: one trip, however many they are.

The pipeline of psycopg sends each statement as it comes. Ten of them wake the server ten times and take 1 to 4 ms, a
quarter of a millisecond of it Python's; sent at once they take 0.15 ms, and hardly any of Python's time.
"""

import re
from collections.abc import Generator, Sequence
from functools import cache
from itertools import count
from typing import Any

from psycopg import Connection, DataError, OperationalError, errors, pq
from psycopg.adapt import Transformer
from psycopg.pq.abc import PGconn, PGresult
from psycopg.waiting import Ready, Wait

_PLACES = re.compile("%[%s]")
_DONE = {pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK}


class Statement:
    """A statement with ``%s`` for its values; ``rows`` are its answer once it was sent.

    A value is what PostgreSQL reads from text: a list is an array, whose type the statement tells (``%s::text[]``).
    """

    __slots__ = ("rows", "sql", "values")

    def __init__(self, sql: str, values: Sequence[Any] = ()) -> None:
        self.sql = _numbered(sql)
        self.values = [None if value is None else _text(value).encode() for value in values]
        self.rows: list[tuple[Any, ...]] | None = None


def send(connection: Connection[Any], statements: Sequence[Statement], *, commits: bool) -> None:
    """Run the statements in order in the transaction of the connection, which they begin where there is none.

    Raises what psycopg raises, for the first that is refused; those behind it were not run. Where ``commits``, the
    transaction is committed with them.
    """
    server = connection.pgconn
    is_new = server.transaction_status == pq.TransactionStatus.IDLE
    if is_new and not statements:
        return
    before, after = [b"BEGIN"] * is_new, [b"COMMIT"] * commits
    results = _results(connection, before, statements, after)
    if commits and results[-1].command_status != b"COMMIT":
        raise errors.InFailedSqlTransaction("the transaction was rolled back, for a statement before had failed")
    transformer = Transformer(connection)
    for statement, result in zip(statements, results[len(before) :], strict=False):
        transformer.set_pgresult(result)
        statement.rows = transformer.load_rows(0, result.ntuples, tuple)


def _results(
    connection: Connection[Any], before: Sequence[bytes], statements: Sequence[Statement], after: Sequence[bytes]
) -> list[PGresult]:
    server = connection.pgconn
    server.enter_pipeline_mode()
    try:
        for command in before:
            server.send_query_params(command, None)
        for statement in statements:
            server.send_query_params(statement.sql, statement.values)
        for command in after:
            server.send_query_params(command, None)
        server.pipeline_sync()
        results = connection.wait(_received(server))
        server.exit_pipeline_mode()
    except BaseException:
        # Answers may still be under way, and the next who asks would take them for his.
        connection.close()
        raise
    for result in results:
        if result.status not in _DONE:
            raise errors.error_from_result(result, connection.info.encoding)
    return results


def _received(server: PGconn) -> Generator[Wait, Ready | int, list[PGresult]]:
    """The result of each statement that was sent; of those behind a refused one, that they were not run."""
    while server.flush():
        if (yield Wait.RW) & Ready.R:
            server.consume_input()
    results: list[PGresult] = []
    is_between = False
    while True:
        while server.is_busy():
            yield Wait.R
            server.consume_input()
        result = server.get_result()
        if result is None:
            # One such stands behind the answer to each statement, and no two of them.
            if is_between:
                raise OperationalError("the connection to the server was lost")
            is_between = True
        elif result.status == pq.ExecStatus.PIPELINE_SYNC:
            return results
        else:
            results.append(result)
            is_between = False


@cache
def _numbered(sql: str) -> bytes:
    """``$1`` and so on for each ``%s``."""
    numbers = count(1)
    return _PLACES.sub(lambda place: "%" if place[0] == "%%" else f"${next(numbers)}", sql).encode()


def _text(value: object) -> str:
    """As PostgreSQL reads it; DataError where it could not."""
    match value:
        case str():
            if "\0" in value:
                raise DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
            return value
        case bytes():
            return f"\\x{value.hex()}"
        case list():
            return _array(value)
    return str(value)


def _array(values: Sequence[object]) -> str:
    if None in values:
        return f"{{{','.join('NULL' if value is None else _quoted([value]) for value in values)}}}"
    return f"{{{_quoted(values)}}}" if values else "{}"


def _quoted(values: Sequence[object]) -> str:
    """``"a","b"``: all at once, with a character between that no text may hold."""
    texts = [value if type(value) is str else _text(value) for value in values]
    joined = "\0".join(texts)
    if joined.count("\0") >= len(texts):
        joined = _text(joined)
    quoted = joined.replace("\\", "\\\\").replace('"', '\\"').replace("\0", '","')
    return f'"{quoted}"'
