"""Help pages in the language of the run: typer knows only one, and its pages are wider than they are clear.

The ``help`` of a command or parameter is the id of its sentence in ``texts.toml``.
"""

from typing import Any

from typer.core import TyperArgument, TyperCommand, TyperGroup

from kehuma.cli.output import aligned
from kehuma.cli.texts import CommandError, say


class Command(TyperCommand):
    """A command whose help page is ours."""

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - typer keeps these classes private
        """Write the page."""
        formatter.write(_page(self, ctx, ""))


class Group(TyperGroup):
    """Commands under one word, shown in the order in which a person meets them."""

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - as above
        """Write the page."""
        rows = [[f"  {name}", say(self.said_of(ctx, name))] for name in self.list_commands(ctx)]
        formatter.write(_page(self, ctx, _block("help-commands", rows)))

    def said_of(self, ctx: Any, name: str) -> str:  # noqa: ANN401 - as above
        """The id of the sentence that says what a command is for."""
        command = self.get_command(ctx, name)
        return command.help or "" if command else ""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401 - as above
        """The command of this word; CommandError names those that there are."""
        known = self.list_commands(ctx)
        if args[0] not in known and not args[0].startswith("-"):
            raise CommandError("no-such-command", word=args[0], commands=known)
        return super().resolve_command(ctx, args)


def usage(command: TyperCommand | TyperGroup, ctx: Any) -> str:  # noqa: ANN401 - as above
    """The line that shows how the command is written."""
    words = [_metavar(param) for param in command.params if isinstance(param, TyperArgument)]
    if isinstance(command, TyperGroup):
        words.append(say("help-command-word"))
    if len(command.get_params(ctx)) > len(words):
        words.insert(len(words), say("help-options-word"))
    return " ".join([ctx.command_path, *words])


def _page(command: TyperCommand | TyperGroup, ctx: Any, rest: str) -> str:  # noqa: ANN401 - as above
    params = command.get_params(ctx)
    arguments = [[f"  {_metavar(param)}", _said(param)] for param in params if isinstance(param, TyperArgument)]
    options = [[f"  {_option(param)}", _said(param)] for param in params if not isinstance(param, TyperArgument)]
    blocks = [
        say("help-usage", usage=usage(command, ctx)),
        say(command.help or ""),
        _block("help-arguments", arguments),
        _block("help-options", options),
        rest,
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _block(title: str, rows: list[list[str]]) -> str:
    return f"{say(title)}\n{aligned(['', ''], rows)}" if rows else ""


def _metavar(param: Any) -> str:  # noqa: ANN401 - as above
    return str(param.metavar or param.name.upper())


def _option(param: Any) -> str:  # noqa: ANN401 - as above
    names = ", ".join(sorted(param.opts, key=len, reverse=True))
    return names if param.is_flag else f"{names} {_metavar(param)}"


def _said(param: Any) -> str:  # noqa: ANN401 - as above
    return say("help-help") if param.name == "help" else say(param.help or "")
