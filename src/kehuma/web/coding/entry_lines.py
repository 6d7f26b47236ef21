"""Symbols and names of a rule's own dictionary, as lines that people write: ``IT = 信息技术 / IT = 软件、互联网``."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


def lines_of(table: Mapping[str, Any]) -> str:
    r"""Symbols and names of a file as lines.

    >>> lines_of({"IT": {"zh": "信息技术", "en": "IT", "also": ["软件", "互联网"]}, "X": "其他"})
    'IT = 信息技术 / IT = 软件、互联网\nX = 其他'
    """
    return "\n".join(_line(symbol, names) for symbol, names in table.items())


def entries_of(text: str) -> dict[str, Any]:
    """Lines as symbols and names of a file; ``ValidationError`` names the line that is none."""
    table: dict[str, Any] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        symbol, names, also = ([part.strip() for part in line.split("=", 2)] + ["", ""])[:3]
        if not symbol or not symbol.isascii() or " " in symbol:
            raise ValidationError(_("第 {n} 行：等号前应是一个字母数字的符号").format(n=number))
        zh, _slash, en = (part.strip() for part in names.partition("/"))
        entry = {
            "zh": zh,
            "en": en,
            "also": [one.strip() for one in also.replace("，", "、").split("、") if one.strip()],
        }
        table[symbol] = {key: value for key, value in entry.items() if value}
    return table


def _line(symbol: str, names: object) -> str:
    if not isinstance(names, dict):
        return f"{symbol} = {names}"
    said_ = " / ".join(filter(None, (str(names.get("zh", "")), str(names.get("en", "")))))
    also = names.get("also", [])
    line = f"{symbol} = {said_}" if said_ else symbol
    return f"{line} = {'、'.join(also)}" if isinstance(also, list) and also else line
