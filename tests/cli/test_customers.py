"""A list of customers comes in from the command line through the same services as on screen."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.usefixtures("with_tables")

Run = Callable[..., Any]

LIST = """\
客户编号,客户名称,省份,所属行业,手机
K-001,北京衡岳数据科技有限公司,北京,信息技术,13800000001
K-002,上海临江商业保理有限公司,上海,金融业,13800000002
"""
FAULTY = LIST + "K-003,成都锦里餐饮管理有限公司,四川省,餐饮,1380000000\nK-004,北京衡岳数据科技有限公司,北京,金融业,\n"


@pytest.fixture
def customers(tmp_path: Path) -> Path:
    path = tmp_path / "客户.csv"
    path.write_text(LIST, encoding="gb18030")
    return path


def test_a_list_comes_in_once_however_often_it_is_handed_in(program: Run, customers: Path, scheme: Path) -> None:
    program("scheme", "publish", scheme)
    first = program("customers", "import", customers, "--lang", "en")
    assert first.code == 0, first.err
    assert "客户编号" in first.out
    assert first.out.splitlines()[-1].split() == ["2", "0", "0", "0", "0"]
    again = program("customers", "import", customers, "--lang", "en")
    assert again.out.splitlines()[-1].split() == ["0", "0", "2", "0", "0"]
    found = program("resolve", "bjit0001y", "--json")
    assert '"found": true' in found.out


def test_a_dry_run_changes_nothing(program: Run, customers: Path, scheme: Path) -> None:
    program("scheme", "publish", scheme)
    customers.write_text(FAULTY, encoding="utf-8")
    dry = program("customers", "import", customers, "--dry-run", "--lang", "en")
    assert dry.code == 3
    assert "mobile" in dry.out
    assert program("resolve", "BJ-IT-0001-Y").code != 0


def test_what_did_not_come_in_is_written_beside_the_list(program: Run, customers: Path, scheme: Path) -> None:
    program("scheme", "publish", scheme)
    customers.write_text(FAULTY, encoding="utf-8")
    ended = program("customers", "import", customers, "--duplicates", "skip")
    rejected = customers.with_name("客户.csv.rejected.csv")
    assert ended.code == 3, ended.err
    lines = rejected.read_text("utf-8-sig").splitlines()
    assert lines[0].startswith("行,字段,原因,客户编号")
    assert len(lines) == 2
    rejected.write_text("\n".join(lines).replace(",1380000000", ",13800000003"), encoding="utf-8")
    mended = program("customers", "import", rejected, "--source", "客户", "--lang", "en")
    assert mended.code == 0, mended.out
    assert mended.out.splitlines()[-1].split() == ["1", "0", "0", "0", "0"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param(("--mode", "delete"), "--mode 不能是“delete”", id="way"),
        pytest.param(("--duplicates", "merge"), "--duplicates 不能是“merge”", id="duplicates"),
        pytest.param(("--map", "name"), "name", id="mapping without column"),
        pytest.param(("--map", "name=没有"), "没有", id="unknown column"),
        pytest.param(("--map", "nothing=客户名称"), "没有字段“nothing”", id="unknown field"),
        pytest.param(("--map", "name="), "请指定哪一列是客户名称", id="no name"),
        pytest.param(("--scheme", "nothing"), "nothing", id="unknown rule"),
    ],
)
def test_what_cannot_be_done_is_said(
    program: Run, customers: Path, scheme: Path, options: tuple[str, ...], said: str
) -> None:
    program("scheme", "publish", scheme)
    ended = program("customers", "import", customers, *options)
    assert ended.code == 1
    assert said in ended.err


def test_without_a_rule_nothing_comes_in(program: Run, customers: Path) -> None:
    ended = program("customers", "import", customers)
    assert (ended.code, "kehuma scheme publish" in ended.err) == (1, True)


def test_a_file_that_is_not_there_is_named(program: Run, tmp_path: Path) -> None:
    ended = program("customers", "import", tmp_path / "nowhere.csv")
    assert (ended.code, "nowhere.csv" in ended.err) == (1, True)
