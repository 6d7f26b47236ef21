"""``kehuma backup``, ``restore`` and ``upgrade``, on data folders of their own."""

import gzip
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Callable
from contextlib import closing
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from kehuma.lib.backups import contents

Run = Callable[..., Any]

pytestmark = [
    pytest.mark.sqlite,
    pytest.mark.skipif(sys.platform == "win32", reason="files have no modes on Windows"),
]

SCHEME = 'kehuma = 1\nname = "visitor"\ntemplate = "V-{serial:4}"\n'


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory, made_store: Path) -> Path:
    """A data folder with two codes and a file in it, made once."""
    folder = tmp_path_factory.mktemp("template")
    (folder / "home").mkdir(mode=0o700)
    shutil.copy(made_store, folder / "home")
    (folder / "visitor.toml").write_text(SCHEME, encoding="utf-8")
    source = Path(__file__).resolve().parents[2] / "src"
    environment = {**os.environ, "KEHUMA_HOME": str(folder / "home"), "PYTHONPATH": str(source)}
    words = [sys.executable, "-m", "kehuma", "issue", "--scheme"]
    for scheme in (str(folder / "visitor.toml"), "visitor"):
        subprocess.run([*words, scheme], env=environment, check=True, capture_output=True)
    attachment = folder / "home" / "attachments" / "ab" / "abcd"
    attachment.parent.mkdir(parents=True)
    attachment.write_bytes(b"contract")
    return folder / "home"


@pytest.fixture
def used(template: Path, tmp_path: Path) -> Path:
    """That data folder for one test."""
    return Path(shutil.copytree(template, tmp_path / "home"))


@pytest.fixture
def archive(program: Run, used: Path, tmp_path: Path) -> Path:
    """A backup of it."""
    path = tmp_path / "b.tar.gz"
    assert program("backup", path).code == 0
    assert used.exists()
    return path


def test_a_backup_holds_everything_and_is_its_owners_only(program: Run, used: Path) -> None:
    made = program("backup")
    assert made.code == 0, made.err
    assert "没有加密" in made.err
    (path,) = (used / "backups").glob("kehuma-*.kehuma.tar.gz")
    assert path.stat().st_mode & 0o777 == 0o600
    with tarfile.open(path) as tar:
        names = tar.getnames()
        manifest = json.loads(tar.extractfile("manifest.json").read())  # type: ignore[union-attr]
    assert names[:2] == ["manifest.json", "kehuma.sqlite3"]
    assert {"home/installation.key", "home/attachments/ab/abcd"} <= set(names)
    assert manifest["tables"]["codes_code"][0] == 2
    assert list((used / "backups").iterdir()) == [path]


def test_numbers_given_out_after_the_backup_are_not_given_out_again(program: Run, used: Path, archive: Path) -> None:
    assert [program("issue", "--scheme", "visitor").out for _ in range(3)] == ["V-0003\n", "V-0004\n", "V-0005\n"]
    (used / "attachments" / "ab" / "abcd").write_bytes(b"overwritten")
    restored = program("restore", archive)
    assert restored.code == 0, restored.err
    assert "又发过 3 个编码" in restored.out
    assert program("resolve", "V-0004").code == 4  # suggestions only
    assert program("issue", "--scheme", "visitor").out == "V-0006\n"
    assert (used / "attachments" / "ab" / "abcd").read_bytes() == b"contract"
    assert program("doctor").code == 0


def test_what_is_replaced_is_kept_aside(program: Run, used: Path, archive: Path) -> None:
    program("issue", "--scheme", "visitor")
    key = (used / "installation.key").read_bytes()
    (used / "installation.key").write_bytes(bytes(32))
    program("restore", archive)
    assert (used / "installation.key").read_bytes() == key
    (aside,) = used.glob("replaced-*")
    assert (aside / "installation.key").read_bytes() == bytes(32)
    with closing(sqlite3.connect(aside / "kehuma.sqlite3")) as store:
        assert store.execute("SELECT count(*) FROM codes_code").fetchone() == (3,)


def test_a_new_machine_becomes_the_old_one(program: Run, archive: Path, tmp_path: Path) -> None:
    new = {"KEHUMA_HOME": str(tmp_path / "new")}
    assert program("restore", archive, **new).code == 0
    assert not list((tmp_path / "new").glob("replaced-*"))
    assert program("resolve", "V-0002", **new).code == 0
    assert program("issue", "--scheme", "visitor", **new).out == "V-0003\n"
    (tmp_path / "new" / "kehuma.sqlite3").write_bytes(b"no database" * 1000)
    again = program("restore", archive, **new)
    assert (again.code, "读不出来" in again.err) == (0, True)


def _bent(path: Path) -> None:
    # A stretch, not a bit: of a run of zeros a bit may say the same in another way (2 in 100 of the bits do).
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 64] = bytes(byte ^ 0xFF for byte in content[middle : middle + 64])
    path.write_bytes(content)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-2000])


def _changed(path: Path, change: Callable[[dict[str, bytes]], object]) -> None:
    with tarfile.open(path) as tar:
        members = {one.name: tar.extractfile(one).read() for one in tar}  # type: ignore[union-attr]
    change(members)
    with gzip.open(path, "wb") as packed, tarfile.open(fileobj=packed, mode="w") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))


def _in_manifest(**facts: Any) -> Callable[[Path], None]:
    def change(members: dict[str, bytes]) -> None:
        members["manifest.json"] = json.dumps(json.loads(members["manifest.json"]) | facts).encode()

    return lambda path: _changed(path, change)


