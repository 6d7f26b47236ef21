"""What is said exists, in both languages, and every command and option is in the reference."""

import doctest
import re
import string
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import typer
from typer.core import TyperGroup

from kehuma.cli import output, rejected
from kehuma.cli import texts as said
from kehuma.cli.main import app
from kehuma.cli.texts import shown, texts

HERE = Path(__file__).resolve().parents[2]
SOURCES = {path.name: path.read_text(encoding="utf-8") for path in (HERE / "src/kehuma/cli").glob("*.py")}
PAGE = (HERE / "docs/reference/command-line.md").read_text(encoding="utf-8")

_ID = r'"([a-z]+(?:-[a-z0-9]+)*)"'


def _places(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


@pytest.mark.parametrize("message", sorted(texts()))
def test_a_sentence_has_the_same_places_in_both_languages(message: str) -> None:
    both = texts()[message]
    assert set(both) == {"zh", "en"}
    assert _places(both["zh"]) == _places(both["en"])
    words = re.sub(r"\{\w+\}", "", both["zh"])
    assert re.search("[\u4e00-\u9fff]", words) or not re.search(
        "[a-z]{3}", words.lower().replace("python", "").replace("sqlite", "")
    )


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_a_module_says_only_what_there_is(name: str) -> None:
    source = SOURCES[name]
    used = re.findall(rf"(?:(?<![.\w])say\(|CommandError\(|_block\(|help=){_ID}", source)
    assert [message for message in used if message not in texts()] == []


def test_every_sentence_is_said_somewhere() -> None:
    sources = "".join(SOURCES.values())
    beginnings = set(re.findall(r'f"([a-z]+-)\{', sources))
    unsaid = [m for m in texts() if f'"{m}"' not in sources and not any(m.startswith(b) for b in beginnings)]
    assert unsaid == []


def _commands(command: Any, path: str) -> Iterator[tuple[str, list[str]]]:
    yield path, [option for param in command.params for option in param.opts if option.startswith("-")]
    if isinstance(command, TyperGroup):
        context: Any = None
        for name in command.list_commands(context):
            yield from _commands(command.get_command(context, name), f"{path} {name}")


COMMANDS = dict(_commands(typer.main.get_command(app), "kehuma"))


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_and_option_is_in_the_reference(path: str) -> None:
    assert path in PAGE
    assert [option for option in COMMANDS[path] if f"`{option}" not in PAGE] == []


@pytest.mark.parametrize("path", COMMANDS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_command_has_a_help_page(kehuma: Callable[..., object], path: str, language: str) -> None:
    page = kehuma(*path.split()[1:], "--help", "--lang", language)
    assert page.code == 0  # type: ignore[attr-defined]
    assert page.out.startswith("用法：" if language == "zh" else "Usage: ")  # type: ignore[attr-defined]
    assert [option for option in COMMANDS[path] if option not in page.out] == []  # type: ignore[attr-defined]
    assert ("显示这份说明" in page.out) == (language == "zh")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        pytest.param("x" * 1000, "x" * 300 + "…", id="long"),
        pytest.param("\x1b[2J", "\\u001b[2J", id="a terminal's own commands"),
        pytest.param("\u202e\udcff\0", "\\u202e\\udcff\\u0000", id="unprintable"),
        pytest.param(["北京", "上海"], "北京、上海", id="several"),
    ],
)
def test_a_fact_in_a_sentence_is_short_and_harmless(fact: object, said: str) -> None:
    assert shown(fact) == said


@pytest.mark.parametrize("module", [output, rejected, said], ids=lambda module: module.__name__)
def test_the_examples_of_a_module_run(module: ModuleType) -> None:
    failed, tried = doctest.testmod(module)
    assert tried
    assert not failed
