"""``kehuma customers import``: a list of customers comes in, through the same services as on screen."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kehuma.cli import output, register
from kehuma.cli.facts import nearest_first, path_of
from kehuma.cli.help import Command, Group
from kehuma.cli.texts import CommandError, say, spoken
from kehuma.lib import clock
from kehuma.lib.viewer import Viewer, system

if TYPE_CHECKING:
    from kehuma.apps.intake.data import Import

_MODES = ("create", "update", "both")
_DECISIONS = ("skip", "update", "create")

app = typer.Typer(cls=Group, no_args_is_help=True, help="help-customers")


@app.callback()
def _group() -> None:
    pass


@app.command("import", cls=Command, help="help-customers-import")
def bring_in(  # noqa: PLR0913 - one parameter per option
    file: Annotated[str, typer.Argument(metavar="FILE", help="help-customers-file")],
    *,
    mapped: Annotated[
        list[str] | None, typer.Option("--map", metavar="FIELD=COLUMN", help="help-customers-map")
    ] = None,
    source: Annotated[str | None, typer.Option(metavar="NAME", help="help-customers-source")] = None,
    scheme: Annotated[str | None, typer.Option(metavar="NAME", help="help-customers-scheme")] = None,
    mode: Annotated[str, typer.Option(metavar="create|update|both", help="help-customers-mode")] = "both",
    duplicates: Annotated[
        str | None, typer.Option(metavar="skip|update|create", help="help-customers-duplicates")
    ] = None,
    suggestions: Annotated[bool, typer.Option("--suggestions", help="help-customers-suggestions")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="help-customers-dry-run")] = False,
    sheet: Annotated[str | None, typer.Option(metavar="NAME", help="help-customers-sheet")] = None,
) -> None:
    """Bring a file in, or only say what would come of it."""
    _require("--mode", mode, _MODES)
    if duplicates is not None:
        _require("--duplicates", duplicates, _DECISIONS)
    path = path_of(file)
    register.open_register()
    from kehuma.apps.intake import queries, services  # noqa: PLC0415 - after set-up

    viewer = system(register.actor())
    one = _received(viewer, path, sheet or "")
    try:
        columns = _columns(one, mapped or ())
        named = source or queries.suggested_source(one)
        rule = scheme or queries.scheme_of(named) or _only_scheme()
        services.map_columns(viewer, one.uuid, columns, source=named, scheme=rule, at=clock.now(), is_waiting=True)
        _prepare(viewer, one, duplicates, take_suggestions=suggestions)
        _show_columns(columns)
        if dry_run:
            raise typer.Exit(_show_dry_run(viewer, one))
        services.commit(viewer, one.uuid, mode, at=clock.now(), is_waiting=True)
        register.log_now()
        raise typer.Exit(_show_result(viewer, one, path))
    finally:
        _leave(viewer, one)


def _received(viewer: Viewer, path: Path, sheet: str) -> "Import":
    from kehuma.apps.intake import services  # noqa: PLC0415 - after set-up

    try:
        with path.open("rb") as file:
            one = services.receive(viewer, file, path.name, at=clock.now())
    except FileNotFoundError as error:
        raise CommandError("no-file", file=path) from error
    return services.read_as(viewer, one.uuid, sheet=sheet) if sheet else one


def _columns(one: "Import", mapped: Sequence[str]) -> dict[str, str]:
    """The field of each column: as ``--map`` says, else as the heads do."""
    from kehuma.apps.intake import queries  # noqa: PLC0415 - after set-up

    found = {column.name: column.target for column in queries.columns(one)}
    for word in mapped:
        field, equals, column = word.partition("=")
        if not equals:
            raise CommandError("map-form", word=word)
        if column and column not in found:
            raise CommandError("column-unknown", column=column, columns=nearest_first(column, list(found)))
        if field not in queries.targets():
            raise CommandError("no-such-field", field=field, fields=nearest_first(field, list(queries.targets())))
        for other in [name for name, target in found.items() if target == field]:
            found[other] = ""
        if column:
            found[column] = field
    return found


def _only_scheme() -> str:
    from kehuma.apps.codes import queries  # noqa: PLC0415 - after set-up

    names = sorted({version.name for version in queries.versions()})
    if len(names) != 1:
        raise CommandError("choose-scheme", schemes=names) if names else CommandError("no-scheme-published")
    return names[0]


def _prepare(viewer: Viewer, one: "Import", duplicates: str | None, *, take_suggestions: bool) -> None:
    from kehuma.apps.intake import queries, services  # noqa: PLC0415 - after set-up

    now = queries.imported(viewer, one.uuid)
    if now.state == "failed":
        raise CommandError("import-failed", reason=now.error[spoken()])
    if take_suggestions:
        services.take_suggestions(viewer, one.uuid, at=clock.now())
    if duplicates is not None:
        from kehuma.apps.intake.errors import NotUpdatableError  # noqa: PLC0415 - after set-up

        with suppress(NotUpdatableError):
            services.decide(viewer, one.uuid, duplicates)


def _show_columns(columns: Mapping[str, str]) -> None:
    rows = [[output.safe(column), target] for column, target in columns.items() if target]
    output.table([say("import-column"), say("import-field")], rows)
    output.line()


def _show_dry_run(viewer: Viewer, one: "Import") -> int:
    from kehuma.apps.intake import queries  # noqa: PLC0415 - after set-up

    now = queries.imported(viewer, one.uuid)
    tally = queries.tally(now)
    named = ("create", "update", "skip", "fault", "duplicate")
    output.table([say(f"import-{name}") for name in named], [[f"{tally[name]:,}" for name in named]], right=range(5))
    _show_faults(now)
    return 3 if tally["fault"] or tally["duplicate"] else 0


def _show_faults(one: "Import") -> None:
    from kehuma.apps.intake import queries  # noqa: PLC0415 - after set-up

    counts = queries.fault_counts(one)
    if counts:
        output.line()
        rows = [[field, f"{count:,}"] for field, count, _suggested in counts]
        output.table([say("import-field"), say("import-faults")], rows, right=[1])


def _show_result(viewer: Viewer, one: "Import", path: Path) -> int:
    from kehuma.apps.intake import queries  # noqa: PLC0415 - after set-up

    now = queries.imported(viewer, one.uuid)
    if now.state == "failed":
        raise CommandError("import-failed", reason=now.error[spoken()])
    committed = now.counts["committed"]
    named = ("created", "updated", "unchanged", "skipped", "rejected")
    figures = {name: int(committed.get(name, 0)) for name in named}
    output.table([say(f"import-{name}") for name in named], [[f"{figures[name]:,}" for name in named]], right=range(5))
    _show_faults(now)
    target = path.with_name(path.name + ".rejected.csv")
    rejected = _write_rejected(viewer, one, target)
    if rejected:
        output.line()
        output.line(say("import-rejected-to", file=target, rows=rejected), "yellow")
    done = sum(figures[name] for name in ("created", "updated", "unchanged", "skipped"))
    return 0 if not rejected else 3 if done else 1


def _write_rejected(viewer: Viewer, one: "Import", target: Path) -> int:
    from kehuma.apps.intake import queries  # noqa: PLC0415 - after set-up
    from kehuma.lib.tabular import write_table  # noqa: PLC0415 - only where rows are written

    rows = queries.rejected(viewer, one.uuid, spoken())
    header, first = next(rows), next(rows, None)
    if first is None:
        target.unlink(missing_ok=True)
        return 0
    with write_table(target, header) as writer:
        writer.write([first])
        writer.write(rows)
        count: int = writer.row_count
    return count


def _leave(viewer: Viewer, one: "Import") -> None:
    """What was only looked at is not kept."""
    from kehuma.apps.intake import queries, services  # noqa: PLC0415 - after set-up

    now = queries.imported(viewer, one.uuid)
    if now.customer_batch is None:
        services.discard(viewer, one.uuid, at=clock.now())


def _require(option: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise CommandError("one-of", option=option, value=value, known=known)
