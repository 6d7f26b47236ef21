"""The pages of the alarms, and that the pages that show a code say who looked it up."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from kehuma.apps.access import queries as access
from kehuma.apps.access import services as people
from kehuma.apps.alarms import counting, queries, services
from kehuma.apps.alarms.limits import Limits
from kehuma.apps.alarms.models import Alarm, Canary, Read
from kehuma.apps.codes import services as codes
from kehuma.lib import clock

RULE = Path(__file__).resolve().parents[3] / "schemes" / "region-industry.toml"
ClientOf = Callable[[people.User], Client]


@pytest.fixture(autouse=True)
def _nothing_noted() -> Iterator[None]:
    counting.forget()
    yield
    counting.forget()


@pytest.fixture
def neighbours(admin: people.User) -> list[str]:
    """Thirty neighbouring codes that are nobody's own."""
    at = clock.now()
    codes.publish(RULE.read_text("utf-8"), actor=str(admin.uuid), at=at)
    orders = [(str(number), ("北京", "信息技术")) for number in range(30)]
    made = codes.issue_many(
        "region-industry", ("region", "industry"), orders, source="list", actor=str(admin.uuid), at=at
    )
    return [one.code for one in made if one.code]


@pytest.fixture
def alarm(neighbours: list[str], wang: people.User) -> Alarm:
    """小王 went through them, at ten this morning."""
    at = timezone.localtime(clock.now()).replace(hour=10)
    counting.found(access.viewer_of(wang), neighbours, at)
    counting.flush()
    services.watch(at)
    return Alarm.objects.get(rule="neighbours")


def test_the_pages_say_who_looked_up_what(neighbours: list[str], wang: people.User, client_of: ClientOf) -> None:
    client = client_of(wang)
    client.get(f"/codes/{neighbours[0]}/")
    client.get(f"/resolve/?q={neighbours[1]}")
    client.post("/resolve/", {"texts": f"{neighbours[1]}\n{neighbours[2]}\n查无此码\n"})
    assert client.get("/customers/BJ-IT-7777-X/").status_code == 404
    assert client.get("/codes/BJ-IT-8888-X/").status_code == 404
    assert counting.flush() == 4
    kept = Read.objects.order_by("id").values_list("reader", "is_miss", "times")
    assert list(kept) == [*[(str(wang.uuid), False, 1)] * 3, (str(wang.uuid), True, 3)]


def test_who_is_concerned_sees_the_alarm_in_the_menu_the_bell_and_on_the_workbench(
    alarm: Alarm, admin: people.User, wang: people.User, client_of: ClientOf
) -> None:
    page = client_of(admin).get("/").content.decode()
    assert page.count(f"/alarms/{alarm.uuid}/") == 2
    assert "小王今天查看了" in page
    assert "异常提醒" not in client_of(wang).get("/").content.decode()


def test_the_list_narrows_and_leads_to_the_alarm(alarm: Alarm, admin: people.User, client_of: ClientOf) -> None:
    client = client_of(admin)
    for query in ("", f"?who={alarm.reader}", "?rule=neighbours", "?open=on", f"?since={alarm.day}&until={alarm.day}"):
        assert f"/alarms/{alarm.uuid}/" in client.get(f"/alarms/{query}").content.decode(), query
    for query in ("?rule=canary", "?done=on", f"?since={alarm.day + timedelta(days=1)}"):
        assert f"/alarms/{alarm.uuid}/" not in client.get(f"/alarms/{query}").content.decode().split("<main")[1], query


def test_an_alarm_says_what_happened_and_is_acknowledged_with_a_note(
    alarm: Alarm, neighbours: list[str], admin: people.User, person: Callable[..., people.User], client_of: ClientOf
) -> None:
    auditor, boss = client_of(person("沈审计", "shenji", "auditor")), client_of(admin)
    page = auditor.get(f"/alarms/{alarm.uuid}/").content.decode()
    assert all(code in page for code in neighbours)
    assert "确认看过" not in page
    assert auditor.post(f"/alarms/{alarm.uuid}/acknowledge/", {"note": "没事"}).status_code == 403
    boss.post(f"/alarms/{alarm.uuid}/acknowledge/", {"note": "季度盘点"})
    page = auditor.get(f"/alarms/{alarm.uuid}/").content.decode()
    assert "季度盘点" in page
    assert "林静怡" in page
    event = boss.get("/audit/?kind=alarms.acknowledged").content.decode()
    assert "确认异常提醒" in event
    assert "季度盘点" not in event


def test_nobody_acknowledges_an_alarm_about_oneself_while_others_can(
    alarm: Alarm, admin: people.User, person: Callable[..., people.User], client_of: ClientOf
) -> None:
    other = person("沈主管", "shenzg", "admin")
    Alarm.objects.update(reader=str(other.uuid))
    answer = client_of(other).post(f"/alarms/{alarm.uuid}/acknowledge/", {"note": "是我"})
    assert answer.status_code == 422
    assert "另一位" in answer.content.decode()
    assert queries.number_open(access.viewer_of(admin)) == 1


def test_one_button_makes_canary_codes_and_tells_them_only_to_those_who_keep_them(
    neighbours: list[str], admin: people.User, person: Callable[..., people.User], client_of: ClientOf
) -> None:
    boss = client_of(admin)
    form = {"scheme": "region-industry", "count": "3"}
    assert boss.post("/alarms/canaries/", form).status_code == 302
    made = list(Canary.objects.values_list("identity", flat=True))
    assert len(made) == 3
    page = boss.get("/alarms/canaries/").content.decode()
    assert all(one in page for one in made)
    assert len(neighbours) == 30
    assert boss.post("/alarms/canaries/", {**form, "count": "51"}).status_code == 422
    assert client_of(person("沈审计", "shenji", "auditor")).get("/alarms/canaries/").status_code == 403


def test_thresholds_are_set_on_a_page_that_explains_bad_input(admin: people.User, client_of: ClientOf) -> None:
    boss, at = client_of(admin), clock.now()
    key = people.create_key(
        access.viewer_of(admin), name="ERP", permissions=["codes.view"], expires_at=at + timedelta(days=9), at=at
    )
    form = {
        "neighbours": "20", "misses": "6", "volume": "80", "deviations": "8", "night": "10", "opens": "22",
        "closes": "6", "on": ["canary", "neighbours", "misses", "volume"], "trusted": [str(key.uuid)],
    }  # fmt: skip
    assert boss.post("/alarms/settings/", form).status_code == 302
    limits = queries.limits(access.viewer_of(admin))
    assert limits == Limits(neighbours=20, volume=80, opens=22, closes=6, off=("hours",), trusted=(str(key.uuid),))
    assert [limits.is_night(hour) for hour in (21, 22, 5, 6)] == [True, False, False, True]
    answer = boss.post("/alarms/settings/", {**form, "closes": "22", "neighbours": "18"})
    assert answer.status_code == 422
    assert "同一个钟点" in answer.content.decode()
    log = boss.get("/audit/?kind=alarms.limits-changed").content.decode()
    assert "修改异常提醒的阈值" in log
