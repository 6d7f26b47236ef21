"""What becomes of codes, at the command line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.django_db

Run = Callable[..., Any]


@pytest.fixture
def codes(kehuma: Run, scheme: Path) -> list[str]:
    return [
        kehuma("issue", "--scheme", scheme, "region=北京", "industry=IT", "--key", number).out.strip()
        for number in range(3)
    ]


def test_a_code_is_retired_merged_and_brought_back(kehuma: Run, codes: list[str]) -> None:
    a, b, _ = codes
    assert kehuma("codes", "retire", a.lower(), "--reason", "left").out == f"{a}  已停用\n"
    assert kehuma("codes", "merge", a, b).code == 0
    assert f"现由 {b} 代表" in kehuma("resolve", a).out
    assert kehuma("codes", "reinstate", a, "--reason", "mistake", "--lang", "en").out == f"{a}  issued\n"
    assert kehuma("codes", "supersede", a, b).code == kehuma("codes", "void", b, "--reason", "test").code == 0
    ended = kehuma("codes", "retire", b, "--reason", "left")
    assert (ended.code, b in ended.err) == (1, True)


def test_a_reserved_code_is_confirmed_with_its_key(kehuma: Run, codes: list[str]) -> None:
    kept = kehuma("codes", "reserve", "--scheme", "region-industry", "region=北京", "industry=IT", "--key", "k")
    code = kept.out.strip()
    assert (code not in codes, "k" in kept.err) == (True, True)
    assert kehuma("codes", "confirm", code, "--key", "other").code == 1
    assert kehuma("codes", "confirm", code, "--key", "k").out == f"{code}  已发码\n"


def test_a_number_of_another_system_finds_the_code(kehuma: Run, codes: list[str]) -> None:
    assert kehuma("codes", "alias", "add", codes[0], "4711", "--system", "ERP").code == 0
    assert json.loads(kehuma("resolve", "erp:4711", "--json").out)["aliases"] == ["ERP:4711"]
    ended = kehuma("codes", "alias", "add", codes[1], "4711", "--system", "ERP")
    assert (ended.code, codes[0] in ended.err) == (1, True)
    kehuma("codes", "alias", "end", codes[0], "4711", "--system", "ERP", "--reason", "replaced")
    assert "已换号" in kehuma("codes", "alias", "list", codes[0]).out


def test_codes_in_use_come_in_and_every_number_has_its_fate(kehuma: Run, codes: list[str], tmp_path: Path) -> None:
    file = tmp_path / "old.txt"
    preview = kehuma(
        "scheme", "preview", tmp_path / "region-industry.toml", "region=北京", "industry=IT", "--serial", 9
    )
    file.write_text(f"{preview.out.strip()}\nnonsense\n{codes[0]}\n", "utf-8")
    ended = kehuma("codes", "adopt", "region-industry", file)
    assert (ended.code, ended.out) == (3, "新收录 1 个，已有 1 个，拒绝 1 个\n")
    spans = json.loads(kehuma("codes", "gaps", "region-industry", "--json").out)
    assert [(one["first"], one["last"], one["kind"], one["reason"]) for one in spans[:3]] == [
        (1, 3, "issued", ""),
        (4, 8, "skipped", "adopted"),
        (9, 9, "issued", ""),
    ]
    assert "收录旧码时越过" in kehuma("codes", "gaps", "region-industry", "--key", "region=BJ industry=IT").out


def test_a_code_by_hand(kehuma: Run, codes: list[str], tmp_path: Path) -> None:
    preview = kehuma(
        "scheme", "preview", tmp_path / "region-industry.toml", "region=北京", "industry=IT", "--serial", 5
    )
    text = preview.out.strip()
    assert kehuma("codes", "issue", "region-industry", text.lower()).out == f"{text}  已发码\n"
    assert kehuma("codes", "issue", "region-industry", codes[0]).code == 1


def test_a_text_that_may_be_several_codes_changes_none(kehuma: Run, codes: list[str]) -> None:
    ended = kehuma("codes", "retire", codes[0][:-1], "--reason", "left")
    assert (ended.code, codes[0] in ended.err) == (1, True)
    assert kehuma("codes", "retire", "XX", "--reason", "left").code == 1
