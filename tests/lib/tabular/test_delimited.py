import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from kehuma.lib.tabular import Batch, Limits, TabularError, open_table


def read(path: Path, text: str | bytes, *, limits: Limits | None = None, size: int = 10_000) -> list[Batch]:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with open_table(path, limits=limits) as table:
        return list(table.batches(size))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "customers.csv"


def test_every_cell_stays_the_text_it_is(path: Path) -> None:
    cells = ["007", "1E5", "3-4", "123456789012345678", " 甲 ", "1,5", 'say "hi"', "two\nlines", "NULL", "TRUE"]
    text = ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)
    (batch,) = read(path, ",".join("abcdefghij") + "\r\n" + text + "\r\n")
    assert batch.rows == [tuple(cells)]


def test_a_short_row_is_padded_and_a_long_one_is_reported(path: Path) -> None:
    (batch,) = read(path, "a,b,c\n1\n1,2,3,4\n1,2,3,,\n1,2,3\n")
    assert batch.rows == [("1", "", ""), ("1", "2", "3"), ("1", "2", "3")]
    assert batch.numbers == [2, 4, 5]
    (fault,) = batch.faults
    assert (fault.number, fault.cells) == (3, ("1", "2", "3", "4"))
    assert fault.error.say("en") == "row 3 has 4 cells, but the header names 3"


def test_empty_rows_are_left_out_and_counted(path: Path) -> None:
    (batch,) = read(path, "\n\na,b\n1,2\n\n,\n,,,\n3,4\n\n")
    assert (batch.rows, batch.numbers, batch.blank) == ([("1", "2"), ("3", "4")], [4, 8], 4)


def test_an_unclosed_quotation_mark_costs_one_row_only(path: Path) -> None:
    (batch,) = read(path, 'a,b\n1,2\n"3,4\n5,6\n7,"8 ""x""\n9"\n"x"y,1\n10,"11\n')
    assert batch.rows == [("1", "2"), ("5", "6"), ("7", '8 "x"\n9')]
    assert [(fault.number, fault.cells, fault.error.message) for fault in batch.faults] == [
        (3, ('"3,4',), "row-quotes"),
        (6, ('"x"y,1',), "row-quotes"),
        (7, ('10,"11',), "row-quotes"),
    ]


def test_a_quotation_mark_inside_a_cell_is_no_quotation(path: Path) -> None:
    (batch,) = read(path, 'a,b\n北京"测试"公司,19"\n')
    assert batch.rows == [('北京"测试"公司', '19"')]


def test_a_nul_character_costs_its_row(path: Path) -> None:
    (batch,) = read(path, "a,b\n1,2\n3,x\0y\n" + "5,6\n" * 50)
    assert len(batch.rows) == 51
    assert [(fault.number, fault.cells, fault.error.message) for fault in batch.faults] == [
        (3, ("3", "x�y"), "row-nul")
    ]


def test_a_cell_of_five_megabytes_costs_its_row(path: Path) -> None:
    (batch,) = read(path, f"a,b\n1,{'x' * 5_000_000}\n3,4\n")
    assert batch.rows == [("3", "4")]
    (fault,) = batch.faults
    assert (fault.number, fault.error.message, len(fault.cells[0])) == (2, "row-cell-too-long", 1_000_000)


def test_a_quotation_mark_that_swallows_a_megabyte_costs_its_row(path: Path) -> None:
    (batch,) = read(path, 'a,b\n"1,2\n' + "3,4\n" * 400, limits=Limits(cell=1_000))
    assert (len(batch.rows), [fault.number for fault in batch.faults]) == (400, [2])


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("x" * 20_000, id="one endless line"),
        pytest.param('"x\n",' * 5_000, id="one endless row of many lines"),
    ],
)
def test_an_endless_row_is_refused(path: Path, body: str) -> None:
    with pytest.raises(TabularError, match="row 3 is longer than 10000 characters"):
        read(path, "a,b\n1,2\n" + body, limits=Limits(line=10_000))


def test_a_small_gzip_that_unpacks_to_much_is_refused_in_little_memory(path: Path) -> None:
    with pytest.raises(TabularError, match="row 2 is longer"):
        read(path, gzip.compress(b"a,b\n" + b"x" * 40_000_000, 1))


@pytest.mark.parametrize("keep", [12, 500, -1_000], ids=["in its head", "in the first row", "late"])
def test_a_cut_off_gzip_says_so(path: Path, keep: int) -> None:
    body = "".join(f"{number},{number * number}\n" for number in range(120_000))
    with pytest.raises(TabularError, match="cut off or broken"):
        read(path, gzip.compress(("a,b\n" + body).encode(), 6)[:keep])


