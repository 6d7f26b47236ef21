"""``kehuma codes``: what becomes of a code, other texts for it, and what became of every number."""

from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any
from uuid import uuid4

import typer

from kehuma.cli import output, register
from kehuma.cli.facts import facts_of, number_of, path_of
from kehuma.cli.help import Command, Group
from kehuma.cli.texts import CommandError, say, spoken
from kehuma.lib import clock
from kehuma.lib.viewer import system

if TYPE_CHECKING:
    from kehuma.apps.codes.data import IssuedCode, Span

app = typer.Typer(cls=Group, no_args_is_help=True, help="help-codes")
alias = typer.Typer(cls=Group, no_args_is_help=True, help="help-codes-alias")
app.add_typer(alias, name="alias")

Code = Annotated[str, typer.Argument(metavar="CODE", help="help-codes-code")]
Other = Annotated[str, typer.Argument(metavar="OTHER", help="help-codes-other")]
Scheme = Annotated[str, typer.Argument(metavar="SCHEME", help="help-codes-scheme")]
Text = Annotated[str, typer.Argument(metavar="TEXT", help="help-codes-text")]
Reason = Annotated[str, typer.Option("--reason", metavar="WORD", help="help-codes-reason")]
Note = Annotated[str, typer.Option("--note", metavar="TEXT", help="help-codes-note")]
System = Annotated[str, typer.Option("--system", metavar="NAME", help="help-codes-system")]
Key = Annotated[str | None, typer.Option("--key", metavar="KEY", help="help-codes-key")]


@app.command(cls=Command, help="help-codes-retire")
def retire(code: Code, *, reason: Reason, note: Note = "") -> None:
    """The customer is gone; its code stays known."""
    _change(code, lambda services, row, more: services.retire(row, reason, note=note, **more))


@app.command(cls=Command, help="help-codes-void")
def void(code: Code, *, reason: Reason, note: Note = "") -> None:
    """The code never stood for anything."""
    _change(code, lambda services, row, more: services.void(row, reason, note=note, **more))


@app.command(cls=Command, help="help-codes-reinstate")
def reinstate(code: Code, *, reason: Reason, note: Note = "") -> None:
    """The code stands for its own customer again."""
    _change(code, lambda services, row, more: services.reinstate(row, reason, note=note, **more))


@app.command(cls=Command, help="help-codes-supersede")
def supersede(code: Code, other: Other, *, reason: Reason = "renumbered", note: Note = "") -> None:
    """The customer has another code now."""
    change: Any = lambda services, row, more: services.supersede(row, _known(other), reason=reason, note=note, **more)  # noqa: E731
    _change(code, change)


@app.command(cls=Command, help="help-codes-merge")
def merge(code: Code, other: Other, *, reason: Reason = "duplicate", note: Note = "") -> None:
    """The customer turned out to be another one."""
    change: Any = lambda services, row, more: services.merge(row, _known(other), reason=reason, note=note, **more)  # noqa: E731
    _change(code, change)


@app.command(cls=Command, help="help-codes-reserve")
def reserve(
    words: Annotated[list[str] | None, typer.Argument(metavar="k=v …", help="help-issue-words")] = None,
    *,
    scheme: Annotated[str, typer.Option("--scheme", metavar="NAME", help="help-codes-scheme")],
    minutes: Annotated[str, typer.Option("--minutes", metavar="N", help="help-codes-minutes")] = "60",
    key: Key = None,
) -> None:
    """Keep a code that nobody else gets, for a time; its request key is told, which ``confirm`` asks for."""
    register.open_register()
    from kehuma.apps.codes import queries, services  # noqa: PLC0415 - after set-up

    at, me, request = clock.now(), register.actor(), key or uuid4().hex
    facts = facts_of(words or [], queries.grammar(scheme, at).scheme)
    until = at + timedelta(minutes=number_of(minutes, "--minutes"))
    kept = services.reserve(scheme, facts, request_key=request, owner=me, until=until, actor=me, at=at)
    output.line(kept.code)
    register.log_now()
    output.note(say("codes-reserved", key=request, state=say(f"state-{kept.state}")))


@app.command(cls=Command, help="help-codes-confirm")
def confirm(code: Code, *, key: Annotated[str, typer.Option("--key", metavar="KEY", help="help-codes-key")]) -> None:
    """Give a reserved code out."""
    _change(code, lambda services, row, more: services.confirm(row, key, **more))


@app.command(cls=Command, help="help-codes-issue")
def issue(scheme: Scheme, text: Text, *, key: Key = None) -> None:
    """Give out a code that was chosen by hand."""
    register.open_register()
    from kehuma.apps.codes import services  # noqa: PLC0415 - after set-up

    viewer = system(register.actor())
    _told(services.issue_manual(viewer, scheme, text, request_key=key or uuid4().hex, at=clock.now()))
    register.log_now()


