"""The client against the real API, through the test client of Django, with replies that get lost on the way."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.test import Client as Browser

from kehuma.apps.access import services
from kehuma.apps.audit import services as audit
from kehuma.apps.codes import services as codes
from kehuma.client import ApiError, Client, Conflict, Invalid, Lost, NotAllowed, NotFound, Order
from kehuma.lib import clock
from kehuma.lib.viewer import system

RULE = Path(__file__).resolve().parents[2] / "schemes" / "region-industry.toml"
FACTS: dict[str, str | int | None] = {"region": "北京", "industry": "信息技术"}
HENGYUE = {"name": "衡岳数据", "region": "北京", "industry": "信息技术", "contacts": [{"name": "王强"}]}
Reply = Callable[[httpx.Response], httpx.Response]


class Wire(httpx.BaseTransport):
    """Carries requests into this process; ``faults`` are what happens to the first replies."""

    def __init__(self) -> None:
        self.faults: list[Reply] = []
        self.sent: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        headers = {name: value for name, value in request.headers.items() if name not in {"host", "content-length"}}
        kind = headers.pop("content-type", "application/octet-stream")
        address = request.url.raw_path.decode()
        answer = Browser(raise_request_exception=False).generic(
            request.method, address, request.read(), content_type=kind, headers=headers
        )
        response = httpx.Response(answer.status_code, headers=dict(answer.items()), content=answer.content)
        return self.faults.pop(0)(response) if self.faults else response


def _lost(_: httpx.Response) -> httpx.Response:
    raise httpx.ReadError("the reply got lost")


def _answered(status: int, **headers: str) -> Reply:
    return lambda _: httpx.Response(status, headers=headers, text="busy")


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def kehuma(db: None, wire: Wire, waits: list[float]) -> Iterator[Client]:  # noqa: ARG001 - the tables must be there
    at = clock.now()
    codes.publish(RULE.read_text("utf-8"), actor="cli:root", at=at)
    key = services.create_machine_key(
        system("cli:root"),
        name="ERP",
        permissions=services.MACHINE_RIGHTS,
        expires_at=at + timedelta(days=1),
        at=at,
    )
    with Client("http://localhost", key.text, language="en", retries=3, transport=wire, sleep=waits.append) as client:
        yield client


def test_a_code_whose_reply_was_lost_is_not_given_out_twice(kehuma: Client, wire: Wire) -> None:
    wire.faults = [_lost, _lost]
    issued = kehuma.issue("region-industry", FACTS)
    assert (issued.code, issued.is_new) == ("BJ-IT-0001-Y", False)
    assert len({request.headers["Idempotency-Key"] for request in wire.sent}) == 1
    assert kehuma.issue("region-industry", FACTS).serial == 2


def test_a_customer_whose_reply_was_lost_is_made_once(kehuma: Client, wire: Wire) -> None:
    wire.faults = [_lost]
    assert kehuma.create_customer(HENGYUE)["is_new"] is False
    assert len(list(kehuma.customers())) == 1


def test_the_client_waits_as_long_as_the_server_asks(kehuma: Client, wire: Wire, waits: list[float]) -> None:
    wire.faults = [_answered(429, **{"Retry-After": "7"}), _answered(503), _answered(502)]
    assert kehuma.resolve(kehuma.issue("region-industry", FACTS).code)["found"]
    assert 7 <= waits[0] < 9
    assert 0.4 <= waits[1] < waits[2] < 1.1


def test_the_client_gives_up_and_says_so(kehuma: Client, wire: Wire) -> None:
    wire.faults = [_lost] * 4
    with pytest.raises(Lost):
        kehuma.issue("region-industry", FACTS, request_key="k")
    wire.faults = [_answered(500)] * 4
    with pytest.raises(ApiError) as refused:
        kehuma.issue("region-industry", FACTS, request_key="k")
    assert refused.value.status == 500
    assert kehuma.issue("region-industry", FACTS, request_key="k").serial == 1


def test_a_change_is_not_made_twice(kehuma: Client, wire: Wire) -> None:
    code = kehuma.create_customer(HENGYUE)["code"]
    version = kehuma.customer(code)["version"]
    wire.faults = [_lost]
    with pytest.raises(Lost):
        kehuma.change_customer(code, {"address": "中关村"}, version=version)
    with pytest.raises(Conflict):
        kehuma.change_customer(code, {"address": "上地"}, version=version)
    assert kehuma.customer(code)["address"] == "中关村"
    assert kehuma.change_customer(code, {"address": "上地"})["address"] == "上地"
    wire.faults = [_lost]
    kehuma.delete_customer(code)
    with pytest.raises(NotFound):
        kehuma.delete_customer(code)
    kehuma.restore_customer(code)
    assert [one["new"] for one in kehuma.history(code)][-1:] != []


def test_errors_say_what_is_wrong(kehuma: Client) -> None:
    with pytest.raises(Invalid, match=r"facts\.region") as wrong:
        kehuma.issue("region-industry", {"region": "火星", "industry": "信息技术"})
    assert (wrong.value.kind, wrong.value.reference[:2]) == ("invalid", "E-")
    kehuma.issue("region-industry", FACTS, request_key="k")
    with pytest.raises(Conflict, match="request"):
        kehuma.issue("region-industry", {**FACTS, "region": "上海"}, request_key="k")
    with pytest.raises(NotFound) as lost:
        kehuma.resolve("BJ-IT-0001-Z")
    assert lost.value.suggestions == ["BJ-IT-0001-Y"]
    with pytest.raises(NotAllowed):
        Client("http://localhost", "x", transport=Wire()).code("BJ-IT-0001-Y")
    with pytest.raises(ValueError, match="zone"):
        kehuma.issue("region-industry", FACTS, at=datetime(2026, 1, 2, 3, 4))  # noqa: DTZ001 - that is the mistake


def test_many_go_a_thousand_at_once_and_each_has_its_outcome(kehuma: Client, wire: Wire) -> None:
    orders = [Order("region-industry", FACTS, key=f"k{number}") for number in range(1001)]
    orders[3] = Order("region-industry", {"region": "火星"})
    outcomes = list(kehuma.issue_many(orders))
    assert len(wire.sent) == 2
    assert [one.code.serial for one in outcomes[:5] if one.code] == [1, 2, 3, 4]
    assert isinstance(outcomes[3].error, Invalid)
    assert outcomes[1000].key == "k1000"


def test_lists_are_walked_to_their_end(kehuma: Client) -> None:
    dated = datetime(2026, 1, 2, tzinfo=UTC)
    times = [date(2026, 1, 1), dated] * 30
    assert all(one.code for one in kehuma.issue_many(Order("region-industry", FACTS, at=at) for at in times))
    assert len(list(kehuma.codes(scheme="region-industry"))) == 60
    assert [one["name"] for one in kehuma.schemes()] == ["region-industry"]
    assert len(list(kehuma.entries("cn-province"))) == 34
    assert {"cn-province"} < {one["name"] for one in kehuma.dictionaries()}


def test_the_rest_of_the_api_is_there(kehuma: Client) -> None:
    assert kehuma.read("BJ-IT-0001-Y")["serial"] == 1
    source = kehuma.scheme("region-industry")["source"]
    assert kehuma.check(source)["ok"]
    assert kehuma.publish(source)["version"] == 1
    assert kehuma.preview([FACTS], scheme="region-industry")[0]["code"] == "BJ-IT-0001-Y"
    assert kehuma.extend("cn-industry", [{"symbol": "IT", "also": ["互联网公司"]}]) == 1
    kept = kehuma.reserve("region-industry", FACTS, request_key="r")
    assert kehuma.confirm(kept.code, "r").state == "issued"
    kehuma.add_alias(kept.code, "K-77", "SAP")
    assert [one["text"] for one in kehuma.aliases(kept.code)] == ["K-77"]
    assert kehuma.change_state(kept.code, "retire", "closed").state == "retired"
    assert kehuma.code(kept.code)["state"] == "retired"
    rows = [{"number": "1", "name": "甲公司", "region": "北京", "industry": "信息技术"}]
    assert [one["result"] for one in kehuma.upsert_customers(rows, system="erp")] == ["created"]
    assert [one["name"] for one in kehuma.customers("甲公司", kind="enterprise")] == ["甲公司"]


def _said(page: str, kehuma: Client, wire: Wire, monkeypatch: pytest.MonkeyPatch, **names: object) -> dict[str, Any]:
    """What the Python of a page has defined, with our client in the place of the one that it makes."""
    text = (RULE.parents[1] / "docs/how-to" / page).read_text("utf-8")
    blocks = re.findall(r"^```py\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert blocks
    key = kehuma._http.headers["Authorization"].removeprefix("Bearer ")
    monkeypatch.setattr("kehuma.client.Client", partial(Client, transport=wire))
    known: dict[str, Any] = {"KEY": key, **names}
    for block in blocks:
        exec(block, known)  # noqa: S102 - a page of ours
    return known


def test_the_how_to_page_does_what_it_says(kehuma: Client, wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    _said("use-the-api.md", kehuma, wire, monkeypatch)
    assert wire.sent


def test_who_is_told_of_a_change_asks_how_things_are_now(
    kehuma: Client, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = kehuma.create_customer({"kind": "enterprise", "name": "北京衡岳数据技术有限公司", **FACTS}, request_key="k")
    stored: list[dict[str, Any]] = []
    told = _said("receive-webhooks.md", kehuma, wire, monkeypatch, store=stored.append)["told"]
    told({"type": "customer.created", "data": {"code": made["code"]}})
    told({"type": "webhook.test", "data": {}})
    assert [record["code"] for record in stored] == [made["code"]]


def test_a_certificate_is_waited_for_and_the_log_is_read(kehuma: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []

    def sequence(seconds: float) -> None:
        slept.append(seconds)
        audit.sequence(clock.now(), keeps_checkpoint=True)

    code = kehuma.issue("region-industry", FACTS, request_key="proved").code
    monkeypatch.setattr(kehuma, "_sleep", sequence)
    proof = kehuma.proof(code)
    assert proof["opening"]["value"] == code
    assert slept == [1.0]
    assert f"\n{proof['size']}\n" in kehuma.checkpoint()
    assert [one["index"] for one in kehuma.log_entries()] == list(range(proof["size"]))
    assert kehuma.consistency(1, proof["size"])["new"] == proof["size"]
    with pytest.raises(NotFound):
        kehuma.proof("BJ-IT-9999")
    with pytest.raises(Conflict):
        kehuma.proof(kehuma.issue("region-industry", FACTS).code, wait=0)


def test_a_list_is_imported_over_the_wire(kehuma: Client, wire: Wire, settings: Any, tmp_path: Path) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
    rows = [
        {"no": "K-1", "company": "北京衡岳数据技术有限公司", "place": "北京", "line": "信息技术"},
        {"no": "K-2", "company": "某某有限公司", "place": "火星", "line": "信息技术"},
    ]
    columns = {"no": "own_number", "company": "name", "place": "region", "line": "industry"}
    wire.faults = [_lost]
    begun = kehuma.import_rows("ERP", rows, columns=columns, request_key="night-1")
    looked = kehuma.wait_for_import(begun["id"])
    assert (looked["state"], looked["rows"]["create"]) == ("checked", 1)
    assert [one["field"] for one in kehuma.import_faults(begun["id"])] == ["region"]
    assert kehuma.wait_for_import(kehuma.commit_import(begun["id"])["id"])["committed"]["created"] == 1
    assert [one["company"] for one in kehuma.rejected_rows(begun["id"])] == ["某某有限公司"]
    assert kehuma.undo_import(begun["id"])["reverted"] == 1
    file = tmp_path / "list.csv"
    file.write_text("客户编号,客户名称,区域,行业\nK-3,上海某某贸易有限公司,上海,批发业\n", "utf-8")
    other = kehuma.import_file("ERP", file)
    assert kehuma.map_import(other["id"], "ERP", {"行业": ""})["columns"]["行业"] == ""
    kehuma.discard_import(other["id"])
    assert [one["state"] for one in kehuma.imports()] == ["undone"]


def test_webhooks_are_kept_over_the_wire(kehuma: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kehuma.apps.connectors.places.resolved", lambda *_: ["93.184.216.34"])
    made = kehuma.add_webhook("ERP", "https://hooks.example/", ["code.issued"])
    assert made["secret"].startswith("whsec_")
    assert kehuma.change_webhook(made["id"], name="CRM")["name"] == "CRM"
    assert kehuma.rotate_webhook_secret(made["id"], overlap_hours=0)["secret"] != made["secret"]
    assert kehuma.pause_webhook(made["id"])["stopped"] == "paused"
    assert kehuma.resume_webhook(made["id"], skip=True)["stopped"] is None
    assert list(kehuma.undelivered(made["id"])) == []
    with pytest.raises(Invalid):
        kehuma.replay(made["id"], datetime(2001, 1, 1, tzinfo=UTC), datetime(2001, 1, 2, tzinfo=UTC))
    with pytest.raises(NotFound):
        kehuma.resend(made["id"], 10**9)
    kehuma.remove_webhook(made["id"])
    assert list(kehuma.webhooks()) == []
