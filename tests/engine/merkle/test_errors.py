"""Every refusal can be said in both languages."""

import re
from pathlib import Path

import pytest

from kehuma.engine import merkle
from kehuma.engine.merkle.errors import MerkleError, messages

PACKAGE = Path(merkle.__file__).parent


@pytest.mark.parametrize("message", sorted(messages()))
def test_each_message_names_the_same_facts_in_both_languages(message: str) -> None:
    zh, en = (re.findall(r"\{(\w+)\}", messages()[message][language]) for language in ("zh", "en"))
    assert sorted(zh) == sorted(en)


def test_each_message_is_used_and_each_one_used_is_there() -> None:
    code = "".join(path.read_text("utf-8") for path in PACKAGE.glob("*.py"))
    assert set(re.findall(r'MerkleError\(\s*"([\w-]+)"', code)) == set(messages())


def test_an_error_never_grows_with_its_input() -> None:
    error = MerkleError("key-form", key="x\n\u202e" + "y" * 1_000_000)
    assert len(str(error)) < 200
    assert "\\u000a\\u202e" in str(error)
    assert error.say("zh").startswith("不是公钥：x")