@app.command(cls=Command, help="help-codes-adopt")
def adopt(
    scheme: Scheme,
    file: Annotated[str, typer.Argument(metavar="FILE", help="help-codes-file")],
    *,
    source: Annotated[str | None, typer.Option("--source", metavar="NAME", help="help-source")] = None,
) -> None:
    """Take the codes of a file, one a line, into the register."""
    path = path_of(file)
    try:
        texts = [line.strip() for line in path.read_text("utf-8-sig").splitlines() if line.strip()]
    except FileNotFoundError as error:
        raise CommandError("no-file", file=path) from error
    register.open_register()
    from kehuma.apps.codes import services  # noqa: PLC0415 - after set-up

    outcomes = services.adopt(scheme, texts, source=source or path.stem, actor=register.actor(), at=clock.now())
    register.log_now()
    counts = {kind: sum(outcome.kind == kind for outcome in outcomes) for kind in ("coded", "known", "rejected")}
    output.line(say("codes-adopted", **counts))
    for text, outcome in zip(texts, outcomes, strict=True):
        if outcome.error is not None:
            output.note(f"{output.safe(text)}: " + say("codes-refused", reason=outcome.error.say(spoken())))
    if counts["rejected"]:
        raise typer.Exit(3 if len(texts) > counts["rejected"] else 1)


@app.command(cls=Command, help="help-codes-gaps")
def gaps(
    scheme: Scheme,
    *,
    key: Annotated[str | None, typer.Option("--key", metavar="KEY", help="help-codes-counter")] = None,
    json: Annotated[bool, typer.Option("--json", help="help-json")] = False,
) -> None:
    """What became of every number of a counter."""
    register.open_register()
    from kehuma.apps.codes import queries  # noqa: PLC0415 - after set-up

    keys = [counter.key for counter in queries.counters(scheme)] if key is None else [key]
    if json:
        output.as_json([asdict(span) for one in keys for span in queries.gaps(scheme, one)])
        return
    for one in keys:
        if one:
            output.line(one, "bold")
        _spans(queries.gaps(scheme, one))


@alias.command("add", cls=Command, help="help-codes-alias-add")
def alias_add(code: Code, text: Text, *, of: System = "") -> None:
    """Let another text lead to a code."""
    act: Any = lambda services, row, more: services.add_alias(row, text, system=of, **more)  # noqa: E731
    is_new = _act(code, act)
    output.line(say("codes-alias-added" if is_new else "codes-alias-known", text=text))


@alias.command("end", cls=Command, help="help-codes-alias-end")
def alias_end(code: Code, text: Text, *, reason: Reason, of: System = "") -> None:
    """A text no longer names its code."""
    act: Any = lambda services, row, more: services.end_alias(row, text, reason, system=of, **more)  # noqa: E731
    _act(code, act)
    output.line(say("codes-alias-ended", text=text))


@alias.command("list", cls=Command, help="help-codes-alias-list")
def alias_list(code: Code) -> None:
    """The other texts of a code."""
    register.open_register()
    from kehuma.apps.codes import queries  # noqa: PLC0415 - after set-up

    found = queries.aliases(_known(code))
    rows = [
        [one.system, output.safe(one.text), f"{one.since:%Y-%m-%d}", say(f"alias-{one.ended_for or one.kind}")]
        for one in found
    ]
    output.table([say("column-system"), say("column-text"), say("column-since"), say("column-state")], rows)


def _change(code: str, change: Callable[[Any, str, Any], "IssuedCode"]) -> None:
    _told(_act(code, change))


def _act(code: str, act: Callable[[Any, str, Any], Any]) -> Any:  # noqa: ANN401 - whatever the service answers
    register.open_register()
    from kehuma.apps.codes import services  # noqa: PLC0415 - after set-up

    return act(services, _known(code), {"actor": register.actor(), "at": clock.now()})


def _known(text: str) -> str:
    """The identity form of the one code that a text means."""
    from kehuma.apps.codes import queries  # noqa: PLC0415 - after set-up

    found = queries.resolve(text)
    if found.identity is None:
        near = [one.code for one in found.suggestions]
        raise CommandError("codes-not-one", text=text, codes=near) if near else CommandError("not-found", text=text)
    return found.identity


def _told(code: "IssuedCode") -> None:
    output.line(f"{code.code}  {say(f'state-{code.state}')}")


def _spans(spans: Iterable["Span"]) -> None:
    rows = [
        [
            f"{span.first}" if span.last == span.first else f"{span.first}-{span.last}",
            f"{span.count:,}" if span.count is not None else "",
            say(f"state-{span.state}") if span.state else say(f"number-{span.kind}"),
            _why(span),
        ]
        for span in spans
    ]
    output.table(
        [say("column-numbers"), say("column-count"), say("column-state"), say("column-reason")], rows, right=[1]
    )


def _why(span: "Span") -> str:
    reason = say(f"why-{span.reason}") if span.reason else ""
    return " ".join(filter(None, (reason, span.text, span.who)))
