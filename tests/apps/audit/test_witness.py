"""The files of the witness: they hold through a broken write, in another process and on a disk that is full."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from kehuma.apps.audit import witness
from kehuma.apps.audit.errors import WitnessError
from kehuma.apps.audit.witness import LEAD, Reached, Witness

KEY = bytes(32)


def made(folder: Path) -> Witness:
    folder.mkdir(exist_ok=True)
    return Witness(folder, KEY)


def ceiling(one: Witness, key: str = "") -> int:
    return one.ceilings()[one.of_counter("customer", key)]


def test_a_ceiling_is_on_disk_before_it_is_crossed_and_not_every_time(tmp_path: Path) -> None:
    one, other = made(tmp_path), made(tmp_path)
    writes = []
    for number in range(2, 5_000):
        one.reach("customer", [("", number)])
        assert ceiling(other) >= number
        writes.append(ceiling(other))
    assert len(set(writes)) < 15
    assert writes[-1] <= 4_999 + LEAD


def test_two_processes_raise_one_ceiling(tmp_path: Path) -> None:
    one, other = made(tmp_path), made(tmp_path)
    one.reach("customer", [("", 500)])
    before = (tmp_path / one._ceilings.name).read_bytes()
    other.reach("customer", [("", 700)])
    assert (tmp_path / one._ceilings.name).read_bytes() == before
    other.reach("customer", [("", 1_001)])
    assert ceiling(one) == 2_001


def test_a_line_that_was_broken_off_counts_for_nothing(tmp_path: Path) -> None:
    one = made(tmp_path)
    one.reach("customer", [("", 500)])
    with one._ceilings.open("ab") as file:
        file.write(one.of_counter("customer", "b").hex().encode() + b" 77")
    other = made(tmp_path)
    assert len(other.ceilings()) == 1
    other.reach("customer", [("c", 5)])
    assert (ceiling(made(tmp_path)), ceiling(made(tmp_path), "c")) == (1_000, 25)
    assert ceiling(one, "c") == 25


def test_counters_have_no_names_here(tmp_path: Path) -> None:
    made(tmp_path).reach("customer", [("region=BJ", 5)])
    text = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"BJ" not in text
    assert b"customer" not in text


def test_what_was_reached_never_goes_back(tmp_path: Path) -> None:
    one = made(tmp_path)
    assert one.reached() == (0, 0)
    for event, checkpoint, wanted in ((5, 0, (5, 0)), (3, 1, (5, 1)), (9, 1, (9, 1))):
        one.note(event=event, checkpoint=checkpoint)
        assert made(tmp_path).reached() == wanted
    one.put("note 1\n")
    one.set_back("note 2\n", Reached(4, 1))
    assert (one.reached(), one.checkpoint()) == ((4, 1), "note 2\n")


def test_a_named_folder_that_is_not_there_is_not_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "KEHUMA_WITNESS", str(tmp_path / "disk"))
    monkeypatch.setattr(settings, "KEHUMA_HOME", tmp_path / "home")
    assert witness.current() is None
    one = Witness(witness.folder(), KEY)
    with pytest.raises(WitnessError) as refused:
        one.reach("customer", [("", 5)])
    assert str(tmp_path / "disk") in refused.value.say("zh")
    one.note(event=5)
    assert not (tmp_path / "disk").exists()


def test_who_has_no_room_for_a_ceiling_gives_out_no_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = made(tmp_path)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        for _ in range(2):
            with pytest.raises(WitnessError, match="No space left"):
                one.reach("customer", [("", 5)])
    one.reach("customer", [("", 5)])
    assert ceiling(one) == 25


def test_another_process_sees_it(tmp_path: Path) -> None:
    made(tmp_path).reach("customer", [("", 5)])
    code = (
        "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'kehuma.config.settings'\n"
        "import django; django.setup()\n"
        "from pathlib import Path\n"
        "from kehuma.apps.audit.witness import Witness\n"
        f"one = Witness(Path({str(tmp_path)!r}), bytes(32))\n"
        "one.reach('customer', [('', 26)]); print(sorted(one.ceilings().values()))"
    )
    environment = {**os.environ, "KEHUMA_HOME": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "[52]\n"
