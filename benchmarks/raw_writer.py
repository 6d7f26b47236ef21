"""The least that gapless codes can cost on SQLite: threads that hand finished rows to one writer.

It stores them in a copy of the register, with its indexes and triggers, and commits what has come since its last commit.
"""

import queue
import secrets
import sqlite3
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

from loads import Step, rate

_numbers = count(1_000_000)


def measured(folder: Path, *, clients: int, seconds: float) -> float:
    """Threads that hand finished rows to one writer, which stores what has come since its last commit."""
    home = folder / "home" / "kehuma.sqlite3"
    path, made = folder / "raw.sqlite3", sqlite3.connect(home)
    with suppress(FileNotFoundError):
        for kind in ("", "-wal", "-shm"):
            Path(f"{path}{kind}").unlink()
    made.execute("VACUUM INTO ?", [str(path)])
    made.row_factory = sqlite3.Row
    code = dict(made.execute("SELECT * FROM codes_code ORDER BY id DESC LIMIT 1").fetchone())
    event = dict(made.execute("SELECT * FROM audit_event ORDER BY id DESC LIMIT 1").fetchone())
    made.close()
    waiting: queue.SimpleQueue[tuple[tuple[Any, ...], threading.Lock]] = queue.SimpleQueue()
    writer = threading.Thread(target=_writing, args=(path, code, event, waiting, clients), daemon=True)
    writer.start()

    def client(_: int) -> Step:
        def step() -> bool:
            turn = threading.Lock()
            turn.acquire()
            number = next(_numbers)
            text = f"BJ-I-{number:07}"
            named = {"identity": text, "loose": text, "form": text, "number": number}
            waiting.put(({**code, **named, "request": secrets.token_bytes(16)}, turn))
            turn.acquire()
            return True

        step()
        return step

    return rate(client, clients=clients, seconds=seconds)


def _writing(
    path: Path, code: dict[str, Any], event: dict[str, Any], waiting: "queue.SimpleQueue[Any]", most: int
) -> None:
    store = sqlite3.connect(path, isolation_level=None)
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "recursive_triggers = ON",
        "temp_store = MEMORY",
        "cache_size = -65536",
    ):
        store.execute(f"PRAGMA {pragma}")
    codes, events = (_insert(table, row) for table, row in (("codes_code", code), ("audit_event", event)))
    while True:
        group = [waiting.get()]
        # Those whom the last commit has answered are about to ask again: without this it would write one by one.
        until = time.monotonic() + 0.002
        with suppress(queue.Empty):
            while len(group) < most:
                group.append(waiting.get(timeout=max(0, until - time.monotonic())))
        store.execute("BEGIN IMMEDIATE")
        store.executemany(codes, [row for row, _ in group])
        store.execute("UPDATE codes_counter SET next = next + ?", [len(group)])
        store.execute(events, {**event, "uuid": secrets.token_hex(16)})
        store.execute("COMMIT")
        for _, turn in group:
            turn.release()


def _insert(table: str, row: Mapping[str, Any]) -> str:
    names = [name for name in row if name != "id"]
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(f':{name}' for name in names)})"  # noqa: S608 - names of the store itself
