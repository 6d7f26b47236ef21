"""Customers over HTTP: coded, found, changed without overwriting anybody, covered where they must be."""

from collections.abc import Mapping
from typing import Any

import pytest

from kehuma.apps.customers import services
from kehuma.lib import clock
from kehuma.lib.viewer import system

HENGYUE: Mapping[str, Any] = {
    "kind": "enterprise",
    "name": "北京衡岳数据技术有限公司",
    "region": "北京",
    "industry": "信息技术",
    "identifiers": [{"type": "uscc", "value": "91110108551385082Q"}],
    "contacts": [{"name": "王强", "mobile": "13912345678", "email": "wq@example.org"}],
}


def _made(program: Any, **more: Any) -> str:
    answer = program.post("/customers", {**HENGYUE, **more})
    assert answer.status == 201, answer.json
    return str(answer.json["code"])


def test_a_customer_gets_its_code_with_its_record(program: Any) -> None:
    made = program.post("/customers", HENGYUE, **{"Idempotency-Key": "c1"})
    assert made.status == 201
    assert made.json["code"] == "BJ-IT-0001-Y"
    again = program.post("/customers", HENGYUE, **{"Idempotency-Key": "c1"})
    assert (again.status, again.json) == (200, made.json)
    other = program.post("/customers", {**HENGYUE, "region": "上海"}, **{"Idempotency-Key": "c1"})
    assert other.status == 409
    told = program.get(made.headers["Location"])
    assert told.headers["ETag"] == made.headers["ETag"]
    assert told.json["region_name"] == "北京市"
    assert told.json["contacts"][0]["mobile"] == "13912345678"
    assert told.json["identifiers"][0]["value"] == "91110108551385082Q"


def test_more_contacts_and_numbers_of_other_systems_stand_beside_the_first(program: Any) -> None:
    more = {
        "identifiers": [*HENGYUE["identifiers"], {"type": "SAP", "value": "K-77"}],
        "contacts": [*HENGYUE["contacts"], {"name": "李四", "phone": "010-62345678"}],
    }
    code = _made(program, **more)
    told = program.get(f"/customers/{code}").json
    assert [one["name"] for one in told["contacts"]] == ["王强", "李四"]
    assert told["identifiers"][1] | {"id": 0} == {
        "id": 0,
        "type": "own_number",
        "issuer": "SAP",
        "value": "K-77",
        "masked": False,
    }
    assert program.get("/customers/K-77").json["code"] == code


@pytest.mark.parametrize(
    ("more", "fields"),
    [
        ({"address": "中关村大街 1 号"}, ["address"]),
        ({"name": "北京衡岳数据", "notes": ""}, ["name"]),
        ({"region": "上海", "tags": ["月结"]}, ["region", "tags"]),
        (
            {"contacts": [{"name": "王强", "mobile": "13912345679", "email": "wq@example.org"}]},
            ["contacts.0.mobile"],
        ),
        ({"contacts": []}, ["contacts.0.email", "contacts.0.mobile", "contacts.0.name"]),
        ({"owner": None}, ["owner"]),
    ],
)  # fmt: skip
def test_a_key_that_comes_again_with_other_values_is_told_which(
    program: Any, more: dict[str, Any], fields: list[str]
) -> None:
    key = {"Idempotency-Key": "c1"}
    made = program.post("/customers", HENGYUE, **key)
    again = program.post("/customers", {**HENGYUE, **more}, **key)
    assert (again.status, again.json["type"]) == (409, "urn:kehuma:problem:request-conflict")
    assert sorted(one["field"] for one in again.json["errors"]) == fields
    assert made.json["code"] in again.json["detail"]
    for value in ("13912345679", "中关村大街"):
        assert value not in str(again.json)
    program.ask("PATCH", f"/customers/{made.json['code']}", {"address": "别处"}, **{"If-Match": "*"})
    assert program.post("/customers", {**HENGYUE, "notes": ""}, **key).status == 200


@pytest.mark.parametrize(
    ("more", "fields"),
    [
        ({"name": "", "region": "火星"}, ["name", "region"]),
        ({"identifiers": [{"type": "uscc", "value": "1"}]}, ["identifiers.0.value"]),
        ({"contacts": [{"name": "王强", "mobile": "12"}]}, ["contacts.0.mobile"]),
        ({"contacts": [{"name": "王强"}, {"email": "no"}]}, ["contacts.1.email"]),
        (
            {"identifiers": [{"type": "uscc", "value": "91110108551385082Q"}, {"type": "uscc", "value": "2"}]},
            ["identifiers.1.value"],
        ),
        ({"custom": {"colour": "红"}}, ["custom.colour"]),
        ({"custom": {"owner": "x"}}, ["custom.owner"]),
        ({"parent": "BJ-IT-0099-9"}, ["parent"]),
        ({"owner": "nobody"}, ["owner"]),
        ({"scheme": "none"}, ["scheme"]),
        ({"kind": "robot"}, ["kind"]),
        ({"contacts": "王强"}, ["contacts"]),
    ],
)
def test_all_that_is_wrong_is_told_by_its_place(program: Any, more: dict[str, Any], fields: list[str]) -> None:
    answer = program.post("/customers", {**HENGYUE, **more})
    assert answer.status == 422
    assert [one["field"] for one in answer.json["errors"]] == fields
    assert program.get("/customers").json["items"] == []
    assert program.get("/codes").json["items"] == []


