"""The command ``kehuma`` with all its groups: the language, the streams and the errors of every command."""

import os
import re
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException

import kehuma
from kehuma.cli import output
from kehuma.cli.help import Command, Group
from kehuma.cli.texts import LANGUAGES, CommandError, Language, say, shown, speak, spoken

# As people meet them: the sentence of each, its module and what it is called there. A command is imported when it is
# asked for, since all of them together take longer than most of them work.
COMMANDS = {
    "demo": ("help-demo", "demo", "demo"),
    "serve": ("help-serve", "serve", "serve"),
    "scheme": ("help-scheme", "scheme", "app"),
    "issue": ("help-issue", "issue", "issue"),
    "customers": ("help-customers", "customers", "app"),
    "resolve": ("help-resolve", "resolve", "resolve"),
    "codes": ("help-codes", "codes", "app"),
    "dictionary": ("help-dictionary", "dictionary", "app"),
    "apikey": ("help-apikey", "apikey", "app"),
    "sharing": ("help-sharing", "sharing", "app"),
    "proof": ("help-proof", "log", "proof"),
    "verify": ("help-verify", "log", "verify"),
    "log": ("help-log", "log", "app"),
    "alarms": ("help-alarms", "alarms", "alarms"),
    "backup": ("help-backup", "keep", "backup"),
    "restore": ("help-restore", "keep", "restore"),
    "recover": ("help-recover", "log", "recover"),
    "upgrade": ("help-upgrade", "keep", "upgrade"),
    "move": ("help-move", "move", "move"),
    "keys": ("help-keys", "keys", "app"),
    "unite": ("help-unite", "unite", "unite"),
    "doctor": ("help-doctor", "doctor", "doctor"),
}


class Root(Group):
    """The way into all commands: nothing leaves it but an exit code and, after an error, one sentence."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002 - typer's own signature
        """The words of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | TyperGroup | None:  # noqa: ANN401, ARG002 - as above
        """The command of this word, None where there is none."""
        return _command(cmd_name) if cmd_name in COMMANDS else None

    def said_of(self, ctx: Any, name: str) -> str:  # noqa: ANN401, ARG002 - as above
        """What a command is for; that needs none of its modules."""
        return COMMANDS[name][0]

    def main(self, args: Sequence[str] | None = None, *_: Any, **extra: Any) -> Any:  # noqa: ANN401 - as above
        """Run one command line; always ends with ``SystemExit``."""
        output.use_utf8()
        speak(_language(os.environ.get("KEHUMA_LANG", "")) or "zh")
        words = list(sys.argv[1:] if args is None else args)
        sys.exit(self._ended(words, {**extra, "prog_name": "kehuma", "standalone_mode": False}))

    def _ended(self, words: list[str], extra: dict[str, Any]) -> int:
        code = 1
        try:
            ended = super().main(_with_language_first(words), **extra)
            code = ended if isinstance(ended, int) else 0
            sys.stdout.flush()
        except TyperException as error:
            return _misused(error)
        except typer.Abort:
            return 130
        except BrokenPipeError:
            _leave_pipe()
        except Exception as error:  # noqa: BLE001 - a traceback helps nobody at a counter; -X dev shows it
            return _refused(error)
        return code


app = typer.Typer(
    cls=Root, add_completion=False, no_args_is_help=True, help="help-kehuma", pretty_exceptions_enable=False
)


def _speak(word: str | None) -> None:
    if word:
        chosen = _language(word)
        if chosen is None:
            raise CommandError("no-such-language", word=word, languages=LANGUAGES)
        speak(chosen)


def _version(wanted: bool) -> None:  # noqa: FBT001 - typer hands a flag on by position
    if wanted:
        output.line(f"kehuma {kehuma.__version__}")
        raise typer.Exit


@app.callback()
def _root(
    lang: Annotated[str | None, typer.Option(metavar="zh|en", is_eager=True, callback=_speak, help="help-lang")] = None,
    version: Annotated[bool, typer.Option("--version", callback=_version, help="help-version")] = False,  # noqa: FBT002
) -> None:
    pass


def _command(name: str) -> TyperCommand | TyperGroup:
    """A command or group as typer builds it below a word of ours."""
    sentence, module, attribute = COMMANDS[name]
    found = getattr(import_module(f"kehuma.cli.{module}"), attribute)
    shelf = typer.Typer()
    if isinstance(found, typer.Typer):
        shelf.add_typer(found, name=name)
    else:
        shelf.command(name, cls=Command, help=sentence)(found)
    return typer.main.get_group(shelf).commands[name]  # type: ignore[return-value]  # both are typer's own


def _with_language_first(words: list[str]) -> list[str]:
    """``--lang`` may stand anywhere before ``--``: help pages and errors of every command obey it."""
    end = words.index("--") if "--" in words else len(words)
    for index, word in enumerate(words[:end]):
        if word == "--lang" and index + 1 < end:
            return [*words[index : index + 2], *words[:index], *words[index + 2 :]]
        if word.startswith("--lang="):
            return [word, *words[:index], *words[index + 1 :]]
    return words


def _language(word: str) -> Language | None:
    return next((language for language in LANGUAGES if word.lower().startswith(language)), None)


def _refused(error: Exception) -> int:
    if sys.flags.dev_mode:
        raise error
    output.error(_sentence(error))
    return 1


def _sentence(error: Exception) -> str:
    """What went wrong, with the remedy, in the language of the run."""
    if callable(in_language := getattr(error, "say", None)):
        return str(in_language(spoken()))
    if isinstance(error, OSError):
        return say("cannot-access", file=error.filename or "", reason=error.strerror or error)
    if type(error).__module__.startswith(("django.db", "kehuma.lib.db")):
        return say("register-fails", reason=error)
    return say("unexpected", kind=type(error).__name__, reason=error)


def _misused(error: TyperException) -> int:
    """A command line that cannot be understood. The classes of these errors are private to typer, their names are not."""
    kind = type(error).__name__
    if kind == "NoArgsIsHelpError":
        output.line(error.message)
        return 0
    output.error(_misuse(error, kind))
    if context := getattr(error, "ctx", None):
        output.note(say("see-help", command=context.command_path))
    return 1


def _misuse(error: Any, kind: str) -> str:  # noqa: ANN401 - see above
    extra = re.fullmatch(r"Got unexpected extra argument\(s\) \((.*)\)", error.message, re.DOTALL)
    if extra:
        return say("extra-words", words=extra[1])
    match kind:
        case "NoSuchOption":
            message = "no-such-option-near" if error.possibilities else "no-such-option"
            return say(message, option=error.option_name, nearest=error.possibilities or [])
        case "MissingParameter":
            name = error.param.metavar or error.param.name if error.param else ""
            option = next(iter(getattr(error.param, "opts", [])), "")
            return say("missing", name=option if option.startswith("-") else name)
        case "BadOptionUsage":
            return say("option-value", option=error.option_name)
        case _:
            return say("misused", reason=shown(error.format_message()))


def _leave_pipe() -> None:
    """Whoever read our output has gone, as after ``| head``; Python must not complain about it once more at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
