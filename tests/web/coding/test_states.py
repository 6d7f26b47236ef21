"""What people do with codes on screen: retire, void, name otherwise, give by hand, keep, take in; and every number."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from kehuma.apps.access.services import User
from kehuma.apps.codes import queries, services
from kehuma.apps.codes.data import IssuedCode
from kehuma.lib import clock
from kehuma.lib.viewer import Viewer
from kehuma.web.coding import gap_list

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small")]


@pytest.fixture(autouse=True)
def codes(small: str, issue: Callable[..., IssuedCode]) -> list[str]:
    """Two codes of Beijing."""
    return [issue(small, f"r{place}", region="北京").code for place in range(2)]


def _page(client: Client, path: str) -> str:
    return client.get(path, follow=True).content.decode()


def _state(code: str) -> str:
    found = queries.issued(code)
    return found.state if found else ""


def test_a_code_is_retired_and_comes_back(keeper: Client) -> None:
    answer = keeper.post("/codes/change/retire/", {"code": "BJ-1", "reason": "left", "note": "搬走了"}, follow=True)
    page = answer.content.decode()
    assert (_state("BJ-1"), "已流失" in page, "搬走了" in page) == ("retired", True, True)
    assert "恢复编码" in page
    assert "作废编码" not in page
    keeper.post("/codes/change/reinstate/", {"code": "BJ-1", "reason": "returned"})
    assert _state("BJ-1") == "issued"


def test_a_void_code_can_do_nothing_more(keeper: Client) -> None:
    page = keeper.post("/codes/change/void/", {"code": "BJ-2", "reason": "mistake"}, follow=True).content.decode()
    assert (_state("BJ-2"), "停用编码" in page, "添加别名" in page) == ("void", False, False)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        pytest.param({"reason": "nonsense"}, "原因", id="no such reason"),
        pytest.param({"reason": "left", "note": "电话 138 0013 8000"}, "备注", id="telephone in the note"),
    ],
)
def test_bad_input_is_explained_and_changes_nothing(keeper: Client, given: dict[str, str], said: str) -> None:
    page = keeper.post("/codes/change/retire/", {"code": "BJ-1", **given}, follow=True).content.decode()
    assert (_state("BJ-1"), said in page) == ("issued", True)


@pytest.mark.parametrize("code", ["", "BJ-9", "bj-1", "' OR 1=1"])
def test_what_is_no_code_is_not_found(keeper: Client, code: str) -> None:
    assert keeper.post("/codes/change/retire/", {"code": code, "reason": "left"}).status_code == 404


def test_other_names_come_and_end(keeper: Client) -> None:
    keeper.post("/codes/change/name/", {"code": "BJ-1", "text": "4711", "system": "ERP"})
    keeper.post("/codes/change/name/", {"code": "BJ-1", "text": "老客户-7"})
    assert [one.shown for one in queries.aliases("BJ-1")] == ["ERP:4711", "老客户-7"]
    taken = keeper.post("/codes/change/name/", {"code": "BJ-2", "text": "4711", "system": "ERP"}, follow=True)
    assert "BJ-1" in taken.content.decode()
    ended = {"code": "BJ-1", "text": "4711", "system": "ERP", "reason": "mistake"}
    assert "4711" not in keeper.post("/codes/change/unname/", ended, follow=True).content.decode()
    keeper.post("/codes/change/name/", {"code": "BJ-2", "text": "4711", "system": "ERP"})
    assert queries.resolve("ERP:4711").code == "BJ-2"


def test_a_code_is_given_by_hand_once(keeper: Client) -> None:
    page = _page(keeper, "/codes/manual/")
    token = page.split('name="token" value="')[1].split('"')[0]
    given = {"scheme": "small", "text": "bj-7", "token": token}
    for _time in range(2):
        assert keeper.post("/codes/manual/", given)["Location"] == "/codes/BJ-7/"
    refused = keeper.post("/codes/manual/", {**given, "token": "other"})
    assert (refused.status_code, "BJ-7" in refused.content.decode()) == (422, True)
    assert keeper.post("/codes/manual/", {**given, "text": "ZZ-1", "token": "third"}).status_code == 422
    assert "人工发出" in _page(keeper, "/codes/BJ-7/")


def test_a_code_is_kept_and_confirmed_by_who_kept_it(
    keeper: Client, li: User, client_of: Callable[[User], Client]
) -> None:
    page = _page(keeper, "/codes/reserve/?scheme=small")
    assert "fact-region" in page
    given = {"scheme": "small", "token": "t1", "hours": "24", "fact-region": "上海"}
    again = keeper.post("/codes/reserve/", {**given, "again": "1"})
    assert (again.status_code, _state("SH-1")) == (200, "")
    assert keeper.post("/codes/reserve/", given)["Location"] == "/codes/SH-1/"
    page = _page(keeper, "/codes/SH-1/")
    assert ("林静怡 预留到" in page, "确认发出" in page, _state("SH-1")) == (True, True, "reserved")
    keeper.post("/codes/change/confirm/", {"code": "SH-1"})
    assert _state("SH-1") == "issued"
    bad = keeper.post("/codes/reserve/", {**given, "token": "t2", "fact-region": "火星"})
    assert (bad.status_code, "火星" in bad.content.decode()) == (422, True)
    keeper.post("/codes/reserve/", {**given, "token": "t3"})
    client_of(li).post("/codes/change/confirm/", {"code": "SH-2"})
    assert _state("SH-2") == "issued"


def test_a_reservation_that_has_passed_is_not_confirmed(keeper: Client, viewer: Viewer) -> None:
    at = clock.now()
    facts = {"region": "四川"}
    kept = services.reserve(
        "small", facts, request_key="k", owner=viewer.actor, until=at - timedelta(hours=1), actor=viewer.actor,
        at=at - timedelta(hours=2),
    )  # fmt: skip
    page = keeper.post("/codes/change/confirm/", {"code": kept.code}, follow=True).content.decode()
    assert (_state(kept.code), "到期" in page) == ("reserved", True)


def test_codes_in_use_are_taken_in(keeper: Client, issue: Callable[..., IssuedCode]) -> None:
    lines = "BJ-5\nbj-2\n\nXX-1\nBJ-5\n"
    page = keeper.post("/codes/adopt/", {"scheme": "small", "source": "旧系统", "texts": lines, "token": "t"})
    text = page.content.decode()
    assert (page.status_code, _state("BJ-5"), "XX-1" in text) == (200, "issued", True)
    assert issue("small", "next", region="北京").code == "BJ-6"
    file = SimpleUploadedFile("codes.txt", "\ufeffGD-1\r\nGD-2\r\n".encode())
    keeper.post("/codes/adopt/", {"scheme": "small", "source": "旧系统", "token": "t", "file": file})
    assert _state("GD-2") == "issued"
    empty = keeper.post("/codes/adopt/", {"scheme": "small", "source": "旧系统", "texts": " \n", "token": "t"})
    assert (empty.status_code, "请填上编码" in empty.content.decode()) == (422, True)


def test_every_number_of_a_counter_has_its_fate_on_a_page(keeper: Client, viewer: Viewer) -> None:
    services.void("BJ-2", "mistake", actor=viewer.actor, at=NOON)
    services.adopt("small", ["BJ-5"], source="旧系统", actor=viewer.actor, at=NOON)
    assert "/codes/gaps/" in _page(keeper, "/codes/")
    page = _page(keeper, "/codes/gaps/?scheme=small&key=region%3DBJ")
    for words in ("已发出", "已作废", "误操作", "林静怡", "跳过", "接收已有编码时越过", "3 – 4", "未用", "6 – 9"):
        assert words in page
    assert "<code>BJ</code>" in _page(keeper, "/codes/gaps/")
    assert "gaps/?scheme=small&amp;key=region%3DBJ" in _page(keeper, "/codes/BJ-1/")


def test_the_fates_of_a_counter_go_on_from_a_number(
    keeper: Client, viewer: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.void("BJ-2", "mistake", actor=viewer.actor, at=NOON)
    monkeypatch.setattr(gap_list, "_SIZE", 1)
    first = _page(keeper, "/codes/gaps/?scheme=small&key=region%3DBJ")
    assert 'href="?scheme=small&amp;key=region%3DBJ&amp;from=2"' in first
    assert ("误操作" in first, "从头开始" in first) == (False, False)
    second = _page(keeper, "/codes/gaps/?scheme=small&key=region%3DBJ&from=2")
    assert ("误操作" in second, "从头开始" in second) == (True, True)
    for strange in ("x", "٣", "9" * 30, "-1"):
        assert "已发出" in _page(keeper, f"/codes/gaps/?scheme=small&key=region%3DBJ&from={strange}")


@pytest.mark.parametrize("query", ["scheme=none", "scheme=small&key=region%3DXX"])
def test_a_counter_that_is_not_there_is_not_found(keeper: Client, query: str) -> None:
    assert keeper.get(f"/codes/gaps/?{query}").status_code == 404


def test_who_may_only_look_is_offered_nothing_and_refused(clerk_of_codes: Client) -> None:
    page = _page(clerk_of_codes, "/codes/BJ-1/")
    assert "停用编码" not in page
    assert "手工发码" not in _page(clerk_of_codes, "/codes/")
    assert clerk_of_codes.post("/codes/change/retire/", {"code": "BJ-1", "reason": "left"}).status_code == 403
    assert clerk_of_codes.get("/codes/manual/").status_code == 403
    assert (_state("BJ-1"), clerk_of_codes.get("/codes/gaps/").status_code) == ("issued", 200)


def test_without_a_rule_the_pages_say_what_to_do(keeper: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kehuma.web.coding.names.published", list)
    for path in ("manual", "reserve", "adopt", "gaps"):
        assert "还没有在用的规则" in _page(keeper, f"/codes/{path}/")
