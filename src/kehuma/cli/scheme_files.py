"""Scheme files on disk, and where the schemes of their parents are found.

A parent's scheme is looked for among the files given (``--with``), beside the file, and in the register, in this order.
Only the last needs the register, so checking a file starts at once.
"""

import os
import tomllib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from kehuma.cli.texts import CommandError
from kehuma.engine.coding.errors import CodingError
from kehuma.engine.coding.grammar import Grammar, compile_scheme
from kehuma.engine.coding.model import Parent, Scheme
from kehuma.engine.coding.scheme_file import load_scheme

# A scheme file has some hundred lines; with its dictionaries inline, some thousand.
_LARGEST = 4_000_000


@dataclass(frozen=True, slots=True)
class SchemeFile:
    """A file that could be loaded; ``source`` is its text."""

    path: Path
    source: str
    scheme: Scheme


def opened(name: str) -> SchemeFile:
    """The scheme in a file; CommandError where it cannot be read, SchemeError where it is no scheme."""
    path = Path(name)
    source = source_of(path)
    return SchemeFile(path, source, load_scheme(source))


def source_of(path: Path) -> str:
    """The text of a scheme file; CommandError with the remedy where there is none."""
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise CommandError("scheme-file-large", file=path)
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise CommandError("scheme-file-encoding", file=path) from None
    except FileNotFoundError:
        raise CommandError("no-scheme-file", file=path) from None
    except IsADirectoryError:
        raise CommandError("scheme-file-folder", file=path) from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise CommandError("cannot-read", file=path, reason=getattr(error, "strerror", None) or error) from None


class Shelf:
    """Scheme files within reach, by the names of their schemes."""

    def __init__(self, given: Iterable[SchemeFile] = ()) -> None:
        self._given = list(given)
        self._compiled: dict[tuple[Path, str], Grammar] = {}

    def grammar(self, file: SchemeFile, below: tuple[str, ...] = ()) -> Grammar:
        """The grammar of a file with those of its parents; SchemeError where a parent's scheme is nowhere."""
        key = (file.path, file.scheme.name)
        if key not in self._compiled:
            self._compiled[key] = compile_scheme(file.scheme, parents=self.parents(file, below))
        return self._compiled[key]

    def parents(self, file: SchemeFile, below: tuple[str, ...] = ()) -> dict[str, Grammar]:
        """The grammars of the schemes that the file names as those of its parents, as far as they are found."""
        inside = (*below, file.scheme.name)
        wanted = [name for name in _parents(file.scheme) if name not in inside]
        found = {name: self._parent(name, file.path, inside) for name in wanted}
        return {name: grammar for name, grammar in found.items() if grammar is not None}

    def _parent(self, name: str, child: Path, below: tuple[str, ...]) -> Grammar | None:
        files = [file for file in self._given if file.scheme.name == name] or _beside(name, child)
        if len({file.path.absolute() for file in files}) > 1:
            raise CommandError("parent-file-several", name=name, files=[file.path.name for file in files])
        return self.grammar(files[0], below) if files else _in_register(name)


def shelf(files: Iterable[SchemeFile], others: Iterable[str] = ()) -> Shelf:
    """A shelf with the files of a command line, and those named by ``--with``."""
    return Shelf([*map(opened, others), *files])


def _parents(scheme: Scheme) -> list[str]:
    named = (name for part in scheme.segments if isinstance(part, Parent) for name in part.schemes)
    return [name for name in dict.fromkeys(named) if name != "self"]


def _beside(name: str, child: Path) -> list[SchemeFile]:
    """Files in the same folder that say they hold this scheme; others there may be as broken as they like."""
    found = []
    for path in sorted(child.absolute().parent.glob("*.toml")):
        with suppress(CommandError, CodingError, tomllib.TOMLDecodeError, RecursionError):
            if tomllib.loads(source_of(path)).get("name") == name:
                found.append(opened(os.path.relpath(path)))
    return found


def _in_register(name: str) -> Grammar | None:
    from kehuma.cli import register  # noqa: PLC0415 - files on disk need no register

    return register.grammar_if_any(name)
