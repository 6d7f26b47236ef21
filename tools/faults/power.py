"""Power cuts: a register on a disk of its own, which loses everything that it was not made to keep.

With ``synchronous=FULL``, which kehuma insists on, nothing that was acknowledged may be lost. The same with NORMAL,
which kehuma refuses to work with, must lose codes: otherwise the campaign could not see it.
"""

import random
import shutil
import time
from pathlib import Path
from unittest import mock

from django.db import connections
from tools.faults import register
from tools.faults.children import Child, Tell
from tools.faults.disks import Disk
from tools.faults.register import Request, Told
from tools.faults.report import Report

from kehuma.apps.audit.errors import LogError
from kehuma.apps.codes import batches, issuing
from kehuma.apps.codes.models import Code
from kehuma.lib.db import base

FULL, SAMPLE = 60, 6
# The power goes off within this time after the first answer.
_LONGEST = 0.5
_PRAGMAS = {**base._PRAGMAS, "synchronous": "NORMAL"}  # noqa: SLF001 - what the canary takes away


def run(size: int, folder: Path) -> Report:
    """So many cuts with FULL, and as many with NORMAL."""
    report, home = Report({"cuts": size}), folder / "home"
    disk = Disk(home)
    disk.mount()
    try:
        register.make()
        told = _full(disk, size)
        register.check(told, report)
        _clear(home)
        lost, refused = _normal(disk, home, size)
        report.some("lost with NORMAL", lost)
        report.figures["stores with NORMAL that the fence refused"] = refused
    finally:
        disk.unmount()
    return report


def _clear(home: Path) -> None:
    connections.close_all()
    for path in home.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def _full(disk: Disk, cuts: int) -> Told:
    chance, told = random.Random("power"), Told()
    for _ in range(cuts):
        for request, given in register.heard(_cut(disk, len(told), chance)):
            told[request] = given.codes
    # What the last cut kept from being heard may be committed: it is asked again, as after every other cut.
    unheard = Request("program", len(told))
    told[unheard] = register.ask(unheard).codes
    return told


def _normal(disk: Disk, home: Path, cuts: int) -> tuple[int, int]:
    """Codes that were acknowledged and are not there any more, and how often the fence noticed."""
    chance, lost, refused, first = random.Random("power"), 0, 0, 0
    with (
        mock.patch.object(base, "_PRAGMAS", _PRAGMAS),
        mock.patch.object(issuing, "require_durable", return_value=None),
        mock.patch.object(batches, "require_durable", return_value=None),
    ):
        register.make()
        for _ in range(cuts):
            told = [given.codes for _, given in register.heard(_cut(disk, first, chance))]
            first += len(told)
            there = set(Code.objects.values_list("form", flat=True))
            lost += sum(code not in there for codes in told for code in codes)
            try:
                register.ask(Request("after", first))
            except LogError:
                refused += 1
                shutil.rmtree(home / "witness")
    return lost, refused


def _cut(disk: Disk, first: int, chance: random.Random) -> list[str]:
    """What a program was told before the power went off; afterwards it is on again."""
    child = Child(lambda tell: _issue(first, tell))
    child.wait_for(1)
    time.sleep(chance.random() * _LONGEST)
    # Standing still it is told nothing after the cut.
    child.stop()
    disk.cut()
    lines = child.killed()
    disk.unmount()
    disk.mount()
    return lines


def _issue(first: int, tell: Tell) -> None:
    number = first
    while True:
        request = Request("program", number)
        tell(register.line_of(request, register.ask(request)))
        number += 1
