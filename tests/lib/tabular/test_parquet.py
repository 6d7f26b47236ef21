import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kehuma.lib.tabular import TabularError, open_table
from kehuma.lib.tabular import parquet as parquet_module

SHANGHAI = dt.timezone(dt.timedelta(hours=8))


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        pytest.param(pa.array(["007", None]), ("007", ""), id="text"),
        pytest.param(pa.array(["007", None], pa.large_string()), ("007", ""), id="large text"),
        pytest.param(pa.array(["甲", "甲"]).dictionary_encode(), ("甲", "甲"), id="dictionary"),
        pytest.param(pa.array([13900001111.0, float("nan")]), ("13900001111", ""), id="numbers with gaps"),
        pytest.param(pa.array([0.1, 1e22]), ("0.1", "1e+22"), id="fractions and giants"),
        pytest.param(pa.array([Decimal("1.50"), None]), ("1.50", ""), id="decimals"),
        pytest.param(pa.array([True, False]), ("TRUE", "FALSE"), id="yes and no"),
        pytest.param(pa.array([dt.date(2026, 1, 2), None]), ("2026-01-02", ""), id="dates"),
        pytest.param(
            pa.array([1_000_000_001, 1], pa.timestamp("ns")), ("1970-01-01 00:00:01", "1970-01-01 00:00:00"), id="ns"
        ),
        pytest.param(
            pa.array([dt.datetime(2026, 1, 2, 3, 4, tzinfo=SHANGHAI), None], pa.timestamp("us", "Asia/Shanghai")),
            ("2026-01-02 03:04:00+08:00", ""),
            id="times with a zone",
        ),
        pytest.param(pa.array([dt.time(3, 4), None]), ("03:04:00", ""), id="times of day"),
        pytest.param(pa.array(["甲".encode(), b"\xff"]), ("甲", "�"), id="bytes"),
        pytest.param(pa.array([["甲", "乙"], []]), ('["甲", "乙"]', "[]"), id="lists"),
        pytest.param(pa.array([{"a": dt.date(2026, 1, 2)}, None]), ('{"a": "2026-01-02"}', ""), id="structures"),
        pytest.param(pa.array([dt.timedelta(hours=30), None]), ("1 day, 6:00:00", ""), id="durations"),
    ],
)
def test_typed_values_become_text(tmp_path: Path, values: Any, texts: tuple[str, str]) -> None:
    pq.write_table(pa.table({"key": ["1", "2"], "value": values}), tmp_path / "a.parquet")
    with open_table(tmp_path / "a.parquet") as table:
        (batch,) = table.batches()
    assert (table.kind, table.header) == ("parquet", ("key", "value"))
    assert batch.rows == [("1", texts[0]), ("2", texts[1])]
    assert batch.numbers == [2, 3]


def test_a_parquet_file_comes_in_batches_and_again(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [str(number) for number in range(25)]}), tmp_path / "a.parquet")
    with open_table(tmp_path / "a.parquet") as table:
        assert (table.row_count_estimate, table.fraction) == (25, 0.0)
        assert [len(batch.rows) for batch in table.batches(10)] == [10, 10, 5]
        assert table.fraction == 1.0
        assert sum(len(batch.rows) for batch in table.batches()) == 25


def test_a_nul_character_costs_its_row(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": ["1", "x\0"]}), tmp_path / "a.parquet")
    with open_table(tmp_path / "a.parquet") as table:
        (batch,) = table.batches()
    assert (batch.rows, [fault.error.message for fault in batch.faults]) == ([("1",)], ["row-nul"])


@pytest.mark.parametrize("keep", [100, -30])
def test_a_cut_off_file_is_refused(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"a": ["1"] * 100}), path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(TabularError, match="not a sound Parquet file"):
        open_table(path)


def test_a_file_that_breaks_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"a": [str(number) for number in range(1_000)]}), path, compression="zstd")
    data = bytearray(path.read_bytes())
    data[30:200] = b"\xff" * 170
    path.write_bytes(data)
    with open_table(path) as table, pytest.raises(TabularError, match="not a sound Parquet file"):
        list(table.batches())


def test_many_rows_are_written_in_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_module, "_GROUP_ROWS", 10)
    with (tmp_path / "a.parquet").open("wb") as target:
        rows = parquet_module.ParquetRows(target, ("a",))
        for number in range(25):
            rows.write([(str(number),)])
        rows.close()
    assert pq.ParquetFile(tmp_path / "a.parquet").metadata.num_row_groups == 3
