"""The parts of a company's name that say little about it: where it sits, its legal form, its trade.

>>> without("深圳市南山区晨光贸易有限公司", ("place", "legal-form", "trade"))
'晨光'
>>> without("晨光（深圳）科技有限公司上海分公司", ("place", "legal-form"))
'晨光科技上海'
>>> without("Northwind Traders Co., Ltd.", ("legal-form",))
'Northwind Traders'
"""

import csv
import re
from collections.abc import Callable, Collection, Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType

from kehuma.engine.coding.dictionaries import builtin

_LEAST_LEFT = 2
# 广东省, 深圳市, 南山区.
_MOST_STEPS = 3
# 东区, 城区 and 矿区 are names of divisions, but say nothing at the beginning of a company's name.
_SHORTEST_COUNTY = 3
# 有限公司 ends the name proper wherever it stands; 公司 or 集团 only where nothing follows.
_SHORTEST_ANYWHERE = 4
_IN_BRACKETS = re.compile(r"\(([^()]*)\)")
_LATIN_LEGAL_FORM = re.compile(
    r"(?:[\s,.]+(?:company|corporation|corp|co|incorporated|inc|limited|ltd|llc|llp|lp|plc|gmbh|ag|kg|oy|sarl|pte|pty|"
    r"s\.?a|s\.?r\.?l|s\.?p\.?a|b\.?v|n\.?v))+[\s,.]*$",
    re.IGNORECASE,
)


def without(name: str, drop: Collection[str]) -> str:
    """The name without the parts in ``drop``; a part whose absence would leave fewer than two characters stays."""
    name = name.replace("（", "(").replace("）", ")")
    for part, dropped in _DROP.items():
        shorter = dropped(name) if part in drop else name
        name = shorter if len(shorter) >= _LEAST_LEFT else name
    return name


def _without_place(name: str) -> str:
    known = _places()
    name = _IN_BRACKETS.sub(lambda match: "" if match[1] in known else match[0], name)
    for _ in range(_MOST_STEPS):
        length = next((length for length in range(_longest_place(), 1, -1) if name[:length] in known), 0)
        if len(name) - length < _LEAST_LEFT:
            break
        name = name[length:]
    return name


def _without_trade(name: str) -> str:
    return _patterns()["trade"].sub("", name)


def _without_legal_form(name: str) -> str:
    last, anywhere = _patterns()["last"], _patterns()["anywhere"]
    return _LATIN_LEGAL_FORM.sub("", last.sub("", anywhere.sub("", last.sub("", name)))).strip()


# The trade stands before the legal form, so it goes first.
_DROP: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {"place": _without_place, "trade": _without_trade, "legal-form": _without_legal_form}
)


@cache
def _places() -> frozenset[str]:
    """Full names of all divisions of today; short ones of provinces and prefectures only.

    Short names of counties (通海, 平安, 新华) are names of brands far more often than places.
    """
    divisions = [entry for entry in builtin("cn-division").entries if entry.valid_to is None]
    wide = [entry for entry in divisions if entry.symbol.endswith("00")]
    full = {entry.zh for entry in divisions if len(entry.zh) >= _SHORTEST_COUNTY}
    return frozenset(full | {name for entry in wide for name in entry.also})


@cache
def _longest_place() -> int:
    return max(map(len, _places()))


@cache
def _patterns() -> Mapping[str, re.Pattern[str]]:
    text = (resources.files("kehuma.engine.coding") / "data" / "company-words.csv").read_text("utf-8")
    rows = sorted(csv.DictReader(text.splitlines()), key=lambda row: -len(row["word"]))
    forms = [row["word"] for row in rows if row["kind"] == "legal-form"]
    last = rf"(?:\(?(?:{'|'.join(forms)})\)?)+"
    anywhere = "|".join(form for form in forms if len(form) >= _SHORTEST_ANYWHERE)
    trade = "|".join(row["word"] for row in rows if row["kind"] == "trade")
    return MappingProxyType(
        {
            "last": re.compile(rf"{last}$"),
            "anywhere": re.compile(rf"\(?(?:{anywhere})\)?"),
            "trade": re.compile(rf"(?:{trade})+(?=\(?(?:{last})|$)"),
        }
    )
