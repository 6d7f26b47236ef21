"""A disk that runs full, again and again: issuing is refused in plain words, and goes on by itself when there is room.

The register lies on a small disk in memory; a file of ballast leaves it a little room, which codes use up.
"""

import random
from pathlib import Path
from typing import Any

from django.db import OperationalError
from tools.faults import disks, register
from tools.faults.register import HTTP, Given, Request, Told
from tools.faults.report import Report

from kehuma.apps.audit.errors import WitnessError

FULL, SAMPLE = 50, 5
_KILOBYTES = 24_000
_MOST_LEFT = 300 << 10


def run(size: int, folder: Path) -> Report:
    """So many times without room."""
    report, home = Report({"times full": size}), folder / "home"
    with disks.small(home, _KILOBYTES):
        register.make()
        trial = _Trial(home)
        for _ in range(size):
            trial.fill()
            trial.run_full()
            trial.make_room()
        report.some("refused by the program", trial.refused)
        report.some("refused over HTTP with 503", trial.answered)
        report.none("other answers", trial.other)
        report.none("looks at /readyz that saw no fault", trial.unseen)
        report.none("requests that failed with room again", trial.still)
        register.check(trial.told, report)
    return report


class _Trial:
    """One program, in this process and over HTTP, that asks on while the disk runs full."""

    def __init__(self, home: Path) -> None:
        self._ballast, self._number, self._chance = home / "ballast", 0, random.Random("disk")
        self._client = register.client()
        # What a server makes when it is asked for the first time is there before the disk is full.
        self._client.get("/readyz")
        self._posts = 0
        self.told = Told()
        self.refused = self.answered = 0
        self.other: list[str] = []
        self.unseen: list[int] = []
        self.still: list[str] = []

    def fill(self) -> None:
        """Leave a little room by chance."""
        left, piece = self._chance.randrange(_MOST_LEFT), bytes(1 << 12)
        with self._ballast.open("wb", buffering=0) as file:
            try:
                while file.write(piece) == len(piece):
                    pass
            except OSError:
                pass
            file.truncate(max(0, file.tell() - left))

    def run_full(self) -> None:
        """Ask until there is no room, and some times more; then over HTTP."""
        failed = 0
        while failed < 3:
            try:
                self._take(Request("program", self._number), register.ask(Request("program", self._number)))
            except (OperationalError, WitnessError):
                failed += 1
                self.refused += 1
        # A single code may still find the room that three had not found.
        while (answer := self._posted()).status_code in (200, 201):
            self._heard(answer)
        if answer.status_code == 503:
            self.answered += 1
        else:
            self.other.append(f"{answer.status_code} {answer.content.decode()}")
        if self._client.get("/readyz").status_code != 503:
            self.unseen.append(self._number)

    def make_room(self) -> None:
        """Nothing else is done for the program; the same request, under the same key, is asked again."""
        self._ballast.unlink()
        for again in range(3):
            try:
                self._take(Request("program", self._number), register.ask(Request("program", self._number)))
            except (OperationalError, WitnessError) as error:
                self.still.append(f"{again} {error}")
        if self._client.get("/readyz").status_code != 200:
            self.still.append("/readyz")
        answer = self._posted()
        if answer.status_code in (200, 201):
            self._heard(answer)
        else:
            self.still.append(f"{answer.status_code} {answer.content.decode()}")

    def _take(self, request: Request, given: Given) -> None:
        self.told[request] = given.codes
        self._number += 1

    def _heard(self, answer: Any) -> None:  # noqa: ANN401 - the stubs know no answer of the test client
        self.told[Request(HTTP, self._posts)] = (answer.json()["code"],)
        self._posts += 1

    def _posted(self) -> Any:  # noqa: ANN401 - as above
        """Ask over HTTP, under the same key until there is an answer."""
        body = {"scheme": "customer", "facts": {"region": "北京"}}
        headers = {"Idempotency-Key": f"{self._posts}"}
        return self._client.post("/api/v1/codes", body, content_type="application/json", headers=headers)
