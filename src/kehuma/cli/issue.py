"""``kehuma issue``: one code for the facts given, or codes for a whole file."""

from typing import Annotated
from uuid import uuid4

import typer

from kehuma.cli import output, readings, register
from kehuma.cli.facts import facts_of, path_of
from kehuma.cli.publishing import file_of, publish
from kehuma.cli.texts import CommandError, say
from kehuma.lib import clock

CODE_COLUMN = "客户编码"


def issue(  # noqa: PLR0913 - one parameter per option
    words: Annotated[list[str] | None, typer.Argument(metavar="INPUT | k=v …", help="help-issue-words")] = None,
    *,
    scheme: Annotated[str, typer.Option(metavar="NAME|FILE", help="help-scheme-option")],
    out: Annotated[str | None, typer.Option(metavar="OUTPUT", help="help-out")] = None,
    mapped: Annotated[list[str] | None, typer.Option("--map", metavar="ATTRIBUTE=COLUMN", help="help-map")] = None,
    key: Annotated[str | None, typer.Option(metavar="COLUMN", help="help-key")] = None,
    column: Annotated[str | None, typer.Option(metavar="NAME", help="help-column")] = None,
    source: Annotated[str | None, typer.Option(metavar="NAME", help="help-source")] = None,
    on_change: Annotated[str | None, typer.Option(metavar="keep|reject", help="help-on-change")] = None,
) -> None:
    """Issue one code and print it, or code a file."""
    given = words or []
    if on_change not in (None, "keep", "reject"):
        raise CommandError("on-change", value=on_change)
    if out is None and all("=" in word for word in given):
        for_files = {"--map": mapped, "--column": column, "--source": source, "--on-change": on_change}
        for option in (option for option, value in for_files.items() if value is not None):
            raise CommandError("only-for-files", option=option)
        _issue_one(given, scheme, key)
        return
    if out is None:
        raise CommandError("out-missing", file=given[0])
    if len(given) != 1:
        raise CommandError("one-input", words=given[1:]) if given else CommandError("missing", name="INPUT")
    from kehuma.cli.filing import Job, code_file  # noqa: PLC0415 - one code needs no files

    job = Job(
        input=path_of(given[0]),
        output=path_of(out),
        scheme=scheme,
        mapped=tuple(mapped or ()),
        key=key,
        column=column or CODE_COLUMN,
        source=source,
        on_change="reject" if on_change == "reject" else "keep",
    )
    raise typer.Exit(code_file(job))


def _issue_one(words: list[str], scheme: str, key: str | None) -> None:
    """``key`` is the caller's own number of this request: asked again with it, the register gives the same code."""
    file = file_of(scheme)
    facts = facts_of(words, file.scheme) if file else None
    if file:
        publish(file, aloud=False)
    register.open_register()
    from kehuma.apps.codes import queries, services  # noqa: PLC0415 - after set-up

    at = clock.now()
    name = file.scheme.name if file else scheme
    grammar = queries.grammar(name, at)
    if facts is None:
        facts = facts_of(words, grammar.scheme)
    issued = services.issue(name, facts, request_key=key or uuid4().hex, actor=register.actor(), at=at)
    output.line(readings.tinted_code(grammar, issued.code))
    if output.is_terminal():
        output.note(say("issued", scheme=issued.scheme, version=issued.version))
    register.log_now()
