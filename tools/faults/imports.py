"""``kill -9`` while a file of customers comes in: two imports at once, each killed at a moment of chance and begun again.

What is done twice must not come in twice: a row is named by its key.
"""

import csv
import os
import random
import time
from pathlib import Path

from tools.faults import register
from tools.faults.children import Child, Tell
from tools.faults.register import REGIONS
from tools.faults.report import Report

from kehuma.apps.codes import queries
from kehuma.apps.codes.models import Code
from kehuma.cli.main import app

FULL, SAMPLE = 100, 6
_PROGRAMS = ("first", "second")
_ROWS = 400
_TRIES = 3


def run(size: int, folder: Path) -> Report:
    """So many kills; each file is killed up to three times before it may come in whole."""
    register.make()
    begun = Code.objects.count()
    started = time.monotonic()
    programs = [Child(lambda tell, name=name: _killed(name, size // 2, folder, tell)) for name in _PROGRAMS]  # type: ignore[misc]
    ends = [line.split(" ") for program in programs for line in program.ended()]
    report = Report({"kills": size // 2 * 2, "seconds": time.monotonic() - started})
    files = [name for kind, name in ends if kind == "file"]
    report.some("files", len(files))
    report.some("broken off in the midst of their rows", sum(kind == "midst" for kind, _ in ends))
    report.none("files that did not come in", [name for kind, name in ends if kind == "failed"])
    _check(len(files) * _ROWS, begun, report)
    return report


def _check(rows: int, begun: int, report: Report) -> None:
    from kehuma.apps.customers.models import Customer  # noqa: PLC0415 - after the tables are there

    customers, codes = Customer.objects.count(), Code.objects.count() - begun
    names = Customer.objects.values_list("name", flat=True)
    report.figures["rows"] = rows
    report.none("customers more or fewer than rows", range(abs(customers - rows)))
    report.none("codes more or fewer than rows", range(abs(codes - rows)))
    report.none("customers twice", range(customers - len(set(names))))
    register.check_store(report)


def _killed(name: str, kills: int, folder: Path, tell: Tell) -> None:
    """One program: file after file, until it was killed so often."""
    chance, number, done = random.Random(f"imports {name}"), 0, 0
    # How long a whole one takes, from the first.
    longest = _timed(_file(folder, f"{name}-{number}"), tell)
    while done < kills:
        number += 1
        path = _file(folder, f"{name}-{number}")
        for _ in range(min(chance.randint(1, _TRIES), kills - done)):
            before = queries.number_of_codes()
            child = Child(lambda _, path=path: _import(path))  # type: ignore[misc]
            time.sleep(chance.random() * longest)
            child.killed()
            done += 1
            if queries.number_of_codes() > before:
                tell(f"midst {path.name}")
        _timed(path, tell)


def _timed(path: Path, tell: Tell) -> float:
    started = time.monotonic()
    try:
        Child(lambda _: _import(path)).ended()
    except RuntimeError:
        tell(f"failed {path.name}")
    tell(f"file {path.name}")
    return time.monotonic() - started


def _import(path: Path) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        app(["customers", "import", str(path), "--source", path.stem, "--scheme", "customer", "--map", "name=客户名称"])
    except SystemExit as ended:
        if ended.code:
            raise


def _file(folder: Path, name: str) -> Path:
    """Customers that are like no others: the same heads and regions, names and telephones of their own."""
    path = folder / f"{name}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["客户编号", "客户名称", "省份"])
        for row in range(_ROWS):
            writer.writerow([f"K-{row:04}", f"{name}号第{row}商行", REGIONS[row % len(REGIONS)]])
    return path
