import csv
import hashlib
import io
import re
from collections import Counter
from pathlib import Path

import pytest

from kehuma.engine.coding.dictionaries import builtin
from kehuma.lib.demo import HEADER, demo_customers, write_demo
from kehuma.lib.tabular import open_table

ROWS = list(demo_customers(4_000, seed=1))
COLUMNS = dict(zip(HEADER, zip(*ROWS, strict=True), strict=True))


def known(dictionary: str, column: str) -> float:
    table = builtin(dictionary)

    def is_known(value: str) -> bool:
        try:
            return bool(table.find(value))
        except Exception:  # noqa: BLE001 - whatever the dictionary says no with
            return False

    counts = Counter(COLUMNS[column])
    return sum(count for value, count in counts.items() if value and is_known(value)) / len(ROWS)


def test_the_same_seed_gives_the_same_customers_and_another_seed_others() -> None:
    assert list(demo_customers(300, seed=1)) == ROWS[:300]
    assert list(demo_customers(300, seed=2)) != ROWS[:300]


def test_the_demo_is_the_same_on_every_machine() -> None:
    out = io.StringIO()
    csv.writer(out).writerows(ROWS)
    assert hashlib.sha256(out.getvalue().encode()).hexdigest()[:16] == "121b2cab461e878f"


def test_each_row_has_a_number_of_its_own() -> None:
    assert list(COLUMNS["行号"]) == [str(number) for number in range(1, len(ROWS) + 1)]
    assert {len(row) for row in ROWS} == {len(HEADER)}


def test_one_in_a_hundred_customers_was_entered_twice() -> None:
    repeated = len(ROWS) - len({row[1:] for row in ROWS})
    assert 0.005 < repeated / len(ROWS) < 0.02


def test_nearly_all_places_and_trades_are_known_and_a_few_are_not() -> None:
    for dictionary, column, least, most in (
        ("cn-province", "省份", 0.94, 0.98),
        ("cn-industry", "所属行业", 0.86, 0.95),
    ):
        assert least < known(dictionary, column) < most
    unknown = sum(place in {"华东", "江浙沪", "海外", "不详", "全国", "待补"} for place in COLUMNS["省份"])
    assert 0.01 < unknown / len(ROWS) < 0.03


def test_no_telephone_and_no_mail_address_is_anybodys() -> None:
    plain = {ord(wide): str(digit) for digit, wide in enumerate("０１２３４５６７８９")}
    for mobile in filter(None, COLUMNS["手机"]):
        digits = re.sub(r"^(?:\+86|0086)|[ -]", "", mobile.translate(plain))
        assert re.fullmatch(r"1\d\d00\d{5,6}(?:/1\d\d00\d{4}00)?", digits), mobile
    for mail in filter(None, COLUMNS["邮箱"]):
        assert re.fullmatch(r" ?\w+[@＠]example\.(com|net|org)", mail.lower()), mail


@pytest.mark.parametrize(
    ("column", "pattern"),
    [
        pytest.param("省份", r"\d{6}", id="codes in place of names"),
        pytest.param("省份", r"[京沪粤苏浙]", id="one letter for a province"),
        pytest.param("省份", r"[０-９]{6}", id="full-width digits"),
        pytest.param("省份", r".*[东廣龍蘇].*", id="traditional characters"),
        pytest.param("手机", r"[０-９]{11}", id="full-width telephone"),
        pytest.param("手机", r"\+86 1.*", id="telephone with country"),
        pytest.param("建档日期", r"\d{5}", id="dates as numbers of Excel"),
        pytest.param("建档日期", r"\d{4}年\d+月\d+日", id="Chinese dates"),
        pytest.param("建档日期", r"\d{8}", id="dates without separators"),
        pytest.param("客户名称", r".*[\u3000 ].*", id="spaces in names"),
        pytest.param("备注", r"[=+@-].*", id="remarks like formulas"),
        pytest.param("统一社会信用代码", r".*O.*", id="letter O for zero"),
        pytest.param("所属行业", r"", id="missing values"),
    ],
)
def test_the_list_is_as_dirty_as_real_ones(column: str, pattern: str) -> None:
    assert any(re.fullmatch(pattern, value, re.DOTALL) for value in COLUMNS[column])


@pytest.mark.parametrize(
    ("name", "encoding"), [("demo.csv", "gb18030"), ("demo.csv.gz", "utf-8-sig"), ("demo.xlsx", "")]
)
def test_the_list_is_written_in_the_usual_kinds_of_file(tmp_path: Path, name: str, encoding: str) -> None:
    write_demo(tmp_path / name, 200, seed=1, encoding=encoding or "utf-8-sig")
    with open_table(tmp_path / name) as table:
        assert table.header == HEADER
        assert table.encoding == (encoding or None)
        assert [row for batch in table.batches() for row in batch.rows] == ROWS[:200]
