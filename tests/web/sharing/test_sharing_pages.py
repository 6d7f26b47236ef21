"""设置 → 对外共享, on screen."""

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from kehuma.apps.access import queries as access
from kehuma.apps.access import services
from kehuma.apps.codes import services as codes
from kehuma.apps.connectors.models import Recipient, Release
from kehuma.apps.connectors.sharing import releases
from kehuma.apps.customers import services as customers
from kehuma.lib import clock

RULE = Path(__file__).resolve().parents[3] / "schemes" / "region-industry.toml"
Clients = Callable[[services.User], Client]
COARSE = {"column-region": "region:province", "column-industry": "industry:section"}


@pytest.fixture
def browser(admin: services.User, client_of: Clients, settings: Any) -> Client:
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
    return client_of(admin)


@pytest.fixture
def one(browser: Client) -> str:
    """The page of a recipient."""
    browser.post("/settings/sharing/new/", {"name": "明达数据公司", "purpose": "客户流失分析"})
    return f"/settings/sharing/{Recipient.objects.get().uuid}/"


@pytest.fixture
def seven(admin: services.User) -> list[str]:
    """Five customers of a kind, and two of their own."""
    viewer, at = access.viewer_of(admin), clock.now()
    codes.publish(RULE.read_text("utf-8"), actor=viewer.actor, at=at)
    return [
        customers.create(
            viewer,
            {"kind": "enterprise", "name": f"衡岳{number}", "region": region, "industry": "信息技术"},
            scheme="region-industry",
            request_key=f"seven-{number}",
            at=at,
        ).identity
        for number, region in enumerate(["北京"] * 5 + ["云南", "广东"])
    ]


def _text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return str(answer.content.decode())


def _rows(client: Client) -> list[dict[str, str]]:
    answer = client.get(f"/settings/sharing/files/{Release.objects.get().uuid}/file/")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_a_recipient_is_added_and_listed(browser: Client, one: str) -> None:
    assert "明达数据公司" in _text(browser, "/settings/sharing/")
    assert "还没有给过" in _text(browser, one)
    again = browser.post("/settings/sharing/new/", {"name": "明达数据公司", "purpose": "客户流失分析"})
    assert again.status_code == 422
    assert "已经登记" in again.content.decode()
    assert browser.post("/settings/sharing/new/", {"name": "", "purpose": "x"}).status_code == 422


def test_only_what_may_leave_can_be_chosen(browser: Client, one: str) -> None:
    page = _text(browser, f"{one}export/?column=region:city")
    offered = set(re.findall(r'name="column-(\w+)"', page))
    assert {"region", "industry", "kind", "created_at"} <= offered
    assert not offered & {"name", "mobile", "uscc", "code", "owner", "notes"}
    assert re.search(r'value="region:city"\s+selected', page)
    for given in ({}, {"column-name": "name"}):
        refused = browser.post(f"{one}export/", {"kind": "csv", "rare": "ask", **given})
        assert refused.status_code == 422
        assert "至少选择一列" in refused.content.decode()
    assert not Release.objects.exists()


@pytest.mark.usefixtures("seven")
def test_whoever_could_be_recognised_is_told_of_and_left_out(browser: Client, one: str) -> None:
    asked = browser.post(f"{one}export/", {"kind": "csv", "rare": "ask", **COARSE}, follow=True)
    page = asked.content.decode()
    assert "7 行中有 2 行（29%）" in page
    assert "去掉这些行，导出 5 行" in page
    # Without the region all seven are alike.
    assert "不给这一列" in page
    address = f"/settings/sharing/files/{Release.objects.get().uuid}/"
    done = browser.post(f"{address}decide/", {"rare": "leave-out"}, follow=True).content.decode()
    assert "文件已写好" in done
    assert [row["地区（到省）"] for row in _rows(browser)] == ["北京市"] * 5
    assert "可以下载" in _text(browser, one)
    assert browser.get(f"{address}progress/").headers["HX-Refresh"] == "true"


