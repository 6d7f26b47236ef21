"""``kehuma scheme check``: the report on each file, for people and for machines."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kehuma.cli import output, scheme_files
from kehuma.cli.output import Cell, Tinted
from kehuma.cli.scheme_files import SchemeFile, Shelf
from kehuma.cli.texts import CommandError, in_words, say, spoken
from kehuma.engine.coding.capacity import Capacity
from kehuma.engine.coding.errors import CodingError
from kehuma.engine.coding.grammar import Grammar
from kehuma.engine.coding.inspection import Report, inspect

_SEVERITIES = {"error": "bold red", "warning": "yellow", "notice": "cyan"}


def check(names: Sequence[str], others: Sequence[str], *, json: bool) -> bool:
    """Report on each file; whether all of them may be published. Files are compared with one another."""
    read = {name: _opened(name) for name in dict.fromkeys(names)}
    files = [file for file in read.values() if isinstance(file, SchemeFile)]
    beside = [scheme_files.opened(name) for name in others]
    shelf = Shelf([*beside, *files])
    answers = []
    all_fine = True
    for name, file in read.items():
        found = _inspected(file, [*files, *beside], shelf) if isinstance(file, SchemeFile) else file
        all_fine &= isinstance(found, Report) and found.ok
        if json:
            answers.append(_as_json(found))
        elif isinstance(found, Report) and isinstance(file, SchemeFile):
            _show(found, file)
        else:
            output.error(say("in-file", file=name, reason=_reason(found)))
    if json:
        output.as_json(answers[0] if len(answers) == 1 else answers)
    return all_fine


def show_file(file: SchemeFile) -> bool:
    """Check one file and show the report; whether it may be published."""
    report = _inspected(file, [], Shelf([file]))
    if not isinstance(report, Report):
        raise report
    _show(report, file)
    return report.ok


def _opened(name: str) -> SchemeFile | Exception:
    """The file, or why there is none: one bad file does not hide what is to be said of the others."""
    try:
        return scheme_files.opened(name)
    except (CommandError, CodingError) as error:
        return error


def _inspected(file: SchemeFile, files: Sequence[SchemeFile], shelf: Shelf) -> Report | Exception:
    try:
        parents = shelf.parents(file)
        found = [_other(other, file, shelf, parents) for other in files]
        others = [grammar for grammar in found if grammar is not None]
        return inspect(file.scheme, parents=parents, others=others)
    except (CommandError, CodingError) as error:
        return error


def _other(other: SchemeFile, file: SchemeFile, shelf: Shelf, parents: Mapping[str, Grammar]) -> Grammar | None:
    """The grammar of another file, None where it is this one, a parent, or broken, which its own report says."""
    if other.path.absolute() == file.path.absolute() or other.scheme.name in parents:
        return None
    try:
        return shelf.grammar(other)
    except (CommandError, CodingError):
        return None


def _show(report: Report, file: SchemeFile) -> None:
    verdict = say("check-fine" if report.ok else "check-refused")
    title = in_words(file.scheme.title.zh, file.scheme.title.en)
    heading = say("check-heading", name=report.name, title=title, file=file.path, verdict=verdict)
    output.line(Tinted((("✓ " if report.ok else "✗ ", _colour(ok=report.ok)), (heading, "bold"))))
    output.table(["", "", ""], list(_rows(report)))
    output.line()


def _rows(report: Report) -> Iterator[list[Cell]]:
    passed = report.example_count - len(report.failures)
    said = say("check-examples-said", passed=passed, failed=len(report.failures))
    yield _row("check-examples", said, ok=not report.failures)
    for failure in report.failures:
        yield ["", "", failure.say(spoken())]
    yield _row("check-unique", report.unique.say(spoken()), ok=report.unique.ok)
    if not report.overlaps:
        yield _row("check-overlaps", say("check-no-overlap"), ok=True)
    for overlap in report.overlaps:
        how = say("check-overlap-declared" if overlap.is_declared else "check-overlap-undeclared", name=overlap.name)
        said = say("check-overlap", witness=overlap.witness, how=how)
        yield _row("check-overlaps", said, ok=overlap.is_declared)
    for version in report.versions:
        yield _row("check-versions", version.say(spoken()), ok=version.ok)
    yield [" ", say("check-capacity"), _capacity(report.capacity)]
    yield [" ", say("check-longest"), say("check-longest-said", longest=report.longest)]
    for lint in report.lints:
        severity = Tinted(((say(f"severity-{lint.severity}"), _SEVERITIES[lint.severity]),))
        sign = "✗" if lint.severity == "error" else "!"
        yield [Tinted(((sign, _SEVERITIES[lint.severity]),)), severity, f"{lint.say(spoken())} [{lint.rule}]"]
        yield ["", "", say("check-remedy", remedy=lint.remedy(spoken()))]


def _row(what: str, found: str, *, ok: bool) -> list[Cell]:
    return [Tinted((("✓" if ok else "✗", _colour(ok=ok)),)), say(what), found]


def _colour(*, ok: bool) -> str:
    return "bold green" if ok else "bold red"


def _capacity(capacity: Capacity) -> str:
    least, most = capacity.per_key, capacity.per_key_most
    per_key = f"{least:,}" if least == most else say("check-capacity-range", least=f"{least:,}", most=f"{most:,}")
    if not capacity.counter_key:
        return say("check-capacity-one", per_key=per_key)
    names = say("check-capacity-names", names=capacity.counter_key)
    if capacity.total is None or capacity.keys is None:
        return say("check-capacity-open", per_key=per_key, names=names)
    keys, total = f"{capacity.keys:,}", f"{capacity.total:,}"
    return say("check-capacity-key", per_key=per_key, names=names, keys=keys, total=total)


def _reason(found: object) -> str:
    return str(found.say(spoken())) if isinstance(found, (CommandError, CodingError)) else str(found)


def _as_json(found: Report | Exception) -> dict[str, Any]:
    """A file that cannot be read at all has the same keys, and says why."""
    if isinstance(found, Report):
        return dict(found.as_json(spoken()))
    return {
        "ok": False,
        "name": None,
        "examples": {"passed": 0, "failed": 0},
        "unique": {"ok": False, "witness": None, "readings": []},
        "overlaps": [],
        "capacity": None,
        "longest": None,
        "lints": [],
        "error": _reason(found),
    }
