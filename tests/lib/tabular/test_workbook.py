import datetime as dt
import io
import json
import os
import shutil
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import python_calamine
import xlsxwriter

from kehuma.lib.tabular import Limits, TabularError, open_table, workbook, workbook_child, write_table

posix = pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps to a cap of memory")


def made(path: Path, **sheets: list[list[Any]]) -> Path:
    """A workbook with these sheets; a name with a final _ is hidden."""
    with xlsxwriter.Workbook(str(path)) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            if name.endswith("_"):
                sheet.hide()
            for line, row in enumerate(rows):
                for column, value in enumerate(row):
                    dated = isinstance(value, (dt.date, dt.time))
                    sheet.write_datetime(line, column, value, day) if dated else sheet.write(line, column, value)
    return path


def rows_of(path: Path, **options: Any) -> list[tuple[str, ...]]:
    with open_table(path, **options) as table:
        return [row for batch in table.batches() for row in batch.rows]


def refused(path: Path, **options: Any) -> str:
    with pytest.raises(TabularError) as caught:
        rows_of(path, **options)
    assert str(caught.value)
    return caught.value.message


def test_values_become_the_text_a_person_sees(tmp_path: Path) -> None:
    values = [42, 0.25, 1e18, True, "007", dt.date(2026, 11, 22), dt.datetime(2026, 11, 22, 8, 30), None]  # noqa: DTZ001
    path = made(tmp_path / "a.xlsx", 客户=[[f"c{n}" for n in range(len(values))], values])
    texts = ("42", "0.25", "1000000000000000000", "TRUE", "007", "2026-11-22", "2026-11-22 08:30:00", "")
    assert rows_of(path) == [texts]


def test_the_first_visible_sheet_that_holds_something_is_read(tmp_path: Path) -> None:
    path = made(tmp_path / "a.xlsx", 空=[], 说明_=[["x"]], 客户=[["名称"], ["甲"]], 其他=[["b"], ["2"]])
    with open_table(path) as table:
        assert (table.kind, table.sheet, table.other_sheets) == ("excel", "客户", ("空", "说明_", "其他"))
        assert (table.header, table.row_count_estimate) == (("名称",), 1)
    assert rows_of(path, sheet="其他") == rows_of(path, sheet=4) == [("2",)]


@pytest.mark.parametrize("sheet", ["没有", 0, 5])
def test_a_sheet_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path, sheet: str | int) -> None:
    path = made(tmp_path / "a.xlsx", 客户=[["名称"]], 订单=[["a"]])
    with pytest.raises(TabularError, match="there are: 客户, 订单"):
        open_table(path, sheet=sheet)


def test_rows_have_the_numbers_that_excel_shows(tmp_path: Path) -> None:
    path = made(tmp_path / "a.xlsx", 客户=[[], [None, "a", "b"], [None, "1"], [], [None, "", "2"]])
    with open_table(path) as table:
        (batch,) = table.batches()
        assert (table.header, table.row_count_estimate) == (("a", "b"), 3)
        assert (batch.rows, batch.numbers, batch.blank) == ([("1", ""), ("", "2")], [3, 5], 1)


def test_rows_can_be_read_again_and_progress_is_known(tmp_path: Path) -> None:
    path = made(tmp_path / "a.xlsx", 客户=[["a"], *[[number] for number in range(2_500)]])
    with open_table(path) as table:
        assert table.fraction == 0.0
        shares = []
        for batch in table.batches(1_000):
            shares.append(table.fraction)
            assert len(batch.rows) in {1_000, 500}
        assert shares == sorted(shares)
        assert table.fraction == 1.0
        assert sum(len(batch.rows) for batch in table.batches()) == 2_500


def test_a_table_may_be_left_in_the_middle(tmp_path: Path) -> None:
    path = made(tmp_path / "a.xlsx", 客户=[["a"], *[[number] for number in range(5_000)]])
    with open_table(path) as table:
        next(table.batches(10))
    assert workbook.__name__  # no process and no pipe is left: warnings are errors


def test_the_content_counts_not_the_name(tmp_path: Path) -> None:
    path = made(tmp_path / "a.xlsx", 客户=[["a"], ["1"]])
    shutil.copy(path, tmp_path / "a.csv")
    assert rows_of(tmp_path / "a.csv") == [("1",)]


def test_characters_that_xml_cannot_hold_survive_or_cost_their_row(tmp_path: Path) -> None:
    with write_table(tmp_path / "a.xlsx", ("a", "b")) as writer:
        writer.write([("x\x01y", "_x0041_"), ("tab\t", "line\n")])
    assert rows_of(tmp_path / "a.xlsx") == [("x\x01y", "_x0041_"), ("tab\t", "line\n")]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(b"PK\x03\x04 and nothing more", "workbook-broken", id="no archive"),
        pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "workbook-broken", id="no compound file"),
    ],
)
def test_a_broken_workbook_is_refused(tmp_path: Path, data: bytes, message: str) -> None:
    (tmp_path / "a.xlsx").write_bytes(data)
    assert refused(tmp_path / "a.xlsx") == message


def test_a_cut_off_workbook_and_a_plain_archive_are_refused(tmp_path: Path) -> None:
    path = made(tmp_path / "a.xlsx", 客户=[["a"], *[[number] for number in range(500)]])
    path.write_bytes(path.read_bytes()[:-200])
    assert refused(path) == "workbook-broken"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert refused(path) == "workbook-broken"


def test_an_empty_workbook_is_refused(tmp_path: Path) -> None:
    assert refused(made(tmp_path / "a.xlsx", 客户=[])) == "empty-file"
    assert refused(made(tmp_path / "c.xlsx", 客户=[[" "], ["1"]])) == "no-header"
    assert refused(made(tmp_path / "b.xlsx", 客户=[["a", "a [1]", "a"]])) == "duplicate-column"


