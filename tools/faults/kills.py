"""``kill -9`` while issuing: two programs issue at once, and each is killed again and again at a moment of chance.

What a killed program was not told of it asks for once more, under the same request key.
"""

import random
import time
from pathlib import Path

from tools.faults import register
from tools.faults.children import Child, Tell
from tools.faults.register import Request, Told
from tools.faults.report import Report

FULL, SAMPLE = 5_000, 200
_PROGRAMS = ("first", "second")
# A life lasts at most as long as so many answers take; how long that is on this machine is measured now and then.
_ANSWERS, _MEASURED_EVERY = 3, 50


def run(size: int, _folder: Path) -> Report:
    """So many kills."""
    register.make()
    started = time.monotonic()
    programs = [Child(lambda tell, name=name: _killed(name, size // 2, tell)) for name in _PROGRAMS]  # type: ignore[misc]
    report, told, found_again = Report({"kills": size // 2 * 2}), Told(), 0
    for program in programs:
        for request, given in register.heard(program.ended()):
            told[request] = given.codes
            found_again += given.found_again
    report.figures["ms per kill"] = (time.monotonic() - started) * 1000 / size
    report.some("committed and not heard of", found_again)
    register.check(told, report)
    return report


def _killed(name: str, kills: int, tell: Tell) -> None:
    """One program with all its lives; tells what all of them were told."""
    chance, following, longest = random.Random(f"kills {name}"), 0, 0.0
    for life in range(kills + 1):
        child = Child(lambda tell, first=following, last=life == kills: _issue(name, first, tell, is_last=last))  # type: ignore[misc]
        if life < kills and life % _MEASURED_EVERY == 0:
            longest = child.wait_for(_ANSWERS)
        elif life < kills:
            time.sleep(chance.random() * longest)
        lines = child.killed() if life < kills else child.ended()
        following += len(lines)
        for line in lines:
            tell(line)


def _issue(name: str, first: int, tell: Tell, *, is_last: bool) -> None:
    number = first
    while number == first or not is_last:
        request = Request(name, number)
        tell(register.line_of(request, register.ask(request)))
        number += 1
