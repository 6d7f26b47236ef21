"""Codes over HTTP: one request, one code, for ever."""

from typing import Any

import pytest

FACTS = {"region": "北京", "industry": "信息技术"}
ORDER = {"scheme": "region-industry", "facts": FACTS}


def test_a_code_is_issued_once_for_a_request_key(program: Any) -> None:
    first = program.post("/codes", ORDER, **{"Idempotency-Key": "order-1"})
    assert first.status == 201
    assert first.json == {
        "code": "BJ-IT-0001-Y",
        "state": "issued",
        "scheme": "region-industry",
        "version": 1,
        "serial": 1,
    }
    again = program.post("/codes", ORDER, **{"Idempotency-Key": "order-1"})
    assert (again.status, again.json) == (200, first.json)
    quoted = program.post("/codes", ORDER, **{"Idempotency-Key": '"order-1"'})
    assert (quoted.status, quoted.json) == (200, first.json)
    other = program.post("/codes", {**ORDER, "facts": {**FACTS, "region": "上海"}}, **{"Idempotency-Key": "order-1"})
    assert other.status == 409
    assert other.json["type"].endswith("request-conflict")


def test_a_request_without_a_key_gets_one_to_repeat_it_with(program: Any) -> None:
    first = program.post("/codes", ORDER)
    again = program.post("/codes", ORDER, **{"Idempotency-Key": first.headers["Idempotency-Key"]})
    assert (first.status, again.status) == (201, 200)
    assert first.json == again.json
    assert program.post("/codes", ORDER).json["serial"] == 2
    assert program.get(first.headers["Location"]).json["code"] == first.json["code"]


@pytest.mark.parametrize("key", ["ä".encode().decode("latin-1"), "a" * 201, '""', "a\tb"])
def test_a_request_key_is_readable(program: Any, key: str) -> None:
    answer = program.post("/codes", ORDER, **{"Idempotency-Key": key})
    assert (answer.status, answer.json["errors"][0]["field"]) == (422, "Idempotency-Key")


def test_two_programs_that_count_from_one_do_not_meet(program: Any, wang: Any) -> None:
    mine = program.post("/codes", ORDER, **{"Idempotency-Key": "1"})
    other = wang.post("/codes", ORDER, **{"Idempotency-Key": "1"})
    assert (mine.status, other.status) == (201, 201)
    assert mine.json["code"] != other.json["code"]


def test_a_date_can_be_told_and_belongs_to_the_facts(program: Any) -> None:
    headers = {"Idempotency-Key": "dated"}
    first = program.post("/codes", {**ORDER, "at": "2099-01-02"}, **headers)
    assert first.status == 201
    assert program.get(f"/codes/{first.json['code']}").json["issued_at"] < "2099"
    assert program.post("/codes", {**ORDER, "at": "2099-01-02"}, **headers).status == 200
    assert program.post("/codes", {**ORDER, "at": "2099-01-03"}, **headers).status == 409


def test_what_cannot_be_written_names_the_fact_and_what_may_have_been_meant(program: Any) -> None:
    answer = program.post("/codes", {**ORDER, "facts": {**FACTS, "region": "北晶"}})
    assert answer.status == 422
    assert [one["field"] for one in answer.json["errors"]] == ["facts.region"]
    unknown = program.post("/codes", {**ORDER, "scheme": "none"}).json["errors"][0]
    assert (unknown["field"], "region-industry" in unknown["remedy"]) == ("scheme", True)


def test_a_batch_says_what_became_of_each_order(program: Any) -> None:
    items = [
        {**ORDER, "key": "a"},
        {**ORDER, "key": "b", "facts": {"region": "火星"}},
        ORDER,
        {**ORDER, "key": "a"},
        {**ORDER, "key": "a", "facts": {**FACTS, "region": "上海"}},
    ]
    first = program.post("/codes/batch", {"items": items}, **{"Idempotency-Key": "night"})
    told = [(one["status"], one["serial"]) for one in first.json["items"]]
    assert told == [(201, 1), (422, None), (201, 2), (200, 1), (409, None)]
    assert first.json["items"][1]["problem"]["errors"][0]["field"] == "facts.region"
    assert first.json["items"][2]["key"] == "night:2"
    again = program.post("/codes/batch", {"items": items}, **{"Idempotency-Key": "night"})
    assert [one["status"] for one in again.json["items"]] == [200, 422, 200, 200, 409]
    assert program.post("/codes", ORDER, **{"Idempotency-Key": "a"}).status == 200


def test_a_batch_has_at_most_a_thousand_orders(program: Any) -> None:
    assert program.post("/codes/batch", {"items": [ORDER] * 1001}).status == 422
    assert program.post("/codes/batch", {"items": []}).status == 422


def test_a_code_is_found_however_it_was_typed(program: Any) -> None:
    program.post("/codes", ORDER)
    found = program.get("/resolve?text=bjit0001y")
    assert (found.status, found.json["code"], found.json["found"]) == (200, "BJ-IT-0001-Y", True)
    lost = program.get("/resolve?text=BJ-IT-0001-Z")
    assert (lost.status, lost.json["suggestions"][0]["code"]) == (404, "BJ-IT-0001-Y")


