"""Hostile texts at every place of every operation: an answer, and never one of ours that broke."""

import json
import logging
import os
import re
import zlib
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import pytest

from kehuma.api.application import api

TEXTS = (
    "",
    " ",
    "\u3000",
    "a" * 5000,
    "\x7f\x1b[2J",
    "'; DROP TABLE codes_code; --",
    "%",
    "_",
    "*",
    '"',
    'a" OR b:*',
    "NEAR(a b)",
    "-1",
    "1e308",
    "9" * 400,
    "../../etc/passwd",
    "{{7*7}}",
    "${jndi:ldap://x}",
    "\u202eabc",
    "\ufeff",
    "👩‍👩‍👧",
    "ﬁ①Ⅷ",
    "İıſ",
    "㍿",
    "e\u0301" * 50,
    "北" * 600,
    "BJ/IT/0001",
    "BJ-IT-0001-Y",
    "None",
    "00000000-0000-4000-8000-000000000000",
    "2026-13-45",
    "0001-01-01",
    "9999-12-31T23:59:59-14:00",
)
VALUES: tuple[Any, ...] = (*TEXTS, None, True, 0, -1, 2**62, 1.5, [], {}, [[]], {"a": {}}, [None], ["北京"])

THOROUGH = "KEHUMA_TEST_THOROUGH"
BODIES: dict[str, dict[str, Any]] = {
    "/codes": {
        "scheme": "region-industry",
        "facts": {"region": "北京", "industry": "信息技术"},
        "parent": None,
        "at": None,
    },
    "/codes/batch": {"items": [{"scheme": "region-industry", "facts": {"region": "北京"}, "key": "k"}]},
    "/read": {"text": "BJ-IT-0001-Y", "scheme": "region-industry"},
    "/schemes": {"source": "kehuma = 1"},
    "/schemes/check": {"source": "kehuma = 1"},
    "/schemes/preview": {"scheme": "region-industry", "facts": [{"region": "北京"}], "parent": None, "at": None},
    "/dictionaries/cn-province": {"entries": [{"symbol": "BJ", "zh": "京", "also": ["京城"], "codes": ["1"]}]},
    "/customers": {
        "kind": "enterprise",
        "name": "甲",
        "region": "北京",
        "industry": "信息技术",
        "former_names": ["乙"],
        "country": "CN",
        "address": "x",
        "source": "x",
        "notes": "x",
        "tags": ["x"],
        "custom": {"x": "y"},
        "identifiers": [{"type": "uscc", "value": "91110108551385082Q", "issuer": "x"}],
        "contacts": [{"name": "王强", "mobile": "13912345678", "phone": "1", "email": "a@b.cn", "wechat": "x"}],
        "parent": None,
        "owner": None,
        "scheme": None,
    },
    "/imports": {
        "source": "ERP",
        "scheme": "region-industry",
        "name": "x",
        "columns": {"a": "name"},
        "rows": [{"a": "甲", "b": 1}],
    },
    "/webhooks": {"name": "ERP", "url": "https://hooks.example/", "events": ["code.issued"]},
    "/customers/bulk": {"system": "erp", "items": [{"number": "1", "name": "甲", "region": "北京", "tags": ["a"]}]},
}
QUERIES = {
    "/imports": ("limit",),
    "/imports/00000000-0000-4000-8000-000000000000/faults": ("field", "limit", "cursor"),
    "/codes": ("scheme", "state", "prefix", "limit", "cursor", "fields", "lang"),
    "/resolve": ("text",),
    "/dictionaries/cn-province": ("q", "limit", "cursor"),
    "/customers": ("q", "kind", "region", "industry", "source", "tag", "owner", "limit", "cursor", "fields"),
}


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    if isinstance(value, dict):
        found += [place for key, inner in value.items() for place in _places(inner, (*path, key))]
    elif isinstance(value, list):
        found += [place for index, inner in enumerate(value) for place in _places(inner, (*path, index))]
    return found


def _some(values: Sequence[Any], *place: object) -> Sequence[Any]:
    """Every text at every place takes minutes: each place gets some of them, all places together get all.

    ``KEHUMA_TEST_THOROUGH=1`` asks for the minutes.
    """
    if os.environ.get(THOROUGH) == "1":
        return values
    return values[zlib.crc32(repr(place).encode()) % 6 :: 6]


def _with(body: Any, place: tuple[Any, ...], value: Any) -> Any:
    changed = json.loads(json.dumps(body))
    inner = changed
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    return changed


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    caplog.set_level(logging.CRITICAL, "kehuma.api")
    # Nothing is asked outside for the addresses of webhooks.
    monkeypatch.setattr("kehuma.apps.connectors.places.resolved", lambda *_: ["93.184.216.34"])


@pytest.mark.parametrize("path", BODIES)
def test_whatever_stands_in_a_body_nothing_breaks(program: Any, path: str) -> None:
    for place in _places(BODIES[path]):
        for value in _some(VALUES, path, place):
            answer = program.post(path, _with(BODIES[path], place, value))
            assert answer.status < 500, (place, value, answer.json)


@pytest.mark.parametrize("path", QUERIES)
def test_whatever_stands_in_an_address_nothing_breaks(program: Any, path: str) -> None:
    for name in QUERIES[path]:
        for text in _some(TEXTS, path, name):
            answer = program.get(f"{path}?{name}={quote(text)}")
            assert answer.status < 500, (name, text, answer.json)


def test_whatever_stands_in_a_path_nothing_breaks(program: Any) -> None:
    paths = {path for router in api._get_bound_routers() for path in router.path_operations if "{" in path}
    for path in sorted(paths):
        for method in ("GET", "POST", "PATCH", "DELETE"):
            for text in _some(TEXTS, path, method):
                address = quote(text, safe="").join(re.split(r"\{[^}]*\}", path))
                body: dict[str, str] | None = {} if method in {"POST", "PATCH"} else None
                answer = program.ask(method, address, body, **{"If-Match": "*"})
                assert answer.status < 500, (method, path, text, answer.content)


@pytest.mark.parametrize("text", TEXTS)
def test_whatever_stands_in_a_header_nothing_breaks(program: Any, text: str) -> None:
    sent = text.encode().decode("latin-1")
    order = {"scheme": "region-industry", "facts": {"region": "北京", "industry": "信息技术"}}
    for name in ("Idempotency-Key", "Accept-Language", "If-Match", "X-Forwarded-For", "Content-Type"):
        assert program.post("/codes", order, **{name: sent}).status < 500, name
    assert program.get("/codes", Authorization=sent).status == 401
