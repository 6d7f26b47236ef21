"""Files of rows, in and out, every cell as text.

>>> import tempfile, pathlib
>>> path = pathlib.Path(tempfile.mkdtemp(), "customers.csv")
>>> with write_table(path, ("编号", "电话")) as writer:
...     writer.write([("0001", "+86 13800123456")])
>>> with open_table(path) as table:
...     table.header, table.encoding, [row for batch in table.batches() for row in batch.rows]
(('编号', '电话'), 'utf-8-sig', [('0001', '+86 13800123456')])
"""

from kehuma.lib.tabular.errors import TabularError
from kehuma.lib.tabular.reading import open_table
from kehuma.lib.tabular.table import Batch, Limits, Opener, RowFault, Table
from kehuma.lib.tabular.writing import KINDS, Writer, write_stream, write_table

__all__ = [
    "KINDS",
    "Batch",
    "Limits",
    "Opener",
    "RowFault",
    "Table",
    "TabularError",
    "Writer",
    "open_table",
    "write_stream",
    "write_table",
]
