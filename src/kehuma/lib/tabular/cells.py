"""Values of typed files as text, the way a person reads them in the spreadsheet.

>>> [cell_text(value) for value in (None, 42.0, 0.25, True, dt.date(2026, 11, 22), "007")]
['', '42', '0.25', 'TRUE', '2026-11-22', '007']
"""

import datetime as dt
import json
import math
from decimal import Decimal

# Above this a double has no units left, so all digits written out would be invented ones.
_LARGEST_WHOLE = 1e21


def cell_text(value: object) -> str:
    """The value as text: whole numbers without ``.0``, dates in ISO form, nothing (also NaN) as an empty text."""
    match value:
        case str():
            return value
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case float():
            return _number_text(value)
        case Decimal():
            return format(value, "f")
        case dt.datetime():
            return value.isoformat(sep=" ")
        case dt.date() | dt.time():
            return value.isoformat()
        case bytes():
            return value.decode(errors="replace")
        case dict() | list() | tuple():
            return json.dumps(value, ensure_ascii=False, default=cell_text)
        case _:
            return str(value)


def _number_text(value: float) -> str:
    if math.isnan(value):
        return ""
    if value.is_integer() and abs(value) < _LARGEST_WHOLE:
        return str(int(value))
    return repr(value)
