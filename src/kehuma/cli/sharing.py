"""``kehuma sharing …``: customers for outsiders under pseudonyms, and pseudonyms back to codes."""

from collections.abc import Sequence
from dataclasses import replace
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
    from kehuma.apps.connectors.sharing.data import RecipientRow, ReleaseRow

app = typer.Typer(cls=Group, no_args_is_help=True, help="help-sharing")
_RARE = ("ask", "leave-out", "keep")
# As many pseudonyms of a file are led back in one pass over all codes.
_TOGETHER = 200_000
# Nothing was written, or not everything was found.
_NOT_ALL = 3

Recipient = Annotated[str, typer.Argument(metavar="RECIPIENT", help="help-sharing-recipient")]


@app.command("add", cls=Command, help="help-sharing-add")
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="help-sharing-name")],
    *,
    purpose: Annotated[str, typer.Option(metavar="TEXT", help="help-sharing-purpose")],
) -> None:
    """Another recipient."""
    viewer = _viewer()
    from kehuma.apps.connectors.sharing import recipients  # noqa: PLC0415 - after set-up

    made = recipients.recipient(viewer, recipients.add(viewer, name=name, purpose=purpose, at=clock.now()))
    output.line(say("sharing-added", name=made.name, id=made.short), "green")


@app.command("list", cls=Command, help="help-sharing-list")
def show() -> None:
    """The recipients, and what they were given."""
    viewer = _viewer()
    from kehuma.apps.connectors.sharing import recipients  # noqa: PLC0415 - after set-up

    rows = [
        [
            one.short,
            output.safe(one.name),
            output.safe(one.purpose),
            str(one.epoch),
            f"{one.given:,}",
            one.given_at.date().isoformat() if one.given_at else "",
            say("sharing-ended") if one.ended_at else "",
        ]
        for one in recipients.recipients(viewer)
    ]
    heads = ("id", "name", "purpose", "epoch", "files", "last", "state")
    output.table([say(f"column-sharing-{head}") for head in heads], rows, right=[3, 4])


@app.command("export", cls=Command, help="help-sharing-export")
def export(
    recipient: Recipient,
    *,
    columns: Annotated[
        list[str] | None, typer.Option("--column", metavar="FIELD[:PRECISION]", help="help-sharing-column")
    ] = None,
    rare: Annotated[str, typer.Option(metavar="ask|leave-out|keep", help="help-sharing-rare")] = "ask",
    target: Annotated[str, typer.Option("--output", metavar="FILE", help="help-sharing-output")],
) -> None:
    """Write a file for a recipient, or only say that somebody could be recognised."""
    if rare not in _RARE:
        raise CommandError("one-of", option="--rare", value=rare, known=_RARE)
    path = path_of(target)
    viewer = _viewer()
    from kehuma.apps.connectors.sharing import releases  # noqa: PLC0415 - after set-up

    one = _recipient(viewer, recipient)
    made = releases.give(viewer, one.uuid, columns or (), path, rare=rare, report=lambda _done: None, at=clock.now())
    register.log_now()
    if made.state == "asking":
        _warn(made)
        raise typer.Exit(_NOT_ALL)
    output.line(
        say("sharing-written", file=path, rows=f"{made.rows:,}", left=f"{made.expected - made.rows:,}"), "green"
    )


@app.command("read", cls=Command, help="help-sharing-read")
def read(
    recipient: Recipient,
    pseudonyms: Annotated[
        list[str] | None, typer.Argument(metavar="[PSEUDONYM…]", help="help-sharing-pseudonyms")
    ] = None,
    *,
    file: Annotated[str | None, typer.Option(metavar="FILE", help="help-sharing-file")] = None,
    column: Annotated[str | None, typer.Option(metavar="NAME", help="help-sharing-which")] = None,
    target: Annotated[str | None, typer.Option("--output", metavar="FILE", help="help-sharing-codes")] = None,
) -> None:
    """The codes behind pseudonyms."""
    if (file is None) != (target is None) or (file is None) == (not pseudonyms):
        raise CommandError("sharing-words-or-file")
    viewer = _viewer()
    one = _recipient(viewer, recipient)
    if file is not None and target is not None:
        missing = _read_file(viewer, one, path_of(file), column, path_of(target))
    else:
        missing = _read_words(viewer, one, pseudonyms or ())
    register.log_now()
    if missing:
        output.note(say("sharing-not-found", count=f"{missing:,}"), "yellow")
        raise typer.Exit(_NOT_ALL)


