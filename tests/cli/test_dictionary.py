"""``kehuma dictionary``."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]

pytestmark = pytest.mark.django_db

TABLE = "code,name,section\n6432,小额贷款公司服务,J\n6433,商业保理服务,J\n"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_an_import_makes_values_known(kehuma: Run, scheme: Path, tmp_path: Path, encoding: str) -> None:
    table = tmp_path / "industry.csv"
    table.write_bytes(TABLE.encode(encoding))
    words = ("issue", "--scheme", scheme, "region=上海", "industry=商业保理服务")
    assert kehuma(*words).code == 1
    ended = kehuma("dictionary", "import", "cn-industry", table)
    assert ended.code == 0
    assert ended.out.startswith("字典 cn-industry 第 1 次扩充：")
    assert kehuma(*words).out.startswith("SH-FI-0001")


def test_importing_twice_changes_nothing(kehuma: Run, tmp_path: Path) -> None:
    table = tmp_path / "industry.csv"
    table.write_text(TABLE, encoding="utf-8")
    assert kehuma("dictionary", "import", "cn-industry", table) == kehuma("dictionary", "import", "cn-industry", table)


def test_of_a_folder_the_tables_that_fit_are_imported(kehuma: Run, tmp_path: Path) -> None:
    folder = tmp_path / "industry"
    folder.mkdir()
    (folder / "table.csv").write_text(TABLE, encoding="utf-8")
    (folder / "other.csv").write_text("code_2017,code_2011\n6432,6432\n", encoding="utf-8")
    ended = kehuma("dictionary", "import", "cn-industry", folder)
    assert ended.code == 0
    assert ended.err.startswith("略过 other.csv：")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["cn-industy", "t.csv"], "cn-industry", id="name"),
        pytest.param(["cn-industry", "none.csv"], "none.csv", id="file"),
        pytest.param(["cn-industry", "WRONG"], "9999", id="row"),
        pytest.param(["cn-industry", "EMPTY"], "没有可用的表格", id="nothing"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(kehuma: Run, tmp_path: Path, words: list[str], said: str) -> None:
    (tmp_path / "WRONG").write_text("code,name,section\n9999,某业,火星\n", encoding="utf-8")
    (tmp_path / "EMPTY").write_text("code,name,section\n", encoding="utf-8")
    file = tmp_path / words[1] if words[1].isupper() else words[1]
    ended = kehuma("dictionary", "import", words[0], file)
    assert (ended.code, ended.out) == (1, "")
    assert said in ended.err or "火星" in ended.err


def test_dictionaries_can_be_looked_at(kehuma: Run) -> None:
    assert "cn-industry" in kehuma("dictionary", "list").out
    assert "BJ" in kehuma("dictionary", "show", "cn-province").out
    assert kehuma("dictionary", "show", "cn-province", "110000").out.splitlines()[1].split() == [
        "BJ",
        "北京",
        "Beijing",
    ]
    unknown = kehuma("dictionary", "show", "cn-province", "北")
    assert unknown.code == 1
    assert "最接近的是" in unknown.err
