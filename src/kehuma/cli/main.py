"""The command ``kehuma`` with all its groups: the language, the streams and the errors of every command."""

import os
import re
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.exceptions import TyperException

import kehuma
from kehuma.cli import (
    apikey,
    codes,
    customers,
    demo,
    dictionary,
    doctor,
    issue,
    keep,
    keys,
    log,
    output,
    resolve,
    scheme,
    serve,
)
from kehuma.cli.help import Command, Group
from kehuma.cli.texts import LANGUAGES, CommandError, Language, say, shown, speak, spoken

# As people meet them.
ORDER = (
    *("demo", "serve", "scheme", "issue", "customers", "resolve", "codes", "dictionary", "apikey"),
    *("proof", "verify", "log"),
    *("backup", "restore", "recover", "upgrade", "keys", "doctor"),
)


class Root(Group):
    """The way into all commands: nothing leaves it but an exit code and, after an error, one sentence."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = {name: self.commands[name] for name in ORDER}

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


app.add_typer(scheme.app, name="scheme")
app.command("issue", cls=Command, help="help-issue")(issue.issue)
app.add_typer(customers.app, name="customers")
app.command("resolve", cls=Command, help="help-resolve")(resolve.resolve)
app.add_typer(codes.app, name="codes")
app.add_typer(dictionary.app, name="dictionary")
app.add_typer(apikey.app, name="apikey")
app.command("proof", cls=Command, help="help-proof")(log.proof)
app.command("verify", cls=Command, help="help-verify")(log.verify)
app.add_typer(log.app, name="log")
app.command("recover", cls=Command, help="help-recover")(log.recover)
app.command("serve", cls=Command, help="help-serve")(serve.serve)
app.command("backup", cls=Command, help="help-backup")(keep.backup)
app.command("restore", cls=Command, help="help-restore")(keep.restore)
app.add_typer(keys.app, name="keys")
app.command("upgrade", cls=Command, help="help-upgrade")(keep.upgrade)
app.command("doctor", cls=Command, help="help-doctor")(doctor.doctor)
app.command("demo", cls=Command, help="help-demo")(demo.demo)


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
