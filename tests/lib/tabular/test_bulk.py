"""Large files coded without a register: every row keeps its place, and nothing but the code is added."""

import csv
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from kehuma.engine.coding.errors import WriteError
from kehuma.engine.coding.grammar import Grammar, compile_scheme
from kehuma.engine.coding.scheme_file import load_scheme
from kehuma.lib.tabular import TabularError
from kehuma.lib.tabular.bulk import code_file_in_bulk

HEADER = ("名称", "省份", "电话")


def grammar_of(template: str, more: str = "") -> Grammar:
    region = '[segments.region]\ndictionary = "cn-province"\n' if "{region}" in template else ""
    return compile_scheme(load_scheme(f'kehuma = 1\nname = "bulk"\ntemplate = "{template}"\n{region}{more}'))


def csv_file(folder: Path, rows: Sequence[Sequence[str]], *, encoding: str = "utf-8", delimiter: str = ",") -> Path:
    path = folder / "in.csv"
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows([HEADER, *rows])
    return path


def rows_of(path: Path) -> list[tuple[str | None, ...]]:
    return [tuple(row.values()) for row in pq.read_table(path).to_pylist()]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_every_row_gets_its_code_in_front_and_stays_as_it_was(tmp_path: Path, encoding: str, delimiter: str) -> None:
    rows = [("甲", "北京", "00138"), ("乙", "SH", ""), ('丙"丙', "北京市", "1,2;3\n4")]
    source = csv_file(tmp_path, rows, encoding=encoding, delimiter=delimiter)
    grammar = grammar_of("{region}-{serial:3}-{check}")
    done = code_file_in_bulk(source, tmp_path / "out.parquet", grammar, columns={"region": "省份"}, name="编码")
    single = [
        grammar.write(grammar.snapshot({"region": row[1]}), serial=n).code
        for row, n in zip(rows, (1, 1, 2), strict=True)
    ]
    assert rows_of(tmp_path / "out.parquet") == [(code, *row) for code, row in zip(single, rows, strict=True)]
    assert pq.read_schema(tmp_path / "out.parquet").names == ["编码", *HEADER]
    assert (done.rows, done.coded, done.refusals) == (3, 3, ())


def test_cells_kept_from_being_formulas_come_back_as_they_were(tmp_path: Path) -> None:
    source = csv_file(tmp_path, [("'=1+1", "北京", "'+86"), ("''=1", "北京", "'x")])
    code_file_in_bulk(source, tmp_path / "out.parquet", grammar_of("C{serial:3}"), columns={})
    assert [row[1:] for row in rows_of(tmp_path / "out.parquet")] == [("=1+1", "北京", "+86"), ("'=1", "北京", "'x")]


def test_rows_that_cannot_be_coded_keep_their_place_and_are_counted_by_their_reason(tmp_path: Path) -> None:
    names = ["北京", "火星", "北京", "", "北京", "火星"]
    source = csv_file(tmp_path, [("甲", name, "") for name in names])
    done = code_file_in_bulk(
        source,
        tmp_path / "out.parquet",
        grammar_of("{region}{serial:1}", "[segments.serial]\nstart = 8\n"),
        columns={"region": "省份"},
    )
    assert [row[0] for row in rows_of(tmp_path / "out.parquet")] == ["BJ8", None, "BJ9", None, None, None]
    found = {refusal.facts["region"]: (refusal.rows, refusal.error.message) for refusal in done.refusals}
    assert found == {"火星": (2, "value-unknown"), "": (1, "value-missing"), "北京": (1, "serial-exhausted")}
    assert (done.rows, done.coded) == (6, 2)


def test_a_scheme_without_serial_codes_the_first_row_only(tmp_path: Path) -> None:
    source = csv_file(tmp_path, [("甲", "北京", ""), ("乙", "北京市", ""), ("丙", "上海", "")])
    done = code_file_in_bulk(source, tmp_path / "out.parquet", grammar_of("{region}-X"), columns={"region": "省份"})
    assert [row[0] for row in rows_of(tmp_path / "out.parquet")] == ["BJ-X", None, "SH-X"]
    assert [(refusal.rows, refusal.error.message) for refusal in done.refusals] == [(1, "already-issued")]


