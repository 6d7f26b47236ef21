"""Lists of customers over HTTP: received, run dry, committed, undone; the same request brings the same import."""

from pathlib import Path
from typing import Any

import pytest

ROWS = [
    {"客户编号": "K-1", "客户名称": "北京衡岳数据技术有限公司", "区域": "北京", "行业": "信息技术"},
    {"客户编号": "K-2", "客户名称": "上海某某贸易有限公司", "区域": "上海", "行业": "批发业"},
    {"客户编号": "K-3", "客户名称": "某某有限公司", "区域": "火星", "行业": "信息技术"},
]
BODY = {"source": "ERP", "rows": ROWS}


@pytest.fixture(autouse=True)
def _at_once(settings: Any, tmp_path: Path) -> None:
    """The worker does what it is asked for at once; files lie in a folder of their own."""
    settings.KEHUMA_HOME = tmp_path
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}


def test_rows_are_run_dry_committed_and_undone(program: Any) -> None:
    received = program.post("/imports", BODY, Idempotency_Key="night-1")
    assert received.status == 202
    address = received.headers["Location"]
    looked = program.get(address).json
    assert (looked["state"], looked["rows"]["create"], looked["rows"]["fault"]) == ("checked", 2, 1)
    assert looked["faults"] == {"region": 1}
    assert looked["columns"]["客户名称"] == "name"
    (fault,) = program.get(f"{address}/faults").json["items"]
    assert (fault["row"], fault["field"], fault["value"]) == (4, "region", "火星")
    assert fault["reason"]
    assert program.get("/customers").json["items"] == []
    assert program.post(f"{address}/commit", {"mode": "both"}).status == 202
    done = program.get(address).json
    assert (done["state"], done["progress"], done["committed"]["created"]) == ("done", 1.0, 2)
    again = program.post(f"{address}/commit", {"mode": "both"})
    assert (again.status, again.json["committed"]["created"]) == (202, 2)
    assert len(program.get("/customers").json["items"]) == 2
    left = program.get(f"{address}/rejected").json
    assert left["columns"][-4:] == list(ROWS[0])
    assert [one[3] for one in left["items"]] == ["K-3"]
    assert program.post(f"{address}/undo").json["reverted"] == 2
    assert program.get("/customers").json["items"] == []
    assert program.get("/imports").json["items"][0]["state"] == "undone"


def test_the_same_request_brings_the_same_import(program: Any) -> None:
    first = program.post("/imports", BODY, Idempotency_Key="night-1")
    again = program.post("/imports", BODY, Idempotency_Key="night-1")
    assert (again.status, again.json["id"]) == (202, first.json["id"])
    assert len(program.get("/imports").json["items"]) == 1
    other = program.post("/imports", {**BODY, "source": "CRM"}, Idempotency_Key="night-1")
    assert (other.status, other.json["type"]) == (409, "urn:kehuma:problem:request-conflict")
    assert program.ask("DELETE", first.headers["Location"]).status == 204
    fresh = program.post("/imports", BODY, Idempotency_Key="night-1")
    assert fresh.status == 202
    assert fresh.json["id"] != first.json["id"]


def test_a_file_is_the_body_itself(program: Any) -> None:
    lines = [",".join(ROWS[0]), *(",".join(row.values()) for row in ROWS)]
    for content in ("\n".join(lines).encode("gb18030"), "\n".join(lines).replace(",", "\t").encode("utf-8-sig")):
        sent = {"Content_Type": "application/octet-stream", "Idempotency_Key": f"file-{len(content)}"}
        address = "/imports/file?name=list.csv&source=ERP"
        received = program.post(address, content, **sent)
        assert received.status == 202, received.json
        assert received.json["rows"]["fault"] == 1
        assert program.post(address, content, **sent).json["id"] == received.json["id"]
        assert program.post(address, content + b"\n", **sent).status == 409


def test_a_file_that_is_none_is_told_in_words(program: Any) -> None:
    sent = {"Content_Type": "application/octet-stream"}
    address = "/imports/file?name=list.xlsx&source=ERP"
    assert program.post(address, b"", **sent).json["errors"][0]["field"] == "file"
    assert program.post(address, b"\x00\x01\x02", **sent).status == 422
    assert program.post(address, b"PK\x03\x04 broken", **sent).status == 422
    form = program.post(address, b"x", Content_Type="multipart/form-data; boundary=x")
    assert (form.status, form.json["type"]) == (415, "urn:kehuma:problem:not-file-type")
    assert program.get("/imports").json["items"] == []


def test_columns_are_named_by_the_caller_and_mended_afterwards(program: Any) -> None:
    rows = [{"a": "K-1", "b": "北京衡岳数据技术有限公司", "c": "北京", "d": "信息技术"}]
    unclear = program.post("/imports", {"source": "ERP", "rows": rows})
    assert (unclear.status, unclear.json["errors"][0]["field"]) == (422, "columns")
    assert program.get("/imports").json["items"] == []
    columns = {"a": "own_number", "b": "name", "c": "industry", "d": "region"}
    received = program.post("/imports", {"source": "ERP", "rows": rows, "columns": columns})
    assert received.json["rows"]["fault"] == 1
    mended = {"source": "ERP", "columns": {"c": "region", "d": "industry"}}
    again = program.post(f"{received.headers['Location']}/columns", mended)
    assert (again.status, again.json["rows"]["create"]) == (202, 1)
    wrong = program.post(f"{received.headers['Location']}/columns", {"source": "ERP", "columns": {"x": "name"}})
    assert (wrong.status, wrong.json["errors"][0]["field"]) == (422, "columns")


def test_rows_with_commas_quotes_and_line_ends_arrive_as_they_are(program: Any) -> None:
    address = '\'=1 a "b", c\nd;\t=1+1'
    rows = [{**ROWS[0], "地址": address}, {**ROWS[1], "地址": None}]
    received = program.post("/imports", {"source": "ERP", "rows": rows})
    assert received.json["rows"]["fault"] == 0, program.get(f"{received.headers['Location']}/faults").json
    program.post(f"{received.headers['Location']}/commit", {})
    customer = program.get("/customers?q=衡岳").json["items"][0]
    assert program.get(f"/customers/{customer['code']}").json["address"].split() == address.split()


def test_others_imports_are_not_there(program: Any, of_person: Any) -> None:
    received = program.post("/imports", BODY)
    li = of_person("李经理", "lijl", "manager", "华东组")
    assert li.get(received.headers["Location"]).status == 404
    assert li.get("/imports").json["items"] == []
    assert of_person("小王", "xiaowang", "member", "华东组").get("/imports").status == 403


def test_what_cannot_be_done_now_is_a_conflict(program: Any) -> None:
    address = program.post("/imports", BODY).headers["Location"]
    assert program.post(f"{address}/undo").status == 409
    assert program.post(f"{address}/cancel").status == 409
    assert program.post("/imports/nothing/commit", {}).status == 404
    assert program.get("/imports/00000000-0000-4000-8000-000000000000").status == 404
    program.post(f"{address}/commit", {})
    assert program.ask("DELETE", address).status == 409
