"""The move itself, with ``KEHUMA_DATABASE_URL`` naming the server already: Django's connection is the one to it."""

import hashlib
import tempfile
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from kehuma.engine.encryption.key_text import key_text
from kehuma.lib.db import upgrading
from kehuma.lib.db.copies import Table, Tables
from kehuma.lib.db.durability import require_durable
from kehuma.lib.db.locks import stand_alone
from kehuma.lib.db.moving import mark, target, values
from kehuma.lib.db.moving.errors import MoveError
from kehuma.lib.db.moving.mark import Mark
from kehuma.lib.db.moving.source import Batch, Source, opened
from kehuma.lib.db.moving.target import Layout, RefusedRowError

Report = Callable[[float], object]
# Of the time of a move, what has gone by when rows are copied, indexes made, rows compared.
_COPIED, _INDEXED, _COMPARED = 0.45, 0.6, 0.9


class Checks(NamedTuple):
    """What the packages above know: whether a database has a move done (by the mark's token), and whether all is well.

    ``testify`` is called in the transaction of the move when all rows are equal, with the token and the tables; it
    says that the store has moved, looks at what it holds, and raises where that is not sound.
    """

    is_done: Callable[[str], bool]
    testify: Callable[[str, Tables], None]


def move(file: Path, checks: Checks, *, at: datetime, report: Report = lambda _share: None) -> Tables:
    """Move the store in ``file`` to the database of the settings; what it holds. MoveError, or what ``checks`` raise.

    Nothing else may serve the store. Until it has moved, and where it cannot, the file is what it was; then its mark
    lets nobody write to it. A move that was broken off is done again by the same call, or found to be done.
    """
    to, before = _database(), _left(file)
    if before and checks.is_done(before.token):
        mark.put(file, before._replace(is_done=True))
        return {}
    _prepare(file, to)
    going = before or Mark(to, uuid.uuid4().hex, f"{timezone.localtime(at):%Y-%m-%d %H:%M}")
    mark.put(file, going)
    commits = False
    try:
        with opened(file) as source, transaction.atomic():
            tables = _moved(source, to, report)
            checks.testify(going.token, tables)
            commits = True
    except BaseException as error:
        if not commits:
            # What became of a move before this one is still to be found out.
            if before is None:
                mark.remove(file)
            raise
        raise MoveError("commit-unknown", to=to) from error
    mark.put(file, going._replace(is_done=True))
    report(1.0)
    return tables


def _left(file: Path) -> Mark | None:
    """The mark of a move that was broken off; MoveError where there is nothing to move, or not to here."""
    if not file.exists():
        raise MoveError("no-source", file=file)
    found = mark.of(file)
    if found and found.is_done:
        raise MoveError("moved-away", file=file, to=found.to, at=found.at)
    if found and found.to != _database():
        raise MoveError("moving-elsewhere", file=file, to=found.to, mark=mark.place(file))
    with opened(file) as source:
        if source.migrations() != upgrading.known():
            raise MoveError("source-version", file=file)
    return found


def _prepare(file: Path, to: str) -> None:
    """Make the tables; MoveError where there are others, or a register of another version, NotDurableError."""
    require_durable(connection)
    with opened(file) as source:
        if others := target.tables() - source.tables():
            raise MoveError("target-not-empty", to=to, table=min(others))
    if upgrading.unknown():
        raise MoveError("target-version", to=to)
    if not upgrading.is_current():
        # Broken off in the midst of the tables, it goes on; a register that was worked with is not ours to upgrade.
        if target.is_used():
            raise MoveError("target-version", to=to)
        with _apart():
            upgrading.upgrade()


@contextmanager
def _apart() -> Iterator[None]:
    """Migrations make the first keys of an installation: not in the data folder of one that has its keys."""
    with tempfile.TemporaryDirectory() as scratch:
        kept = settings.KEHUMA_HOME, settings.KEHUMA_ROOT_KEY
        settings.KEHUMA_HOME, settings.KEHUMA_ROOT_KEY = Path(scratch), key_text(bytes(32))
        try:
            yield
        finally:
            settings.KEHUMA_HOME, settings.KEHUMA_ROOT_KEY = kept


def _moved(source: Source, to: str, report: Report) -> Tables:
    """Everything that happens before anybody above looks at it; the tables as both stores have them."""
    stand_alone("move")
    plan = {name: target.layout(name, source.columns(name)) for name in sorted(target.tables())}
    if lost := source.tables() - {*plan, target.OWN}:
        raise MoveError("tables-differ", tables=", ".join(sorted(lost)[:10]))
    total = sum(map(source.count, plan))
    gone = _gone(total, 0.0, _COPIED, report)
    with target.without_indexes():
        target.empty(plan, to)
        sent = {name: _sent(source, name, layout, gone) for name, layout in plan.items()}
    target.go_on_from({name: last for name, last in source.last_ids().items() if name in plan})
    gone = _gone(total, _INDEXED, _COMPARED, report)
    found = {name: _read(_Seen(layout), target.rows(name, layout), gone) for name, layout in plan.items()}
    if different := [name for name in plan if sent[name] != found[name]]:
        raise MoveError("tables-differ", tables=", ".join(different[:10]))
    target.analyse(plan)
    return found


def _sent(source: Source, name: str, layout: Layout, gone: Callable[[int], None]) -> Table:
    seen = _Seen(layout)
    try:
        target.fill(name, layout.names, seen.passing(source.rows(name, layout.names, layout.key), gone))
    except RefusedRowError as error:
        key = source.key_at(name, layout.key, error.place)
        raise MoveError("row-refused", table=name, key=key, column=error.column, reason=error.reason) from None
    return seen.table()


def _read(seen: "_Seen", batches: Iterable[Batch], gone: Callable[[int], None]) -> Table:
    for _ in seen.passing(batches, gone):
        pass
    return seen.table()


class _Seen:
    """Counts and digests the rows that pass, in the form in which both stores have them."""

    def __init__(self, layout: Layout) -> None:
        self._compared = values.compared(layout.columns)
        self._rows, self._digest = 0, hashlib.blake2b(digest_size=32)

    def passing(self, batches: Iterable[Batch], gone: Callable[[int], None]) -> Iterator[Batch]:
        for batch in batches:
            self._rows += len(batch)
            self._digest.update("\n".join(map(repr, self._compared(batch))).encode() + b"\n")
            yield batch
            gone(len(batch))

    def table(self) -> Table:
        return Table(self._rows, self._digest.hexdigest())


def _gone(total: int, start: float, end: float, report: Report) -> Callable[[int], None]:
    """Reports, as rows go by, which share of the whole move is done."""
    done = 0

    def gone(count: int) -> None:
        nonlocal done
        done += count
        report(start + (end - start) * done / max(total, 1))

    return gone


def _database() -> str:
    """The database of the settings in the words of its address, without user and password."""
    named = settings.DATABASES["default"]
    port = f":{named['PORT']}" if named["PORT"] else ""
    return f"{named['HOST'] or 'localhost'}{port}/{named['NAME']}"
