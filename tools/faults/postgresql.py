"""PostgreSQL under programs that issue: a back end killed, the whole server killed, the answer to a COMMIT lost.

The programs do what every program must: a new connection, and the same request once more under the same key.
"""

import os
import random
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psycopg
from django.db import DatabaseError, connection
from tools.faults import register, server
from tools.faults.proxy import Proxy
from tools.faults.register import Request, Told
from tools.faults.report import Report

# The size counts lost answers; there is a kill of a back end to ten of them, and one of the server to forty.
FULL, SAMPLE = 200, 20
_PROGRAMS = 4
_PATIENCE = 60.0


def run(size: int, _folder: Path) -> Report:
    """So many lost answers, and kills."""
    with server.started() as postgres:
        proxy = Proxy(postgres.socket)
        server.use(proxy.address)
        register.make()
        programs, servers = _Programs(), max(1, size // 40)
        try:
            killed = sum(_after_some(programs, lambda: _kill_back_end(postgres)) for _ in range(max(1, size // 10)))
            for _ in range(servers):
                _after_some(programs, lambda: _kill(postgres))
            proxy.swallows = True
            programs.wait(lambda: proxy.swallowed >= size)
            proxy.swallows = False
        finally:
            programs.end()
        report = Report({"kills of a back end": killed, "kills of the server": servers})
        report.some("answers to COMMIT lost", proxy.swallowed)
        report.some("connections lost", programs.lost)
        report.some("committed and not heard of", programs.found_again)
        report.none("programs that broke", programs.broken)
        server.use(postgres.address)
        register.check(programs.told, report)
    return report


class _Programs:
    """Threads that ask and ask again."""

    def __init__(self) -> None:
        self.told: Told = {}
        self.lost = self.found_again = 0
        self.broken: list[str] = []
        self._is_over = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._work, args=(f"program{number}",)) for number in range(_PROGRAMS)]
        for thread in self._threads:
            thread.start()

    def wait(self, is_done: Callable[[], bool]) -> None:
        """Until something has come about; RuntimeError where it does not."""
        until = time.monotonic() + _PATIENCE
        before = len(self.told)
        while not is_done():
            if len(self.told) > before:
                before, until = len(self.told), time.monotonic() + _PATIENCE
            if time.monotonic() > until or self.broken:
                raise RuntimeError(f"the programs stand still: {self.broken}")
            time.sleep(0.005)

    def end(self) -> None:
        """Let each finish what it is about."""
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def _work(self, name: str) -> None:
        number = 0
        try:
            while not self._is_over.is_set():
                self._ask(Request(name, number))
                number += 1
        except Exception as error:  # noqa: BLE001 - a fault of the campaign's own line
            self.broken.append(f"{type(error).__name__}: {error}")
        finally:
            connection.close()

    def _ask(self, request: Request) -> None:
        while True:
            try:
                given = register.ask(request)
            except DatabaseError:
                connection.close()
                with self._lock:
                    self.lost += 1
                time.sleep(0.02)
                continue
            with self._lock:
                self.told[request] = given.codes
                self.found_again += given.found_again
            return


def _after_some(programs: _Programs, harm: Callable[[], int]) -> int:
    """Harm, once codes have been given out since the last time."""
    enough = len(programs.told) + 10
    programs.wait(lambda: len(programs.told) >= enough)
    return harm()


def _kill_back_end(postgres: server.Server) -> int:
    """Kill the process behind one of the programs, best one that is at work; whether there was one."""
    with psycopg.connect(postgres.address.replace("postgres://", "postgresql://", 1), autocommit=True) as asked:
        found = asked.execute(
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'kehuma' AND pid <> pg_backend_pid()"
            " ORDER BY state <> 'active', random() LIMIT 1"
        ).fetchone()
        if found is None:
            return 0
        time.sleep(random.random() / 200)
        with suppress(ProcessLookupError):
            os.kill(found[0], signal.SIGKILL)
            return 1
    return 0


def _kill(postgres: server.Server) -> int:
    postgres.kill()
    postgres.start()
    return 1
