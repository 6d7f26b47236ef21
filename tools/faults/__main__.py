"""Do harm to a register of its own, and see whether it keeps its promises: ``python -m tools.faults CAMPAIGN``.

Prints one line of figures; ends with 0, with 1 where something must not be as it is (each fault in a line of its own),
and with 77 where this machine has not what the campaign needs.
"""

import argparse
import importlib
import logging
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Protocol

import django
from tools.faults.report import CannotRunError, Report

CAMPAIGNS = (
    *("kills", "imports", "postgresql", "power", "restores", "clocks", "full_disk"),
    *("forgeries", "hostile", "crowd"),
)
_CANNOT_RUN = 77


class Campaign(Protocol):
    """A module of this package."""

    FULL: int
    SAMPLE: int

    def run(self, size: int, folder: Path) -> Report:
        """Do so much harm; ``folder`` is empty, and its ``home`` is the data folder."""


def main() -> int:
    """Run one campaign."""
    asked = argparse.ArgumentParser(prog="python -m tools.faults", description=__doc__)
    asked.add_argument("campaign", choices=CAMPAIGNS)
    asked.add_argument("--size", type=int, help="how much harm; without it as much as the reference says")
    asked.add_argument("--sample", action="store_true", help="little harm: a sample that takes seconds")
    asked.add_argument("--folder", type=Path, help="where the register is made and left; without it, it goes away")
    told = asked.parse_args()
    folder = told.folder or Path(tempfile.mkdtemp(prefix="kehuma-faults-"))
    os.environ.update(DJANGO_SETTINGS_MODULE="kehuma.config.settings", KEHUMA_HOME=str(folder / "home"))
    for name in ("KEHUMA_DATABASE_URL", "KEHUMA_WITNESS"):
        os.environ.pop(name, None)
    django.setup()
    # Much is refused here on purpose.
    logging.disable(logging.ERROR)
    try:
        campaign: Campaign = importlib.import_module(f"tools.faults.{told.campaign}")
        return _told(told.campaign, campaign, told.size or (campaign.SAMPLE if told.sample else campaign.FULL), folder)
    finally:
        if told.folder is None:
            shutil.rmtree(folder, ignore_errors=True)


def _told(name: str, campaign: Campaign, size: int, folder: Path) -> int:
    try:
        report = campaign.run(size, folder)
    except CannotRunError as error:
        print(f"{name}: not here: {error}")
        return _CANNOT_RUN
    print(f"{name}: {report.line()}")
    for fault in report.faults:
        print(fault, file=sys.stderr)
    return int(bool(report.faults))


if __name__ == "__main__":
    sys.exit(main())
