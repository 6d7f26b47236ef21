"""Older states of the store put back, at moments of chance: the fence must refuse, and recovering give no code twice.

Some are states of a life that an earlier recovery has ended. Every tenth time the witness is taken away as well, in a copy: there the codes must come twice, or the campaign could
not see it.
"""

import random
import shutil
from collections.abc import Iterable
from pathlib import Path

from django.db import connection, connections
from tools.faults import register
from tools.faults.children import Child
from tools.faults.register import NOON, SCHEME, Request
from tools.faults.report import Report

from kehuma.apps.audit import services as audit
from kehuma.apps.audit.errors import LogError
from kehuma.apps.codes import services
from kehuma.cli import log
from kehuma.lib.db import lending

FULL, SAMPLE = 300, 12
# A backup that is older than this many is thrown away.
_KEPT = 8
_OTHER = SCHEME.replace("customer", "visitor").replace("{region}-", "V{region}-")


def run(size: int, folder: Path) -> Report:
    """So many restores."""
    register.make()
    services.publish(_OTHER, actor="operator", at=NOON)
    trial = _Trial(folder)
    for number in range(size):
        trial.live()
        trial.put_back()
        if number % 10 == 0:
            trial.without_witness()
        trial.recover()
    report = Report({"restores": size})
    report.some("acknowledged", len(trial.given))
    report.some("refused by the fence", trial.refused)
    report.none("states put back that were not refused", trial.unnoticed)
    report.none("codes twice", trial.twice)
    report.some("codes twice where the witness was taken away", trial.seen_without)
    register.check_store(report)
    return report


class _Trial:
    """The lives of one store; ``given`` is what was ever acknowledged in any of them."""

    def __init__(self, folder: Path) -> None:
        self._chance = random.Random("restores")
        self._store, self._backups, self._made = folder / "home" / "kehuma.sqlite3", folder / "backups", 0
        self._folder, self._number = folder, 0
        self._backups.mkdir()
        self.given: set[str] = set()
        self.twice: list[str] = []
        self.unnoticed: list[int] = []
        self.refused = self.seen_without = 0
        self._events = -1

    def live(self) -> None:
        """Some codes, now and then a backup."""
        for _ in range(self._chance.randint(1, 3)):
            self._take(self._issued())
            if self._chance.random() < 0.5:
                audit.sequence(NOON)
            if self._chance.random() < 0.5 or not self._made:
                self._back_up()
        # At least one code that no backup knows.
        self._take(self._issued())

    def put_back(self) -> None:
        """One of the backups becomes the store; it must be refused."""
        _exchange(self._chance.choice(self._there()), self._store)
        try:
            self._issued()
        except LogError:
            self.refused += 1
        else:
            self.unnoticed.append(self._number)

    def without_witness(self) -> None:
        """How many codes come twice where nothing remembers; afterwards all is as before."""
        kept, witness, away = self._folder / "kept", self._folder / "home" / "witness", self._folder / "witness"
        connections.close_all()
        lending.close_all()
        shutil.copy2(self._store, kept)
        witness.rename(away)
        # In a process of its own, since also the memory of this one is a witness.
        issued = Child(lambda tell: tell(" ".join(self._issued()))).ended()
        self.seen_without += len(self.given.intersection(issued[0].split(" ")))
        _exchange(kept, self._store)
        shutil.rmtree(witness)
        away.rename(witness)

    def recover(self) -> None:
        """As ``kehuma recover``; what is issued from then on is new."""
        log.carried_on(is_reached=False)
        for _ in range(2):
            self._take(self._issued())

    def _issued(self) -> list[str]:
        """A few codes of both schemes, one by one and as little files, all of them asked for the first time."""
        codes: list[str] = []
        for _ in range(self._chance.randint(1, 12)):
            self._number += 1
            codes += register.ask(Request("program", self._number)).codes
            if self._chance.random() < 0.2:
                region = self._chance.choice(("粤", "浙江", "云南", "北京"))
                key = f"visitor {self._number}"
                issued = services.issue("visitor", {"region": region}, request_key=key, actor="program", at=NOON)
                codes.append(issued.code)
        return codes

    def _take(self, codes: Iterable[str]) -> None:
        for code in codes:
            if code in self.given:
                self.twice.append(code)
            self.given.add(code)

    def _back_up(self) -> None:
        self._made += 1
        connection.ensure_connection()
        # The page copier of SQLite itself, as `kehuma backup` does it.
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(self._backups / f"{self._made:04}")])
        for old in self._there()[:-_KEPT]:
            old.unlink()

    def _there(self) -> list[Path]:
        return sorted(self._backups.iterdir())


def _exchange(backup: Path, store: Path) -> None:
    connections.close_all()
    lending.close_all()
    for ending in ("-wal", "-shm"):
        store.with_name(store.name + ending).unlink(missing_ok=True)
    shutil.copy2(backup, store)
