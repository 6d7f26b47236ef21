"""Requests that nobody waits for any more, since the reader typed on or left: none of them is an error to anybody."""

import re
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.sqlite  # a matter of the browser alone


@pytest.fixture
def waiting(company: Callable[[str], Any], visitor: Callable[..., Any]) -> tuple[Any, list[Any]]:
    """Somebody who has begun to type what to look for, and the requests for suggestions, none of which is answered."""
    person, held = visitor(company("zh")), list[Any]()
    person.page.route(re.compile("/find/hints/"), lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks it
    type_on(person, "h")
    while not held:
        person.page.wait_for_timeout(10)
    return person, held


def type_on(person: Any, letter: str) -> None:
    with person.page.expect_request(re.compile("/find/hints/")):
        person.page.locator("[data-find]").press_sequentially(letter)


def test_typing_on_asks_anew(waiting: tuple[Any, list[Any]]) -> None:
    person, held = waiting
    person.page.unroute(re.compile("/find/hints/"))
    with person.page.expect_response(re.compile("/find/hints/")):
        person.page.locator("[data-find]").press_sequentially("t")
    person.page.locator("#find-hints a").first.wait_for()
    assert len(held) == 1


@pytest.mark.every_combination
def test_looking_for_it_at_once_leaves_the_suggestions(waiting: tuple[Any, list[Any]]) -> None:
    person, _held = waiting
    with person.page.expect_navigation(url=re.compile("/find/|/customers/")):
        person.page.keyboard.press("Enter")


@pytest.mark.every_combination
def test_so_does_going_elsewhere(waiting: tuple[Any, list[Any]]) -> None:
    person, _held = waiting
    person.go("客户")


def test_no_answer_at_all_is_told(waiting: tuple[Any, list[Any]]) -> None:
    person, held = waiting
    held[0].abort()
    person.sees("连不上服务器，刚才的操作没有执行。")
    assert any("htmx:sendError" in fault for fault in person.faults)
    person.faults.clear()