def test_a_code_says_what_it_means(program: Any) -> None:
    program.post("/codes", ORDER)
    told = program.get("/codes/BJ-IT-0001-Y").json
    assert told["segments"][0]["zh"] == "北京"
    assert program.get("/codes/BJ-IT-0002-W").status == 404
    read = program.post("/read", {"text": "BJ-IT-0002-W"})
    assert (read.status, read.json["serial"]) == (200, 2)
    named = program.post("/read", {"text": "BJ-IT-0002-W", "scheme": "region-industry"})
    assert named.json == read.json
    wrong = program.post("/read", {"text": "BJ-IT-0002-X", "scheme": "region-industry"})
    assert (wrong.status, wrong.json["errors"][0]["field"]) == (422, "text")


def test_the_list_of_codes_is_walked_page_by_page(program: Any) -> None:
    program.post("/codes/batch", {"items": [ORDER] * 5})
    seen, path = [], "/codes?limit=2&fields=code,serial&scheme=region-industry"
    cursor = ""
    while True:
        page = program.get(path + cursor).json
        seen += [one["serial"] for one in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert seen == [5, 4, 3, 2, 1]
    foreign = program.get("/codes?limit=2").json["next"]
    assert program.get(f"{path}&cursor={foreign}").status == 422
    assert [one["serial"] for one in program.get("/codes?prefix=BJ-IT-0003").json["items"]] == [3]
    assert program.get("/codes?state=void").json == {"items": [], "next": None}


def test_a_code_is_kept_and_confirmed_with_the_same_key(program: Any) -> None:
    key = {"Idempotency-Key": "r1"}
    kept = program.post("/codes/reserve", {**ORDER, "minutes": 5}, **key)
    assert (kept.status, kept.json["state"]) == (201, "reserved")
    assert program.post("/codes/reserve", {**ORDER, "minutes": 5}, **key).status == 200
    code = kept.json["code"]
    assert program.post(f"/codes/{code}/confirm").status == 422
    assert program.post(f"/codes/{code}/confirm", **{"Idempotency-Key": "r2"}).status == 409
    assert program.post(f"/codes/{code}/confirm", **key).json["state"] == "issued"
    assert program.post(f"/codes/{code}/confirm", **key).status == 200
    assert program.post("/codes", ORDER).json["serial"] == 2
    assert program.post("/codes/reserve", {**ORDER, "minutes": 0}).status == 422


def test_a_code_is_retired_brought_back_and_merged(program: Any) -> None:
    first, second = (program.post("/codes", ORDER).json["code"] for _ in range(2))
    assert program.post(f"/codes/{first}/retire", {"reason": "closed"}).json["state"] == "retired"
    assert program.post(f"/codes/{first}/retire", {"reason": "closed"}).status == 409
    assert program.post(f"/codes/{first}/reinstate", {"reason": "returned"}).json["state"] == "issued"
    assert program.post(f"/codes/{first}/merge", {"code": second}).json["state"] == "merged"
    assert program.get(f"/resolve?text={first}").json["replaced_by"] == second
    told = program.get(f"/codes/{first}/history").json["items"]
    assert [one["after"] for one in told] == ["retired", "issued", "merged"]
    wrong = program.post(f"/codes/{second}/void", {"reason": "no"})
    assert (wrong.status, wrong.json["errors"][0]["field"]) == (422, "reason")
    note = program.post(f"/codes/{second}/void", {"reason": "test", "note": "13912345678"})
    assert (note.status, note.json["errors"][0]["field"]) == (422, "note")
    assert program.post("/codes/BJ-IT-0099-9/void", {"reason": "test"}).status == 404
    spans = program.get("/schemes/region-industry/gaps?key=region%3DBJ%20industry%3DIT").json["items"]
    assert [(one["kind"], one["state"]) for one in spans[:2]] == [("issued", "merged"), ("issued", "issued")]
    assert program.get("/schemes/region-industry/gaps?key=none").status == 404


def test_a_number_of_another_system_leads_to_one_code(program: Any) -> None:
    first, second = (program.post("/codes", ORDER).json["code"] for _ in range(2))
    body = {"text": "K-77", "system": "SAP"}
    assert program.post(f"/codes/{first}/aliases", body).status == 201
    assert program.post(f"/codes/{first}/aliases", body).status == 200
    taken = program.post(f"/codes/{second}/aliases", body)
    assert (taken.status, first in taken.json["detail"]) == (409, True)
    assert program.get("/resolve?text=SAP:K-77").json["code"] == first
    assert program.get(f"/codes/{first}/aliases").json["items"][0]["system"] == "SAP"
    assert program.post(f"/codes/{first}/aliases/end", {**body, "reason": "mistake"}).status == 204
    assert program.post(f"/codes/{second}/aliases", body).status == 201


def test_a_chosen_code_is_given_out_by_right(program: Any, wang: Any) -> None:
    body = {"scheme": "region-industry", "text": "BJ-IT-0002-W"}
    assert wang.post("/codes/manual", body).status == 403
    assert program.post("/codes/manual", body, **{"Idempotency-Key": "m"}).status == 201
    assert program.post("/codes/manual", body, **{"Idempotency-Key": "m"}).status == 200
    assert program.post("/codes/manual", body).status == 409
    assert program.post("/codes/manual", {**body, "text": "XX"}).status == 422
    assert [program.post("/codes", ORDER).json["serial"] for _ in range(2)] == [1, 3]
