"""``kehuma scheme``."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]

CUSTOMER = (
    'kehuma = 1\nname = "customer"\ntemplate = "{serial:3}{type}"\n'
    '[segments.type]\nkind = "lookup"\ndictionary = "customer-kind"\n'
)
TRANSACTION = (
    'kehuma = 1\nname = "transaction"\nsubject = "order"\ntemplate = "{parent}{serial:3}"\n'
    '[segments.parent]\nschemes = ["customer"]\n'
)
AMBIGUOUS = (
    'kehuma = 1\nname = "receipt"\ntemplate = "{shop}{serial:3}"\n[segments.serial]\noverflow = "lengthen"\n'
    '[segments.shop]\nkind = "lookup"\ndictionary = { 1 = { zh = "一店" }, 11 = { zh = "十一店" } }\n'
)


def _written(folder: Path, **texts: str) -> list[Path]:
    paths = [folder / f"{name}.toml" for name in texts]
    for path, text in zip(paths, texts.values(), strict=True):
        path.write_text(text, encoding="utf-8")
    return paths


def test_a_sound_scheme_passes_its_check(kehuma: Run, scheme: Path) -> None:
    ended = kehuma("scheme", "check", scheme)
    assert ended.code == 0
    assert "region-industry 客户编码" in ended.out
    assert "1 个通过，0 个不符" in ended.out


def test_the_check_answers_machines(kehuma: Run, scheme: Path) -> None:
    answer = json.loads(kehuma("scheme", "check", scheme, "--json").out)
    keys = {"ok", "name", "examples", "unique", "overlaps", "capacity", "longest", "lints"}
    assert keys <= set(answer)
    assert (answer["ok"], answer["name"], answer["examples"]["passed"]) == (True, "region-industry", 1)
    assert answer["unique"]["ok"] is True


def test_an_ambiguous_scheme_is_refused_with_a_witness(kehuma: Run, tmp_path: Path) -> None:
    (path,) = _written(tmp_path, receipt=AMBIGUOUS)
    assert kehuma("scheme", "check", path).code == 1
    answer = json.loads(kehuma("scheme", "check", path, "--json").out)
    assert (answer["ok"], answer["unique"]["ok"]) == (False, False)
    assert answer["unique"]["witness"]
    assert len(answer["unique"]["readings"]) == 2


def test_an_example_that_fails_refuses_the_scheme(kehuma: Run, scheme: Path, tmp_path: Path) -> None:
    (path,) = _written(tmp_path, wrong=scheme.read_text("utf-8").replace("0001-Y", "0001-Z"))
    ended = kehuma("scheme", "check", path)
    assert ended.code == 1
    assert "BJ-IT-0001-Y" in ended.out


def test_a_broken_file_does_not_hide_the_others(kehuma: Run, scheme: Path, tmp_path: Path) -> None:
    (broken,) = _written(tmp_path, broken="kehuma = 1\nname = ")
    ended = kehuma("scheme", "check", broken, scheme, tmp_path / "none.toml")
    assert ended.code == 1
    assert "region-industry" in ended.out
    assert len(ended.err.splitlines()) == 2
    answers = json.loads(kehuma("scheme", "check", broken, scheme, "--json").out)
    assert [answer["ok"] for answer in answers] == [False, True]
    assert "broken.toml" not in str(answers[1])


def test_files_checked_together_may_not_overlap(kehuma: Run, scheme: Path, tmp_path: Path) -> None:
    (other,) = _written(tmp_path, other=scheme.read_text("utf-8").replace('"region-industry"', '"other"', 1))
    answers = json.loads(kehuma("scheme", "check", scheme, other, "--json").out)
    assert [answer["overlaps"][0]["name"] for answer in answers] == ["other", "region-industry"]
    assert kehuma("scheme", "check", scheme, other).code == 1


def test_a_preview_prints_the_code_alone(kehuma: Run, scheme: Path) -> None:
    ended = kehuma("scheme", "preview", scheme, "region=北京", "industry=信息技术", "--serial", "1")
    assert (ended.code, ended.out, ended.err) == (0, "BJ-IT-0001-Y\n", "")


def test_a_preview_passes_over_numbers_without_a_check_character(kehuma: Run, scheme: Path) -> None:
    text = scheme.read_text("utf-8").replace("[segments.serial]", "[segments.serial]\nstart = 389")
    scheme.write_text(text, encoding="utf-8")
    words = ("scheme", "preview", scheme, "region=SH", "industry=FI")
    assert kehuma(*words, "--serial", "389").code == 1
    assert kehuma(*words).out == kehuma(*words, "--serial", "390").out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["region"], "“region”不是 属性=取值 的形式", id="no equals sign"),
        pytest.param(["regoin=北京"], "规则不用属性“regoin”；它用：region、industry", id="attribute"),
        pytest.param(["region=北京", "region=上海"], "属性“region”给了两次", id="twice"),
        pytest.param(["region=火星", "industry=金融"], "最接近的是", id="value"),
        pytest.param(["region=北京"], "industry", id="missing"),
        pytest.param(
            ["region=北京", "industry=金融", "--serial", "9" * 5000], "--serial 应为不超过 18 位的整数", id="digits"
        ),
        pytest.param(["region=北京", "industry=金融", "--serial", "٣"], "--serial 应为", id="Arabic digit"),
        pytest.param(["region=北京", "industry=金融", "--at", "昨天"], "“昨天”不是日期", id="date"),
    ],
)
def test_a_preview_refuses_with_a_remedy(kehuma: Run, scheme: Path, words: list[str], said: str) -> None:
    ended = kehuma("scheme", "preview", scheme, *words)
    assert (ended.code, ended.out) == (1, "")
    assert said in ended.err


def test_the_time_of_issue_can_be_given(kehuma: Run, tmp_path: Path) -> None:
    text = 'kehuma = 1\nname = "order"\ntemplate = "{date}-{serial:3}"\n[segments.date]\nformat = "YYYYMM"\n'
    (path,) = _written(tmp_path, order=text)
    assert kehuma("scheme", "preview", path, "--at", "2026-11-22").out == "202611-001\n"


def test_random_characters_are_drawn_for_a_preview(kehuma: Run, tmp_path: Path) -> None:
    text = 'kehuma = 1\nname = "card"\ntemplate = "K-{random:8}"\n'
    (path,) = _written(tmp_path, card=text)
    assert len(kehuma("scheme", "preview", path).out.strip()) == 10


def test_a_code_is_read_with_the_meaning_of_each_part(kehuma: Run, scheme: Path) -> None:
    ended = kehuma("scheme", "read", scheme, "bjit0001y")
    assert ended.code == 0
    assert ended.out.splitlines()[0] == "BJ-IT-0001-Y"
    assert "第1个" in ended.out
    assert "已规范化：" in ended.out


def test_a_reading_answers_machines(kehuma: Run, scheme: Path) -> None:
    answer = json.loads(kehuma("scheme", "read", scheme, "BJ-IT-0001-Y", "--json").out)
    wanted = {"scheme", "version", "code", "identity", "segments", "literals", "parent", "serial", "readings"}
    assert wanted <= set(answer)
    assert (answer["scheme"], answer["serial"], answer["identity"]) == ("region-industry", 1, "BJ-IT-0001-Y")
    assert set(answer["segments"][0]) == {"name", "text", "zh", "en", "value"}


@pytest.mark.parametrize(
    ("code", "said"),
    [
        pytest.param("BJ-IT-00X1-Y", "第 9 位", id="letter in the serial"),
        pytest.param("", "没有内容", id="empty"),
        pytest.param("BJ\0", "第 3 位", id="NUL"),
        pytest.param("BJ\udc80", "第 3 位", id="surrogate"),
        pytest.param("A" * 10_000, "文本过长", id="endless"),
    ],
)
def test_what_is_no_code_is_refused_with_its_place(kehuma: Run, scheme: Path, code: str, said: str) -> None:
    ended = kehuma("scheme", "read", scheme, code)
    assert (ended.code, ended.out) == (1, "")
    assert said in ended.err
    answer = json.loads(kehuma("scheme", "read", scheme, code, "--json").out)
    assert answer["error"]["position"] >= 1


def test_a_parents_scheme_is_found_beside_the_file(kehuma: Run, tmp_path: Path) -> None:
    customer, transaction = _written(tmp_path, customer=CUSTOMER, transaction=TRANSACTION)
    (tmp_path / "broken.toml").write_text("= nonsense", encoding="utf-8")
    assert kehuma("scheme", "preview", transaction, "--parent", "001C", "--serial", "2").out == "001C002\n"
    answer = json.loads(kehuma("scheme", "read", transaction, "001C002", "--json").out)
    assert answer["parent"]["scheme"] == "customer"
    assert kehuma("scheme", "check", transaction).code == 0
    assert customer.exists()


@pytest.mark.django_db
def test_a_parents_scheme_may_be_elsewhere(kehuma: Run, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (customer,) = _written(elsewhere, customer=CUSTOMER)
    (transaction,) = _written(tmp_path, transaction=TRANSACTION)
    missing = kehuma("scheme", "read", transaction, "001C002")
    assert missing.code == 1
    assert "customer" in missing.err
    found = kehuma("scheme", "read", transaction, "001C002", "--with", customer)
    assert found.code == 0


def test_two_files_with_the_parents_name_are_not_guessed_between(kehuma: Run, tmp_path: Path) -> None:
    first, _, transaction = _written(tmp_path, customer=CUSTOMER, copy=CUSTOMER, transaction=TRANSACTION)
    refused = kehuma("scheme", "read", transaction, "001C002")
    assert refused.code == 1
    assert "--with" in refused.err
    assert kehuma("scheme", "read", transaction, "001C002", "--with", first).code == 0


@pytest.mark.django_db
def test_a_parents_scheme_may_be_in_the_register(kehuma: Run, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (customer,) = _written(folder, customer=CUSTOMER)
    (transaction,) = _written(tmp_path, transaction=TRANSACTION)
    assert kehuma("scheme", "publish", customer).code == 0
    assert kehuma("scheme", "read", transaction, "001C002").code == 0


@pytest.mark.django_db
def test_publishing_twice_changes_nothing(kehuma: Run, scheme: Path) -> None:
    first, second = kehuma("scheme", "publish", scheme), kehuma("scheme", "publish", scheme)
    assert (first.code, second.code) == (0, 0)
    assert "第 1 版" in first.out
    assert "没有变化" in second.out


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param("北京".encode("gbk"), "不是 UTF-8", id="GBK"),
        pytest.param(b"\0" * 10, "broken.toml", id="NUL"),
        pytest.param(b"#" * 5_000_000, "太大", id="large"),
        pytest.param(b"a = " + b"[" * 100_000, "编码规则文件", id="deep"),
    ],
)
def test_a_file_that_is_no_scheme_is_refused(kehuma: Run, tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "broken.toml"
    path.write_bytes(content)
    ended = kehuma("scheme", "check", path)
    assert (ended.code, ended.out) == (1, "")
    assert said in ended.err


def test_two_equal_versions_do_not_differ(kehuma: Run, scheme: Path) -> None:
    ended = kehuma("scheme", "diff", scheme, scheme)
    assert (ended.code, ended.out) == (0, "对编码没有任何变化\n")
    assert json.loads(kehuma("scheme", "diff", scheme, scheme, "--json").out)["same"] is True


def test_a_difference_is_told_for_codes_issued_and_to_come(kehuma: Run, scheme: Path, tmp_path: Path) -> None:
    (wider,) = _written(tmp_path, wider=scheme.read_text("utf-8").replace("serial:4", "serial:5"))
    ended = kehuma("scheme", "diff", scheme, wider)
    assert ended.code == 3
    assert "将发的编码" in ended.out
    answer = json.loads(kehuma("scheme", "diff", scheme, wider, "--json").out)
    assert (answer["same"], bool(answer["to_come"])) == (False, True)
    assert kehuma("scheme", "diff", scheme, tmp_path / "none.toml").code == 1
