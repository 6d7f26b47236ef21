"""``kehuma doctor``, on data folders of its own."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="files have no modes on Windows")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, made_store: Path) -> Path:
    """A data folder with a code in it, made once."""
    folder = tmp_path_factory.mktemp("template")
    (folder / "home").mkdir(mode=0o700)
    shutil.copy(made_store, folder / "home")
    scheme = folder / "visitor.toml"
    scheme.write_text('kehuma = 1\nname = "visitor"\ntemplate = "V-{serial:4}"\n', encoding="utf-8")
    words = [sys.executable, "-m", "kehuma", "issue", "--scheme", str(scheme)]
    source = Path(__file__).resolve().parents[2] / "src"
    environment = {**os.environ, "KEHUMA_HOME": str(folder / "home"), "PYTHONPATH": str(source)}
    subprocess.run(words, env=environment, check=True, capture_output=True)
    return folder / "home"


@pytest.fixture
def used(template: Path, tmp_path: Path) -> Path:
    """That data folder for one test."""
    return Path(shutil.copytree(template, tmp_path / "home"))


def test_a_new_machine_is_sound_and_stays_untouched(program: Run, tmp_path: Path) -> None:
    ended = program("doctor")
    assert ended.code == 0
    assert "一切正常" in ended.out
    assert not (tmp_path / "home").exists()


def test_a_used_installation_is_sound(program: Run, used: Path) -> None:
    ended = program("doctor", "--lang", "en")
    assert (ended.code, ended.err) == (0, "")
    assert "all is well" in ended.out
    assert "✗" not in ended.out
    assert ended.out.count("✓") >= 12
    # Everything lies on one disk here.
    assert "KEHUMA_WITNESS" in ended.out
    assert used.stat().st_mode & 0o077 == 0


def _open_key(home: Path) -> None:
    (home / "installation.key").chmod(0o644)


def _no_key(home: Path) -> None:
    (home / "installation.key").unlink()


def _short_key(home: Path) -> None:
    (home / "installation.key").write_bytes(b"short")


def _open_folder(home: Path) -> None:
    home.chmod(0o777)


def _damaged(home: Path) -> None:
    store = home / "kehuma.sqlite3"
    content = bytearray(store.read_bytes())
    content[len(content) // 2 :] = os.urandom(len(content) - len(content) // 2)
    store.write_bytes(content)


def _no_store(home: Path) -> None:
    (home / "kehuma.sqlite3").write_bytes(b"this is no database" * 1_000)


def _no_trigger(home: Path) -> None:
    with closing(sqlite3.connect(home / "kehuma.sqlite3")) as connection:
        connection.execute("DROP TRIGGER codes_code_no_update")
        connection.commit()


def _no_migration(home: Path) -> None:
    with closing(sqlite3.connect(home / "kehuma.sqlite3")) as connection:
        connection.execute("DELETE FROM django_migrations WHERE app = 'codes'")
        connection.commit()


def _open_log_key(home: Path) -> None:
    key = home / "log.key"
    key.touch()
    key.chmod(0o644)


def _behind(home: Path) -> None:
    """As after an old copy of the register was put back."""
    (file,) = (home / "witness").glob("*.reached")
    file.write_bytes(b"%020d %020d\n" % (10**6, 0))


@pytest.mark.parametrize(
    ("spoil", "remedy"),
    [
        pytest.param(_open_log_key, "chmod 600", id="signing key that others can read"),
        pytest.param(_behind, "kehuma recover", id="register older than its witness"),
        pytest.param(_open_key, "chmod 600", id="key that others can read"),
        pytest.param(_no_key, "从备份恢复", id="key missing"),
        pytest.param(_short_key, "从备份恢复", id="key damaged"),
        pytest.param(_open_folder, "chmod 700", id="folder that others can write to"),
        pytest.param(_damaged, "从备份恢复", id="register damaged"),
        pytest.param(_no_store, "从备份恢复", id="no register at all"),
        pytest.param(_no_trigger, "从备份恢复", id="trigger missing"),
        pytest.param(_no_migration, "kehuma upgrade", id="older register"),
    ],
)
def test_what_is_wrong_gets_its_remedy(program: Run, used: Path, spoil: Callable[[Path], None], remedy: str) -> None:
    spoil(used)
    ended = program("doctor")
    assert ended.code == 1
    assert "✗" in ended.out
    assert remedy in ended.out


def test_a_witness_that_cannot_be_found_stops_issuing_and_says_so(
    program: Run, used: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEHUMA_WITNESS", str(used / "not mounted"))
    ended = program("doctor")
    assert ended.code == 1
    assert "写不进去，暂停发码" in ended.out


def test_a_damaged_register_is_one_sentence_to_other_commands(program: Run, used: Path) -> None:
    _no_store(used)
    ended = program("resolve", "BJ-FI-0001")
    assert (ended.code, ended.out) == (1, "")
    assert "kehuma doctor" in ended.err
