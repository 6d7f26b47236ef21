"""A clock that jumps: codes that speak of the day are issued while the clock goes back and forth.

The counter of a day goes on where it was, however often the day begins again.
"""

import random
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

from tools.faults import register
from tools.faults.register import NOON
from tools.faults.report import Report

from kehuma.apps.audit import services as audit
from kehuma.apps.codes import services
from kehuma.lib import clock

FULL, SAMPLE = 4_000, 400
_DAILY = """
kehuma = 1
name = "daily"
template = "{day}-{serial:5}"
[segments.day]
kind = "date"
format = "YYYYMMDD"
[segments.serial]
per = ["day"]
allocation = "gapless"
"""
# One jump back in so many codes: 85 in 4,000.
_STEADY = 47


def run(size: int, _folder: Path) -> Report:
    """So many codes, asked for at the time that the clock shows."""
    register.make()
    services.publish(_DAILY, actor="operator", at=NOON - timedelta(days=60))
    shown = _Clock()
    clock.now = shown.now
    report, codes = Report({"codes": size}), []
    for number in range(size):
        at = clock.now()
        issued = services.issue("daily", {}, request_key=f"daily {number}", actor="program", at=at)
        codes.append(issued.code)
        if number % 20 == 0:
            audit.sequence(clock.now(), keeps_checkpoint=number % 400 == 0)
    report.some("jumps back", shown.jumps)
    report.figures["days"] = len({code[:8] for code in codes})
    report.none("duplicates", [code for code, times in Counter(codes).items() if times > 1])
    register.check_store(report)
    return report


class _Clock:
    """Goes on by seconds, and jumps back by up to four days, or forward, once in a while."""

    def __init__(self) -> None:
        self._chance, self._asked, self._at, self.jumps = random.Random("clock"), 0, NOON, 0

    def now(self) -> datetime:
        self._asked += 1
        self._at += timedelta(seconds=self._chance.randint(0, 400))
        if self._asked % _STEADY == 0:
            self._at -= timedelta(seconds=self._chance.randint(1, 4 * 86_400))
            self.jumps += 1
        return self._at
