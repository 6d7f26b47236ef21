"""A connection for threads that do the same work in turn: the store and the process meet it warm."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakSet

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

# Whoever used it a moment ago would have noticed that the server is gone.
_MOMENT = 1.0


class Lent:
    """One connection to the store, opened by the first who needs it. The callers see to it that one has it at a time."""

    def __init__(self) -> None:
        self._wrapper: BaseDatabaseWrapper | None = None
        self._given_back = 0.0
        _all.add(self)

    @contextmanager
    def instead(self) -> Iterator[None]:
        """Take it in the place of the thread's own connection, which is in no transaction."""
        own = connections[DEFAULT_DB_ALIAS]
        connections[DEFAULT_DB_ALIAS] = self._usable()
        try:
            yield
        finally:
            connections[DEFAULT_DB_ALIAS] = own
            self._given_back = time.monotonic()

    def close(self) -> None:
        """Let go of it; the next who needs one opens another."""
        if self._wrapper is not None:
            self._wrapper.close()

    def _usable(self) -> BaseDatabaseWrapper:
        if self._wrapper is None:
            self._wrapper = connections.create_connection(DEFAULT_DB_ALIAS)
            self._wrapper.inc_thread_sharing()
        # To look whether a file is still the one that was opened costs nothing; a server must be asked.
        if (
            self._wrapper.vendor == "sqlite"
            or self._wrapper.errors_occurred
            or time.monotonic() - self._given_back > _MOMENT
        ):
            self._wrapper.close_if_unusable_or_obsolete()
        return self._wrapper


_all: WeakSet[Lent] = WeakSet()


def close_all() -> None:
    """Close them as ``connections.close_all`` closes those of a thread: before a fork, or when the store is exchanged."""
    for one in list(_all):
        one.close()
