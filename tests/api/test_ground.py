"""What holds for every operation: keys, problems, limits, what nobody should send."""

import doctest
import json
import logging
import multiprocessing
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from kehuma.api import bodies, etags, limits, openapi, problems
from kehuma.api.application import api
from kehuma.api.problems import texts
from kehuma.apps.access import services
from kehuma.lib import clock
from kehuma.lib.db import place
from kehuma.lib.viewer import system

ORDER = {"scheme": "region-industry", "facts": {"region": "北京", "industry": "信息技术"}}


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "kehuma.api")


def test_a_request_without_a_key_is_told_how_to_send_one(program: Any) -> None:
    program.key = ""
    answer = program.get("/codes")
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "Authorization: Bearer" in answer.json["detail"]


@pytest.mark.parametrize("key", ["khm_00000000_" + "0" * 32, "x", "khm__", "Ä", "khm_00000000_" + "0" * 5000])
def test_a_text_that_is_no_key_opens_nothing(program: Any, key: str) -> None:
    assert program.get("/codes", Authorization=f"Bearer {key}").status == 401


def test_a_revoked_key_is_dead_at_once(program: Any) -> None:
    assert program.get("/codes").status == 200
    services.revoke_any_key(system("cli:root"), program.key[:13], at=clock.now())
    assert program.get("/codes").status == 401


def test_a_cookie_opens_nothing(program: Any, client: Any, admin_user: Any) -> None:
    client.force_login(admin_user)
    program.key, program._client.cookies = "", client.cookies
    assert program.get("/codes").status == 401


@pytest.fixture
def admin_user(db: None) -> services.User:  # noqa: ARG001 - the table must be there
    return services.found(
        "衡岳商贸", name="林静怡", username="linjy", password="北风卷地白草折", email="", at=clock.now()
    )


def test_a_problem_has_its_members_and_a_reference(program: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "kehuma.api")
    answer = program.post("/codes", {"scheme": "region-industry", "fact": {}})
    assert answer.status == answer.json["status"] == 422
    assert answer.json["type"] == "urn:kehuma:problem:invalid"
    assert answer.json["errors"] == [{"field": "fact", "reason": "没有这一项", "remedy": "请检查拼写，或去掉它"}]
    assert answer.json["instance"] in caplog.text


@pytest.mark.parametrize(
    ("query", "header", "title"),
    [
        ("", "", "没有这个编码"),
        ("&lang=en", "zh", "No such code"),
        ("", "en-US,en;q=0.9,zh;q=0.8", "No such code"),
        ("", "zh-CN,en;q=0.5", "没有这个编码"),
        ("", "fr, en;q=x", "没有这个编码"),
        ("&lang=fr", "en", "No such code"),
    ],
)
def test_what_is_wrong_is_said_in_chinese_unless_english_was_asked_for(
    program: Any, query: str, header: str, title: str
) -> None:
    headers = {"Accept-Language": header} if header else {}
    assert program.get(f"/resolve?text=XX-1{query}", **headers).json["title"] == title


@pytest.mark.parametrize("kind", [kind for kind in texts() if kind != "reasons"])
def test_every_problem_is_said_in_both_languages(kind: str) -> None:
    told = texts()[kind]
    assert set(told) == {"status", "zh", "en", "detail_zh", "detail_en"}


