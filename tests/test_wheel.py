"""The wheel holds everything that runs: templates, style sheets, languages, messages, tables and the shipped schemes."""

import importlib.util
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent.parent
TAKEN = ("pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE", "NOTICE")
# What it takes to answer, in a process that knows the unpacked wheel only.
TRIED = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "kehuma.config.settings"
from kehuma.cli import register
register.open_register()
from django.conf import settings
settings.ALLOWED_HOSTS = ["testserver"]
from django.contrib.staticfiles import finders
from django.test import Client
import kehuma
from kehuma.lib import shipped
browser = Client()
print(kehuma.__file__)
print(shipped.folder())
print(finders.find("kehuma/look.css"))
print("首次使用" in browser.get("/first-run/").content.decode())
browser.cookies["kehuma_language"] = "en"
print("Set up your organisation" in browser.get("/first-run/").content.decode())
"""

pytestmark = [
    pytest.mark.sqlite,
    pytest.mark.skipif(importlib.util.find_spec("setuptools") is None, reason="setuptools is not installed"),
    pytest.mark.skipif(importlib.util.find_spec("pip") is None, reason="pip is not installed"),
]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built in a copy: the build leaves folders behind."""
    folder = tmp_path_factory.mktemp("project")
    for name in TAKEN:
        shutil.copy(HERE / name, folder)
    shutil.copytree(HERE / "schemes", folder / "schemes")
    left_out = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(HERE / "src", folder / "src", ignore=left_out)
    words = ["wheel", "--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--wheel-dir", "dist", "."]
    subprocess.run([sys.executable, "-m", "pip", *words], cwd=folder, check=True, capture_output=True)
    (made,) = (folder / "dist").glob("*.whl")
    return made


def test_it_holds_every_file_of_the_package_and_the_schemes(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if not name.partition("/")[0].endswith(".dist-info")}
    source = HERE / "src"
    files = (path for path in (source / "kehuma").rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    wanted = {path.relative_to(source).as_posix() for path in files}
    wanted |= {f"kehuma/schemes/{path.name}" for path in (HERE / "schemes").glob("*.toml")}
    assert held == wanted


def test_it_works_without_the_repository(wheel: Path, tmp_path: Path) -> None:
    place = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(place)
    environment = {**os.environ, "PYTHONPATH": str(place), "KEHUMA_HOME": str(tmp_path / "home"), "PYTHONUTF8": "1"}

    def run(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, *words], cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8", check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    package = place / "kehuma"
    assert run("-c", TRIED).split() == [
        str(package / "__init__.py"),
        str(package / "schemes"),
        str(package / "web" / "static" / "kehuma" / "look.css"),
        "True",
        "True",
    ]
    assert "kehuma" in run("-m", "kehuma", "--version")
    assert "✓" in run("-m", "kehuma", "scheme", "check", str(package / "schemes" / "region-industry.toml"))
