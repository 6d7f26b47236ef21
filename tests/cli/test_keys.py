"""The keys of personal values from the command line."""

import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.sqlite

PASSPHRASE = "北风卷地白草折 hu tian"


@pytest.fixture
def with_key_file(tmp_path: Path, with_tables: None) -> None:  # noqa: ARG001 - the tables are made first
    """The programs of this test find their tables made, and the key they were made with in its file."""
    folder = tmp_path / "home" / "keys"
    folder.mkdir(mode=0o700)
    (folder / "root.key").write_text(os.environ["KEHUMA_ROOT_KEY"] + "\n", encoding="ascii")
    (folder / "root.key").chmod(0o600)


@pytest.fixture
def keys(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """``keys("status", typed="…")`` in a data folder of its own, with a key file."""
    environment = {**os.environ, "KEHUMA_HOME": str(tmp_path / "home"), "PYTHONPATH": os.pathsep.join(sys.path)}
    environment["KEHUMA_ROOT_KEY"] = ""

    def run(
        *words: str, typed: str = "", program: tuple[str, ...] = (), **more: str
    ) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "kehuma", *(program or ("keys", *words)), "--lang", "en"]
        done = subprocess.run(
            command, input=typed, env={**environment, **more}, capture_output=True, text=True, check=False
        )
        assert "Traceback" not in done.stderr
        return done

    return run


def test_keys_rotate_and_the_old_version_goes(keys: Callable[..., Any], tmp_path: Path) -> None:
    assert keys("retire", "0").returncode == 1
    assert "key version 2" in keys("rotate").stdout
    assert (tmp_path / "home" / "keys" / "root.key").stat().st_mode & 0o777 == 0o600
    refused = keys("retire", "2")
    assert (refused.returncode, "current" in refused.stderr) == (1, True)
    assert keys("retire", "1").returncode == 0
    shown = keys("status")
    assert (shown.returncode, "root.key" in shown.stdout, "none yet" in shown.stdout) == (0, True, True)


@pytest.mark.usefixtures("with_key_file")
def test_from_a_key_file_to_a_passphrase_and_back_by_the_recovery_key(keys: Callable[..., Any], tmp_path: Path) -> None:
    file = tmp_path / "home" / "keys" / "root.key"
    refused = keys("passphrase", typed=PASSPHRASE + "\n")
    assert (refused.returncode, "recovery key" in refused.stderr) == (1, True)
    recovery = keys("recovery").stdout.strip()
    assert len(recovery.split("-")) == 14, recovery
    assert keys("recovery", "--confirm", typed=recovery[:-1] + "\n").returncode == 1
    assert keys("recovery", "--confirm", typed=recovery.lower() + "\n").returncode == 0
    assert keys("passphrase", typed=PASSPHRASE + "\n").returncode == 0
    assert not file.exists()
    told = json.loads(keys("status", "--json").stdout)
    assert (told["open"], told["reason"], told["moved"]) == (False, "passphrase-needed", None)
    wrong = keys("rotate", KEHUMA_PASSPHRASE="falsch, falsch")
    assert (wrong.returncode, "passphrase is wrong" in wrong.stderr) == (1, True)
    assert keys("file", typed=PASSPHRASE + "\n").returncode == 0
    file.unlink()
    assert keys("recover", typed=recovery + "\n").returncode == 0
    assert (keys("rewrap").returncode, file.exists()) == (0, True)


@pytest.mark.usefixtures("with_key_file")
def test_a_backup_is_restored_elsewhere_with_the_recovery_key_alone(keys: Callable[..., Any], tmp_path: Path) -> None:
    home, other, archive = tmp_path / "home", str(tmp_path / "other"), tmp_path / "one.kehuma.tar.gz"
    recovery = keys("recovery").stdout.strip()
    assert keys("recovery", "--confirm", typed=recovery + "\n").returncode == 0
    subject, sealed = _ask(home, _SEAL).split()
    assert keys(program=("backup", str(archive))).returncode == 0
    with tarfile.open(archive) as packed:
        assert not [name for name in packed.getnames() if "root" in name or "keys" in name]
    restored = keys(program=("restore", str(archive)), KEHUMA_HOME=other)
    assert (restored.returncode, "personal values are sealed" in restored.stderr) == (0, True)
    assert not (tmp_path / "other" / "keys" / "root.key").exists()
    assert keys("rotate", KEHUMA_HOME=other).returncode == 1
    assert keys("recover", typed=recovery + "\n", KEHUMA_HOME=other).returncode == 0
    assert _ask(tmp_path / "other", _OPEN, subject, sealed) == "王小明"


_SEAL = """
from django.db import transaction
from kehuma.apps.sealing import queries, services
with transaction.atomic():
    (one,) = services.new_subjects(1)
print(one.id, services.seal_row(one.key, queries.Column("a", "b"), {"name": "王小明"}).hex())
"""
_OPEN = """
from kehuma.apps.sealing import queries
key = queries.opened_one(int(sys.argv[1]))
print(queries.open_row(key, queries.Column("a", "b"), bytes.fromhex(sys.argv[2]))["name"])
"""


def _ask(home: Path, code: str, *words: str) -> str:
    """What a program prints that uses the register as ours do."""
    environment = {**os.environ, "KEHUMA_HOME": str(home), "KEHUMA_ROOT_KEY": "", "PYTHONUTF8": "1"}
    environment |= {"PYTHONPATH": os.pathsep.join(sys.path), "DJANGO_SETTINGS_MODULE": "kehuma.config.settings"}
    command = [sys.executable, "-c", f"import sys, django; django.setup()\n{code}", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.strip()
