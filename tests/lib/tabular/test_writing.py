import errno
import io
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kehuma.lib.tabular import KINDS, TabularError, Writer, excel_rows, open_table, write_stream, write_table

HEADER = ("编号", "电话", "备注")
ROWS = [("0001", "+86 13800123456", "=1+1"), ("0002", "１３８", 'a "b", c\nd'), ("1E5", "", " 甲 ")]


def read(path: Path) -> list[tuple[str, ...]]:
    with open_table(path) as table:
        return [row for batch in table.batches() for row in batch.rows]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_reads_back(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"out{kind}"
    with write_table(path, HEADER) as writer:
        writer.write(ROWS[:1])
        writer.write(iter(ROWS[1:]))
    assert writer.row_count == 3
    with open_table(path) as table:
        assert table.header == HEADER
    assert read(path) == ROWS
    assert os.listdir(tmp_path) == [path.name]  # noqa: PTH208 - names are wanted


# XML has no place for most control characters; what a workbook makes of them is tested below.
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
EXCEL_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=12)


@pytest.mark.parametrize("kind", [".csv", ".tsv.gz", ".parquet"])
@settings(max_examples=60)
@given(rows=st.lists(st.tuples(TEXT, TEXT, TEXT).filter(any), max_size=5))
def test_any_text_survives_a_file(kind: str, rows: list[tuple[str, str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"out{kind}")
        with write_table(path, HEADER) as writer:
            writer.write(rows)
        assert read(path) == rows


def test_any_text_survives_a_workbook(tmp_path: Path) -> None:
    rows: list[tuple[str, str]] = []

    @settings(max_examples=100)
    @given(st.tuples(EXCEL_TEXT, EXCEL_TEXT).filter(any))
    def collect(row: tuple[str, str]) -> None:
        rows.append(row)

    collect()  # one workbook for all of them: each reading starts a process
    with write_table(tmp_path / "out.xlsx", ("a", "b")) as writer:
        writer.write(rows)
    assert read(tmp_path / "out.xlsx") == rows


def test_a_csv_opens_in_excel_with_chinese_text_and_without_formulas(tmp_path: Path) -> None:
    with write_table(tmp_path / "out.csv", ("名称", "=x")) as writer:
        writer.write([("甲", "=1+1"), ("+86", "-")])
    assert (tmp_path / "out.csv").read_bytes() == "\ufeff名称,'=x\r\n甲,'=1+1\r\n'+86,'-\r\n".encode()


def test_a_csv_may_have_the_encoding_of_older_programs(tmp_path: Path) -> None:
    with write_table(tmp_path / "out.csv", ("名称",), encoding="gb18030") as writer:
        writer.write([("甲𠮷",)])
    assert (tmp_path / "out.csv").read_bytes() == "名称\r\n甲𠮷\r\n".encode("gb18030")


def test_a_workbook_holds_text_only(tmp_path: Path) -> None:
    with write_table(tmp_path / "out.xlsx", HEADER) as writer:
        writer.write([("0001", "=1+1", "https://example.com")])
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx").active
    cells = [(cell.value, cell.data_type, cell.hyperlink) for cell in sheet[2]]
    assert cells == [("0001", "s", None), ("=1+1", "s", None), ("https://example.com", "s", None)]


def test_rows_beyond_a_full_sheet_go_to_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(excel_rows, "SHEET_ROWS", 3)
    with write_table(tmp_path / "out.xlsx", ("a",)) as writer:
        writer.write([(str(number),) for number in range(5)])
    sheets = openpyxl.load_workbook(tmp_path / "out.xlsx").worksheets
    assert [[row[0] for row in sheet.values] for sheet in sheets] == [["a", "0", "1"], ["a", "2", "3"], ["a", "4"]]


def test_parquet_columns_are_text(tmp_path: Path) -> None:
    with write_table(tmp_path / "out.parquet", HEADER) as writer:
        writer.write(ROWS)
    assert [str(field.type) for field in pq.read_schema(tmp_path / "out.parquet")] == ["string"] * 3


@pytest.mark.parametrize("kind", [".csv", ".csv.gz", ".xlsx", ".parquet"])
def test_the_same_rows_give_the_same_bytes(tmp_path: Path, kind: str) -> None:
    for name in ("one", "two"):
        with write_table(tmp_path / f"{name}{kind}", HEADER) as writer:
            writer.write(ROWS)
    assert (tmp_path / f"one{kind}").read_bytes() == (tmp_path / f"two{kind}").read_bytes()


@pytest.fixture(params=[".csv", ".csv.gz", ".xlsx", ".parquet"])
def started(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Path, Writer]]:
    path = tmp_path / f"out{request.param}"
    path.write_bytes(b"as it was")
    writer = write_table(path, HEADER)
    writer.write(ROWS * 20)
    yield path, writer
    assert path.read_bytes() == b"as it was"
    assert os.listdir(tmp_path) == [path.name]  # noqa: PTH208 - names are wanted


def test_an_error_between_the_rows_leaves_the_old_file(started: tuple[Path, Writer]) -> None:
    with pytest.raises(RuntimeError), started[1]:
        raise RuntimeError


def test_a_row_of_another_width_is_a_mistake_of_the_program(started: tuple[Path, Writer]) -> None:
    with pytest.raises(ValueError, match="each row needs 3 cells"), started[1] as writer:
        writer.write([("1", "2", "3"), ("1", "2")])


def test_a_lone_surrogate_names_its_row(started: tuple[Path, Writer]) -> None:
    with pytest.raises(TabularError, match="row 63 has a character that cannot be written"), started[1] as writer:
        writer.write([("1", "2", "3"), ("1", "2", "\ud800")])


def test_a_full_disk_is_said_plainly(started: tuple[Path, Writer], monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(TabularError, match="cannot be written \\(No space left on device\\)"):
        started[1].close()


class Full(io.BytesIO):
    """A disk on which nothing more fits."""

    is_full = False

    def write(self, content: Any) -> int:
        if self.is_full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().write(content)


@pytest.mark.parametrize("kind", [".csv", ".csv.gz", ".xlsx", ".parquet"])
def test_a_file_that_cannot_be_finished_is_said_plainly(kind: str) -> None:
    target = Full()
    writer = write_stream(target, f"out{kind}", HEADER)
    writer.write(ROWS)
    target.is_full = True
    with pytest.raises(TabularError, match=r"cannot be written \(No space left on device\)"):
        writer.close()
    target.is_full = False
    writer.abandon()


@pytest.mark.parametrize("kind", KINDS)
def test_a_stream_gets_what_a_file_would_and_stays_open(tmp_path: Path, kind: str) -> None:
    target = io.BytesIO()
    with write_stream(target, f"out{kind}", HEADER) as writer:
        writer.write(ROWS)
    with write_table(tmp_path / f"out{kind}", HEADER) as writer:
        writer.write(ROWS)
    assert target.getvalue() == (tmp_path / f"out{kind}").read_bytes()
    content = target.getvalue()
    with open_table(tmp_path / f"elsewhere{kind}", opener=lambda: io.BytesIO(content)) as table:
        assert [row for batch in table.batches() for row in batch.rows] == ROWS


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_of_a_table_lies_beside_it_while_it_is_written(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr(tempfile, "mkstemp", refuse)
    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    with write_table(tmp_path / f"out{kind}", HEADER) as writer:
        writer.write(ROWS * 1000)
        assert os.listdir(tmp_path) == [f".out{kind}.0.part"]  # noqa: PTH208 - names are wanted
    assert len(read(tmp_path / f"out{kind}")) == 3000


def test_a_sheet_that_has_grown_too_long_is_followed_by_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(excel_rows, "SHEET_BYTES", 1_000)
    with write_table(tmp_path / "out.xlsx", ("a",)) as writer:
        writer.write([("x" * 500,) for _ in range(4)])
    sheets = openpyxl.load_workbook(tmp_path / "out.xlsx").worksheets
    assert [sheet.max_row for sheet in sheets] == [3, 3]
    assert {sheet.freeze_panes for sheet in sheets} == {"A2"}


def test_excel_refuses_what_it_cannot_hold(tmp_path: Path) -> None:
    with (
        pytest.raises(TabularError, match="a cell of row 3 is longer than the 32767"),
        write_table(tmp_path / "a.xlsx", ("a",)) as writer,
    ):
        writer.write([("x" * 32_767,), ("x" * 32_768,)])
    with pytest.raises(TabularError, match="16385 columns are more than the 16384"):
        write_table(tmp_path / "b.xlsx", [str(number) for number in range(16_385)])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["out.xls", "out.ods", "out", "out.json", "csv"])
def test_other_kinds_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(TabularError, match=r"cannot be written; these can: \.csv, "):
        write_table(tmp_path / name, HEADER)


@pytest.mark.parametrize(
    ("header", "encoding", "message"),
    [
        (("a", "a"), "utf-8", "duplicate-column"),
        (("a", "\ud800"), "utf-8", "cannot-encode"),
        (("甲",), "ascii", "cannot-encode"),
        (("甲",), "klingon", "wrong-encoding"),
    ],
)
def test_a_header_that_cannot_be_written_is_refused(
    tmp_path: Path, header: tuple[str, ...], encoding: str, message: str
) -> None:
    with pytest.raises(TabularError) as caught:
        write_table(tmp_path / "out.csv", header, encoding=encoding)
    assert caught.value.message == message
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(TabularError, match="cannot be written"):
        write_table(tmp_path / "none" / "out.csv", HEADER)


def test_a_file_that_was_left_behind_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / ".out.csv.0.part").write_text("from a process that was killed", encoding="utf-8")
    with write_table(tmp_path / "out.csv", ("a",)) as writer:
        writer.write([("1",)])
    assert read(tmp_path / "out.csv") == [("1",)]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
def test_a_written_file_has_the_rights_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "other").write_text("", encoding="utf-8")
    write_table(tmp_path / "out.csv", ("a",)).close()
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert len(modes) == 1
