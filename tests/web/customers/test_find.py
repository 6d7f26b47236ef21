"""The search box."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

NewCustomer = Callable[..., str]


def _text(answer: Any) -> str:
    return str(answer.content.decode())


@pytest.mark.parametrize("typed", ["BJ-IT-0001-Y", "bjit0001y", "ＢＪ－ＩＴ－０００１－Ｙ", " bj it 0001 y "])
def test_a_code_in_any_form_opens_its_record(as_wang: Client, hengyue: str, typed: str) -> None:
    assert as_wang.get("/find/", {"q": typed})["Location"] == f"/customers/{hengyue}/"


@pytest.mark.parametrize("typed", ["衡岳数据", "bjhy", "1234", "孙莉"])
def test_text_is_looked_for(as_li: Client, hengyue: str, typed: str) -> None:
    assert f"/customers/{hengyue}/" in _text(as_li.get("/find/", {"q": typed}))


@pytest.mark.parametrize("typed", ["BJ-IT-0001-Y", "衡岳数据", "13800001234"])
def test_a_stranger_finds_nothing(as_stranger: Client, hengyue: str, typed: str) -> None:
    answer = as_stranger.get("/find/", {"q": typed})
    assert answer.status_code == 200
    assert f"/customers/{hengyue}/" not in _text(answer)
    assert "北京衡岳" not in _text(answer)


def test_a_mistyped_code_is_mended_on_request(as_wang: Client, hengyue: str) -> None:
    page = _text(as_wang.get("/find/", {"q": "BJ-IT-0010-Y"}))
    assert "是不是" in page
    assert hengyue.split("-", maxsplit=1)[0] in page


@pytest.mark.parametrize("typed", ["", "没有这一户", "x" * 500, "%_'\"<script>"])
def test_nothing_found_says_how_to_look(as_wang: Client, hengyue: str, typed: str) -> None:
    assert hengyue
    page = _text(as_wang.get("/find/", {"q": typed}))
    assert "可以用编码" in page
    assert "<script>alert" not in page
