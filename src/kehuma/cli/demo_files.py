"""``kehuma demo --files``: what the command line does, shown on invented customers in a folder of its own.

Each step calls what the command of the same name calls, and the demonstration ends with commands to be tried.
"""

import shlex
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from kehuma.cli import output, readings, register, scheme_files
from kehuma.cli.texts import CommandError, say
from kehuma.lib import shipped

_MAPPED = ("region=省份", "industry=所属行业")
_KEY, _NAME, _REGION, _INDUSTRY = "行号", "客户名称", "省份", "所属行业"
_SHOWN = 10


class Place(NamedTuple):
    """The folder of a demonstration and what is in it."""

    home: Path
    scheme: Path
    seed: int

    @property
    def customers(self) -> Path:
        """The customer file, as a Chinese Excel saves it."""
        return self.home / "customers.csv"

    @property
    def coded(self) -> Path:
        """The same customers with their codes."""
        return self.home / "coded.csv"


def run(folder: Path, count: int, seed: int, *, is_checked: bool) -> None:
    """Code as many customers in ``folder`` and show what can be done; ``is_checked`` looks at the result too."""
    started = time.perf_counter()
    register.move_to(folder)
    register.open_register(upgrades=True)
    place = Place(folder, _scheme(), seed)
    _make(place, count)
    _check(place)
    _code(place, place.coded)
    coded = _rows(place.coded)
    _show(coded)
    _resolve([row[0] for row in coded])
    _next(place, coded)
    output.note(say("demo-time", seconds=f"{time.perf_counter() - started:.1f}"))
    if is_checked:
        from kehuma.cli.demo_check import check  # noqa: PLC0415 - asked for by --once only

        check(place, count, lambda target: _code(place, target))


def typed_badly(code: str) -> Iterator[str]:
    """The code with one typing error, at one place after the other, from the end."""
    for index in reversed(range(len(code))):
        if code[index].isdigit():
            yield code[:index] + str((int(code[index]) + 1) % 10) + code[index + 1 :]


def loosely(code: str) -> str:
    """The code as people type it who are in a hurry."""
    return code.lower().replace("-", "")


def _scheme() -> Path:
    """The shipped scheme, wherever the command was called from."""
    folder = shipped.folder()
    path = folder / "region-industry.toml" if folder else Path("region-industry.toml")
    if not path.exists():
        raise CommandError("demo-no-scheme", file=path)
    return path


def _step(number: int, what: str) -> None:
    output.line()
    output.line(output.Tinted(((f"{number} ", "bold cyan"), (what, "bold"))))


def _make(place: Place, count: int) -> None:
    from kehuma.lib.demo import write_demo  # noqa: PLC0415 - help pages need no customers

    _step(1, say("demo-make", rows=f"{count:,}"))
    place.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_demo(place.customers, count, seed=place.seed, encoding="gb18030")
    output.line(str(place.customers))


def _check(place: Place) -> None:
    from kehuma.cli import checking  # noqa: PLC0415 - as above

    _step(2, say("demo-check"))
    if not checking.show_file(scheme_files.opened(str(place.scheme))):
        raise CommandError("demo-refused", file=place.scheme)


def _code(place: Place, target: Path) -> None:
    from kehuma.cli import summary  # noqa: PLC0415 - as above
    from kehuma.cli.filing import Job, filed  # noqa: PLC0415 - as above
    from kehuma.cli.issue import CODE_COLUMN  # noqa: PLC0415 - as above

    job = Job(
        input=place.customers,
        output=target,
        scheme=str(place.scheme),
        mapped=_MAPPED,
        key=_KEY,
        column=CODE_COLUMN,
        source=f"demo {place.seed}",
    )
    counted = summary.Summary()
    if target == place.coded:
        _step(3, say("demo-code"))
    filed(job, counted)
    if target == place.coded:
        summary.show(counted, job.output, job.rejected)


def _rows(path: Path) -> list[tuple[str, ...]]:
    """The coded rows: code, number, name, province and industry."""
    from kehuma.lib.tabular import open_table  # noqa: PLC0415 - as above

    with open_table(path) as table:
        places = [0, *(table.header.index(name) for name in (_KEY, _NAME, _REGION, _INDUSTRY))]
        return [tuple(row[place] for place in places) for batch in table.batches() for row in batch.rows]


def _show(coded: Sequence[tuple[str, ...]]) -> None:
    from kehuma.apps.codes import queries  # noqa: PLC0415 - after set-up
    from kehuma.lib import clock  # noqa: PLC0415 - as above

    _step(4, say("demo-show"))
    grammar = queries.grammar("region-industry", clock.now())
    chosen = coded[:: max(1, len(coded) // _SHOWN)][:_SHOWN]
    rows: list[list[output.Cell]] = [[readings.tinted_code(grammar, row[0]), *row[2:]] for row in chosen]
    output.table([say("column-code"), _NAME, _REGION, _INDUSTRY], rows)


def _resolve(codes: Sequence[str]) -> None:
    from kehuma.apps.codes import queries  # noqa: PLC0415 - after set-up
    from kehuma.cli import resolve  # noqa: PLC0415 - as above

    code = codes[len(codes) // 2]
    _step(5, say("demo-loosely"))
    _command("resolve", loosely(code))
    resolve.show(queries.resolve(loosely(code)))
    _step(6, say("demo-typo"))
    tried = [(text, queries.resolve(text)) for text in typed_badly(code)]
    suggesting = [(text, found) for text, found in tried if found.suggestions]
    # A mistake that leads straight back to the code shows the matter best.
    text, found = next((pair for pair in suggesting if pair[1].suggestions[0].code == code), suggesting[0])
    _command("resolve", text)
    resolve.show_suggestions(text, found)


def _next(place: Place, coded: Sequence[tuple[str, ...]]) -> None:
    _step(7, say("demo-next", home=place.home))
    home = f"KEHUMA_HOME={shlex.quote(str(place.home))}"
    kehuma_itself = Path(sys.argv[0])
    program = str(kehuma_itself) if kehuma_itself.name.startswith("kehuma") else f"{sys.executable} -m kehuma"
    scheme, code = shlex.quote(str(place.scheme)), coded[0][0]
    for line in (
        f"{program} scheme read {scheme} {code}",
        f"{program} scheme preview {scheme} region=四川 industry=教育",
        f"{home} {program} issue --scheme region-industry region=四川 industry=教育",
        f"{home} {program} resolve {loosely(code)}",
        f"{program} --help",
    ):
        output.line(f"  {line}")


def _command(*words: str) -> None:
    output.line(f"$ kehuma {shlex.join(words)}", "cyan")
