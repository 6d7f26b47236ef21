"""Programs say themselves what they want to be told."""

from typing import Any

import pytest

from kehuma.apps.connectors import places

HOOK = {"name": "ERP", "url": "https://hooks.example/kehuma", "events": ["code.issued", "customer.updated"]}


@pytest.fixture(autouse=True)
def _names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is asked outside; names mean what they say here."""
    addresses = {"hooks.example": "93.184.216.34", "inside.example": "10.0.0.8"}
    monkeypatch.setattr(places, "resolved", lambda host, _port: [addresses[host]] if host in addresses else [])


def test_an_endpoint_comes_with_its_secret_changes_and_goes(program: Any) -> None:
    made = program.post("/webhooks", HOOK)
    assert made.status == 201
    assert made.json["secret"].startswith("whsec_")
    address = made.headers["Location"]
    assert address == f"/api/v1/webhooks/{made.json['id']}"
    (listed,) = program.get("/webhooks").json["items"]
    assert "secret" not in listed
    assert (listed["url"], listed["events"], listed["stopped"]) == (HOOK["url"], HOOK["events"], None)
    changed = program.ask("PATCH", address, {"events": ["scheme.published"]})
    assert (changed.status, changed.json["events"], changed.json["name"]) == (200, ["scheme.published"], "ERP")
    assert program.post(f"{address}/secret", {"overlap_hours": 1}).json["secret"] != made.json["secret"]
    assert program.get(address).json["other_secret_until"] is not None
    assert program.post(f"{address}/pause").json["stopped"] == "paused"
    assert program.post(f"{address}/resume", {"skip": True}).json["stopped"] is None
    assert program.get(f"{address}/undelivered").json["items"] == []
    assert program.ask("DELETE", address).status == 204
    assert program.get(address).status == 404


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"url": "https://inside.example/"}, "url", id="private"),
        pytest.param({"url": "http://hooks.example/"}, "url", id="plain"),
        pytest.param({"url": "https://unknown.example/"}, "url", id="no address"),
        pytest.param({"url": "hooks"}, "url", id="no URL"),
        pytest.param({"events": ["customer.exploded"]}, "events", id="no such event"),
        pytest.param({"events": []}, "events", id="no event"),
        pytest.param({"name": " "}, "name", id="no name"),
    ],
)
def test_what_cannot_be_an_endpoint_is_told_by_its_place(program: Any, changes: Any, field: str) -> None:
    refused = program.post("/webhooks", {**HOOK, **changes})
    assert refused.status == 422
    assert refused.json["errors"][0]["field"] == field
    assert refused.json["errors"][0]["reason"]


def test_a_period_and_a_message_are_asked_for_once_more(program: Any) -> None:
    program.post("/codes", {"scheme": "region-industry", "facts": {"region": "北京", "industry": "信息技术"}})
    address = program.post("/webhooks", HOOK).headers["Location"]
    assert program.post(f"{address}/replay", {"since": "2026-11-22", "until": "2026-11-21"}).status == 422
    assert program.post(f"{address}/replay", {"since": "2001-01-01", "until": "2001-01-02"}).status == 422
    assert program.post(f"{address}/resend", {"entry": 10**9}).status == 404
    from kehuma.apps.audit import services as audit  # noqa: PLC0415 - after set-up
    from kehuma.lib import clock  # noqa: PLC0415 - as above

    audit.sequence(clock.now())
    program.ask("PATCH", address, HOOK)
    leaf = _leaf_of("codes.issued")
    assert program.post(f"{address}/resend", {"entry": leaf}).status == 202
    assert program.get(f"{address}/undelivered").json["items"][0]["event"] == "code.issued"


def test_a_person_without_the_right_has_no_webhooks(wang: Any) -> None:
    assert wang.get("/webhooks").status == 403
    assert wang.post("/webhooks", HOOK).status == 403


def _leaf_of(kind: str) -> int:
    from kehuma.apps.audit import feed  # noqa: PLC0415 - after set-up

    return feed.since(0, [kind], limit=1).entries[0].leaf
