"""Coding a large file, register off, against DuckDB's plain copy of the same file and a plain Python loop.

    python benchmarks/bulk_coding.py [--rows 10000000] [--rounds 3]

The file has ten columns; each row gets region + industry + serial + check character. CSV in, Parquet out. Every
measurement is a process of its own, from after its imports to the finished file; the ways alternate round by round.
The loop (``csv`` + dictionary + format, CSV out) runs over at most a million rows, beside a copy of as many.
Goals: processor time at most 1.5 times the plain copy, at most 800 MB of memory.
"""

import argparse
import csv
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

GOAL_RATIO, GOAL_MEGABYTES = 1.5, 800
LOOP_ROWS = 1_000_000
SCHEME = Path(__file__).parents[1] / "schemes" / "region-industry.toml"
COLUMNS = {"region": "省份", "industry": "所属行业"}


def main() -> None:
    """Make the files, measure in rounds, print medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scheme", type=Path, default=SCHEME)
    parser.add_argument("--child", nargs=3, metavar=("WAY", "SOURCE", "TARGET"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        way, source, target = options.child
        print(json.dumps(measured(prepared(way, Path(source), Path(target), options))))
        return
    with tempfile.TemporaryDirectory() as folder:
        compare(Path(folder), options)


def compare(folder: Path, options: argparse.Namespace) -> None:
    """The two comparisons: coding against the copy, and the loop against the copy."""
    large, small = folder / "large.csv", folder / "small.csv"
    loop_rows = min(options.rows, LOOP_ROWS)
    for file, rows in ((large, options.rows), (small, loop_rows)):
        child("make", file, file, options, rows=rows)
    print(f"{options.rows:,} rows, {large.stat().st_size / 1e6:,.0f} MB of CSV, {options.rounds} rounds")
    copy, coded = rounds(("copy", "code"), large, options)
    report("DuckDB's plain copy", copy, copy)
    report("coded", coded, copy)
    ratio, peak = ratio_of(coded, copy), max(run["megabytes"] for run in coded)
    print(f"  processor time {ratio:.2f} x the copy (goal {GOAL_RATIO}), peak {peak:.0f} MB (goal {GOAL_MEGABYTES})")
    print(f"{loop_rows:,} rows")
    copy, loop, coded = rounds(("copy", "loop", "code"), small, options)
    report("DuckDB's plain copy", copy, copy)
    report("csv + dict + format", loop, copy)
    report("coded", coded, copy)


def rounds(ways: tuple[str, ...], source: Path, options: argparse.Namespace) -> list[list[dict[str, float]]]:
    """For each way its runs; the order of the ways turns round by round."""
    runs: dict[str, list[dict[str, float]]] = {way: [] for way in ways}
    for number in range(options.rounds):
        for way in ways if number % 2 == 0 else reversed(ways):
            target = source.with_name(f"{way}.{'csv' if way == 'loop' else 'parquet'}")
            runs[way].append(child(way, source, target, options))
            target.unlink()
    return list(runs.values())


def child(
    way: str, source: Path, target: Path, options: argparse.Namespace, *, rows: int | None = None
) -> dict[str, float]:
    """One measurement in a process of its own."""
    command = [sys.executable, __file__, "--scheme", options.scheme, "--rows", str(rows or options.rows)]
    done = subprocess.run([*command, "--child", way, source, target], check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def report(name: str, runs: list[dict[str, float]], copy: list[dict[str, float]]) -> None:
    """One line: medians, and the ratios to the copy of the same round."""
    wall, cpu = (statistics.median(run[key] for run in runs) for key in ("wall", "cpu"))
    walls = statistics.median(run["wall"] / beside["wall"] for run, beside in zip(runs, copy, strict=True))
    peak = max(run["megabytes"] for run in runs)
    print(
        f"  {name:20} {wall:6.2f} s ({walls:.2f} x), processor {cpu:6.2f} s ({ratio_of(runs, copy):.2f} x), {peak:5.0f} MB"
    )


def ratio_of(runs: list[dict[str, float]], copy: list[dict[str, float]]) -> float:
    """Processor time as a multiple of the copy's in the same round, the median."""
    return statistics.median(run["cpu"] / beside["cpu"] for run, beside in zip(runs, copy, strict=True))


