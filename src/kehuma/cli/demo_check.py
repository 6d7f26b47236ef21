"""``kehuma demo --files --once``: the demonstration looks at its own result."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from kehuma.apps.codes import queries
from kehuma.cli import output
from kehuma.cli.demo_files import Place, loosely, typed_badly
from kehuma.cli.texts import CommandError, say
from kehuma.lib import clock
from kehuma.lib.tabular import open_table

# Looking one code up takes milliseconds, a suggestion some ten.
_LOOKED_UP = 50
_MISTYPED = 10
_LEAST_CODED = 0.9

Coded = list[dict[str, str]]


def check(place: Place, count: int, code_again: Callable[[Path], None]) -> None:
    """Check the files of the demonstration; CommandError names the first thing that is wrong."""
    again = place.home / "again.csv"
    code_again(again)
    coded, rejected = _read(place.coded), _read(place.coded.with_name(place.coded.name + ".rejected.csv"))
    output.line()
    for what, is_right in _checks(coded, rejected, _read(again), count):
        if not is_right:
            raise CommandError("demo-wrong", what=say(what))
        output.line(f"✓ {say(what)}", "green")


def _checks(coded: Coded, rejected: Coded, again: Coded, count: int) -> Iterator[tuple[str, bool]]:
    codes = [row["客户编码"] for row in coded]
    yield "demo-all-rows", len(coded) + len(rejected) == count and len(coded) >= _LEAST_CODED * count
    yield "demo-no-duplicate", len(set(codes)) == len(codes)
    yield "demo-same-again", again == coded
    yield "demo-right-meaning", _mean_their_rows(coded)
    step = max(1, len(codes) // _LOOKED_UP)
    yield "demo-found-loosely", all(queries.resolve(loosely(code)).code == code for code in codes[::step])
    step = max(1, len(codes) // _MISTYPED)
    yield "demo-found-mistyped", all(_is_suggested(code) for code in codes[::step])


def _mean_their_rows(coded: Coded) -> bool:
    grammar = queries.grammar("region-industry", clock.now())

    @cache
    def meant(region: str, industry: str) -> str:
        return grammar.snapshot({"region": region, "industry": industry}).counter_key

    return all(grammar.read(row["客户编码"]).counter_key == meant(row["省份"], row["所属行业"]) for row in coded)


def _is_suggested(code: str) -> bool:
    found = queries.resolve(next(typed_badly(code)))
    return not found.found and code in [one.code for one in found.suggestions]


def _read(path: Path) -> Coded:
    if not path.exists():
        return []
    with open_table(path) as table:
        return [dict(zip(table.header, row, strict=True)) for batch in table.batches() for row in batch.rows]
