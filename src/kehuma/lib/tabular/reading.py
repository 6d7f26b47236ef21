"""Opening a file of rows: what it is, is read from its first bytes, since names of files often say something else."""

from pathlib import Path

from kehuma.lib.tabular.errors import TabularError
from kehuma.lib.tabular.table import Limits, Opener, Table

_ZIP, _OLE, _PARQUET = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"PAR1"

# A text file under one of these names is a broken download or a page, except .xls: half of the systems that export
# "Excel" write tab-delimited text under that name.
_NEVER_TEXT = (".xlsx", ".xlsm", ".xlsb", ".ods", ".parquet")


def open_table(  # noqa: PLR0913 - one argument per choice
    path: str | Path,
    *,
    sheet: str | int | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    header_row: int | None = None,
    limits: Limits | None = None,
    opener: Opener | None = None,
) -> Table:
    """The table in a file: CSV and the like (also gzipped), a workbook of Excel or OpenDocument, or Parquet.

    ``sheet`` is a name or a number from 1; ``encoding`` and ``delimiter`` overrule what would be found out. The header is
    the first row that holds something, or ``header_row``, and what stands above it is left out. With ``opener`` the
    content comes from there, and the path only says what it is called. Use it with ``with``. ``TabularError`` for
    everything that keeps the file from being a table.
    """
    path, limits = Path(path), limits or Limits()
    try:
        return _opened(path, sheet, encoding, delimiter, header_row, limits, opener or (lambda: path.open("rb")))
    except FileNotFoundError as error:
        raise TabularError("no-file", path=path) from error
    except OSError as error:
        raise TabularError("cannot-open", path=path, reason=error.strerror or str(error)) from error


def _opened(  # noqa: PLR0913, PLR0917 - those of open_table
    path: Path,
    sheet: str | int | None,
    encoding: str | None,
    delimiter: str | None,
    header_row: int | None,
    limits: Limits,
    opener: Opener,
) -> Table:
    with opener() as file:
        start = file.read(512)
    if not start.strip():
        raise TabularError("empty-file", path=path)
    if start.startswith((_ZIP, _OLE)):
        # Reading workbooks and Parquet brings in libraries that plain text does without.
        from kehuma.lib.tabular.workbook import WorkbookTable  # noqa: PLC0415

        return WorkbookTable(path, opener, sheet=sheet, header_row=header_row, limits=limits)
    if sheet is not None:
        raise TabularError("not-a-workbook", path=path)
    if start.startswith(_PARQUET):
        from kehuma.lib.tabular.parquet import ParquetTable  # noqa: PLC0415

        return ParquetTable(path, opener, limits=limits)
    _refuse_other_names(path, start)
    from kehuma.lib.tabular.delimited import DelimitedTable  # noqa: PLC0415

    return DelimitedTable(path, opener, encoding=encoding, delimiter=delimiter, header_row=header_row, limits=limits)


def _refuse_other_names(path: Path, start: bytes) -> None:
    suffix = path.suffix.lower()
    is_page = suffix == ".xls" and start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
    if suffix in _NEVER_TEXT or is_page:
        raise TabularError("not-what-it-says", path=path, suffix=suffix)
