"""The register on screen: every code that was given out, and all about one."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from kehuma.apps.audit import services as audit
from kehuma.apps.codes import services
from kehuma.apps.codes.data import IssuedCode

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small")]


@pytest.fixture(autouse=True)
def codes(small: str, issue: Callable[..., IssuedCode]) -> list[str]:
    """Two codes of Beijing and one of Shanghai."""
    return [issue(small, f"r{place}", region=region).code for place, region in enumerate(("北京", "北京", "上海"))]


def _codes(page: str) -> list[str]:
    return [one.split('"')[0] for one in page.split('data-copy="')[1:]]


def test_the_newest_stand_first(keeper: Client) -> None:
    assert _codes(keeper.get("/codes/").content.decode()) == ["SH-1", "BJ-2", "BJ-1"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param("text=bj", ["BJ-2", "BJ-1"], id="beginning, loosely"),
        pytest.param("text=bj-2", ["BJ-2"], id="whole code"),
        pytest.param("scheme=small&sort=code", ["BJ-1", "BJ-2", "SH-1"], id="rule, in order"),
        pytest.param("state=retired", [], id="state"),
        pytest.param("since=2026-11-22&until=2026-11-22", ["SH-1", "BJ-2", "BJ-1"], id="day"),
        pytest.param("since=2026-11-23", [], id="later"),
        pytest.param("since=gestern", ["SH-1", "BJ-2", "BJ-1"], id="a day that is none is left out"),
        pytest.param("text=%E5%8C%97", [], id="no code begins so"),
    ],
)
def test_conditions_narrow_the_list(keeper: Client, query: str, found: list[str]) -> None:
    assert _codes(keeper.get(f"/codes/?{query}").content.decode()) == found


def test_the_list_is_a_file_too(keeper: Client) -> None:
    answer = keeper.get("/codes/export/?text=sh")
    lines = b"".join(answer.streaming_content).decode().split("\r\n")  # type: ignore[attr-defined]
    assert lines[0].startswith('\ufeff"编码"')
    assert lines[1].startswith('"SH-1"')


def test_a_page_costs_the_same_however_many_codes_it_shows(
    keeper: Client, issue: Callable[..., IssuedCode], django_assert_max_num_queries: Callable[..., Any]
) -> None:
    for place in range(12):
        issue("small", f"more{place}", region=("广东", "浙江", "江苏")[place % 3])
    with django_assert_max_num_queries(32):
        keeper.get("/codes/")


def test_one_code_says_what_it_means_and_where_it_comes_from(keeper: Client) -> None:
    page = keeper.get("/codes/BJ-2/").content.decode()
    for wanted in ("北京", "第2个", "小规则", "region = BJ", "林静怡", "在用", "2026-11-22 12:00"):
        assert wanted in page


def test_the_page_of_a_code_tells_what_happened_to_the_code_alone(keeper: Client) -> None:
    audit.record("customers.created", "BJ-2", {}, actor="test", at=NOON)
    page = keeper.get("/codes/BJ-2/").content.decode()
    assert "customers.created" not in page
    assert "发出" in page


@pytest.mark.parametrize("text", ["bj2", "bj-2", "ＢＪ－２"])
def test_another_form_of_a_code_leads_to_its_page(keeper: Client, text: str) -> None:
    answer = keeper.get(f"/codes/{text}/", follow=True)
    assert "第2个" in answer.content.decode()


def test_what_was_never_given_out_is_not_found(keeper: Client) -> None:
    assert keeper.get("/codes/BJ-7/").status_code == 404


def test_visitors_are_sent_to_sign_in(visitor: Client) -> None:
    assert visitor.get("/codes/")["Location"].startswith("/sign-in/")


def test_the_page_of_a_code_tells_its_states_and_its_other_names(keeper: Client) -> None:
    services.add_alias("BJ-2", "4711", system="ERP", actor="test", at=NOON)
    services.merge("BJ-2", "BJ-1", actor="test", at=NOON)
    page = keeper.get("/codes/BJ-2/").content.decode()
    for words in ("4711", "ERP", "外部编号", "已归并", "重复", "/codes/BJ-1/"):
        assert words in page


def test_what_happened_to_a_code_is_told_in_words_whatever_it_was(keeper: Client) -> None:
    audit.record_alone("codes.of-tomorrow", "BJ-1", actor="cli:root", at=NOON)
    page = keeper.get("/codes/BJ-1/").content.decode()
    assert "codes.of-tomorrow" not in page
    assert "其他操作" in page
    assert "命令行（root）" in page