@pytest.mark.parametrize(
    ("header", "names"),
    [
        pytest.param("\ufeff 客户 ,\u3000城市\t", ("客户", "城市"), id="marks and spaces"),
        pytest.param("a,,b,", ("a", "[2]", "b", "[4]"), id="without a name"),
        pytest.param("备注,a,备注", ("备注 [1]", "a", "备注 [3]"), id="twice the same"),
        pytest.param("'=a,b", ("=a", "b"), id="like a formula"),
    ],
)
def test_columns_have_names_of_their_own(path: Path, header: str, names: tuple[str, ...]) -> None:
    path.write_text(f"{header}\n1,2,3,4\n", encoding="utf-8")
    with open_table(path) as table:
        assert table.header == names


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "empty-file", id="nothing"),
        pytest.param("\n \n", "empty-file", id="blank lines"),
        pytest.param(gzip.compress(b"\n"), "empty-file", id="a blank line gzipped"),
        pytest.param("\ufeff", "no-header", id="a mark only"),
        pytest.param(",,\n,,\n", "no-header", id="no cell"),
        pytest.param("a,a [1],a\n", "duplicate-column", id="a name that numbering makes twice"),
        pytest.param(",".join("x" * 3 for _ in range(50)), "too-many-columns", id="too wide"),
        pytest.param('"a,b\n1,2\n', "row-quotes", id="an unclosed header"),
    ],
)
def test_a_file_without_a_sound_header_is_refused(path: Path, text: str | bytes, message: str) -> None:
    with pytest.raises(TabularError) as caught:
        read(path, text, limits=Limits(columns=40))
    assert caught.value.message == message


@pytest.mark.parametrize(
    ("text", "header"), [("a", ("a",)), (",,\n1,2,3\n4,5,6", ("1", "2", "3"))], ids=["short", "late"]
)
def test_the_first_row_that_holds_something_is_the_header(path: Path, text: str, header: tuple[str, ...]) -> None:
    path.write_text(text, encoding="utf-8")
    with open_table(path) as table:
        assert table.header == header


@pytest.mark.parametrize(("first", "delimiter"), [("sep=;", ";"), ("SEP=|\r", "|"), ("sep=", ",")])
def test_the_first_line_may_name_the_delimiter(path: Path, first: str, delimiter: str) -> None:
    path.write_bytes(f"{first}\na{delimiter}b\n1{delimiter}2\n".encode())
    with open_table(path) as table:
        assert table.delimiter == delimiter
        (batch,) = table.batches()
        assert (table.header, batch.rows, batch.numbers) == (("a", "b"), [("1", "2")], [3])


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        pytest.param("名称\n甲\n乙", ",", id="one column"),
        pytest.param("a;b\n1,5;2,5\n3,5;4,5\n", ";", id="decimal commas"),
        pytest.param('a,b\n"x;y;z",1\n', ",", id="semicolons in a cell"),
        pytest.param("名称，省份,城市\n甲,乙\n丙,丁\n", ",", id="a wide comma in the header"),
        pytest.param("a\tb\n" + "x" * 2_000_000, "\t", id="an enormous cell"),
    ],
)
def test_the_delimiter_is_what_splits_the_rows_alike(path: Path, text: str, delimiter: str) -> None:
    path.write_text(text, encoding="utf-8")
    with open_table(path) as table:
        assert table.delimiter == delimiter


@pytest.mark.parametrize("form", ["plain", "gzipped"])
def test_progress_and_size_are_known(path: Path, form: str) -> None:
    data = (
        "编号,名称\n" + "".join(f"{number:06},公司{number * 7919 % 100_003}\n" for number in range(60_000))
    ).encode()
    path.write_bytes(gzip.compress(data, 1) if form == "gzipped" else data)
    with open_table(path) as table:
        assert table.row_count_estimate == pytest.approx(60_000, rel=0.1)
        assert table.fraction < 0.9
        shares = [table.fraction for _ in table.batches(12_000)]
        assert shares == sorted(shares)
        assert 0.1 < shares[1] < 0.9
        assert table.fraction == 1.0


def test_rows_can_be_read_again_from_the_first(path: Path) -> None:
    path.write_text("a\n1\n2\n3\n", encoding="utf-8")
    with open_table(path) as table:
        once: Iterator[Batch] = table.batches(2)
        assert next(once).rows == [("1",), ("2",)]
        assert [batch.rows for batch in table.batches(2)] == [[("1",), ("2",)], [("3",)]]
        assert next(once).rows == [("3",)]


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TabularError, match="there is no file"):
        open_table(tmp_path / "none.csv")
    with pytest.raises(TabularError, match="cannot be opened"):
        open_table(tmp_path)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("report.xls", "<html><table>", "not-what-it-says"),
        ("report.xlsx", "a,b\n", "not-what-it-says"),
        ("report.parquet", "a,b\n", "not-what-it-says"),
        ("report.csv", "a,b\n", "not-a-workbook"),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_refused(tmp_path: Path, name: str, text: str, message: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TabularError) as caught:
        open_table(path, sheet="Sheet1" if message == "not-a-workbook" else None)
    assert caught.value.message == message


def test_text_under_the_name_xls_is_read(tmp_path: Path) -> None:
    path = tmp_path / "export.xls"
    path.write_bytes("编号\t名称\n001\t甲公司\n".encode("gbk"))
    with open_table(path) as table:
        assert [batch.rows for batch in table.batches()] == [[("001", "甲公司")]]
