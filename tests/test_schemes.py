"""The shipped scheme files: each code that users named is checked, previewed and read with its meaning."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from kehuma.engine.coding.grammar import Grammar, compile_scheme
from kehuma.engine.coding.inspection import inspect
from kehuma.engine.coding.model import Parent, Scheme
from kehuma.engine.coding.proofs import overlap
from kehuma.engine.coding.scheme_file import load_scheme

FOLDER = Path(__file__).parent.parent / "schemes"
NAMES = sorted(path.stem for path in FOLDER.glob("*.toml"))


@cache
def _scheme(name: str) -> Scheme:
    return load_scheme((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


@cache
def _grammar(name: str) -> Grammar:
    return compile_scheme(_scheme(name), parents=_parents(name))


def _parents(name: str) -> dict[str, Grammar]:
    parents = [segment for segment in _scheme(name).segments if isinstance(segment, Parent)]
    return {inner: _grammar(inner) for segment in parents for inner in segment.schemes if inner != "self"}


@pytest.mark.parametrize(
    ("name", "facts", "code", "meaning"),
    [
        pytest.param(
            "region-industry-plain",
            {"region": "北京", "industry": "信息技术", "serial": 1},
            "BJ-IT-0001",
            {"region": "北京", "industry": "信息传输、软件和信息技术服务业", "serial": "第1个"},
            id="Beijing, information technology, customer 1",
        ),
        pytest.param(
            "region-industry-one-counter",
            {"region": "北京", "industry": "信息技术", "serial": 1},
            "BJ-IT-0001",
            {"region": "北京", "serial": "第1个"},
            id="the same with one counter for all",
        ),
        pytest.param(
            "region-industry",
            {"region": "北京", "industry": "信息技术", "serial": 1},
            "BJ-IT-0001-Y",
            {"region": "北京", "check": "校验位"},
            id="the same with a check character",
        ),
        pytest.param("region-industry", {"serial": 3}, "XX-XX-0003-S", {"region": "地区未注明"}, id="nothing stated"),
        pytest.param("headquarters", {"serial": 1}, "HQ-001", {"HQ": "总部", "serial": "第1个"}, id="headquarters 001"),
        pytest.param(
            "branch",
            {"parent": "HQ-001", "region": "北京", "serial": 1},
            "HQ-001-BJ-01",
            {"parent": "总部 第1个", "region": "北京", "serial": "第1个"},
            id="its Beijing branch 01",
        ),
        pytest.param(
            "branch",
            {"parent": "hq001bj01", "region": "天津", "serial": 7},
            "HQ-001-BJ-01-TJ-07",
            {"parent": "总部 第1个 北京 第1个", "region": "天津"},
            id="a branch of a branch",
        ),
        pytest.param(
            "department",
            {"department": "信息技术部", "unit": "001", "group": "开发组", "serial": 1},
            "IT-001-DEV-01",
            {"department": "信息技术部", "unit": "001", "group": "开发组", "serial": "第1个"},
            id="IT department 001, development group 01",
        ),
        pytest.param(
            "customer-one-letter", {"type": "企业", "serial": 1}, "001C", {"type": "企业"}, id="first enterprise"
        ),
        pytest.param("customer-one-letter", {"type": "P", "serial": 1}, "001P", {"type": "个人"}, id="first person"),
        pytest.param(
            "transaction-one-letter",
            {"parent": "001C", "serial": 2},
            "001C002",
            {"parent": "第1个 企业", "serial": "第2个"},
            id="its second transaction",
        ),
        pytest.param(
            "customer-two-letter", {"type": "企业", "serial": 1}, "001EN", {"type": "企业"}, id="type in two letters"
        ),
        pytest.param(
            "transaction-two-letter",
            {"parent": "001EN", "serial": 2},
            "001EN002",
            {"parent": "第1个 企业", "serial": "第2个"},
            id="a transaction of that customer",
        ),
        pytest.param(
            "country-grade",
            {"country": "美国", "grade": "A", "serial": 12345},
            "US12345A",
            {"country": "美国", "serial": "第12345个", "grade": "高度活跃"},
            id="country, user, grade of activity",
        ),
        pytest.param("stepped", {"serial": 1}, "C-00001-X", {"C": "客户", "serial": "第1个"}, id="prefix and suffix"),
        pytest.param("stepped", {"serial": 6}, "C-00006-X", {"X": "外部", "serial": "第6个"}, id="five further"),
        pytest.param(
            "initials",
            {"name": "北京字节跳动", "serial": 1},
            "BJZJTD-001",
            {"initials": "BJZJTD", "serial": "第1个"},
            id="initials",
        ),
        pytest.param(
            "initials",
            {"name": "北京字节跳动科技有限公司", "importance": "重要客户", "serial": 1},
            "V-BJZJTD-001",
            {"importance": "重要客户", "initials": "BJZJTD"},
            id="importance in front",
        ),
        pytest.param(
            "type-date",
            {"type": "企业", "serial": 1, "at": datetime(2026, 11, 5)},  # noqa: DTZ001 - a date as people write it
            "C-0001-202611",
            {"type": "企业", "month": "2026年11月"},
            id="type in front, month behind",
        ),
    ],
)
def test_the_codes_that_users_named(name: str, facts: Mapping[str, Any], code: str, meaning: Mapping[str, str]) -> None:
    grammar = _grammar(name)
    snapshot = grammar.snapshot(facts, at=facts.get("at"))
    assert grammar.write(snapshot, serial=facts["serial"]).code == code
    reading = grammar.read(code)
    said = {part.name: part.zh for part in (*reading.segments, *reading.literals)}
    assert said == {**said, **meaning}
    assert all(part.en for part in reading.segments)


def test_yesterdays_grade_is_the_same_customer() -> None:
    grammar = _grammar("country-grade")
    assert {grammar.read(text).identity for text in ("US12345A", "US12345B", "us 12345", "US12345")} == {"US12345"}


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_scheme_passes_its_check_beside_all_others(name: str) -> None:
    others = [_grammar(other) for other in NAMES if other != name]
    report = inspect(_scheme(name), parents=_parents(name), others=others)
    assert [failure.say("en") for failure in report.failures] == []
    assert report.ok, report.as_json("en")
    assert report.name == name


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_scheme_explains_itself(name: str) -> None:
    scheme = _scheme(name)
    assert scheme.title.zh
    assert scheme.title.en
    assert any(example.code for example in scheme.examples)
    assert any(example.not_a_code for example in scheme.examples)


def test_only_alternatives_share_codes() -> None:
    pairs = combinations([_grammar(name) for name in NAMES], 2)
    assert {(a.scheme.name, b.scheme.name) for a, b in pairs if overlap(a, b)} == {
        ("headquarters", "initials"),
        ("region-industry-one-counter", "region-industry-plain"),
    }


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        pytest.param("superstore-customer", ["CG-12520", "SO-20335", "Co-12640", "dp13000"], id="customers"),
        pytest.param("superstore-order", ["CA-2016-152156", "US-2015-108966", "us2014 115812"], id="orders"),
    ],
)
def test_ids_of_the_samples_are_read(name: str, codes: list[str]) -> None:
    assert [_grammar(name).read(code).code for code in codes]