@app.command("renew", cls=Command, help="help-sharing-renew")
def renew(recipient: Recipient) -> None:
    """Other pseudonyms from now on."""
    viewer = _viewer()
    from kehuma.apps.connectors.sharing import recipients  # noqa: PLC0415 - after set-up

    one = _recipient(viewer, recipient)
    output.line(
        say("sharing-renewed", name=one.name, epoch=recipients.renew(viewer, one.uuid, at=clock.now())), "green"
    )


@app.command("end", cls=Command, help="help-sharing-end")
def end(recipient: Recipient) -> None:
    """Give it nothing any more."""
    viewer = _viewer()
    from kehuma.apps.connectors.sharing import recipients  # noqa: PLC0415 - after set-up

    one = _recipient(viewer, recipient)
    recipients.end(viewer, one.uuid, at=clock.now())
    output.line(say("sharing-over", name=one.name), "green")


def _viewer() -> Viewer:
    register.open_register()
    return replace(system(register.actor()), language=spoken())


def _recipient(viewer: Viewer, text: str) -> "RecipientRow":
    from kehuma.apps.connectors.sharing import recipients  # noqa: PLC0415 - after set-up

    return recipients.recipient_named(viewer, text)


def _warn(made: "ReleaseRow") -> None:
    """How many rows, and which column would help."""
    facts = {"rows": f"{made.rare.rows:,}", "all": f"{made.expected:,}", "groups": f"{made.rare.groups:,}"}
    output.line(say("sharing-rare", **facts), "yellow")
    rows = [
        [one.now, one.then or say("sharing-without"), f"{one.rare.rows:,}"]
        for one in made.options
        if one.rare.rows < made.rare.rows and (one.then or len(made.columns) > 1)
    ]
    if rows:
        heads = ("now", "then", "rare")
        output.table([say(f"column-sharing-{head}") for head in heads], rows, right=[2])
    output.note(say("sharing-decide"))


def _read_words(viewer: Viewer, one: "RecipientRow", words: Sequence[str]) -> int:
    from kehuma.apps.connectors.sharing import reading  # noqa: PLC0415 - after set-up

    found = reading.codes_of(viewer, one.uuid, words, at=clock.now())
    output.table(["", ""], [[output.safe(back.text), back.identity or say("sharing-nobody")] for back in found])
    return sum(1 for back in found if not back.identity)


def _read_file(viewer: Viewer, one: "RecipientRow", path: Path, column: str | None, target: Path) -> int:
    """The same rows with the code in front of each; how many pseudonyms lead to nobody."""
    from kehuma.lib.tabular import open_table, write_table  # noqa: PLC0415 - only where files are read

    missing = 0
    with open_table(path) as table:
        place = _place_of(table.header, column)
        with write_table(target, [say("sharing-code"), *table.header]) as writer:
            for batch in table.batches(_TOGETHER):
                codes = _codes(viewer, one, [row[place] for row in batch.rows])
                missing += sum(1 for row in batch.rows if not codes.get(row[place].strip()))
                writer.write([[codes.get(row[place].strip(), ""), *row] for row in batch.rows])
        rows = writer.row_count
    output.line(say("sharing-read", file=target, rows=f"{rows:,}"), "green")
    return missing


def _codes(viewer: Viewer, one: "RecipientRow", texts: Sequence[str]) -> dict[str, str]:
    from kehuma.apps.connectors.sharing import reading  # noqa: PLC0415 - after set-up

    asked = list(dict.fromkeys(text for text in texts if text.strip()))
    found = reading.codes_of(viewer, one.uuid, asked, at=clock.now()) if asked else []
    return {back.text: back.identity for back in found}


def _place_of(header: Sequence[str], column: str | None) -> int:
    from kehuma.apps.connectors.sharing.giving import PSEUDONYM  # noqa: PLC0415 - after set-up

    wanted = [column] if column else list(PSEUDONYM.values())
    found = next((place for place, head in enumerate(header) if head in wanted), None)
    if found is None:
        name = column or PSEUDONYM[spoken()]
        raise CommandError("column-unknown", column=name, columns=nearest_first(name, list(header)))
    return found
