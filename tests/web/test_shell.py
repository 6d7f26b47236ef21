"""What surrounds every page, and the language in which it speaks."""

import pytest
from django.http import HttpResponse
from django.test import Client

from kehuma.lib.viewer import Viewer
from kehuma.web import pages, shell
from kehuma.web.workbench import cards

CLERK = Viewer(1, "u", "小王", permissions=frozenset({"customers.view"}))


def test_a_menu_leads_only_where_one_may_go(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {
        name: pages.Page(name, f"{name}/", needs, ("GET",), is_open=False, view=HttpResponse)
        for name, needs in (("customers", "customers.view"), ("audit", "audit.view"))
    }
    monkeypatch.setattr(pages, "_pages", known)
    monkeypatch.setattr(shell, "reverse", lambda name: f"/{name}/")
    groups = shell.side(CLERK, "/customers/BJ-0001/")
    assert [(link.url, link.is_here) for _title, links in groups for link in links] == [("/customers/", True)]


def test_a_count_stands_beside_its_entry_unless_it_is_nought(clerk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(shell._counts, "workbench", lambda _viewer: shell.Count(36, is_hot=True))
    monkeypatch.setitem(shell._counts, "components", lambda _viewer: shell.Count(0))
    page = clerk.get("/").content.decode()
    assert 'class="count hot"' in page
    assert page.count("36</span>") == 1


def test_notices_ring_the_bell_and_the_urgent_one_heads_the_workbench(
    clerk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = [shell.Notice("号码还剩 118 个。", "按目前速度 2027-02-11 用尽。", "/#x", tone="warn", is_urgent=True)]
    monkeypatch.setitem(shell._notices, "ranges", lambda _viewer: told)
    page = clerk.get("/").content.decode()
    assert "通知，1 条" in page
    assert 'class="note warn"' in page
    assert page.count("号码还剩 118 个。") == 2


def test_the_workbench_shows_tasks_first_late_ones_before_all(clerk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    tasks = [cards.Task("到访", "/x/", at="14:00", state="today"), cards.Task("回访", state="late", late_by=2)]
    monkeypatch.setattr(cards, "_tasks", {"x": lambda _viewer: tasks})
    monkeypatch.setattr(cards, "_facts", {"x": (1, lambda _viewer: cards.Fact("客户总数", "20,000"))})
    monkeypatch.setattr(cards, "_cards", {})
    page = clerk.get("/").content.decode()
    assert page.index("20,000") < page.index("今天的任务") < page.index("回访") < page.index("到访")
    assert "2 项，1 项逾期" in page
    assert "逾期 2 天" in page


def test_an_empty_workbench_says_what_will_come(clerk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cards, "_tasks", {})
    assert "今天没有要做的事" in clerk.get("/").content.decode()


@pytest.mark.parametrize("accept", ["", "en-US,en;q=0.9", "fr"])
def test_the_browser_does_not_choose_the_language(visitor: Client, db: None, accept: str) -> None:  # noqa: ARG001
    answer = visitor.get("/first-run/", headers={"accept-language": accept})
    assert '<html lang="zh-CN"' in answer.content.decode()
    assert answer["Content-Language"] == "zh-hans"


def test_the_person_chooses_the_language_and_stays_where_one_was(visitor: Client, db: None) -> None:  # noqa: ARG001
    answer = visitor.post("/language/", {"language": "en", "next": "/first-run/"})
    assert (answer.status_code, answer["Location"]) == (302, "/first-run/")
    page = visitor.get("/first-run/").content.decode()
    assert '<html lang="en"' in page
    assert "Set up your organisation" in page
    visitor.post("/language/", {"language": "zh", "next": "/first-run/"})
    assert "建立你的单位" in visitor.get("/first-run/").content.decode()


def test_the_choice_of_language_leads_nowhere_else(visitor: Client, db: None) -> None:  # noqa: ARG001
    answer = visitor.post("/language/", {"language": "en", "next": "https://example.org/"})
    assert answer["Location"] == "/"


@pytest.mark.parametrize(("cookie", "told"), [("dark", ' data-theme="dark"'), ("<x>", "")])
def test_the_theme_is_drawn_by_the_server(clerk: Client, cookie: str, told: str) -> None:
    clerk.cookies["kehuma_theme"] = cookie
    page = clerk.get("/").content.decode()
    assert f'<html lang="zh-CN"{told}>' in page


def test_addresses_of_files_change_with_their_content(clerk: Client) -> None:
    page = clerk.get("/").content.decode()
    assert "/static/kehuma/look.css?v=" in page


def test_every_page_costs_the_same_queries(clerk: Client, django_assert_max_num_queries: object) -> None:
    clerk.get("/components/")
    with django_assert_max_num_queries(6):  # type: ignore[operator]
        clerk.get("/components/")
