"""``kehuma issue``: one code, and whole files."""

import csv
import gzip
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from kehuma.lib.tabular import open_table, write_table

Run = Callable[..., Any]
Environment = Callable[..., dict[str, str]]

HEADER = ("行号", "名称", "省份", "所属行业")
ROWS = [
    ("1", "北京衡岳数据科技有限公司", "北京市", "软件和信息技术服务业"),
    ("2", "上海临江商业保理有限公司", "上海", "金融业"),
    ("3", "某某公司", "火星", "金融业"),
    ("4", "上海另一家", "上海", "J"),
]
CODES = ["BJ-IT-0001-Y", "SH-FI-0001-Y", "SH-FI-0002-W"]
MAPPED = ("--map", "region=省份", "--map", "industry=所属行业")

pytestmark = pytest.mark.django_db


@pytest.fixture
def customers(tmp_path: Path) -> Path:
    path = tmp_path / "customers.csv"
    _write(path, HEADER, ROWS)
    return path


@pytest.fixture
def code(kehuma: Run, scheme: Path, tmp_path: Path) -> Run:
    """Code a file with the usual words and some more."""

    def run(path: Path, *more: object, out: str = "coded.csv", key: str = "行号") -> Any:
        words = ["--key", key] if key else []
        return kehuma("issue", path, "--scheme", scheme, "--out", tmp_path / out, *words, *MAPPED, *more)

    return run


def _write(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]], encoding: str = "utf-8") -> None:
    with write_table(path, header, encoding=encoding) as writer:
        writer.write(rows)


def _read(path: Path) -> list[tuple[str, ...]]:
    with open_table(path) as table:
        return [table.header, *(row for batch in table.batches() for row in batch.rows)]


def _codes(path: Path) -> list[str]:
    return [row[0] for row in _read(path)[1:]]


# -- one code


def test_one_code_is_issued_and_printed_alone(kehuma: Run, scheme: Path) -> None:
    words = ("issue", "--scheme", scheme, "region=北京", "industry=金融")
    first, second = kehuma(*words), kehuma(*words)
    assert (first.code, first.out.splitlines()[-1][:10]) == (0, "BJ-FI-0001")
    assert second.out[:10] == "BJ-FI-0002"
    assert (second.err, second.out.count("\n")) == ("", 1)


def test_a_scheme_may_need_no_facts(kehuma: Run, tmp_path: Path) -> None:
    path = tmp_path / "visitor.toml"
    path.write_text('kehuma = 1\nname = "visitor"\ntemplate = "V-{serial:4}"\n', encoding="utf-8")
    assert [kehuma("issue", "--scheme", path).out for _ in range(2)] == ["V-0001\n", "V-0002\n"]


def test_a_published_scheme_is_named(kehuma: Run, scheme: Path) -> None:
    kehuma("scheme", "publish", scheme)
    assert kehuma("issue", "--scheme", "region-industry", "region=北京", "industry=金融").out[:10] == "BJ-FI-0001"


def test_asked_again_with_the_same_key_the_code_is_the_same(kehuma: Run, scheme: Path) -> None:
    words = ("issue", "--scheme", scheme, "region=北京", "industry=金融", "--key", "A-17")
    assert kehuma(*words).out == kehuma(*words).out
    refused = kehuma("issue", "--scheme", scheme, "region=上海", "industry=金融", "--key", "A-17")
    assert refused.code == 1
    assert "BJ-FI-0001" in refused.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["--scheme", "none", "region=北京"], "none", id="scheme not published"),
        pytest.param(["--scheme", "none.toml", "region=北京"], "找不到规则文件 none.toml", id="scheme file"),
        pytest.param(["--scheme", "FILE", "region=火星", "industry=金融"], "最接近的是", id="value"),
        pytest.param(["--scheme", "FILE", "regoin=北京", "industry=金融"], "它用：region", id="attribute"),
        pytest.param(
            ["--scheme", "FILE", "region=北京", "--column", "码"], "--column 只用于为文件编码", id="option for files"
        ),
        pytest.param(["--scheme", "FILE", "--out", "c.csv"], "缺少 INPUT", id="no input"),
        pytest.param(["--scheme", "FILE", "customers.csv"], "需要 --out 输出文件", id="no output"),
        pytest.param(["--scheme", "FILE", "a.csv", "b.csv", "--out", "c.csv"], "一次只为一个文件编码", id="two inputs"),
        pytest.param(
            ["--scheme", "FILE", "a.csv", "--out", "c.csv", "--on-change", "ask"], "--on-change 应为", id="choice"
        ),
    ],
)
def test_what_cannot_be_issued_says_why(kehuma: Run, scheme: Path, words: list[str], said: str) -> None:
    ended = kehuma("issue", *(str(scheme) if word == "FILE" else word for word in words))
    assert (ended.code, ended.out) == (1, "")
    assert said in ended.err


