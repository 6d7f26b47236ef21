"""Sharing at the command line; its way from beginning to end runs in the how-to page."""

from collections.abc import Callable
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(("read", "明达"), "给出假名", id="nothing to read"),
        pytest.param(
            ("read", "明达", "2J7M", "--file", "a.csv", "--output", "b.csv"), "给出假名", id="words and a file"
        ),
        pytest.param(("read", "明达", "--file", "a.csv"), "给出假名", id="a file and no place"),
        pytest.param(("export", "明达", "--output", "a.csv", "--rare", "all"), "leave-out", id="no such choice"),
        pytest.param(("export", "明达"), "--output", id="no place"),
        pytest.param(("add", "明达"), "--purpose", id="no purpose"),
    ],
)
def test_what_makes_no_sense_is_refused_before_the_register_is_opened(
    kehuma: Callable[..., Any], words: tuple[str, ...], said: str
) -> None:
    refused = kehuma("sharing", *words)
    assert refused.code == 1
    assert said in refused.err
