"""``OUTPUT.rejected.csv``: rows without code, each with its number, the field and the reason in front.

The rows stay as they were, so that they can be mended in this file and handed in again.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from kehuma.lib.tabular import Writer, write_table

OUR_COLUMNS = ("row", "field", "reason")


class Rejection(NamedTuple):
    """A row that has no code; ``number`` is what a spreadsheet shows beside it."""

    number: int
    field: str
    reason: str
    cells: tuple[str, ...]


class RejectedRows:
    """The file comes into being with the first row; one of an earlier run is removed where there is none now."""

    def __init__(self, path: Path, header: Sequence[str]) -> None:
        self._path, self._header = path, (*_named_apart(header), *header)
        self._writer: Writer | None = None

    def write(self, rejections: Sequence[Rejection]) -> None:
        """Add rows."""
        if rejections and self._writer is None:
            self._writer = write_table(self._path, self._header)
        if self._writer:
            self._writer.write([(str(one.number), one.field, one.reason, *one.cells) for one in rejections])

    def close(self) -> None:
        """Put the file in place."""
        if self._writer:
            self._writer.close()
        else:
            self._path.unlink(missing_ok=True)

    def abandon(self) -> None:
        """Leave things as they were before."""
        if self._writer:
            self._writer.abandon()


def own_columns(header: Sequence[str]) -> int:
    """How many columns in front are ours: those of a mended file that is handed in again."""
    return len(OUR_COLUMNS) if tuple(header[: len(OUR_COLUMNS)]) == OUR_COLUMNS else 0


def fitted(cells: Sequence[str], width: int) -> tuple[str, ...]:
    """A row of the wrong length as one of the right length that has lost nothing.

    >>> fitted(["a", "b", "c"], 2), fitted(["a"], 2)
    (('a', 'b,c'), ('a', ''))
    """
    if len(cells) <= width:
        return (*cells, *[""] * (width - len(cells)))
    return (*cells[: width - 1], ",".join(cells[width - 1 :]))


def _named_apart(header: Sequence[str]) -> list[str]:
    """Our columns under names that the file does not have."""
    names = []
    for name in OUR_COLUMNS:
        while name in header:
            name += "_"  # noqa: PLW2901 - until it is free
        names.append(name)
    return names
