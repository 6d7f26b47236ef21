"""``kehuma resolve``: from any form of a code to what it stands for."""

from typing import TYPE_CHECKING, Annotated

import typer

from kehuma.cli import output, readings, register
from kehuma.cli.texts import CommandError, say
from kehuma.lib import clock

if TYPE_CHECKING:
    from kehuma.apps.codes.data import Resolution

_NOT_FOUND, _SUGGESTIONS = 1, 4


def resolve(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="help-text")],
    *,
    json: Annotated[bool, typer.Option("--json", help="help-json")] = False,
) -> None:
    """Find a code, however it was typed."""
    register.open_register()
    from kehuma.apps.codes import queries  # noqa: PLC0415 - after set-up

    found = queries.resolve(text)
    if json:
        output.as_json(found.as_json())
    elif found.found:
        show(found)
    elif found.suggestions:
        show_suggestions(text, found)
    if found.found:
        return
    if found.suggestions:
        raise typer.Exit(_SUGGESTIONS)
    if json:
        raise typer.Exit(_NOT_FOUND)
    raise CommandError("not-found", text=text)


def show(found: "Resolution") -> None:
    """A code with its meaning, its state and the scheme that wrote it."""
    from kehuma.apps.codes import queries  # noqa: PLC0415 - after set-up

    grammar = queries.grammar(found.scheme or "", clock.now())
    output.line(readings.tinted_code(grammar, found.code or ""))
    readings.parts_table(found.segments, colours=readings.colours_of(grammar))
    state = say(f"state-{found.state}")
    output.line(say("resolved", state=state, scheme=found.scheme, version=found.version, subject=found.subject), "dim")
    if found.aliases:
        output.line(say("aliases", aliases=found.aliases))
    if found.replaced_by:
        output.line(say("replaced-by", code=found.replaced_by), "yellow")
    readings.say_normalised(found.normalised)
    if not found.checked:
        output.line(say("unchecked"), "dim")


def show_suggestions(text: str, found: "Resolution") -> None:
    """What may have been meant, the likeliest first; nothing is picked."""
    output.line(say("only-suggestions", text=text))
    rows = [[one.code, say(f"reason-{one.reason}")] for one in found.suggestions]
    output.table([say("column-code"), say("column-reason")], rows)