CONTENT_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
    'ContentType="application/xml"/></Types>'
)


def with_sheet(path: Path, xml: str) -> Path:
    """A small workbook whose only sheet has this XML for its rows."""
    made(path, 客户=[["a"], ["1"]])
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    members["xl/worksheets/sheet1.xml"] = (
        f'<worksheet xmlns="{space}"><sheetData>{xml}</sheetData></worksheet>'.encode()
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def inline(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def test_a_workbook_that_says_how_much_it_unpacks_to_is_refused_at_once(tmp_path: Path) -> None:
    path = with_sheet(tmp_path / "a.xlsx", f'<row r="1">{inline("A1", "x" * 30_000_000)}</row>')
    assert path.stat().st_size < 300_000
    assert refused(path, limits=Limits(memory=20 << 20)) == "workbook-too-large"


@posix
def test_a_workbook_that_takes_more_memory_than_allowed_kills_only_its_reader(tmp_path: Path) -> None:
    path = with_sheet(tmp_path / "a.xlsx", f'<row r="1">{inline("A1", "x" * 150_000_000)}</row>')
    assert refused(path, limits=Limits(memory=300 << 20)) == "workbook-too-large"


@posix
def test_two_cells_in_far_corners_kill_only_their_reader(tmp_path: Path) -> None:
    cells = f'<row r="1">{inline("A1", "a")}</row><row r="1048576">{inline("XFD1048576", "b")}</row>'
    assert refused(with_sheet(tmp_path / "a.xlsx", cells)) == "workbook-too-large"


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (Limits(sheet_cells=5), "workbook-too-many-cells"),
        (Limits(cell=10), "row-cell-too-long"),
        (Limits(line=15), "line-too-long"),
        (Limits(columns=1), "too-many-columns"),
    ],
)
def test_what_exceeds_the_caps_is_refused(tmp_path: Path, limits: Limits, message: str) -> None:
    path = made(tmp_path / "a.xlsx", 客户=[["a", "b"], ["1", "2"], ["x" * 11, "y" * 10]])
    assert refused(path, limits=limits) == message


def test_rows_full_of_text_come_in_several_messages(tmp_path: Path) -> None:
    path = made(tmp_path / "a.xlsx", 客户=[["a"], *[["x" * 30_000 + str(number)] for number in range(50)]])
    assert [row[0][30_000:] for row in rows_of(path)] == [str(number) for number in range(50)]


# What the child does, seen from inside.


def asked(path: Path, **changes: Any) -> dict[str, Any]:
    caps = {"memory": 1 << 30, "seconds": 60, "sheet_cells": 1_000, "cell": 1_000, "line": 10_000}
    return {"path": str(path), "sheet": None, **caps, **changes}


@pytest.mark.parametrize(
    ("raised", "message"),
    [
        (python_calamine.PasswordError("locked"), "workbook-password"),
        (MemoryError(), "workbook-too-large"),
        (OSError("gone"), "workbook-broken"),
    ],
)
def test_the_reader_reports_what_stops_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, raised: Exception, message: str
) -> None:
    def stop(_: object, __: object) -> None:
        raise raised

    path = made(tmp_path / "a.xlsx", 客户=[["a"]])
    monkeypatch.setattr(workbook_child, "_sheet_messages", stop)
    (said,) = workbook_child.messages(asked(path), io.BytesIO(path.read_bytes()))
    assert said["error"] == message


def test_the_reader_says_header_rows_and_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = made(tmp_path / "a.xlsx", 客户=[["a"], ["1"]])
    confined: list[int] = []
    monkeypatch.setattr(workbook_child, "_confine", lambda *caps: confined.extend(caps))
    request = json.dumps(asked(path))
    workbook_child.main([request], io.BytesIO(path.read_bytes()))
    assert [json.loads(line) for line in io.StringIO(capsys.readouterr().out)] == [
        {"header": ["a"], "number": 1, "top": [[1, ["a"]], [2, ["1"]]], "rows": 1, "sheet": "客户", "others": []},
        [[2, ["1"]]],
        {"end": True},
    ]
    assert confined == [1 << 30, 60]


@posix
def test_a_reader_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    path = made(tmp_path / "a.xlsx", 客户=[["a"], *[[number] for number in range(20_000)]])
    assert refused(path, limits=Limits(seconds=0)) in {"workbook-too-slow", "workbook-too-large"}


def test_the_reader_finds_the_package_that_started_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    first, second = workbook._environment()["PYTHONPATH"].split(os.pathsep)
    assert Path(first, "kehuma", "lib").is_dir()
    assert second == "elsewhere"


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
def test_a_header_further_down_is_taken_where_it_is_named(tmp_path: Path, suffix: str) -> None:
    rows = [["客户名单"], [], ["编号", "名称"], ["1", "甲"], *[[str(number), "乙"] for number in range(2, 60)]]
    path = tmp_path / f"a{suffix}"
    if suffix == ".csv":
        path.write_text("\n".join(",".join(row) for row in rows), "utf-8")
    else:
        made(path, 客户=rows)
    with open_table(path) as table:
        assert (table.header_row, table.top[0][0], table.top[1][0]) == (1, 1, 3)
        assert [cell for cell in table.top[1][1] if cell] == ["编号", "名称"]
    with open_table(path, header_row=3) as table:
        assert (table.header, table.header_row, table.top[0][0]) == (("编号", "名称"), 3, 1)
        (batch,) = table.batches()
        assert (batch.numbers[0], batch.rows[0], len(batch.rows)) == (4, ("1", "甲"), 59)
    with pytest.raises(TabularError), open_table(path, header_row=99):
        pass
    with pytest.raises(TabularError), open_table(path, header_row=2):
        pass
