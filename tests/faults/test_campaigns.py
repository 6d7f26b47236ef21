"""Harm done to a register on purpose: a sample of each campaign of ``tools/faults``.

``KEHUMA_FAULTS=full`` does as much harm as ``docs/reference/faults.md`` tells of, which takes an hour.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parents[2]
IS_FULL = os.environ.get("KEHUMA_FAULTS") == "full"
NOT_HERE = 77
PROMISES = {
    "kills": "programs killed while they issue lose nothing and repeat nothing",
    "imports": "a file killed while it comes in comes in once",
    "postgresql": "killed servers and lost answers lose nothing and repeat nothing",
    "power": "a power cut loses no code that was acknowledged",
    "restores": "an older store gives no code twice",
    "clocks": "a clock that jumps back repeats no code",
    "full_disk": "a full disk refuses codes and nothing else",
    "forgeries": "no forged proof is accepted",
    "hostile": "no request breaks an operation",
    "crowd": "many programs at once get a code each",
}
# These bring a disk, a server or a data folder of their own, or need none.
WITHOUT_TABLES = {"power", "full_disk", "postgresql", "crowd", "forgeries"}


@pytest.mark.skipif(sys.platform == "win32", reason="processes are forked and killed")
@pytest.mark.parametrize("campaign", PROMISES, ids=PROMISES.get)
def test_the_register_keeps_its_promises_through(campaign: str, tmp_path: Path, made_store: Path) -> None:
    size = [] if IS_FULL else ["--sample"]
    if campaign not in WITHOUT_TABLES:
        (tmp_path / "home").mkdir(mode=0o700)
        shutil.copy(made_store, tmp_path / "home")
    kept = {key: text for key, text in os.environ.items() if not key.startswith(("PYTEST_", "COVERAGE_", "COV_"))}
    done = subprocess.run(
        [sys.executable, "-m", "tools.faults", campaign, "--folder", str(tmp_path), *size],
        env={**kept, "PYTHONPATH": os.pathsep.join(sys.path)},
        cwd=HERE,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == NOT_HERE:
        pytest.skip(done.stdout.strip())
    assert done.returncode == 0, done.stdout + done.stderr[-8000:]
    assert done.stdout.rstrip().endswith(": 0 faults")


def test_every_campaign_is_tried_and_told_of() -> None:
    program = [sys.executable, "-m", "tools.faults", "--help"]
    told = subprocess.run(program, cwd=HERE, capture_output=True, text=True, check=True).stdout
    page = (HERE / "docs/reference/faults.md").read_text("utf-8")
    assert "{" + ",".join(PROMISES) + "}" in told.replace("\n", "").replace(" ", "")
    assert [name for name in PROMISES if f"`{name}`" not in page] == []
