"""How far a long run has come: a bar on a terminal, nothing elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from kehuma.cli.texts import say


class Progress:
    """Where a run has come to. The estimate of rows is shown until the true number is known."""

    def __init__(self, bar: Any = None, task: Any = None) -> None:  # noqa: ANN401 - rich is imported on terminals only
        self._bar, self._task = bar, task

    def at(self, fraction: float, rows: int) -> None:
        """Show that this part of the file, with so many rows, is done."""
        if self._bar is not None:
            self._bar.update(self._task, completed=fraction, rows=f"{rows:,}")


@contextmanager
def progress(expected_rows: int) -> Iterator[Progress]:
    """A bar with rows, percent and the time still needed."""
    if not sys.stderr.isatty():
        yield Progress()
        return
    from rich.console import Console  # noqa: PLC0415 - only a terminal needs it
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn  # noqa: PLC0415 - as above
    from rich.progress import Progress as Bar  # noqa: PLC0415 - as above

    columns = (
        TextColumn(say("progress-title")),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn(say("progress-rows", expected=f"{expected_rows:,}").replace("ROWS", "{task.fields[rows]}")),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=Console(file=sys.stderr), transient=True) as bar:
        yield Progress(bar, bar.add_task("", total=1.0, rows="0"))


@contextmanager
def share(title: str) -> Iterator[Callable[[float], None]]:
    """A bar with a title, and the way to tell it which share of the work is done."""
    if not sys.stderr.isatty():
        yield lambda _share: None
        return
    from rich.console import Console  # noqa: PLC0415 - only a terminal needs it
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn  # noqa: PLC0415 - as above
    from rich.progress import Progress as Bar  # noqa: PLC0415 - as above

    columns = (TextColumn(title), BarColumn(), TaskProgressColumn())
    with Bar(*columns, console=Console(file=sys.stderr), transient=True) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda share: bar.update(task, completed=share)
