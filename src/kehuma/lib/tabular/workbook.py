"""Excel and OpenDocument workbooks, read by a process of their own (``workbook_child``)."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

import kehuma
from kehuma.lib.tabular.errors import TabularError
from kehuma.lib.tabular.table import BATCH_ROWS, Batch, Limits, Opener, RawRow, Table, column_names, gathered

_CHILD = "kehuma.lib.tabular.workbook_child"
_PIECE = 1 << 18
_PATIENCE = 60  # seconds: a process that dies of its memory may write gigabytes of it to disk first
_LONGEST_LINE = 256 << 20  # what the child may say in one line; its own caps keep it far below


class WorkbookTable(Table):
    """One sheet of a workbook: the one asked for, else the first visible one that holds something."""

    kind = "excel"

    def __init__(
        self, path: Path, opener: Opener, *, sheet: str | int | None, header_row: int | None, limits: Limits
    ) -> None:
        self.path, self._opener, self._asked, self._limits = path, opener, (sheet, header_row), limits
        self._done, self._fresh = 0, True
        self._child = self._begun()
        try:
            opening = self._child.opening()
            self.header = column_names(opening["header"], path=path, limits=limits)
        except TabularError:
            self._child.close()
            raise
        self.row_count_estimate, self.sheet = opening["rows"], opening["sheet"]
        self.other_sheets, self.header_row = tuple(opening["others"]), opening["number"]
        self.top = [(number, tuple(cells)) for number, cells in opening["top"]]

    @property
    def fraction(self) -> float:
        return min(self._done / max(self.row_count_estimate, 1), 1.0)

    def batches(self, size: int = BATCH_ROWS) -> Iterator[Batch]:
        yield from gathered(self._rows(), size, width=len(self.header))
        self._done = max(self.row_count_estimate, 1)

    def close(self) -> None:
        self._child.close()

    def _begun(self) -> "_Child":
        with self._opener() as content:
            return _Child(self.path, content, *self._asked, self._limits)

    def _rows(self) -> Iterator[RawRow]:
        if not self._fresh:
            self._child.close()
            self._child = self._begun()
            self._child.opening()
        self._fresh, self._done = False, 0
        for rows in self._child.rows():
            for number, cells in rows:
                yield number, cells, None
            self._done += len(rows)


class _Child:
    """The running process that reads the workbook."""

    def __init__(
        self, path: Path, content: BinaryIO, sheet: str | int | None, header_row: int | None, limits: Limits
    ) -> None:
        self._path, self._limits = path, limits
        request = {**asdict(limits), "path": path.name, "sheet": sheet, "header_row": header_row}
        self._process = subprocess.Popen(  # noqa: S603 - our own module, nothing of the shell
            [sys.executable, "-P", "-m", _CHILD, json.dumps(request)],
            env=_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        # Through a pipe, since what is sealed must not lie on a disk opened. The child says nothing before it has all.
        stdin = cast("IO[bytes]", self._process.stdin)
        with suppress(BrokenPipeError):  # it has died, and what it died of is asked for below
            shutil.copyfileobj(content, stdin, _PIECE)
        with suppress(BrokenPipeError):
            stdin.close()

    def opening(self) -> dict[str, Any]:
        """Header, number of rows, sheet and the other sheets; ``TabularError`` when the workbook has none."""
        return cast("dict[str, Any]", self._message())

    def rows(self) -> Iterator[list[tuple[int, list[str]]]]:
        """The rows below the header with their numbers, some at a time."""
        while isinstance(message := self._message(), list):
            yield message
        self._wait()

    def close(self) -> None:
        self._process.kill()
        cast("IO[bytes]", self._process.stdout).close()
        self._process.wait()

    def _message(self) -> object:
        line = cast("IO[bytes]", self._process.stdout).readline(_LONGEST_LINE)
        if not line.endswith(b"\n"):
            raise self._death()
        message = json.loads(line)
        if isinstance(message, dict) and "error" in message:
            self._wait()
            named = {"path": self._path} if "path" in message["facts"] else {}
            raise TabularError(message["error"], **{**message["facts"], **named})
        return message

    def _wait(self) -> None:
        """Let the process end by itself after its last word, or its death; not for ever."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=_PATIENCE)
        self.close()

    def _death(self) -> TabularError:
        self._wait()
        code = self._process.returncode
        if os.name == "posix" and code == -signal.SIGXCPU:
            return TabularError("workbook-too-slow", path=self._path, seconds=self._limits.seconds)
        return TabularError("workbook-too-large", path=self._path, megabytes=self._limits.memory >> 20)


def _environment() -> dict[str, str]:
    """So that the child finds this very package, however this process found it."""
    root = str(Path(kehuma.__file__).parents[1])
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))}