@pytest.mark.parametrize("reason", texts()["reasons"])
def test_every_reason_has_a_remedy_in_both_languages(reason: str) -> None:
    assert set(texts()["reasons"][reason]) == {"zh", "en", "remedy_zh", "remedy_en"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/api/v2/codes", 404),
        ("GET", "/api/", 404),
        ("GET", "/", 404),
        ("PUT", "/codes", 405),
        ("DELETE", "/schemes", 405),
        ("GET", "/codes/batch/", 404),
        ("GET", "/codes?limit=0", 422),
        ("GET", "/codes?limit=x", 422),
        ("GET", "/codes?limit=" + "9" * 5000, 422),
        ("GET", "/codes?cursor=abc", 422),
        ("GET", "/codes?cursor=a:b:c", 422),
        ("GET", "/codes?fields=code,secret", 422),
        ("GET", "/resolve", 422),
        ("GET", "/resolve?text=", 422),
        ("GET", "/resolve?text=%00", 422),
        ("GET", "/customers?q=%ED%A0%80", 200),
        ("GET", "/customers/%00", 404),
        ("GET", "/codes?" + "&".join(f"a{index}=1" for index in range(2000)), 400),
    ],
)
def test_every_refusal_is_a_problem(program: Any, method: str, path: str, status: int) -> None:
    answer = program.ask(method, path)
    assert answer.status == status
    if status >= 400:
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert {"type", "title", "status", "detail", "errors", "instance"} <= set(answer.json)
    if status == 405:
        assert answer.headers["Allow"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b"", 422, id="nothing"),
        pytest.param(b"{", 400, id="half"),
        pytest.param(b"[" * 100_000, 400, id="deep"),
        pytest.param(b"[" * 500 + b"]" * 500, 422, id="less deep"),
        pytest.param(b'{"a":' * 50 + b"1" + b"}" * 50, 422, id="deep objects"),
        pytest.param(b'{"scheme":"a","scheme":"b"}', 400, id="a key twice"),
        pytest.param(b'{"scheme":"\\u0000"}', 422, id="NUL"),
        pytest.param(b'{"scheme":"\\ud800"}', 422, id="half a pair"),
        pytest.param(b'{"\\udfff":1}', 422, id="half a pair as key"),
        pytest.param(b"\xff\xfe", 400, id="not UTF-8"),
        pytest.param('{"scheme":"a"}'.encode("utf-16"), 400, id="UTF-16"),
        pytest.param(b'{"scheme":NaN}', 400, id="NaN"),
        pytest.param(b'{"scheme":1e999}', 422, id="infinite"),
        pytest.param(b'{"scheme":' + b"9" * 10_000 + b"}", 400, id="ten thousand digits"),
        pytest.param(b'{"scheme":99999999999999999999999}', 422, id="large number"),
        pytest.param(b"null", 422, id="null"),
        pytest.param(b"[]", 422, id="a list"),
        pytest.param(b'"text"', 422, id="a text"),
        pytest.param(json.dumps({**ORDER, "facts": []}).encode(), 422, id="facts as a list"),
        pytest.param(json.dumps({**ORDER, "facts": {"region": ["北京"]}}).encode(), 422, id="a fact as a list"),
        pytest.param(json.dumps({**ORDER, "facts": {"region": True}}).encode(), 422, id="a fact as a bool"),
        pytest.param(json.dumps({**ORDER, "facts": {"region": "北" * 501}}).encode(), 422, id="a long fact"),
        pytest.param(json.dumps({**ORDER, "at": "soon"}).encode(), 422, id="no date"),
        pytest.param(json.dumps({**ORDER, "at": "0001-01-01T00:00:00+14:00"}).encode(), 422, id="before all dates"),
        pytest.param(json.dumps({**ORDER, "scheme": "none"}).encode(), 422, id="no scheme"),
        pytest.param(b" " * 2_000_001, 413, id="large"),
    ],
)
def test_whatever_body_is_sent_the_answer_says_what_is_wrong(program: Any, body: bytes, status: int) -> None:
    answer = program.post("/codes", body)
    assert (answer.status, answer.json["status"]) == (status, status), answer.json


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=gbk", "x"]
)
def test_a_body_that_is_no_json_is_refused_by_its_type(program: Any, kind: str) -> None:
    assert program.post("/codes", ORDER, **{"Content-Type": kind}).status == 415


def test_a_key_that_asks_too_often_waits(program: Any, settings: Any) -> None:
    settings.API_RATE = 2
    first, second, third = (program.get("/schemes") for _ in range(3))
    assert [first.status, second.status, third.status] == [200, 200, 429]
    assert (first.headers["RateLimit-Limit"], first.headers["RateLimit-Remaining"]) == ("2", "1")
    assert 0 < int(third.headers["Retry-After"]) <= 60


