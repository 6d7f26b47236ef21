"""Every error can be said in both languages, with all its facts, and never at the length of what it refuses."""

import re
import string
from pathlib import Path

import pytest

import kehuma
from kehuma.engine.coding.errors import CodingError, ReadError, SchemeError, WriteError, messages

SOURCES = {path: path.read_text("utf-8") for path in sorted(Path(kehuma.__file__).parent.rglob("*.py"))}
QUOTED = {name for source in SOURCES.values() for name in re.findall(r'"([a-z][a-z0-9-]*)"', source)}
# ``options.take`` puts the id together from the type it wanted.
COMPOSED = {f"option-{kind}" for kind in ("text", "number", "yes-no", "date", "table", "list")}
RAISED = re.compile(r'(?:CodingError|SchemeError|ReadError|WriteError|[a-z_]*Error)\(\s*"([a-z][a-z0-9-]*)"')


@pytest.mark.parametrize("message", sorted(messages()))
def test_a_message_is_said_in_both_languages_with_the_same_facts(message: str) -> None:
    said = messages()[message]
    assert set(said) == {"zh", "en"}
    assert all(said.values())
    zh, en = ({name for _, name, _, _ in string.Formatter().parse(said[language]) if name} for language in ("zh", "en"))
    assert zh == en
    assert not said["en"].endswith(".")
    assert not said["zh"].endswith("。")


@pytest.mark.parametrize("message", sorted(messages()))
def test_every_message_is_used(message: str) -> None:
    # Lints put theirs together from the rule: its sentence, variants of it, and the remedy.
    lint = message.removeprefix("lint-")
    is_of_a_rule = lint != message and any(lint == rule or lint.startswith(f"{rule}-") for rule in QUOTED)
    assert message in QUOTED | COMPOSED or is_of_a_rule


@pytest.mark.parametrize(
    ("path", "message"),
    [
        pytest.param(path, message, id=f"{path.stem}: {message}")
        for path, source in SOURCES.items()
        if "engine/coding" in path.as_posix()
        for message in sorted(set(RAISED.findall(source)))
        if path.stem != "tables"
    ],
)
def test_every_error_that_is_raised_has_its_message(path: Path, message: str) -> None:
    assert message in messages(), path


def test_a_position_is_counted_from_one_for_people_and_from_nought_for_machines() -> None:
    error = ReadError("digit", text="BJ-00X1", position=5)
    assert error.position == 5
    assert error.say("en") == '"BJ-00X1", position 6: expected a digit'
    assert error.say("zh") == "“BJ-00X1”第 6 位：应为一位数字"


def test_a_position_that_is_no_number_is_the_beginning() -> None:
    assert ReadError("digit", text="x", position="?").position == 0


def test_an_error_shows_the_beginning_of_a_long_value() -> None:
    assert len(WriteError("value-width", segment="code", value="9" * 10**6, width=3).say("zh")) < 200


def test_an_error_shows_the_beginning_of_a_long_list() -> None:
    error = SchemeError("option-text", where="subject", value=["x" * 100] * 10_000)
    assert len(error.say("en")) < 2_000
    assert error.say("zh").count("、") == 20


@pytest.mark.parametrize(
    "value",
    [pytest.param(10**5000, id="a number of 5,001 digits"), pytest.param({"a": [10**5000]}, id="one inside a table")],
)
def test_an_error_shows_what_python_will_not_print(value: object) -> None:
    assert "…" in WriteError("serial-negative", segment="serial", value=value).say("en")


def test_an_error_shows_invisible_characters() -> None:
    assert "A\\u200bB" in ReadError("longer", text="A\u200bB", position=1).say("en")


def test_an_error_inside_an_error_is_said_in_the_same_language() -> None:
    reason = ReadError("digit", text="X", position=0)
    error = WriteError("parent-unreadable", segment="parent", value="X", reason=reason)
    assert "应为一位数字" in error.say("zh")
    assert "expected a digit" in error.say("en")


def test_braces_are_explained_as_they_are_typed() -> None:
    assert "{{ or }}" in SchemeError("lone-brace", where="template", place=1).say("en")


def test_an_error_without_frame_is_its_message() -> None:
    assert CodingError("empty").say("en") == "expected a code, found nothing"