def measured(work: Callable[[], object]) -> dict[str, float]:
    """Wall and processor seconds of the work (all threads), and the largest memory of the process."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return {
        "wall": time.perf_counter() - wall,
        "cpu": time.process_time() - cpu,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def prepared(way: str, source: Path, target: Path, options: argparse.Namespace) -> Callable[[], object]:
    """The work of a child, with everything imported that it needs."""
    import duckdb  # noqa: PLC0415 - only the children carry what they measure

    from kehuma.engine.coding.grammar import compile_scheme  # noqa: PLC0415
    from kehuma.engine.coding.scheme_file import load_scheme  # noqa: PLC0415
    from kehuma.lib.tabular.bulk import code_file_in_bulk  # noqa: PLC0415

    grammar = compile_scheme(load_scheme(options.scheme.read_text("utf-8")))
    names = [[entry.zh for entry in segment.dictionary.entries] for segment in grammar.segments[:2]]  # type: ignore[union-attr]
    copied = f"COPY (FROM read_csv('{source}', all_varchar = true)) TO '{target}' (FORMAT parquet)"
    ways: dict[str, Callable[[], object]] = {
        "make": lambda: duckdb.execute(made(source, options.rows, *names)),
        "copy": lambda: duckdb.execute(copied),
        "code": lambda: all_coded(code_file_in_bulk(source, target, grammar, columns=COLUMNS).refusals),
        "loop": lambda: loop(source, target, *(symbols(segment) for segment in grammar.segments[:2])),
    }
    return ways[way]


def made(target: Path, rows: int, regions: list[str], industries: list[str]) -> str:
    """The statement that makes the file: always the same rows for the same number of them."""

    def drawn(names: list[str], salt: int) -> str:
        return f"{names}[1 + (hash(i + {salt}) % {len(names)})::INT]"

    return f"""COPY (SELECT
        i AS "行号", '客户' || hash(i) % 1000000 || '有限公司' AS "名称", {drawn(regions, 7)} AS "省份",
        {drawn(industries, 11)} AS "所属行业", (13000000000 + hash(i + 13) % 6999999999)::VARCHAR AS "电话",
        '和平路' || hash(i + 17) % 2000 || '号' AS "地址", DATE '2001-01-01' + (hash(i + 19) % 9000)::INT AS "成立日期",
        (hash(i + 23) % 1000000) / 100 AS "注册资本", 'mail' || hash(i + 29) % 1000000 || '@example.com' AS "邮箱",
        {drawn(["", "重点客户", "老客户", "需回访"], 31)} AS "备注"
        FROM range(1, {rows + 1}) AS numbers(i)) TO '{target}' (HEADER)"""  # noqa: S608 - our own file


def all_coded(refusals: tuple[object, ...]) -> None:
    """A run that leaves rows without codes is no measurement."""
    assert not refusals


def symbols(segment: object) -> dict[str, str]:
    """The names of a lookup with their symbols, as somebody would type them into a script."""
    return {entry.zh: entry.symbol for entry in segment.dictionary.entries}  # type: ignore[attr-defined]


def loop(source: Path, target: Path, regions: dict[str, str], industries: dict[str, str]) -> None:
    """What a script does that is written for the occasion, with the check character of ISO 7064 MOD 37,2."""
    values = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*"
    counters: dict[str, int] = {}
    with source.open(encoding="utf-8", newline="") as file, target.open("w", encoding="utf-8", newline="") as out:
        rows, writer = csv.DictReader(file), csv.writer(out)
        writer.writerow(["code", *(rows.fieldnames or ())])
        for row in rows:
            key = f"{regions[row['省份']]}-{industries[row['所属行业']]}"
            number, check = counters.get(key, 0), "*"
            while check == "*":
                number += 1
                total = 0
                for character in f"{key}-{number:04}".replace("-", ""):
                    total = (total + values.index(character)) * 2 % 37
                check = values[(1 - total) % 37]
            counters[key] = number
            writer.writerow([f"{key}-{number:04}-{check}", *row.values()])


if __name__ == "__main__":
    main()