# -- files


def test_a_file_is_coded_and_its_faults_are_handed_back(code: Run, customers: Path, tmp_path: Path) -> None:
    ended = code(customers)
    assert ended.code == 3
    coded = _read(tmp_path / "coded.csv")
    assert coded == [("客户编码", *HEADER), *((c, *row) for c, row in zip(CODES, [*ROWS[:2], ROWS[3]], strict=True))]
    (header, row) = _read(tmp_path / "coded.csv.rejected.csv")
    assert header == ("row", "field", "reason", *HEADER)
    assert (row[0], row[1], row[3:]) == ("4", "省份", ROWS[2])
    assert "火星" in row[2]
    assert "最接近的是" in row[2]


def test_the_summary_counts_rows_regions_and_industries(code: Run, customers: Path) -> None:
    lines = [line.split() for line in code(customers).out.splitlines()]
    assert ["行数", "新编", "已有", "有变化", "剔除"] in lines
    assert ["4", "3", "0", "0", "1"] in lines
    assert ["SH", "上海", "2"] in lines
    assert ["FI", "金融业", "2"] in lines
    assert ["省份", "火星", "1"] in lines


def test_a_file_without_faults_ends_with_nought(code: Run, tmp_path: Path) -> None:
    path = tmp_path / "sound.csv"
    _write(path, HEADER, ROWS[:2])
    (tmp_path / "coded.csv.rejected.csv").write_text("of an earlier run", encoding="utf-8")
    assert code(path).code == 0
    assert not (tmp_path / "coded.csv.rejected.csv").exists()


def test_a_file_of_faults_only_writes_no_codes(code: Run, tmp_path: Path) -> None:
    path = tmp_path / "faults.csv"
    _write(path, HEADER, ROWS[2:3])
    assert code(path).code == 1
    assert not (tmp_path / "coded.csv").exists()
    assert len(_read(tmp_path / "coded.csv.rejected.csv")) == 2


def test_a_file_without_rows_is_coded(code: Run, tmp_path: Path) -> None:
    path = tmp_path / "none.csv"
    _write(path, HEADER, [])
    assert code(path).code == 0
    assert _read(tmp_path / "coded.csv") == [("客户编码", *HEADER)]


