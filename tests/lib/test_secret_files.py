import errno
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kehuma.lib import secret_files


def test_a_key_is_made_once_and_read_from_then_on(tmp_path: Path) -> None:
    path = tmp_path / "home" / "a.key"
    key = secret_files.read_or_create(path)
    assert len(key) == 32
    assert secret_files.read_or_create(path) == key
    assert [entry.name for entry in path.parent.iterdir()] == ["a.key"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes; there the profile folder protects the file")
def test_only_the_owner_can_read_a_key(tmp_path: Path) -> None:
    path = tmp_path / "home" / "a.key"
    secret_files.read_or_create(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_who_asks_at_the_same_time_gets_the_same_key(tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: secret_files.read_or_create(path), range(32)))
    assert len(keys) == 1


def test_a_damaged_key_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    path.write_bytes(b"short")
    with pytest.raises(ValueError, match=r"a\.key: expected 32 bytes, found 5"):
        secret_files.read_or_create(path)
    assert path.read_bytes() == b"short"


def test_a_full_disk_says_which_key_it_has_no_room_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_file: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=r"django\.key"):
        secret_files.read_or_create(tmp_path / "django.key")
    assert list(tmp_path.iterdir()) == []
