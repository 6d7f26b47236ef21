"""Requests that nobody foresaw, for every operation of the API: an answer, and never one of ours that broke.

They are made from the description of the API by our own generator, and each is one request of a program with a key.
What the description does not declare is a fault too.
"""

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tools.faults import register
from tools.faults.register import NOON
from tools.faults.report import Report
from tools.faults.shapes import BROKEN, Shapes

from kehuma.api.application import api
from kehuma.apps.codes import services

FULL, SAMPLE = 5_000, 300
_HEADERS = ("Accept-Language", "If-Match", "If-None-Match", "X-Forwarded-For", "Accept", "Range")
_BAD = 500
_HTTP = 400
# What HTTP itself may answer, whatever the operation: not this method, not this size of an address.
_ALWAYS = frozenset({404, 405, 414})


class Asked(NamedTuple):
    """One request."""

    method: str
    path: str
    address: str
    body: bytes
    headers: Mapping[str, str]


def run(size: int, _folder: Path) -> Report:
    """So many requests."""
    register.make()
    rule = Path(__file__).resolve().parents[2] / "schemes" / "region-industry.toml"
    services.publish(rule.read_text("utf-8"), actor="operator", at=NOON)
    program, answers, faults = register.client(), Counter[int](), dict[str, str]()
    described = api.get_openapi_schema()
    codes = tuple(code for number in range(20) for code in register.ask(register.Request("seed", number)).codes)

    @settings(max_examples=size, database=None, deadline=None, derandomize=True, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(_requests(described, codes))
    def ask(asked: Asked) -> None:
        status = _answered(program, asked, described, faults)
        answers[status] += 1

    ask()
    report = Report({"operations": sum(len(methods) for methods in described["paths"].values())})
    report.some("requests", answers.total())
    report.figures["by status"] = " ".join(f"{status}:{number}" for status, number in sorted(answers.items()))
    report.some("accepted", sum(number for status, number in answers.items() if status < _HTTP))
    report.some("refused", sum(number for status, number in answers.items() if _HTTP <= status < _BAD))
    report.none("answers of 5xx, and others that are not declared", list(faults.values()))
    register.check_store(report)
    return report


def _requests(described: Mapping[str, Any], codes: tuple[str, ...]) -> st.SearchStrategy[Asked]:
    shapes = Shapes(described, codes)
    every = [
        _operation(shapes, method, path, operation)
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    ]
    return st.one_of(every)


@st.composite
def _operation(draw: st.DrawFn, shapes: Shapes, method: str, path: str, operation: Mapping[str, Any]) -> Asked:
    address, asked, headers = path, dict[str, str](), dict[str, str]()
    for one in operation.get("parameters", ()):
        name, place = one["name"], one["in"]
        if place == "path":
            address = address.replace("{" + name + "}", quote(_plain(draw(shapes.text(name))), safe=""))
        elif one.get("required") or draw(st.booleans()):
            fits = draw(shapes.of(one["schema"], name)) if draw(st.booleans()) else draw(shapes.text(name))
            (asked if place == "query" else headers)[name] = fits if isinstance(fits, str) else json.dumps(fits)
    if draw(st.integers(0, 9)) == 0:
        headers[draw(st.sampled_from(_HEADERS))] = draw(shapes.text())
    if draw(st.integers(0, 9)) == 0:
        asked[_plain(draw(shapes.text()))] = draw(shapes.text())
    query = f"?{urlencode({name: _plain(text) for name, text in asked.items()})}" if asked else ""
    body = _body(draw, shapes, operation)
    return Asked(
        method.upper(), path, f"{address}{query}", body, {name: _header(text) for name, text in headers.items()}
    )


def _body(draw: st.DrawFn, shapes: Shapes, operation: Mapping[str, Any]) -> bytes:
    content = operation.get("requestBody", {}).get("content", {})
    if "application/json" not in content:
        return b""
    if draw(st.integers(0, 19)) == 0:
        return draw(st.sampled_from(BROKEN))
    return json.dumps(draw(shapes.of(content["application/json"]["schema"]))).encode()


def _answered(program: Client, asked: Asked, described: Mapping[str, Any], faults: dict[str, str]) -> int:
    sent: dict[str, Any] = {"data": asked.body, "content_type": "application/json"} if asked.body else {}
    try:
        answer = program.generic(asked.method, asked.address, headers=asked.headers, **sent)
    except Exception as error:  # noqa: BLE001 - whatever leaves the program here would have ended its answer
        _note(faults, asked, f"{type(error).__name__}: {error}")
        return _BAD
    declared = described["paths"][asked.path][asked.method.lower()]["responses"]
    if answer.status_code >= _BAD or not (
        str(answer.status_code) in map(str, declared) or answer.status_code in _ALWAYS
    ):
        _note(faults, asked, str(answer.status_code))
    return int(answer.status_code)


def _note(faults: dict[str, str], asked: Asked, told: str) -> None:
    """One of a kind is enough."""
    text = f"{told} {asked.method} {asked.address[:300]} {dict(asked.headers)} {asked.body[:600]!r}"
    faults.setdefault(f"{told} {asked.method} {asked.path}", text)


def _plain(text: str) -> str:
    """What can stand in an address at all."""
    return text.encode("utf-8", "replace").decode()


def _header(text: str) -> str:
    """What a server lets through: a line of bytes, read as Latin-1."""
    return _plain(text).translate({0: None, 10: None, 13: None}).encode()[:4_000].decode("latin-1")
