"""Whoever takes the disk, or a backup, finds nobody on it: markers planted in every personal field stand nowhere.

500 of them here; ``KEHUMA_TEST_MARKERS=10000`` plants as many.
"""

import os
import re
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

COUNT = os.environ.get("KEHUMA_TEST_MARKERS", "500")
PROGRAM = Path(__file__).with_name("plant_markers.py")
# Numbers also from their end, as the search asks for them. What stands around them tells figures from hexadecimals.
MARKERS = re.compile(
    rb"zqx[a-p]{6}|(?:(?<![0-9a-f])|86)1998[0-9]{7}(?![0-9a-f])|r[0-9]{7}8991|0?199-?8[0-9]{6}0(?![0-9a-f])"
    rb"|1101011911[0-9]{7}[0-9X]",
    re.IGNORECASE,
)


def _contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file below a folder, and what the archives among them hold."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        if path.name.endswith(".tar.gz"):
            with tarfile.open(path) as archive:
                for member in archive:
                    content = archive.extractfile(member)
                    yield f"{path.name}: {member.name}", content.read() if content else b""
        else:
            yield str(path.relative_to(folder)), path.read_bytes()


@pytest.mark.sqlite
def test_no_marker_stands_on_the_disk(tmp_path: Path) -> None:
    home, scratch = tmp_path / "home", tmp_path / "scratch"
    scratch.mkdir()
    given = {**os.environ, "KEHUMA_HOME": str(home), "TMPDIR": str(scratch), "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, str(PROGRAM), COUNT], env=given, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    assert int(done.stdout) >= int(COUNT)
    looked_at = dict(_contents(tmp_path))
    assert {"home/kehuma.sqlite3", "home/kehuma.sqlite3-wal"} <= set(looked_at)
    assert any(name.endswith("kehuma.sqlite3") and ".tar.gz: " in name for name in looked_at), "the backup"
    looked_at |= {"said": done.stdout, "errors": done.stderr}
    found = {name: {one.decode() for one in MARKERS.findall(content)} for name, content in looked_at.items()}
    assert {name: sorted(several)[:5] for name, several in found.items() if several} == {}


def test_the_search_for_markers_finds_what_is_there() -> None:
    assert MARKERS.findall(b"\0 wZQXabcdef +8619980000001 r10000008991") == [
        b"ZQXabcdef", b"8619980000001", b"r10000008991",
    ]  # fmt: skip
