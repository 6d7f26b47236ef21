"""What the whole tree promises: it names no machine, it is locked, and its pages are complete."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((HERE / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = ("requirements.lock", "requirements-dev.lock")

# Written with brackets so that this file does not find itself.
MACHINE = re.compile(r"(?<![\w.])/(?:wor[k]|far[m]|roo[t]|home/\w+|User[s]/\w+)/|[A-Z]:\\User[s]\\")
REGISTRY = re.compile(
    r"py[p]i\.org|pythonhoste[d]\.org|registry\.np[m]js\.org|deb\.debia[n]\.org|/simpl[e]/?$", re.MULTILINE
)


def _tracked() -> list[Path]:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=HERE, capture_output=True, check=True).stdout.decode().split("\0")
    return [HERE / name for name in names if name and (HERE / name).is_file()]


def _texts() -> list[tuple[Path, str]]:
    texts = []
    for path in _tracked():
        try:
            texts.append((path.relative_to(HERE), path.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue
    return texts


def _name(requirement: str) -> str:
    match = re.match(r"[A-Za-z0-9-]+", requirement)
    assert match
    return match[0].lower()


def _pins(lock: str) -> set[str]:
    text = (HERE / lock).read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z0-9-]+==[^\\\n]+?) \\$", text, re.MULTILINE))


DIRECT = sorted(map(_name, PROJECT["project"]["dependencies"]))
TOOLS = sorted({_name(line) for group in PROJECT["dependency-groups"].values() for line in group})


@pytest.mark.parametrize(
    "pattern", [pytest.param(MACHINE, id="path of one machine"), pytest.param(REGISTRY, id="registry")]
)
def test_no_file_names_a_machine_or_a_registry(pattern: re.Pattern[str]) -> None:
    found = [f"{path}: {match[0]!r}" for path, text in _texts() if (match := pattern.search(text))]
    assert found == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_has_a_hash_for_every_wheel_and_no_address(lock: str) -> None:
    text = (HERE / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*--(?!hash=sha256:)", text, re.MULTILINE)
    starts = re.findall(r"^[a-z].*$", text, re.MULTILINE)
    assert len(starts) == len(_pins(lock)) == len(re.findall(r"\\\n    --hash=(?:.|\n    )*?\n(?! )", text + "\n"))


def test_both_locks_pin_the_same_versions() -> None:
    assert _pins(LOCKS[0]) <= _pins(LOCKS[1])


@pytest.mark.parametrize(("lock", "names"), [(LOCKS[0], DIRECT), (LOCKS[1], DIRECT + TOOLS)], ids=["run", "develop"])
def test_everything_asked_for_is_locked(lock: str, names: list[str]) -> None:
    assert set(names) <= {pin.partition("==")[0] for pin in _pins(lock)}


def test_there_are_few_direct_dependencies() -> None:
    assert len(DIRECT) <= 30


@pytest.mark.parametrize("name", [*DIRECT, *TOOLS])
def test_every_direct_dependency_is_explained(name: str) -> None:
    page = (HERE / "docs/reference/dependencies.md").read_text(encoding="utf-8")
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line.startswith("| ")
    ]
    mine = [row for row in rows if row[0].lower() == name]
    assert len(mine) == 1
    assert all(mine[0])


def test_every_word_of_the_glossary_stands_in_both_languages() -> None:
    page = (HERE / "docs/reference/glossary.md").read_text(encoding="utf-8")
    rows = [line.strip("|").split("|") for line in page.splitlines() if line.startswith("| ") and "---" not in line]
    words = [(row[0].strip(), row[1].strip()) for row in rows if row[0].strip() != "中文"]
    assert len(words) > 40
    for chinese, english in words:
        assert re.search(r"[\u4e00-\u9fff]", chinese), chinese
        assert re.fullmatch(r"[A-Za-z0-9 ()'/-]+", english), english
    assert len({chinese for chinese, _ in words}) == len(words)
    assert len({english for _, english in words}) == len(words)


def test_the_change_log_is_kept_in_fragments() -> None:
    fragments = sorted((HERE / "changelog/unreleased").glob("*.md"))
    assert fragments
    for fragment in fragments:
        assert re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", fragment.name)
        kind = fragment.read_text(encoding="utf-8").partition(":")[0]
        assert kind in {"added", "changed", "fixed", "removed", "security"}


def test_both_readmes_have_the_same_chapters_and_blocks() -> None:
    english, chinese = ((HERE / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh-CN.md"))
    for pattern in (r"^#+ ", r"^```", r"^\$ .*$"):
        assert len(re.findall(pattern, english, re.MULTILINE)) == len(re.findall(pattern, chinese, re.MULTILINE))


def test_every_link_between_pages_leads_somewhere() -> None:
    broken = [
        f"{path}: {target}"
        for path, text in _texts()
        if path.suffix == ".md"
        for target in re.findall(
            r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
        )
        if not (HERE / path.parent / target).exists()
    ]
    assert broken == []
