"""The personal values of one row as one sealed blob, bound to its table, column, subject and row.

>>> import os
>>> key, place = SubjectKey("7d0a", os.urandom(32)), Column("customers_customer", "sealed")
>>> blob = seal_row(key, place, {"name": "小王", "notes": ""}, row="17")
>>> open_row(key, place, blob, row="17")
{'name': '小王', 'notes': ''}
"""

import json
import os
from collections.abc import Mapping
from typing import Any

from kehuma.apps.sealing.errors import DamagedError
from kehuma.engine.encryption.errors import SealedError
from kehuma.engine.encryption.subjects import Column, SubjectKey

# In the order of their names: the same values are as long as each other, whoever wrote them.
_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode


def seal_row(key: SubjectKey, column: Column, values: Mapping[str, Any], *, row: str = "") -> bytes:
    """The values, which JSON must know, sealed for this place; ``row`` where a subject has several in the column."""
    return key.seal(column, _write(values).encode("utf-8", "surrogatepass"), os.urandom, row=row)


def open_row(key: SubjectKey, column: Column, sealed: bytes | memoryview, *, row: str = "") -> dict[str, Any]:
    """The values again; DamagedError for what was changed, or sealed for another place."""
    try:
        plain = key.open(column, bytes(sealed), row=row)
    except SealedError as error:
        raise DamagedError(error) from None
    values: dict[str, Any] = json.loads(plain.decode("utf-8", "surrogatepass"))
    return values