def test_a_store_that_does_not_answer_is_a_problem(program: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(*_: object) -> None:
        from django.db import OperationalError  # noqa: PLC0415

        raise OperationalError("database is locked")

    monkeypatch.setattr("kehuma.apps.codes.queries.resolve", locked)
    answer = program.get("/resolve?text=a")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")


def test_a_fault_of_ours_tells_nothing_but_a_reference(
    program: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR, "kehuma.api")

    def broken(*_: object) -> None:
        raise RuntimeError("a secret path")

    monkeypatch.setattr("kehuma.apps.codes.queries.resolve", broken)
    answer = program.get("/resolve?text=a")
    assert answer.status == 500
    assert b"secret" not in answer.content
    assert "a secret path" in caplog.text
    assert answer.json["instance"] in caplog.text


def test_the_description_declares_the_problems_of_every_operation() -> None:
    described = api.get_openapi_schema(path_prefix="/api/v1/")
    assert described["openapi"] == "3.1.0"
    names = []
    for methods in described["paths"].values():
        for operation in methods.values():
            names.append(operation["operationId"])
            assert set(openapi._EVERYWHERE) <= set(operation["responses"])
            assert operation["security"] == [{"Key": []}]
            assert operation["description"]
            if "requestBody" in operation:
                assert {413, 415} <= set(operation["responses"])
    assert len(set(names)) == len(names) > 20


def test_the_description_is_there_for_programs(program: Any) -> None:
    answer = program.get("/openapi.json")
    assert answer.status == 200
    assert answer.json["info"]["title"] == "kehuma"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"


def test_whoever_watches_sees_whether_the_server_lives(program: Any) -> None:
    program.key = ""
    assert (program.get("/healthz").status, program.get("/healthz").json) == (200, {"status": "ok"})
    assert program.get("/readyz").json == {"status": "ok"}


def test_a_disk_that_takes_nothing_more_is_seen_before_codes_are_refused(
    program: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(place, "store", lambda: tmp_path / "no such disk" / "kehuma.sqlite3")
        answer = program.get("/readyz")
    assert (answer.status, answer.json) == (503, {"status": "unavailable"})
    assert program.get("/healthz").status == program.get("/readyz").status == 200


def test_figures_are_for_this_machine_and_for_those_who_may_look(program: Any, wang: Any) -> None:
    assert wang.get("/metrics").status == 403
    told = program.get("/metrics")
    assert told.status == 200
    assert b'kehuma_codes{scheme="region-industry"} 0' in told.content
    program.key = ""
    assert program.get("/metrics").status == 200
    assert program.get("/metrics", **{"X-Forwarded-For": "198.51.100.7"}).status == 401
    assert program.get("/metrics", Authorization="Bearer x").status == 401


def test_every_operation_and_problem_is_in_the_reference() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs/reference/api.md").read_text("utf-8")
    rows = set(re.findall(r"^\| `((?:GET|POST|PATCH|DELETE) [^`]+)` \| `([^`]+)` \|", page, re.MULTILINE))
    known = {
        (f"{method} {re.sub(r'{[^}:]+:', '{', path)}", operation.auth_callbacks[0].needs)  # type: ignore[attr-defined]
        for router in api._get_bound_routers()
        for path, view in router.path_operations.items()
        for operation in view.operations
        for method in operation.methods
    }
    assert rows == known
    listed = {(kind, str(told["status"])) for kind, told in texts().items() if kind != "reasons"}
    assert set(re.findall(r"^\| `([a-z-]+)` \| (\d+) \|", page, re.MULTILINE)) == listed


def test_the_processes_of_a_server_count_together() -> None:
    shared = limits.Limits(1000)

    def ask() -> None:
        for _ in range(100):
            shared.taken("key", 0.0)

    processes = [multiprocessing.get_context("fork").Process(target=ask) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert shared.taken("key", 1.0).remaining == 1000 - 301
    assert shared.taken("other", 1.0).remaining == 999
    assert shared.taken("key", 60.0).remaining == 999


def test_many_keys_are_counted_apart() -> None:
    one = limits.Limits(10)
    counts = {key: one.taken(f"key {key}", 0.0).remaining for key in range(4_000)}
    assert set(counts.values()) == {9}
    assert {one.taken(f"key {key}", 1.0).remaining for key in range(4_000)} == {8}


@pytest.mark.parametrize("module", [bodies, etags, limits, problems], ids=lambda module: module.__name__)
def test_the_examples_of_a_module_run(module: ModuleType) -> None:
    failed, tried = doctest.testmod(module)
    assert tried
    assert not failed