def test_without_a_rule_for_customers_there_is_none(wang: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kehuma.apps.codes.queries.first_rule", lambda *_, **__: None)
    answer = wang.post("/customers", HENGYUE)
    assert (answer.status, answer.json["errors"][0]["field"]) == (422, "scheme")


def test_the_list_is_walked_narrowed_and_searched(program: Any) -> None:
    for number in range(5):
        _made(program, name=f"衡岳{number}号贸易有限公司", region="广东" if number % 2 else "北京")
    page = program.get("/customers?limit=2&fields=name").json
    seen = [one["name"] for one in page["items"]]
    while page["next"]:
        page = program.get(f"/customers?limit=2&fields=name&cursor={page['next']}").json
        seen += [one["name"] for one in page["items"]]
    assert seen == [f"衡岳{number}号贸易有限公司" for number in (4, 3, 2, 1, 0)]
    south = program.get("/customers?region=44").json["items"]
    assert {one["region"] for one in south} == {"440000"}
    first = program.get("/customers?q=衡岳&limit=3").json
    rest = program.get(f"/customers?q=衡岳&limit=3&cursor={first['next']}").json
    assert len({one["code"] for one in first["items"] + rest["items"]}) == 5
    assert rest["next"] is None
    assert program.get("/customers?q=衡岳3号").json["items"][0]["name"] == "衡岳3号贸易有限公司"
    assert program.get("/customers?kind=person").json == {"items": [], "next": None}
    assert program.get("/customers?owner=none&tag=无").json == {"items": [], "next": None}
    assert program.get("/customers?fields=secret").status == 422


def test_nobody_overwrites_what_it_has_not_seen(program: Any) -> None:
    code = _made(program)
    tag = program.get(f"/customers/{code}").headers["ETag"]
    assert program.ask("PATCH", f"/customers/{code}", {"address": "中关村"}).status == 428
    changed = program.ask("PATCH", f"/customers/{code}", {"address": "中关村", "notes": None}, **{"If-Match": tag})
    assert (changed.status, changed.json["address"]) == (200, "中关村")
    stale = program.ask("PATCH", f"/customers/{code}", {"address": "上地"}, **{"If-Match": tag})
    assert (stale.status, stale.headers["ETag"]) == (412, changed.headers["ETag"])
    assert program.ask("PATCH", f"/customers/{code}", {"address": "上地"}, **{"If-Match": "*"}).status == 200
    assert program.ask("PATCH", f"/customers/{code}", {"address": "上地"}, **{"If-Match": "3"}).status == 422
    wrong = program.ask("PATCH", f"/customers/{code}", {"region": "火星"}, **{"If-Match": "*"})
    assert (wrong.status, wrong.json["errors"][0]["field"]) == (422, "region")
    told = program.get(f"/customers/{code}/history?limit=1").json
    assert (told["items"][0]["new"], told["items"][0]["actor_name"]) == ("上地", "ERP")
    assert program.get(f"/customers/{code}/history?cursor={told['next']}").json["items"][0]["new"] == "中关村"


def test_a_customer_is_put_below_another_and_never_below_itself(program: Any) -> None:
    above, below = _made(program), _made(program, name="衡岳分公司")
    moved = program.ask("PATCH", f"/customers/{below}", {"parent": above}, **{"If-Match": "*"})
    assert moved.json["parent"] == above
    assert program.ask("PATCH", f"/customers/{above}", {"parent": below}, **{"If-Match": "*"}).status == 409
    freed = program.ask("PATCH", f"/customers/{below}", {"parent": None}, **{"If-Match": "*"})
    assert freed.json["parent"] is None


def test_a_customer_lies_in_the_recycle_bin_until_it_is_brought_back(program: Any) -> None:
    code = _made(program)
    assert program.ask("DELETE", f"/customers/{code}", **{"If-Match": '"99"'}).status == 412
    assert program.ask("DELETE", f"/customers/{code}").status == 204
    assert program.get(f"/customers/{code}").status == 404
    assert program.ask("DELETE", f"/customers/{code}").status == 404
    assert program.get(f"/codes/{code}").status == 200
    assert program.post(f"/customers/{code}/restore").status == 204
    assert program.post(f"/customers/{code}/restore").status == 409
    assert program.get(f"/customers/{code}").status == 200


def test_contacts_and_numbers_are_added_changed_and_taken_away(program: Any) -> None:
    code, other = _made(program), _made(program, name="别家")
    made = program.post(f"/customers/{code}/contacts", {"name": "李四", "mobile": "13812345678"})
    assert made.status == 201
    place = f"/customers/{code}/contacts/{made.json['id']}"
    assert program.ask("PATCH", place, {"role": "采购"}).json["role"] == "采购"
    assert program.ask("PATCH", place, {"mobile": "1"}).json["errors"][0]["field"] == "mobile"
    assert program.ask("PATCH", f"/customers/{other}/contacts/{made.json['id']}", {"role": "x"}).status == 404
    assert program.ask("DELETE", place).status == 204
    assert program.ask("DELETE", place).status == 404
    assert program.post(f"/customers/{code}/contacts", {}).status == 422
    number = program.post(f"/customers/{code}/identifiers", {"type": "CRM", "value": "9-1"})
    assert (number.status, number.json["issuer"]) == (201, "CRM")
    bad = program.post(f"/customers/{code}/identifiers", {"type": "uscc", "value": "1"})
    assert (bad.status, bad.json["errors"][0]["field"]) == (422, "value")
    assert program.ask("DELETE", f"/customers/{other}/identifiers/{number.json['id']}").status == 404
    assert program.ask("DELETE", f"/customers/{code}/identifiers/{number.json['id']}").status == 204


def test_many_come_in_by_their_numbers_and_are_changed_when_they_come_again(program: Any) -> None:
    code = _made(program)
    items = [
        {"number": "A1", "name": "甲公司", "region": "北京", "industry": "信息技术"},
        {"number": "A2", "name": "乙公司", "region": "火星", "industry": "信息技术"},
        {"code": code, "address": "中关村"},
        {"code": "BJ-IT-0099-9", "address": "x"},
    ]
    first = program.post("/customers/bulk", {"system": "erp", "items": items})
    assert first.status == 200, first.json
    told = [(one["status"], one["result"]) for one in first.json["items"]]
    assert told == [(201, "created"), (422, "rejected"), (200, "updated"), (404, "rejected")]
    assert first.json["items"][1]["problem"]["errors"][0]["field"] == "region"
    items[0]["address"] = "上地"
    again = program.post("/customers/bulk", {"system": "erp", "items": items}).json["items"]
    assert [one["result"] for one in again] == ["updated", "rejected", "unchanged", "rejected"]
    assert program.get("/customers/A1").json["address"] == "上地"
    assert program.get("/customers/erp:a1").json["code"] == again[0]["code"]
    assert program.post("/customers/bulk", {"items": [{"number": "A1", "name": "x"}]}).status == 422
    assert program.post("/customers/bulk", {"items": [{"name": "x"}]}).status == 422


def test_what_a_key_may_not_see_is_covered_and_named(program: Any, wang: Any) -> None:
    code = _made(wang)
    told = wang.get(f"/customers/{code}").json
    assert told["contacts"][0]["masked"] == ["email", "mobile"]
    listed = wang.get("/customers?q=衡岳").json
    assert "13912345678" not in str(told) + str(listed)
    same = wang.ask(
        "PATCH", f"/customers/{code}/contacts/{told['contacts'][0]['id']}", {"mobile": told["contacts"][0]["mobile"]}
    )
    assert same.status == 200
    assert program.get(f"/customers/{code}").json["contacts"][0]["mobile"] == "13912345678"


def test_not_found_and_not_yours_look_the_same(wang: Any, stranger: Any) -> None:
    code = _made(stranger)
    asked = [
        ("GET", "", None),
        ("PATCH", "", {"address": "x"}),
        ("GET", "/history", None),
        ("POST", "/contacts", {"name": "x"}),
        ("PATCH", "/contacts/1", {"name": "x"}),
        ("DELETE", "/contacts/1", None),
        ("POST", "/identifiers", {"type": "CRM", "value": "1"}),
        ("DELETE", "/identifiers/1", None),
    ]
    for method, tail, body in asked:
        theirs, none = (
            wang.ask(method, f"/customers/{one}{tail}", body, **{"If-Match": "*"}) for one in (code, "BJ-IT-0099-9")
        )
        told = [{**one.json, "instance": ""} for one in (theirs, none)]
        assert (theirs.status, told[0]) == (404, told[1]), (method, tail)
    for answer in (
        wang.post("/customers", {**HENGYUE, "parent": code}),
        wang.post("/customers", {**HENGYUE, "parent": "BJ-IT-0099-9"}),
    ):
        assert (answer.status, answer.json["errors"][0]["field"]) == (422, "parent")
    assert wang.get("/customers").json["items"] == []
    assert wang.get("/customers?q=衡岳").json["items"] == []


def test_a_restricted_customer_is_shown_so_and_not_changed(program: Any) -> None:
    code = _made(program)
    assert program.get(f"/customers/{code}").json["restricted"] is False
    services.restrict(system("test"), code, reason="contested", at=clock.now())
    told = program.get(f"/customers/{code}")
    assert told.json["restricted"] is True
    refused = program.ask("PATCH", f"/customers/{code}", {"source": "展会"}, **{"If-Match": told.headers["ETag"]})
    assert refused.status == 409
    assert "限制处理" in refused.json["detail"]
    many = program.post("/customers/bulk", {"items": [{"code": code, "source": "展会"}]})
    assert many.json["items"][0]["status"] == 409
