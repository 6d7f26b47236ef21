"""设置 → 接口与回调: who is told what happens, on screen."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from kehuma.apps.access import queries as access
from kehuma.apps.access import services
from kehuma.apps.audit import services as audit
from kehuma.apps.connectors import places, sending
from kehuma.apps.connectors import services as connectors
from kehuma.apps.connectors.models import Endpoint, Replay
from kehuma.apps.connectors.sending import Outcome
from kehuma.lib import clock

Clients = Callable[[services.User], Client]
HOOK = {"name": "ERP", "url": "https://hooks.example/kehuma?key=geheim", "kinds": ["code.issued", "scheme.published"]}


@pytest.fixture(autouse=True)
def _names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is asked outside; names mean what they say here."""
    addresses = {"hooks.example": "93.184.216.34", "inside.example": "10.0.0.8"}
    monkeypatch.setattr(places, "resolved", lambda host, _port: [addresses[host]] if host in addresses else [])


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[Outcome]:
    """What the receiver will answer."""
    waiting: list[Outcome] = []
    monkeypatch.setattr(sending.Sender, "send", lambda *_, **__: waiting.pop(0))
    return waiting


@pytest.fixture
def browser(admin: services.User, client_of: Clients) -> Client:
    return client_of(admin)


@pytest.fixture
def one(browser: Client) -> str:
    """The page of an endpoint."""
    browser.post("/settings/connections/new/", HOOK)
    return f"/settings/connections/{Endpoint.objects.get().uuid}/"


def _text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_a_new_endpoint_shows_its_secret_once(browser: Client) -> None:
    assert "还没有回调" in _text(browser, "/settings/connections/")
    assert "发出编码" in _text(browser, "/settings/connections/new/")
    made = browser.post("/settings/connections/new/", HOOK).content.decode()
    assert "whsec_" in made
    page = _text(browser, f"/settings/connections/{Endpoint.objects.get().uuid}/")
    assert "whsec_" not in page
    assert "geheim" in page
    listed = _text(browser, "/settings/connections/")
    assert "ERP" in listed
    assert "geheim" not in listed


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"url": "https://inside.example/"}, "指向内部网络", id="private"),
        pytest.param({"url": "http://hooks.example/"}, "要用 https://", id="plain"),
        pytest.param({"url": "nonsense"}, "https:// 开头", id="no URL"),
        pytest.param({"kinds": []}, "id_kinds_error", id="no event"),
        pytest.param({"name": ""}, "id_name_error", id="no name"),
    ],
)
def test_bad_input_is_explained_beside_its_field(browser: Client, changes: dict[str, Any], said: str) -> None:
    answer = browser.post("/settings/connections/new/", {**HOOK, **changes})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert Endpoint.objects.count() == 0


def test_a_test_message_says_what_came_of_it(browser: Client, one: str, answers: list[Outcome]) -> None:
    answers += [Outcome(200, "", 12), Outcome(500, "", 12), Outcome(None, "timeout", 15000)]
    page = ""
    for said in ("测试消息已送达", "对方出错了 500", "没有在限时内回答"):
        page = browser.post(f"{one}test/", follow=True).content.decode()
        assert said in page
    assert "15,000 ms" in page


def test_a_message_that_did_not_arrive_is_sent_again_by_hand(
    browser: Client, one: str, answers: list[Outcome], admin: services.User
) -> None:
    rule = 'kehuma = 1\nname = "visitor"\ntemplate = "V-{serial:4}"\n'
    from kehuma.apps.codes import services as codes  # noqa: PLC0415 - only here

    codes.publish(rule, actor=str(admin.uuid), at=clock.now())
    audit.sequence(clock.now())
    answers += [Outcome(422, "", 5), Outcome(200, "", 5)]
    number = Endpoint.objects.get().pk
    assert connectors.deliver(number, clock.now()) == 0
    page = _text(browser, one)
    assert "没有送达" in page
    assert "对方不接受这条消息" in page
    row = Endpoint.objects.get().undelivered.get()
    browser.post(f"{one}resend/", {"entry": row.leaf, "part": row.part})
    assert connectors.deliver(number, clock.now()) == 1
    assert "正常" in _text(browser, one)
    assert browser.post(f"{one}resend/", {"entry": "x"}).status_code == 404


def test_an_endpoint_is_changed_paused_resumed_and_removed(browser: Client, one: str) -> None:
    assert browser.post(one, {**HOOK, "name": "CRM"}).status_code == 302
    assert browser.post(one, {**HOOK, "kinds": []}).status_code == 422
    assert "CRM" in _text(browser, one)
    assert "已暂停" in browser.post(f"{one}pause/", follow=True).content.decode()
    assert "已恢复发送" in browser.post(f"{one}resume/", {"skip": "1"}, follow=True).content.decode()
    assert "whsec_" in browser.post(f"{one}secret/").content.decode()
    assert "新旧两把都签名" in _text(browser, one)
    assert browser.post(f"{one}delete/").status_code == 302
    assert browser.get(one).status_code == 404


def test_a_period_is_asked_for_in_local_time(browser: Client, one: str, admin: services.User) -> None:
    from kehuma.apps.codes import services as codes  # noqa: PLC0415 - only here

    codes.publish('kehuma = 1\nname = "visitor"\ntemplate = "V-{serial:4}"\n', actor=str(admin.uuid), at=clock.now())
    audit.sequence(clock.now())
    assert "请写上" in browser.post(f"{one}replay/", {"since": ""}, follow=True).content.decode()
    assert browser.post(f"{one}replay/", {"since": "2001-01-01T00:00", "until": "2001-01-02T00:00"}).status_code == 409
    Endpoint.objects.update(leaf=10**6)
    day = timedelta(days=1)
    since, until = (at.strftime("%Y-%m-%dT%H:%M") for at in (clock.now() - day, clock.now() + day))
    assert (
        "将重放 1 个事件"
        in browser.post(f"{one}replay/", {"since": since, "until": until}, follow=True).content.decode()
    )
    assert Replay.objects.count() == 1


def test_who_may_is_told_that_an_endpoint_stopped(
    browser: Client, one: str, wang: services.User, client_of: Clients
) -> None:
    Endpoint.objects.update(stopped="failing", stopped_at=clock.now())
    assert "回调“ERP”已停止" in _text(browser, "/")
    assert "回调“ERP”已停止" not in _text(client_of(wang), "/")
    assert "对方多日没有收下任何消息" in _text(browser, one)


def test_who_may_not_is_refused(one: str, wang: services.User, client_of: Clients) -> None:
    for address in ("/settings/connections/", "/settings/connections/new/", one):
        assert client_of(wang).get(address).status_code == 403
    assert client_of(wang).post(f"{one}secret/").status_code == 403


def test_every_key_is_listed_with_its_rights_and_ended_by_whoever_manages_people(
    browser: Client, wang: services.User, client_of: Clients
) -> None:
    at = clock.now()
    viewer = access.viewer_of(wang)
    key = services.create_key(
        viewer, name="小王的脚本", permissions=["codes.resolve"], expires_at=at + timedelta(days=9), at=at
    )
    page = _text(browser, "/settings/connections/")
    assert "小王的脚本" in page
    assert "查码" in page
    prefix = key.text.split("_")[1]
    address = f"/settings/connections/keys/{prefix}/revoke/"
    assert client_of(wang).post(address).status_code == 403
    assert browser.post(address).status_code == 302
    assert access.viewer_of_key(key.text, at=at) is None
    assert browser.post(address).status_code == 404
