"""Ranges that fill up: seen on their page, on the workbench, and by the bell."""

from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client

from kehuma.apps.codes.data import IssuedCode

pytestmark = pytest.mark.django_db


@pytest.fixture
def filled(small: str, issue: Callable[..., IssuedCode]) -> None:
    """Nine numbers of nine in Beijing, seven in Shanghai, one in Sichuan."""
    for region, many in (("北京", 9), ("上海", 7), ("四川", 1)):
        for place in range(many):
            issue(small, f"{region}{place}", region=region)


@pytest.mark.usefixtures("filled")
def test_the_fullest_range_stands_first(keeper: Client) -> None:
    page = keeper.get("/codes/capacity/?scheme=small").content.decode()
    assert page.index("北京") < page.index("上海") < page.index("四川")
    assert "已用尽" in page


@pytest.mark.usefixtures("filled")
def test_the_workbench_warns_in_good_time(keeper: Client) -> None:
    page = keeper.get("/").content.decode()
    assert "号段「北京」已用尽" in page
    card = page[page.index("快满的号段</h2>") :].partition("</section>")[0]
    assert "上海" in card
    assert "四川" not in card


@pytest.mark.usefixtures("small")
def test_an_empty_range_is_no_news(keeper: Client) -> None:
    assert "快满的号段</h2>" not in keeper.get("/").content.decode()
    assert "还没有发过号" in keeper.get("/codes/capacity/?scheme=small").content.decode()


def test_without_a_rule_the_page_says_what_to_do(keeper: Client) -> None:
    assert "去选一条规则" in keeper.get("/codes/capacity/").content.decode()


def test_a_rule_that_is_not_there_is_not_found(keeper: Client, small: str) -> None:
    assert small
    assert keeper.get("/codes/capacity/?scheme=nothing").status_code == 404


@pytest.mark.usefixtures("filled")
def test_the_answer_is_kept_for_a_minute(keeper: Client, issue: Callable[..., IssuedCode]) -> None:
    keeper.get("/")
    assert cache.get("coding-ranges-filling") is not None
    issue("small", "one more", region="四川")
    assert keeper.get("/").status_code == 200