@pytest.mark.parametrize("ending", [".csv", ".csv.gz", ".tsv", ".xlsx", ".parquet"])
def test_every_kind_goes_in_and_comes_out(code: Run, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"customers{ending}"
    _write(path, HEADER, ROWS[:2])
    assert code(path, out=f"coded{ending}").code == 0
    assert _codes(tmp_path / f"coded{ending}") == CODES[:2]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_the_same_rows_get_the_same_codes_in_every_encoding(
    code: Run, customers: Path, tmp_path: Path, encoding: str
) -> None:
    code(customers)
    again = tmp_path / "again.csv"
    again.write_bytes("\r\n".join(map(",".join, [HEADER, *ROWS])).encode(encoding))
    ended = code(again, out="again-coded.csv")
    assert ["4", "0", "3", "0", "1"] in [line.split() for line in ended.out.splitlines()]
    assert _codes(tmp_path / "again-coded.csv") == CODES


def test_a_packed_file_is_coded(code: Run, customers: Path, tmp_path: Path) -> None:
    packed = tmp_path / "customers.csv.gz"
    packed.write_bytes(gzip.compress(customers.read_bytes()))
    code(packed)
    assert _codes(tmp_path / "coded.csv") == CODES


def test_a_known_key_with_other_facts_keeps_its_code(code: Run, customers: Path, tmp_path: Path) -> None:
    code(customers)
    moved = tmp_path / "moved.csv"
    _write(moved, HEADER, [("1", "北京衡岳数据科技有限公司", "上海", "金融业")])
    ended = code(moved)
    assert ended.code == 0
    assert _codes(tmp_path / "coded.csv") == CODES[:1]
    assert ["1", "0", "0", "1", "0"] in [line.split() for line in ended.out.splitlines()]


def test_a_known_key_with_other_facts_may_be_rejected(code: Run, customers: Path, tmp_path: Path) -> None:
    code(customers)
    moved = tmp_path / "moved.csv"
    _write(moved, HEADER, [("1", "北京衡岳数据科技有限公司", "上海", "金融业")])
    assert code(moved, "--on-change", "reject").code == 1
    assert _read(tmp_path / "coded.csv.rejected.csv")[1][1] == "行号"


def test_sources_do_not_share_keys(code: Run, customers: Path, tmp_path: Path) -> None:
    code(customers)
    code(customers, "--source", "another branch", out="other.csv")
    assert not set(_codes(tmp_path / "coded.csv")) & set(_codes(tmp_path / "other.csv"))


def test_without_a_key_the_row_itself_is_the_key(code: Run, tmp_path: Path) -> None:
    first, again = tmp_path / "first.csv", tmp_path / "again.csv"
    _write(first, HEADER[1:], [row[1:] for row in ROWS[:2]])
    turned = [("金融业", "上海", "", "上海临江商业保理有限公司"), ("软件和信息技术服务业", "北京市 ", "", ROWS[0][1])]
    _write(again, ("所属行业", "省份", "备注", "名称"), turned)
    code(first, key="")
    code(again, key="", out="again-coded.csv")
    assert _codes(tmp_path / "again-coded.csv") == [CODES[1], CODES[0]]


def test_a_row_without_its_key_is_rejected(code: Run, tmp_path: Path) -> None:
    path = tmp_path / "keys.csv"
    _write(path, HEADER, [ROWS[0], ("", *ROWS[1][1:])])
    assert code(path).code == 3
    assert _read(tmp_path / "coded.csv.rejected.csv")[1][:2] == ("3", "行号")


def test_broken_rows_are_handed_back_with_all_they_held(code: Run, tmp_path: Path) -> None:
    path = tmp_path / "broken.csv"
    path.write_text("行号,名称,省份,所属行业\n1,甲,北京,金融业\n2,乙,北京,金融业,多,了\n", encoding="utf-8")
    assert code(path).code == 3
    row = _read(tmp_path / "coded.csv.rejected.csv")[1]
    assert (row[0], row[1]) == ("3", "")
    assert row[3:] == ("2", "乙", "北京", "金融业,多,了")


def test_a_mended_file_of_rejected_rows_is_coded_next_to_the_rest(code: Run, customers: Path, tmp_path: Path) -> None:
    code(customers)
    rejected = tmp_path / "coded.csv.rejected.csv"
    mended = tmp_path / "mended.csv"
    mended.write_text(rejected.read_text("utf-8-sig").replace(",火星,", ",上海,"), encoding="utf-8")
    assert code(mended, out="rest.csv").code == 0
    assert _read(tmp_path / "rest.csv")[0] == ("客户编码", *HEADER)
    assert _codes(tmp_path / "rest.csv")[0].startswith("SH-FI-0003")


def test_a_column_of_the_same_name_maps_itself(kehuma: Run, scheme: Path, tmp_path: Path) -> None:
    path = tmp_path / "named.csv"
    _write(path, ("Region", "industry"), [("北京", "金融业")])
    assert kehuma("issue", path, "--scheme", scheme, "--out", tmp_path / "coded.csv").code == 0


def test_an_attribute_with_a_default_may_have_no_column(kehuma: Run, scheme: Path, tmp_path: Path) -> None:
    text = scheme.read_text("utf-8").replace('"cn-industry"', '"cn-industry"\ndefault = "FI"')
    scheme.write_text(text, encoding="utf-8")
    path = tmp_path / "named.csv"
    _write(path, ("region",), [("北京",)])
    ended = kehuma("issue", path, "--scheme", scheme, "--out", tmp_path / "coded.csv")
    assert ended.code == 0
    assert "“industry”没有对应的列，全部采用规则的默认值" in ended.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(["--map", "region=省分"], "文件中没有列“省分”；现有：省份", id="column"),
        pytest.param(["--map", "regoin=省份"], "规则不用属性“regoin”；它用：region", id="attribute"),
        pytest.param(["--map", "region"], "--map 应为 属性=列名", id="form"),
        pytest.param(["--map", "region=省份"], "属性“industry”没有对应的列；请加 --map industry=列名", id="not mapped"),
        pytest.param([*MAPPED, "--key", "序号"], "文件中没有列“序号”", id="key"),
        pytest.param([*MAPPED, "--column", "名称"], "文件中已有列“名称”；请用 --column", id="code column there"),
        pytest.param([*MAPPED, "--map", "region=名称"], "给了两次", id="twice"),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused_before_any_code(
    kehuma: Run, scheme: Path, customers: Path, tmp_path: Path, *, words: list[str], said: str
) -> None:
    ended = kehuma("issue", customers, "--scheme", scheme, "--out", tmp_path / "coded.csv", *words)
    assert (ended.code, ended.out) == (1, "")
    assert said in ended.err
    assert sorted(path.name for path in tmp_path.glob("*coded*")) == []
    assert kehuma("issue", "--scheme", "region-industry", "region=北京", "industry=金融").code == 1


@pytest.mark.parametrize(
    ("out", "said"),
    [
        pytest.param("customers.csv", "输出会覆盖输入文件", id="the input itself"),
        pytest.param("coded.doc", "无法写入“.doc”格式", id="kind"),
        pytest.param("none/coded.csv", "无法写入文件", id="folder missing"),
        pytest.param("co\0ded.csv", "coded.csv", id="NUL"),
    ],
)
def test_an_output_that_cannot_be_is_refused(code: Run, customers: Path, out: str, said: str) -> None:
    before = customers.read_bytes()
    ended = code(customers, out=out)
    assert (ended.code, ended.out) == (1, "")
    assert said in ended.err.replace("\\u0000", "")
    assert customers.read_bytes() == before


def test_the_file_of_rejected_rows_is_not_replaced_while_it_is_read(code: Run, customers: Path, tmp_path: Path) -> None:
    code(customers)
    rejected = tmp_path / "coded.csv.rejected.csv"
    ended = code(rejected)
    assert ended.code == 1
    assert "输出会覆盖输入文件" in ended.err
    assert rejected.exists()


@pytest.mark.parametrize(
    "content", [b"", b"\0\0\0", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), b"PK\x03\x04broken"], ids=repr
)
def test_an_input_that_is_no_table_is_refused(code: Run, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "odd.csv"
    path.write_bytes(content)
    ended = code(path)
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.count("\n") == 1


def test_cells_that_look_like_formulas_survive_the_way_through(code: Run, tmp_path: Path) -> None:
    path = tmp_path / "formulas.csv"
    _write(path, HEADER, [("1", "=1+1", "北京", "金融业"), ("2", "+86 1", "上海", "金融业")])
    code(path)
    with (tmp_path / "coded.csv").open(encoding="utf-8-sig") as file:
        assert [row[2] for row in csv.reader(file)][1:] == ["'=1+1", "'+86 1"]
    assert [row[2] for row in _read(tmp_path / "coded.csv")][1:] == ["=1+1", "+86 1"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT between programs")
def test_after_an_interruption_the_same_command_gives_the_same_codes(
    program: Run, environment: Environment, scheme: Path, tmp_path: Path
) -> None:
    path, out = tmp_path / "many.csv", tmp_path / "coded.csv"
    _write(path, HEADER, [(str(n), "某某", "北京", "金融业") for n in range(15_000)])
    words = ["issue", str(path), "--scheme", str(scheme), "--out", str(out), "--key", "行号", *MAPPED]
    start = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); import kehuma.cli.filing as f\n"
    )
    # The first piece is coded and kept; the second one is interrupted.
    patch = (
        "kept = f._Filing.piece\n"
        "def piece(self, batch):\n"
        "    if self.summary.rows: signal.raise_signal(signal.SIGINT)\n"
        "    kept(self, batch)\n"
        "f._Filing.piece = piece\n"
        "from kehuma.cli.main import app\napp(sys.argv[1:])\n"
    )
    variables = environment(DJANGO_SETTINGS_MODULE="kehuma.config.settings")
    interrupted = subprocess.run(
        [sys.executable, "-c", start + patch, *words], env=variables, capture_output=True, check=False
    )
    assert interrupted.returncode == 128 + signal.SIGINT
    assert "10000 行已登记" in interrupted.stderr.decode()
    assert sorted(child.name for child in tmp_path.iterdir() if "coded" in child.name) == []
    assert program(*words).code == 0
    assert len(set(_codes(out))) == 15_000
    assert any(line.split() == ["15,000", "0", "15,000", "0", "0"] for line in program(*words).out.splitlines())
