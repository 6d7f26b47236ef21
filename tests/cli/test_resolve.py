"""``kehuma resolve``."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _one_code(kehuma: Run, scheme: Path) -> None:
    assert kehuma("issue", "--scheme", scheme, "region=北京", "industry=信息技术").code == 0


@pytest.mark.parametrize("text", ["BJ-IT-0001-Y", "bjit0001y", "ｂｊ－ｉｔ－０００１－ｙ", " BJ IT 0001 Y "])
def test_a_code_is_found_however_it_is_typed(kehuma: Run, text: str) -> None:
    ended = kehuma("resolve", text)
    assert ended.code == 0
    assert ended.out.splitlines()[0] == "BJ-IT-0001-Y"
    assert "已发码 · 规则 region-industry 第 1 版" in ended.out


def test_the_answer_for_machines_has_all_keys(kehuma: Run) -> None:
    answer = json.loads(kehuma("resolve", "bjit0001y", "--json").out)
    keys = {"found", "code", "identity", "state", "scheme", "version", "subject", "segments", "aliases", "normalised"}
    assert set(answer) == keys | {"suggestions", "checked", "replaced_by"}
    assert (answer["found"], answer["code"], answer["state"]) == (True, "BJ-IT-0001-Y", "issued")


def test_one_typing_error_gives_suggestions(kehuma: Run) -> None:
    ended = kehuma("resolve", "BJ-IT-0007-Y")
    assert ended.code == 4
    assert "BJ-IT-0001-Y" in ended.out
    answer = json.loads(kehuma("resolve", "BJ-IT-0007-Y", "--json").out)
    assert answer["found"] is False
    assert answer["suggestions"][0]["code"] == "BJ-IT-0001-Y"
    assert set(answer["suggestions"][0]) == {"code", "reason"}


@pytest.mark.parametrize("text", ["", "XX", "火星", "\0", "\udc80", "\u202e", "٣" * 10, "A" * 100_000])
def test_what_was_never_given_out_is_not_found(kehuma: Run, text: str) -> None:
    ended = kehuma("resolve", text)
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith("没有找到")
    assert len(ended.err) < 1_000
    answer = kehuma("resolve", text, "--json")
    assert (answer.code, json.loads(answer.out)["found"]) == (1, False)
