"""What people see when something is wrong: words, a reference number, a way on."""

import logging
import re

import pytest
from django.http import HttpRequest
from django.test import Client

from kehuma.engine.coding.errors import ReadError
from kehuma.lib.viewer import Refused
from kehuma.web import shell
from kehuma.web.workbench import cards

REFERENCE = re.compile(r"E-[2-9A-HJ-NP-Z]{4}")


@pytest.fixture
def break_with(monkeypatch: pytest.MonkeyPatch) -> object:
    def plan(error: Exception) -> None:
        def broken(_viewer: object) -> list[cards.Task]:
            raise error

        monkeypatch.setattr(cards, "_tasks", {"broken": broken})

    return plan


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        pytest.param(Refused("customers.export"), 403, "导出客户", id="the right is missing"),
        pytest.param(Refused("something.new"), 403, "没有打开这一页的权限", id="a right without words"),
        pytest.param(ReadError("digit", text="BJ-X", position=3), 409, "应为一位数字", id="a package refuses"),
        pytest.param(ZeroDivisionError("secret 13800001234"), 500, "程序出错了", id="our own fault"),
    ],
)
def test_a_failure_is_said_in_words_with_a_reference(
    break_with: object, clerk: Client, caplog: pytest.LogCaptureFixture, *, error: Exception, status: int, words: str
) -> None:
    break_with(error)  # type: ignore[operator]
    clerk.raise_request_exception = False
    with caplog.at_level(logging.INFO, "kehuma.web"):
        answer = clerk.get("/")
    page = answer.content.decode()
    assert answer.status_code == status
    assert words in page
    assert "Traceback" not in page
    assert "13800001234" not in page
    shown = REFERENCE.search(page)
    assert shown
    assert shown[0] in caplog.text


def test_an_address_that_leads_nowhere_says_so(clerk: Client) -> None:
    answer = clerk.get("/nowhere/")
    assert answer.status_code == 404
    assert "没有找到" in answer.content.decode()


@pytest.mark.parametrize(
    ("error", "status"),
    [
        pytest.param(Refused("customers.export"), 403, id="the right is missing"),
        pytest.param(ZeroDivisionError(), 500, id="our own fault"),
    ],
)
def test_whoever_has_signed_in_keeps_menu_and_search(
    break_with: object, clerk: Client, *, error: Exception, status: int
) -> None:
    break_with(error)  # type: ignore[operator]
    clerk.raise_request_exception = False
    assert [_has_menu(clerk, "/"), _has_menu(clerk, "/nowhere/")] == [(status, True), (404, True)]
    assert _has_menu(Client(), "/nowhere/") == (404, False)


def test_where_the_menu_itself_is_broken_the_failure_is_still_told(
    clerk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_viewer: object) -> shell.Count:
        raise ZeroDivisionError

    monkeypatch.setitem(shell._counts, "workbench", broken)
    clerk.raise_request_exception = False
    assert _has_menu(clerk, "/") == (500, False)


def _has_menu(client: Client, address: str) -> tuple[int, bool]:
    answer = client.get(address)
    page = answer.content.decode()
    assert REFERENCE.search(page)
    assert ('id="side"' in page) == ('id="find"' in page)
    return answer.status_code, 'id="side"' in page


def test_a_form_from_elsewhere_is_not_accepted(db: None) -> None:  # noqa: ARG001
    answer = Client(enforce_csrf_checks=True).post("/sign-in/", {"user": "x", "password": "y"})
    assert answer.status_code == 403
    assert "提交未通过安全校验" in answer.content.decode()


def test_a_part_of_a_page_that_fails_shows_a_toast(break_with: object, clerk: Client) -> None:
    break_with(Refused("tags.edit"))  # type: ignore[operator]
    answer = clerk.get("/", headers={"hx-request": "true"})
    assert (answer.status_code, answer["HX-Retarget"]) == (403, "#toasts")
    assert "打标签" in answer.content.decode()
    assert "<html" not in answer.content.decode()


def test_a_request_that_makes_no_sense_is_answered(rf: object) -> None:
    from kehuma.web.failures.handlers import bad_request  # noqa: PLC0415

    request = rf.get("/")  # type: ignore[attr-defined]
    assert isinstance(request, HttpRequest)
    assert bad_request(request, ValueError("x")).status_code == 400
