"""Excel files out, in constant memory. Every cell is typed text: leading zeros, long numbers and ``=`` survive.

Rows go packed into the file as they come. A library would keep them in a file of its own first, readable by whoever
reads that disk; nothing of a list may lie anywhere but where the list is wanted.
"""

import re
import zipfile
from collections.abc import Sequence
from typing import IO, BinaryIO
from xml.sax.saxutils import escape

from kehuma.lib.tabular.errors import TabularError
from kehuma.lib.tabular.table import Limits, Row

SHEET_ROWS = 1_048_576  # what Excel has, the header among them
# A part of a zip file whose length was not known before has 2 GiB; beyond it the next sheet begins.
SHEET_BYTES = 2_000_000_000
_CELL = 32_767
_CREATED = (2026, 1, 1, 0, 0, 0)  # fixed, so that the same rows give the same file
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"

_SHEET_HEAD = f"""{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" \
topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>"""
_SHEET_FOOT = "</sheetData></worksheet>"
# What XML has no place for is written as Excel does it, and a text that looks so already is guarded.
_UNWRITABLE = re.compile("[\\x00-\\x08\\x0b-\\x1f\\ufffe\\uffff]|_(?=x[0-9A-Fa-f]{4}_)")


class ExcelRows:
    """Where rows go that become an xlsx file; a full sheet is followed by another with the same header."""

    def __init__(self, target: BinaryIO, header: Row) -> None:
        if len(header) > (limit := Limits().columns):
            raise TabularError("too-many-columns", columns=len(header), limit=limit)
        self._archive = zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED)
        self._header, self._count, self._sheets = header, 0, 0
        self._columns = [_letters(number) for number, _ in enumerate(header)]
        self._sheet: IO[bytes] | None = None
        self._next_sheet()

    def write(self, rows: Sequence[Sequence[str]]) -> None:
        """Add rows; TabularError for a text that is longer than a cell of Excel."""
        for row in rows:
            if self._line == SHEET_ROWS or self._length > SHEET_BYTES:
                self._next_sheet()
            self._count += 1
            self._put(row, number=self._count + 1)

    def close(self) -> None:
        """Finish the file; the target stays open."""
        self._end_sheet()
        names = [f"Sheet{number}" for number in range(1, self._sheets + 1)]
        for name, content in _frame(names).items():
            with self._archive.open(_entry(name), "w") as part:
                part.write((_XML + content).encode())
        self._archive.close()

    def abandon(self) -> None:
        """Let go of the file, which is of no use."""
        if self._sheet:
            self._sheet.close()
        self._archive.close()

    def _next_sheet(self) -> None:
        self._end_sheet()
        self._sheets += 1
        self._line = self._length = 0
        self._sheet = self._archive.open(_entry(f"xl/worksheets/sheet{self._sheets}.xml"), "w")
        self._say(_SHEET_HEAD)
        self._put(self._header, number=1)

    def _end_sheet(self) -> None:
        if self._sheet:
            self._say(_SHEET_FOOT)
            self._sheet.close()

    def _put(self, row: Sequence[str], *, number: int) -> None:
        if max(map(len, row)) > _CELL:
            raise TabularError("cell-too-long-for-excel", row=number, limit=_CELL)
        self._line += 1
        line = self._line
        cells = [_cell(f"{column}{line}", text) for column, text in zip(self._columns, row, strict=True) if text]
        self._say(f'<row r="{line}">{"".join(cells)}</row>')

    def _say(self, xml: str) -> None:
        assert self._sheet is not None  # noqa: S101 - there is one from the first moment on
        self._length += self._sheet.write(xml.encode())


def _letters(number: int) -> str:
    """The name of a column, counted from 0.

    >>> [_letters(number) for number in (0, 25, 26, 16_383)]
    ['A', 'Z', 'AA', 'XFD']
    """
    before, last = divmod(number, 26)
    return (_letters(before - 1) if before else "") + chr(ord("A") + last)


def _cell(place: str, text: str) -> str:
    plain = escape(_UNWRITABLE.sub(_guarded, text))
    space = ' xml:space="preserve"' if plain != plain.strip() else ""
    return f'<c r="{place}" t="inlineStr"><is><t{space}>{plain}</t></is></c>'


def _guarded(found: re.Match[str]) -> str:
    return f"_x{ord(found[0]):04X}_"


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _CREATED)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _frame(names: Sequence[str]) -> dict[str, str]:
    """The parts of a workbook beside its sheets."""
    paths = [f"worksheets/sheet{number}.xml" for number, _ in enumerate(names, start=1)]
    overrides = "".join(
        f'<Override PartName="/xl/{path}" ContentType="{_TYPE}.{kind}+xml"/>'
        for path, kind in [("workbook.xml", "sheet.main"), *((path, "worksheet") for path in paths)]
    )
    sheets = "".join(
        f'<sheet name="{name}" sheetId="{number}" r:id="rId{number}"/>' for number, name in enumerate(names, start=1)
    )
    relations = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/worksheet" Target="{path}"/>'
        for number, path in enumerate(paths, start=1)
    )
    return {
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _relationships(relations),
        "_rels/.rels": _relationships(
            f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
        ),
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>',
    }


def _relationships(lines: str) -> str:
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{lines}</Relationships>'
