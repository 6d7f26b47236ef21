"""Scheme files on their way into the register."""

from datetime import date
from pathlib import Path

from kehuma.cli import output, register, scheme_files
from kehuma.cli.scheme_files import SchemeFile
from kehuma.cli.texts import say
from kehuma.lib import clock


def publish(file: SchemeFile, *, aloud: bool) -> None:
    """Make the file the current version of its scheme; the same file again changes nothing.

    ``aloud`` says so in the result, otherwise only a new version is worth a note. SchemeError where it is refused.
    """
    register.open_register()
    from kehuma.apps.codes import services  # noqa: PLC0415 - after set-up

    at = clock.now()
    published = services.publish(file.source, actor=register.actor(), at=at)
    is_new = published.published_at == at
    told = "published" if published.effective > date.min else "published-now"
    facts = {"name": published.name, "version": published.number, "effective": published.effective}
    if aloud:
        output.line(say(told if is_new else "published-before", **facts))
    elif is_new:
        output.note(say(told, **facts))


def file_of(word: str) -> SchemeFile | None:
    """The scheme file that ``--scheme`` means, or None where it is the name of a published scheme."""
    is_path = word.lower().endswith(".toml") or "/" in word or "\\" in word or "\0" in word
    return scheme_files.opened(word) if is_path or Path(word).is_file() else None
