"""``kehuma scheme``: check, preview, read, compare and publish scheme files."""

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

import typer

from kehuma.cli import output, readings, scheme_files
from kehuma.cli.facts import facts_of, number_of
from kehuma.cli.help import Command, Group
from kehuma.cli.texts import CommandError, say
from kehuma.engine.coding.dates import parsed
from kehuma.engine.coding.errors import CodingError, ReadError, WriteError
from kehuma.engine.coding.grammar import Grammar, Written
from kehuma.engine.coding.model import Random
from kehuma.engine.coding.snapshots import Snapshot
from kehuma.lib import clock

# Of 37 numbers one has no check character that can be printed; so many in a row have none only by mistake.
_MOST_SKIPPED = 100

app = typer.Typer(cls=Group, no_args_is_help=True, help="help-scheme")

Files = Annotated[list[str], typer.Argument(metavar="FILE…", help="help-files")]
File = Annotated[str, typer.Argument(metavar="FILE", help="help-file")]
With = Annotated[list[str] | None, typer.Option("--with", metavar="FILE", help="help-with")]
Json = Annotated[bool, typer.Option("--json", help="help-json")]


@app.command(cls=Command, help="help-check")
def check(files: Files, others: With = None, *, json: Json = False) -> None:
    """Examples, proofs, lints and capacity of scheme files."""
    from kehuma.cli import checking  # noqa: PLC0415 - the other commands prove nothing

    if not checking.check(files, others or [], json=json):
        raise typer.Exit(1)


@app.command(cls=Command, help="help-preview")
def preview(  # noqa: PLR0913, PLR0917 - one parameter per option
    file: File,
    facts: Annotated[list[str] | None, typer.Argument(metavar="k=v …", help="help-facts")] = None,
    serial: Annotated[str | None, typer.Option(metavar="N", help="help-serial")] = None,
    at: Annotated[str | None, typer.Option(metavar="DATE", help="help-at")] = None,
    parent: Annotated[str | None, typer.Option(metavar="CODE", help="help-parent")] = None,
    others: With = None,
) -> None:
    """The code that would come out; nothing is issued."""
    grammar = _grammar(file, others)
    given = facts_of(facts or [], grammar.scheme)
    snapshot = grammar.snapshot(given, at=_moment(at), parent=parent)
    written = _written(grammar, snapshot, None if serial is None else number_of(serial, "--serial"))
    output.line(readings.tinted_code(grammar, written.code))
    if output.is_terminal():
        output.note(say("preview-only"))


@app.command(cls=Command, help="help-read")
def read(
    file: File,
    code: Annotated[str, typer.Argument(metavar="CODE", help="help-code")],
    others: With = None,
    *,
    json: Json = False,
) -> None:
    """What each part of a code means."""
    grammar = _grammar(file, others)
    try:
        reading = grammar.read(code)
    except ReadError as error:
        if json:
            output.as_json(readings.refusal_as_json(error))
        _point(code, error)
        raise
    if json:
        output.as_json(reading.as_json())
    else:
        readings.show(reading)


@app.command(cls=Command, help="help-diff")
def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="help-old")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="help-new")],
    others: With = None,
    *,
    json: Json = False,
) -> None:
    """What changes for codes issued and to come."""
    from kehuma.cli import comparing  # noqa: PLC0415 - as above

    if comparing.compare(old, new, others or [], json=json):
        raise typer.Exit(3)


@app.command(cls=Command, help="help-publish")
def publish(file: File) -> None:
    """Make a file the current version in the register."""
    from kehuma.cli import publishing  # noqa: PLC0415 - only this command needs the register

    publishing.publish(scheme_files.opened(file), aloud=True)


def _grammar(file: str, others: Iterable[str] | None) -> Grammar:
    found = scheme_files.opened(file)
    return scheme_files.shelf([found], others or []).grammar(found)


def _moment(text: str | None) -> datetime:
    if text is None:
        return clock.now()
    moment = parsed(text)
    if moment is None:
        raise CommandError("date-unreadable", value=text)
    return moment


def _written(grammar: Grammar, snapshot: Snapshot, number: int | None) -> Written:
    counter = grammar.scheme.serial
    drawn = _drawn(grammar)
    if counter is None or number is not None:
        return grammar.write(snapshot, serial=number, random=drawn)
    last: CodingError | None = None
    for step in range(_MOST_SKIPPED):
        try:
            return grammar.write(snapshot, serial=counter.start + step * counter.step, random=drawn)
        except WriteError as error:
            if error.message != "check-not-printable":
                raise
            last = error
    raise last or AssertionError


def _drawn(grammar: Grammar) -> str | None:
    random = next((part for part in grammar.segments if isinstance(part, Random)), None)
    return "".join(secrets.choice(random.alphabet) for _ in range(random.width)) if random else None


def _point(code: str, error: ReadError) -> None:
    """On a terminal, the place under the code itself."""
    if output.is_terminal() and code.isprintable() and error.position <= len(code):
        output.note(code, "bold")
        output.note(" " * output.width(code[: error.position]) + "↑", "bold red")
