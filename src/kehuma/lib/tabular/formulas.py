"""Cells of a CSV file that a spreadsheet would take for a formula are written with ``'`` in front, and read without.

>>> guarded(("+86 13800123456", "'=1", "甲")), unguarded(("'+86 13800123456", "''=1", "甲"))
(("'+86 13800123456", "''=1", '甲'), ('+86 13800123456', "'=1", '甲'))

A cell that already begins with apostrophes and such a sign gets one more: that makes reading the exact inverse of
writing for every text. Excel and Parquet files hold typed text and need none of this.
"""

import re
from collections.abc import Sequence

# The signs Excel, LibreOffice and WPS take for the start of a formula; the full-width ones count in Chinese and
# Japanese versions. TAB, CR and LF in front are dropped by some of them before they look.
GUARDED = "[=+\\-@\t\r\n＝＋－＠]"

# One search over all cells of a row, joined by a character that hardly ever occurs, is five times faster than a look at
# each cell. Where the separator does occur in a cell, the slow way runs and finds nothing to do.
_BETWEEN = "\x1f"
_ROW_TO_GUARD = re.compile(f"{_BETWEEN}'*{GUARDED}")
_CELL_TO_GUARD = re.compile(f"'*{GUARDED}")
_CELL_TO_UNGUARD = re.compile(f"'+{GUARDED}")


def guarded(row: Sequence[str]) -> Sequence[str]:
    """The row as it may be written to CSV."""
    if _ROW_TO_GUARD.search(_BETWEEN + _BETWEEN.join(row)) is None:
        return row
    return tuple(f"'{cell}" if _CELL_TO_GUARD.match(cell) else cell for cell in row)


def unguarded(row: Sequence[str]) -> Sequence[str]:
    """The row as it was before ``guarded``."""
    return tuple(cell[1:] if _CELL_TO_UNGUARD.match(cell) else cell for cell in row)