def test_pseudonyms_are_read_back_on_the_page(browser: Client, one: str, seven: list[str]) -> None:
    browser.post(f"{one}export/", {"kind": "csv", "rare": "leave-out", **COARSE})
    given = [row["假名"] for row in _rows(browser)]
    page = browser.post(
        f"{one}pseudonyms/", {"pseudonyms": f"{given[0]}\n{given[1].lower()}，nonsense"}
    ).content.decode()
    assert sum(f"/customers/{code}/" in page for code in seven) == 2
    assert "有 1 个不是给这家的假名" in page
    assert "2 项" in _text(browser, "/audit/") or "把假名读回编码" in _text(browser, "/audit/")
    assert browser.post(f"{one}pseudonyms/", {"pseudonyms": " "}).status_code == 422
    many = browser.post(f"{one}pseudonyms/", {"pseudonyms": "x " * 1001})
    assert "最多读回 1,000 个" in many.content.decode() or "最多读回 1000 个" in many.content.decode()


@pytest.mark.usefixtures("seven")
def test_a_file_under_way_is_told_and_stopped(browser: Client, one: str, settings: Any) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}
    page = browser.post(f"{one}export/", {"kind": "xlsx", "rare": "leave-out", **COARSE}, follow=True).content.decode()
    assert "正在清点组合" in page
    address = f"/settings/sharing/files/{Release.objects.get().uuid}/"
    assert "0 / 7 行" in browser.get(f"{address}progress/").content.decode()
    assert browser.get(f"{address}file/").status_code == 404
    browser.post(f"{address}cancel/")
    assert "没有导出" in _text(browser, one)
    assert "已停止" in _text(browser, address)


def test_a_new_epoch_and_the_end(browser: Client, one: str) -> None:
    assert "第 2 期" in browser.post(f"{one}renew/", follow=True).content.decode()
    ended = browser.post(f"{one}end/", follow=True).content.decode()
    assert "共享结束" in ended
    assert "导出给对方" not in ended
    refused = browser.post(f"{one}export/", {"kind": "csv", "rare": "ask", **COARSE})
    assert "已经结束" in refused.content.decode()


@pytest.mark.usefixtures("seven", "sealed")
def test_a_sealed_store_says_why_nothing_is_shared(browser: Client, one: str) -> None:
    assert "解封之前不能导出" in _text(browser, one)
    assert "解封之前不能导出" in _text(browser, f"{one}export/")
    for answer in (
        browser.post(f"{one}export/", {"kind": "csv", "rare": "ask", **COARSE}),
        browser.post(f"{one}pseudonyms/", {"pseudonyms": "2J7M91N1AEG02VNRGHV7DZE544"}),
    ):
        assert answer.status_code == 422
        assert "根密钥" in answer.content.decode()


@pytest.mark.usefixtures("seven")
def test_the_auditor_sees_the_list_and_the_log_and_no_file(
    browser: Client, one: str, person: Callable[..., services.User], client_of: Clients, wang: services.User
) -> None:
    browser.post(f"{one}export/", {"kind": "csv", "rare": "leave-out", **COARSE})
    auditor = client_of(person("沈审计", "shenji", "auditor"))
    # The way there is the entry of the settings, which leads to the first page that one may open.
    assert 'href="/settings/sharing/"' in _text(auditor, "/")
    assert "明达数据公司" in _text(auditor, "/settings/sharing/")
    shown = _text(auditor, one)
    assert "北京" not in shown
    assert "读回编码" not in shown
    log = _text(auditor, "/audit/")
    assert "以假名对外共享客户" in log
    assert f'href="{one}"' in log
    assert auditor.get(f"{one}export/").status_code == 403
    assert client_of(wang).get("/settings/sharing/").status_code == 403


@pytest.mark.usefixtures("seven")
def test_a_file_is_for_who_asked_for_it(
    browser: Client, one: str, person: Callable[..., services.User], client_of: Clients
) -> None:
    browser.post(f"{one}export/", {"kind": "csv", "rare": "leave-out", **COARSE})
    second = person("林二", "liner", "admin")
    address = f"/settings/sharing/files/{Release.objects.get().uuid}/"
    for place in (address, f"{address}file/", f"{address}progress/"):
        assert client_of(second).get(place).status_code == 404
    assert browser.get(f"{address}file/").status_code == 200
    releases.clear_old(clock.now() + releases.KEPT * 2)
    assert browser.get(f"{address}file/").status_code == 404
    assert "已给出" in _text(browser, one)
