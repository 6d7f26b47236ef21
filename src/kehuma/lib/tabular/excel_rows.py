"""Excel files out, in constant memory. Every cell is typed text: leading zeros, long numbers and ``=`` survive."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import xlsxwriter
from xlsxwriter.exceptions import XlsxWriterException

from kehuma.lib.tabular.errors import TabularError
from kehuma.lib.tabular.table import Limits, Row

SHEET_ROWS = 1_048_576  # what Excel has, the header among them
_CELL = 32_767
_CREATED = datetime(2026, 1, 1, tzinfo=UTC)  # fixed, so that the same rows give the same file


class ExcelRows:
    """Where rows go that become an xlsx file; a full sheet is followed by another with the same header."""

    def __init__(self, path: Path, header: Row) -> None:
        if len(header) > (limit := Limits().columns):
            raise TabularError("too-many-columns", columns=len(header), limit=limit)
        # The library keeps finished rows in a file of its own: beside the target, not in a folder others may read.
        options = {"constant_memory": True, "tmpdir": str(path.parent), "use_zip64": True}
        self._workbook = xlsxwriter.Workbook(str(path), options)
        self._workbook.set_properties({"created": _CREATED})
        self._header, self._count = header, 0
        self._next_sheet()

    def write(self, rows: Sequence[Sequence[str]]) -> None:
        for row in rows:
            if self._line == SHEET_ROWS:
                self._next_sheet()
            self._count += 1
            self._put(row, number=self._count + 1)

    def close(self) -> None:
        try:
            self._workbook.close()
        except XlsxWriterException as error:
            raise OSError(str(error)) from error

    abandon = close

    def _next_sheet(self) -> None:
        self._sheet = self._workbook.add_worksheet()
        self._sheet.freeze_panes(1, 0)
        self._line = 0
        self._put(self._header, number=1)

    def _put(self, row: Sequence[str], *, number: int) -> None:
        for column, text in enumerate(row):
            if self._sheet.write_string(self._line, column, text):
                raise TabularError("cell-too-long-for-excel", row=number, limit=_CELL)
        self._line += 1
