"""The dictionaries that come with the product: data files beside this package, read once.

>>> builtin("cn-city").find("杭州市余杭区").symbol
'HZA'
"""

import csv
import re
from functools import cache, partial
from importlib import resources

from kehuma.engine.coding.dictionaries.dictionary import Dictionary, Entry
from kehuma.engine.coding.errors import SchemeError

BUILTIN_NAMES = (
    "cn-province",
    "cn-province-plate",
    "cn-division",
    "cn-city",
    "cn-industry",
    "iso-3166",
    "customer-kind",
)

# What lies inside the entries of a dictionary, and can therefore stand for them.
_FINER = {"cn-province": "cn-division", "cn-city": "cn-division", "cn-industry": "cn-industry-division"}
_WITHIN = {
    # 6513, I6513 and I65 lie in division 65.
    "cn-industry-division": re.compile(r"[a-t]?([0-9]{2})[0-9]{0,2}"),
    # 京A, 京A12345, 粤B·D12345: the first character is the province's.
    "cn-province-plate": re.compile(r"(.)[a-hj-z][-.]?[a-z0-9]{0,6}"),
}


def builtin(name: str) -> Dictionary:
    """The built-in dictionary of that name. Raises SchemeError for any other name."""
    if name not in BUILTIN_NAMES:
        raise SchemeError("unknown-dictionary", where="dictionary", value=name, nearest=BUILTIN_NAMES)
    return _loaded(name)


@cache
def _loaded(name: str) -> Dictionary:
    finer = partial(_loaded, _FINER[name]) if name in _FINER else None
    return Dictionary(name, _entries(name), finer=finer, within=_WITHIN.get(name))


def _entries(name: str) -> tuple[Entry, ...]:
    text = (resources.files("kehuma.engine.coding") / "data" / f"{name}.csv").read_text("utf-8")
    return tuple(
        Entry(
            symbol=row["symbol"],
            zh=row["zh"],
            en=row["en"],
            also=_parts(row["also"]),
            codes=_parts(row["codes"]),
            valid_from=_year(row["valid_from"]),
            valid_to=_year(row["valid_to"]),
            parent=row.get("parent", ""),
        )
        for row in csv.DictReader(text.splitlines())
    )


def _parts(cell: str) -> tuple[str, ...]:
    return tuple(cell.split("|")) if cell else ()


def _year(cell: str) -> int | None:
    return int(cell) if cell else None
