"""Reading and checking one canonical code, against a regular expression with the same groups that checks nothing.

The goal is at most 1.3 times the expression's ``fullmatch(...).groupdict()``. Run: ``python benchmarks/read_one.py [SCHEME]``.
"""

import gc
import re
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from kehuma.engine.coding.bulk import codes_of
from kehuma.engine.coding.grammar import Grammar, compile_scheme
from kehuma.engine.coding.scheme_file import load_scheme

GOAL = 1.3
ROUNDS = 41
SCHEME = Path(__file__).parents[1] / "schemes" / "region-industry.toml"


def main() -> None:
    """Alternate the two in short rounds, so that both meet the same moods of the machine, and print the ratio."""
    scheme = Path(sys.argv[1]) if len(sys.argv) > 1 else SCHEME
    grammar = compile_scheme(load_scheme(scheme.read_text("utf-8")))
    pattern = expression(grammar)
    codes = [code for region in ("BJ", "SH", "GD", "XJ") for code in codes_of_region(grammar, region)]
    assert all(grammar.read(code).texts == tuple(pattern.fullmatch(code).groupdict().values()) for code in codes)  # type: ignore[union-attr]
    ways: dict[str, Callable[[], None]] = {
        "re.fullmatch(...).groupdict()": lambda: match_all(pattern, codes),
        "grammar.read(...)": lambda: read_all(grammar, codes),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    gc.disable()
    for _ in range(ROUNDS):
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            seconds[name].append(time.perf_counter() - start)
    matched, read = seconds.values()
    for name, taken in seconds.items():
        print(
            f"{name:32} {statistics.median(taken) / len(codes) * 1e9:6.0f} ns a code (best {min(taken) / len(codes) * 1e9:.0f})"
        )
    ratio = statistics.median(r / m for r, m in zip(read, matched, strict=True))
    print(f"ratio {ratio:.2f} (goal: at most {GOAL})")


def codes_of_region(grammar: Grammar, region: str) -> list[str]:
    """The first 250 codes of three industries."""
    snapshots = (grammar.snapshot({"region": region, "industry": industry}) for industry in ("IT", "FI", "ED"))
    return [code for snapshot in snapshots for code in codes_of(grammar, snapshot, 250, 1)[1]]


def expression(grammar: Grammar) -> re.Pattern[str]:
    """What people write by hand for this scheme: shapes, no dictionaries, no check."""
    shapes = {"region": "[A-Z]{2}", "industry": "[A-Z]{2}", "serial": "[0-9]{4,}", "check": "[0-9A-Z]"}
    return re.compile("-".join(f"(?P<{segment.name}>{shapes[segment.name]})" for segment in grammar.segments))


def match_all(pattern: re.Pattern[str], codes: list[str]) -> None:
    """The expression's turn."""
    for code in codes:
        pattern.fullmatch(code).groupdict()  # type: ignore[union-attr]


def read_all(grammar: Grammar, codes: list[str]) -> None:
    """The grammar's turn."""
    for code in codes:
        grammar.read(code)


if __name__ == "__main__":
    main()
