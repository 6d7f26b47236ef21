"""The promise of the first release, on a real customer file with 50,000 rows.

The file is not part of this repository: it is looked for in the folder that ``KEHUMA_SHARED`` names, or in ``shared``
beside the repository.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kehuma.lib.tabular import open_table

Run = Callable[..., Any]

HERE = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("KEHUMA_SHARED") or HERE.parent / "shared") / "data"
CUSTOMERS = SHARED / "dirty-customers" / "customers.csv.gz"
SAMPLE = SHARED / "dirty-customers" / "sample-2000-gb18030.csv"
INDUSTRY = SHARED / "industry" / "gbt4754-2017.csv"

pytestmark = pytest.mark.skipif(not CUSTOMERS.exists(), reason="the shared customer file is not beside the repository")

ROWS = 50_000


@pytest.fixture
def code(program: Run, tmp_path: Path) -> Callable[..., dict[str, str]]:
    """Codes of a file by row number."""

    def run(path: Path, out: str) -> dict[str, str]:
        scheme, target = HERE / "schemes" / "region-industry.toml", tmp_path / out
        mapped = ("--map", "region=省份", "--map", "industry=所属行业")
        ended = program("issue", path, "--scheme", scheme, "--key", "行号", *mapped, "--out", target)
        has_rejected = target.with_name(out + ".rejected.csv").exists()
        assert ended.code == (3 if has_rejected else 0), ended.err
        return {row[1]: row[0] for row in _rows(target)}

    return run


def _rows(path: Path) -> list[tuple[str, ...]]:
    with open_table(path) as table:
        return [row for batch in table.batches() for row in batch.rows]


def test_a_real_customer_file_is_coded_end_to_end(
    program: Run, code: Callable[..., dict[str, str]], tmp_path: Path
) -> None:
    first = code(CUSTOMERS, "coded.csv")
    rejected = _rows(tmp_path / "coded.csv.rejected.csv")
    assert len(first) + len(rejected) == ROWS
    assert len(set(first.values())) == len(first) >= 36_000
    assert all(row[1] in {"省份", "所属行业"} and row[2] for row in rejected)

    assert program("dictionary", "import", "cn-industry", INDUSTRY).code == 0
    second = code(CUSTOMERS, "again.csv")
    assert len(set(second.values())) == len(second) >= 48_000
    assert {key: second[key] for key in first} == first

    sample = code(SAMPLE, "sample.csv")
    assert len(sample) > 1_800
    assert {key: second[key] for key in sample} == sample