def test_many_rows_are_numbered_without_gap_or_double(tmp_path: Path) -> None:
    names = ("北京", "上海", "广东")
    source = csv_file(tmp_path, [(str(index), names[index * index % 3], "") for index in range(150_000)])
    grammar = grammar_of("{region}-{serial:4}", '[segments.serial]\noverflow = "lengthen"\n')
    done = code_file_in_bulk(source, tmp_path / "out.parquet", grammar, columns={"region": "省份"})
    counters = dict.fromkeys(names, 0)
    expected = []
    for index in range(150_000):
        counters[name := names[index * index % 3]] += 1
        expected.append(f"{grammar.snapshot({'region': name}).texts[0]}-{counters[name]:04}")
    assert pq.read_table(tmp_path / "out.parquet")["code"].to_pylist() == expected
    assert done.coded == 150_000


def test_the_time_of_issue_is_handed_in(tmp_path: Path) -> None:
    source = csv_file(tmp_path, [("甲", "北京", "")])
    grammar = grammar_of("{date:YYYYMM}-{serial:2}")
    code_file_in_bulk(source, tmp_path / "out.parquet", grammar, columns={}, at=datetime(2026, 11, 22, tzinfo=UTC))
    assert rows_of(tmp_path / "out.parquet")[0][0] == "202611-01"


def test_columns_have_the_names_that_other_ways_of_reading_give_them(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("sep=;\n 名称 ;省份;省份\n甲;北京;上海\n", encoding="utf-8")
    code_file_in_bulk(
        source, tmp_path / "out.parquet", grammar_of("{region}{serial:2}"), columns={"region": "省份 [3]"}
    )
    assert pq.read_table(tmp_path / "out.parquet").to_pylist() == [
        {"code": "SH01", "名称": "甲", "省份 [2]": "北京", "省份 [3]": "上海"}
    ]


def test_a_file_with_nothing_but_a_header_gives_one(tmp_path: Path) -> None:
    done = code_file_in_bulk(csv_file(tmp_path, []), tmp_path / "out.parquet", grammar_of("C{serial:3}"), columns={})
    assert pq.read_table(tmp_path / "out.parquet").column_names == ["code", *HEADER]
    assert done.rows == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("名称,省份,电话\n甲,北京\n乙,北京,1,2,3\n".encode(), "not-for-bulk", id="rows of other lengths"),
        pytest.param("名称,省份,电话\n甲乙丙,北京,1\n".encode("gb18030"), "not-for-bulk", id="another encoding"),
        pytest.param("\n,,\n名称,省份,电话\n甲,北京,1\n".encode(), "not-for-bulk", id="lines before the header"),
        pytest.param("名称,城市,电话\n甲,北京,1\n".encode(), "unknown-column", id="no such column"),
        pytest.param("code,省份,电话\n甲,北京,1\n".encode(), "duplicate-column", id="the name is taken"),
    ],
)
def test_a_file_that_needs_more_care_is_refused_and_leaves_nothing(tmp_path: Path, text: bytes, message: str) -> None:
    source = tmp_path / "in.csv"
    source.write_bytes(text)
    with pytest.raises(TabularError) as error:
        code_file_in_bulk(
            source, tmp_path / "out.parquet", grammar_of("{region}{serial:3}"), columns={"region": "省份"}
        )
    assert error.value.message == message
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_a_faulty_row_far_down_is_found_and_leaves_nothing(tmp_path: Path) -> None:
    source = csv_file(tmp_path, [("甲", "北京", str(index)) for index in range(300_000)])
    with source.open("a", encoding="utf-8") as file:
        file.write("乙,北京,1,2,3\n")
    with pytest.raises(TabularError) as error:
        code_file_in_bulk(source, tmp_path / "out.parquet", grammar_of("C{serial:6}"), columns={})
    assert error.value.message == "not-for-bulk"
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]


def test_a_place_that_cannot_be_written_to_is_said(tmp_path: Path) -> None:
    source = csv_file(tmp_path, [("甲", "北京", "")])
    with pytest.raises(TabularError) as error:
        code_file_in_bulk(source, tmp_path / "missing" / "out.parquet", grammar_of("C{serial:3}"), columns={})
    assert error.value.message == "cannot-write"


def test_random_characters_need_a_register(tmp_path: Path) -> None:
    source = csv_file(tmp_path, [("甲", "北京", "")])
    with pytest.raises(WriteError):
        code_file_in_bulk(source, tmp_path / "out.parquet", grammar_of("{random:6}"), columns={})
