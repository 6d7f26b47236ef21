"""The process that reads a workbook (xlsx, xlsm, xls, ods) from standard input and writes its rows as JSON lines.

It runs under caps of memory and processor time, because a small hostile workbook can abort the process that reads it:
2 MB of xlsx unpack to one cell of 2 GB. First line ``{"header": …}``, then lists of ``[row number, cells]``, last
``{"end": true}``; or ``{"error": message id, "facts": …}``. Whoever sees no last line knows that the process died.
"""

import io
import json
import sys
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import chain
from typing import Any, BinaryIO

import python_calamine as calamine

from kehuma.lib.tabular.cells import cell_text
from kehuma.lib.tabular.errors import TabularError
from kehuma.lib.tabular.table import TOP_CELL, TOP_ROWS

_LINE_ROWS = 1_000
_LINE_CHARACTERS = 1_000_000

Numbered = tuple[int, list[str]]


def main(arguments: Sequence[str], content: BinaryIO) -> None:
    """Run as ``python -m`` with one argument, the request as JSON, and the workbook itself."""
    request = json.loads(arguments[0])
    _confine(request["memory"], request["seconds"])
    for message in messages(request, io.BytesIO(content.read())):
        sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def messages(request: dict[str, Any], content: BinaryIO) -> Iterator[Any]:
    """What is said about a workbook. In the request: path, sheet (name, number from 1 or None), header_row and caps."""
    path = request["path"]
    try:
        _refuse_bomb(path, content, request["memory"])
        content.seek(0)
        with calamine.CalamineWorkbook.from_filelike(content) as workbook:
            yield from _sheet_messages(workbook, request)
    except TabularError as error:
        yield {"error": error.message, "facts": error.facts}
    except calamine.PasswordError:
        yield {"error": "workbook-password", "facts": {"path": path}}
    except (calamine.CalamineError, zipfile.BadZipFile, OSError):
        yield {"error": "workbook-broken", "facts": {"path": path}}
    except MemoryError:
        yield {"error": "workbook-too-large", "facts": {"path": path, "megabytes": request["memory"] >> 20}}


def _sheet_messages(workbook: calamine.CalamineWorkbook, request: dict[str, Any]) -> Iterator[Any]:
    name = _chosen(workbook, request["sheet"])
    sheet = workbook.get_sheet_by_name(name)
    if sheet.start is None or sheet.end is None:
        raise TabularError("empty-file", path=request["path"])
    if (cells := sheet.height * sheet.width) > request["sheet_cells"]:
        raise TabularError("workbook-too-many-cells", sheet=name, cells=cells, limit=request["sheet_cells"])
    rows = ((number, [cell_text(value) for value in row]) for number, row in enumerate(sheet.iter_rows(), start=1))
    read, first, header = _headed(rows, request)
    yield {
        "header": header,
        "number": first,
        "top": [(number, [cell[:TOP_CELL] for cell in row]) for number, row in read if any(row)][:TOP_ROWS],
        "rows": sheet.end[0] + 1 - first,
        "sheet": name,
        "others": [other for other in workbook.sheet_names if other != name],
    }
    yield from _lines(chain((one for one in read if one[0] > first), rows), request)
    yield {"end": True}


def _headed(rows: Iterator[Numbered], request: dict[str, Any]) -> tuple[list[Numbered], int, list[str]]:
    """The rows at the top, and which of them is the header: the one asked for, else the first that holds something."""
    wanted = request.get("header_row")
    read: list[Numbered] = []
    header: Numbered | None = None
    for number, row in rows:
        read.append((number, row))
        if header is None and (number == wanted if wanted else any(row)):
            header = (number, row)
        if header is not None and number >= header[0] + TOP_ROWS:
            break
        if header is None and len(read) > TOP_ROWS:
            # Only the rows at the very top tell where the header is.
            read[TOP_ROWS:] = []
    if header is None:
        raise TabularError("no-header", path=request["path"])
    return read, *header


def _chosen(workbook: calamine.CalamineWorkbook, wanted: str | int | None) -> str:
    names = workbook.sheet_names
    if isinstance(wanted, int) and 1 <= wanted <= len(names):
        return names[wanted - 1]
    if wanted in names:
        return str(wanted)
    if wanted is not None:
        raise TabularError("unknown-sheet", sheet=wanted, sheets=names)
    visible = [
        sheet.name
        for sheet in workbook.sheets_metadata
        if sheet.typ == calamine.SheetTypeEnum.WorkSheet and sheet.visible == calamine.SheetVisibleEnum.Visible
    ]
    filled = (name for name in visible if workbook.get_sheet_by_name(name).start is not None)
    return next(filled, names[0])


def _lines(rows: Iterator[tuple[int, list[str]]], caps: dict[str, int]) -> Iterator[list[tuple[int, list[str]]]]:
    line: list[tuple[int, list[str]]] = []
    characters = 0
    for number, row in rows:
        lengths = [len(cell) for cell in row]
        if max(lengths) > caps["cell"]:
            raise TabularError("row-cell-too-long", row=number, limit=caps["cell"])
        if sum(lengths) > caps["line"]:
            raise TabularError("line-too-long", row=number, limit=caps["line"])
        line.append((number, row))
        characters += sum(lengths)
        if len(line) >= _LINE_ROWS or characters >= _LINE_CHARACTERS:
            yield line
            line, characters = [], 0
    yield line


def _refuse_bomb(path: str, content: BinaryIO, memory: int) -> None:
    # The sizes in the directory can lie, but honest bombs are refused at once and on systems without memory caps.
    if zipfile.is_zipfile(content):
        with zipfile.ZipFile(content) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
        if unpacked > memory:
            raise TabularError("workbook-too-large", path=path, megabytes=memory >> 20)


def _confine(memory: int, seconds: int) -> None:
    # Windows has no such module, and macOS refuses some of the caps: there the checks above have to do.
    with suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415

        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))  # asked to stop, then made to
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


if __name__ == "__main__":
    main(sys.argv[1:], sys.stdin.buffer)
