"""``kehuma dictionary``: what the segments of a scheme can say, and how more is added."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer

from kehuma.cli import output, register
from kehuma.cli.facts import path_of
from kehuma.cli.help import Command, Group
from kehuma.cli.texts import CommandError, say, spoken
from kehuma.engine.coding.dictionaries import (
    BUILTIN_NAMES,
    AmbiguousValue,
    Dictionary,
    Entry,
    UnknownValue,
    builtin,
    entries_from_table,
)
from kehuma.engine.coding.errors import CodingError
from kehuma.lib import clock
from kehuma.lib.tabular import TabularError, open_table

app = typer.Typer(cls=Group, no_args_is_help=True, help="help-dictionary")

Name = Annotated[str, typer.Argument(metavar="NAME", help="help-dictionary-name")]


@app.command("import", cls=Command, help="help-dictionary-import")
def import_(name: Name, file: Annotated[str, typer.Argument(metavar="FILE", help="help-dictionary-file")]) -> None:
    """Add symbols, names and official codes from a table."""
    builtin(name)
    register.open_register()
    from kehuma.apps.codes import queries, services  # noqa: PLC0415 - after set-up

    before = queries.dictionary(name)
    entries = list(_tables(path_of(file), before))
    if not entries:
        raise CommandError("dictionary-nothing", file=file)
    version = services.extend_dictionary(name, entries, actor=register.actor(), at=clock.now())
    symbols, names = len(queries.dictionary(name).entries), sum(len(entry.also) + len(entry.codes) for entry in entries)
    output.line(say("dictionary-imported", name=name, version=version, names=names, symbols=symbols))


@app.command("list", cls=Command, help="help-dictionary-list")
def list_() -> None:
    """The dictionaries that a scheme can name."""
    rows = [[name, say(f"dictionary-{name}"), str(len(_dictionary(name).entries))] for name in BUILTIN_NAMES]
    output.table([say("column-dictionary"), say("column-holds"), say("column-symbols")], rows, right=[2])


@app.command(cls=Command, help="help-dictionary-show")
def show(
    name: Name,
    value: Annotated[str | None, typer.Argument(metavar="VALUE", help="help-dictionary-value")] = None,
) -> None:
    """The symbols of a dictionary with their names, or the one that a value finds."""
    found = _dictionary(name)
    entries = found.entries if value is None else [_found(found, value)]
    rows = [[entry.symbol, entry.zh, entry.en] for entry in entries]
    output.table([say("column-symbol"), say("column-zh"), say("column-en")], rows)


def _dictionary(name: str) -> Dictionary:
    """As the register knows it, where there is a register."""
    if not register.is_there():
        return builtin(name)
    register.open_register()
    from kehuma.apps.codes import queries  # noqa: PLC0415 - after set-up

    return queries.dictionary(name)


def _found(dictionary: Dictionary, value: str) -> Entry:
    try:
        return dictionary.find(value)
    except UnknownValue as error:
        raise CommandError("value-unknown", value=value, nearest=error.nearest) from None
    except AmbiguousValue as error:
        raise CommandError("value-ambiguous", value=value, hits=error.hits) from None


def _tables(path: Path, dictionary: Dictionary) -> Iterator[Entry]:
    """What a file holds, or the files of a folder; in a folder, tables of other shapes are passed over."""
    if not path.is_dir():
        yield from _entries(dictionary, path)
        return
    for child in sorted(child for child in path.iterdir() if child.is_file() and not child.name.startswith(".")):
        try:
            yield from _entries(dictionary, child)
        except (CodingError, TabularError) as error:
            output.note(say("dictionary-skipped", file=child.name, reason=error.say(spoken())))


def _entries(dictionary: Dictionary, path: Path) -> Sequence[Entry]:
    with open_table(path) as table:
        rows = []
        for batch in table.batches():
            if batch.faults:
                raise batch.faults[0].error
            rows += batch.rows
        return entries_from_table(dictionary, table.header, rows)