def _other_store(path: Path) -> None:
    def change(members: dict[str, bytes]) -> None:
        told = json.loads(members["manifest.json"])
        told["tables"]["codes_code"][0] += 1
        members["manifest.json"] = json.dumps(told).encode()

    _changed(path, change)


def _outside(path: Path) -> None:
    def change(members: dict[str, bytes]) -> None:
        told = json.loads(members["manifest.json"])
        told["files"]["../outside"] = told["files"]["home/installation.key"]
        members["manifest.json"] = json.dumps(told).encode()
        members["../outside"] = members["home/installation.key"]

    _changed(path, change)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        pytest.param(_bent, "", id="a stretch"),
        pytest.param(_cut, "已损坏", id="end missing"),
        pytest.param(lambda path: path.write_bytes(b"nothing"), "已损坏", id="no archive"),
        pytest.param(lambda path: path.unlink(), "没有这个备份", id="no file"),
        pytest.param(_other_store, "codes_code", id="another store inside"),
        pytest.param(_outside, "../outside", id="a file that leads outside"),
        pytest.param(lambda path: _changed(path, lambda m: m.pop("home/installation.key")), "key", id="key missing"),
        pytest.param(_in_manifest(format=99), "更新的版本", id="newer archive"),
        pytest.param(_in_manifest(kind="postgresql"), "postgresql", id="other kind of store"),
        pytest.param(_in_manifest(migrations=["codes.9999_future"]), "codes.9999_future", id="newer tables"),
    ],
)
def test_what_is_no_sound_backup_replaces_nothing(
    program: Run, used: Path, archive: Path, spoil: Callable[[Path], None], said: str
) -> None:
    spoil(archive)
    before = (used / "kehuma.sqlite3").read_bytes()
    ended = program("restore", archive)
    assert (ended.code, ended.out) == (1, "")
    assert said in ended.err
    assert (used / "kehuma.sqlite3").read_bytes() == before
    assert not list(used.glob("replaced-*"))
    assert not list((used / "backups").iterdir())
    assert not (used.parent / "outside").exists()


def test_a_backup_is_checked_without_being_restored(program: Run, used: Path, archive: Path) -> None:
    program("issue", "--scheme", "visitor")
    ended = program("restore", archive, "--check", "--lang", "en")
    assert (ended.code, "sound" in ended.out) == (0, True)
    assert program("resolve", "V-0003").code == 0
    assert not list(used.glob("replaced-*"))


def test_a_backup_overwrites_nothing(program: Run, archive: Path) -> None:
    ended = program("backup", archive)
    assert (ended.code, "已经存在" in ended.err) == (1, True)
    assert program("backup", archive.parent / "nowhere" / "b").code == 1


def test_without_a_register_there_is_nothing_to_back_up(program: Run, tmp_path: Path) -> None:
    ended = program("backup")
    assert (ended.code, "没有什么要备份" in ended.err) == (1, True)
    assert not (tmp_path / "home" / "backups").exists()


def test_a_restore_waits_for_the_server_to_be_stopped(program: Run, used: Path, archive: Path) -> None:
    with FileLock(used / "serve.lock"):
        ended = program("restore", archive)
    assert (ended.code, "停止" in ended.err) == (1, True)


def test_after_half_a_restore_no_new_register_begins(program: Run, used: Path, archive: Path) -> None:
    (used / "kehuma.sqlite3").unlink()
    (used / "restoring").touch()
    ended = program("issue", "--scheme", "visitor")
    assert (ended.code, "kehuma restore" in ended.err) == (1, True)
    assert "kehuma restore" in program("doctor").out
    assert program("restore", archive).code == 0
    assert program("issue", "--scheme", "visitor").out == "V-0003\n"


def test_what_lies_in_a_data_folder_is_backed_up_or_known_to_be_left_out(used: Path, program: Run) -> None:
    program("backup")
    for path in used.iterdir():
        is_kept = path.name in (*contents.KEYS, *contents.FOLDERS)
        assert is_kept or any(fnmatch(path.name, pattern) for pattern in contents.LEFT_OUT), path.name


def test_an_older_register_is_upgraded_after_a_backup(program: Run, used: Path) -> None:
    with closing(sqlite3.connect(used / "kehuma.sqlite3")) as store:
        store.execute("DROP TABLE django_tasks_database_dbtaskresult")
        store.execute("DELETE FROM django_migrations WHERE app = 'django_tasks_database'")
        store.commit()
    refused = program("issue", "--scheme", "visitor")
    assert (refused.code, "kehuma upgrade" in refused.err) == (1, True)
    ended = program("upgrade")
    assert ended.code == 0, ended.err
    assert len(list((used / "backups").glob("*.kehuma.tar.gz"))) == 1
    assert program("issue", "--scheme", "visitor").out == "V-0003\n"
    assert "已是这个版本" in program("upgrade").out


def test_a_register_of_a_newer_version_is_left_alone(program: Run, used: Path) -> None:
    with closing(sqlite3.connect(used / "kehuma.sqlite3")) as store:
        store.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('codes', '9999_future', '2030-01-01')"
        )
        store.commit()
    for words in (("upgrade",), ("issue", "--scheme", "visitor"), ("serve", "--port", "1")):
        ended = program(*words)
        assert ended.code == 1
    assert "9999_future" in program("upgrade").err
    assert "更新的版本" in program("doctor").out


def test_a_new_machine_needs_no_backup_to_be_upgraded(program: Run, tmp_path: Path) -> None:
    assert "已建立" in program("upgrade").out
    assert not (tmp_path / "home" / "backups").exists()
