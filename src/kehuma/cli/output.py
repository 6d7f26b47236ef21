"""How results look: aligned and tinted on a terminal, plain text in a pipe, always UTF-8.

Only a terminal needs rich; a pipe gets its lines without waiting for it.

>>> print(aligned(["段", "含义"], [["region", "北京"], ["serial", "第1个"]]))
段      含义
region  北京
serial  第1个
"""

import io
import json
import re
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TextIO

from kehuma.cli.texts import shown


@dataclass(frozen=True, slots=True)
class Tinted:
    """A text in coloured pieces; the names of the colours are rich's."""

    pieces: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return "".join(text for text, _ in self.pieces)


Cell = str | Tinted


def use_utf8() -> None:
    """Both streams speak UTF-8 whatever the locale; what UTF-8 cannot say is escaped instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A stream that somebody has closed needs no encoding either.
            with suppress(ValueError, io.UnsupportedOperation):
                stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def line(text: Cell = "", style: str = "") -> None:
    """A line of the result."""
    _print(sys.stdout, text, style)


def note(text: Cell, style: str = "dim") -> None:
    """A line beside the result, so that what is piped on stays clean."""
    _print(sys.stderr, text, style)


def error(sentence: str) -> None:
    """What went wrong, as the last thing said."""
    if _is_terminal(sys.stderr):
        _print(sys.stderr, Tinted((("✗ ", "bold red"), (sentence, ""))), "")
    else:
        _print(sys.stderr, sentence, "")


def as_json(answer: object) -> None:
    """The result for machines."""
    sys.stdout.write(json.dumps(answer, ensure_ascii=False, indent=2) + "\n")


def table(columns: Sequence[str], rows: Iterable[Sequence[Cell]], *, right: Sequence[int] = ()) -> None:
    """Rows under their columns; columns numbered in ``right`` hold figures."""
    listed = [list(row) for row in rows]
    if not _is_terminal(sys.stdout):
        sys.stdout.write(aligned(columns, [[_plain(cell) for cell in row] for row in listed], right=right) + "\n")
        return
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415 - a pipe does without rich
    from rich.table import Table  # noqa: PLC0415 - as above

    has_header = any(columns)
    box = SIMPLE_HEAD if has_header else None
    framed = Table(box=box, header_style="dim", pad_edge=False, show_edge=False, show_header=has_header)
    for index, column in enumerate(columns):
        framed.add_column(column, justify="right" if index in right else "left", overflow="fold")
    for row in listed:
        framed.add_row(*map(_rich, row))
    _console(sys.stdout).print(framed)


def aligned(columns: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> str:
    """Columns side by side in plain text; Chinese characters count twice."""
    lines = [list(columns), *map(list, rows)] if any(columns) else [list(row) for row in rows]
    widths = [max(width(cells[index]) for cells in lines) for index in range(len(columns))] if lines else []
    return "\n".join(
        "  ".join(_padded(cell, widths[i], left=i in right) for i, cell in enumerate(cells)).rstrip() for cells in lines
    )


def width(text: str) -> int:
    """The columns that a text takes on a terminal.

    >>> width("北京 BJ")
    7
    """
    return sum(0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF") for c in text)


def is_terminal() -> bool:
    """Whether a person looks at the result."""
    return _is_terminal(sys.stdout)


def _padded(text: str, to: int, *, left: bool) -> str:
    blank = " " * (to - width(text))
    return blank + text if left else text + blank


def _plain(cell: Cell) -> str:
    return re.sub(r"\s+", " ", str(cell))


def _is_terminal(stream: TextIO) -> bool:
    return stream.isatty()


def _print(stream: TextIO, text: Cell, style: str) -> None:
    if _is_terminal(stream):
        _console(stream).print(_rich(text), style=style or None, soft_wrap=True)
    else:
        stream.write(f"{text}\n")


def _console(stream: TextIO) -> Any:  # noqa: ANN401 - rich is imported on terminals only
    from rich.console import Console  # noqa: PLC0415 - as above

    return Console(file=stream, highlight=False, markup=False, emoji=False)


def _rich(cell: Cell) -> Any:  # noqa: ANN401 - as above
    from rich.text import Text  # noqa: PLC0415 - as above

    return Text.assemble(*cell.pieces) if isinstance(cell, Tinted) else Text(cell)


def safe(text: str) -> str:
    """A text from outside as it may be printed: nothing in it moves the cursor."""
    return shown(text)
