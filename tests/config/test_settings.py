"""Settings are read in a process of their own: what they leave on the disk is the point."""

import os
import subprocess
import sys
from pathlib import Path


def _say(code: str, home: Path) -> str:
    environment = {**os.environ, "KEHUMA_HOME": str(home), "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", f"from kehuma.config import settings; {code}"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_reading_the_settings_leaves_nothing_behind(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert _say("print(settings.DATABASES['default']['NAME'])", home) == str(home / "kehuma.sqlite3")
    assert not home.exists()


def test_the_secret_key_stays_the_same(tmp_path: Path) -> None:
    first = _say("print(settings.SECRET_KEY)", tmp_path / "home")
    assert len(first) == 64
    assert _say("print(settings.SECRET_KEY)", tmp_path / "home") == first


def test_a_relative_data_folder_does_not_move_with_the_working_folder() -> None:
    assert Path(_say("print(settings.KEHUMA_HOME)", Path("somewhere"))).is_absolute()
