"""Places, trades and countries: from what people write to the official code, and back to a name."""

import re
from functools import lru_cache

from kehuma.apps.codes import queries as codes
from kehuma.engine.coding.dictionaries import builtin

_TRADE = re.compile(r"([A-Za-z])?\s?([0-9]{2,4})(?![0-9])")
_DIVISION_CODE = re.compile(r"[1-9][0-9]{5}")
_WIDE = 2


def division_code(text: str) -> str:
    """The six digits of GB/T 2260; UnknownValue, AmbiguousValue."""
    return codes.dictionary("cn-division").find(text).symbol


def industry_code(text: str) -> str:
    """The code of GB/T 4754: the letter of the section, and the digits where the text has them; UnknownValue."""
    entry = codes.dictionary("cn-industry").find(text)
    section = next((code for code in entry.codes if code.isalpha()), entry.symbol)
    digits = _TRADE.match(text)
    return section + digits[2] if digits else section


def country_code(text: str) -> str:
    """The two letters of ISO 3166; UnknownValue, AmbiguousValue."""
    return codes.dictionary("iso-3166").find(text).symbol


def name_of_division(code: str, language: str = "zh") -> str:
    """``440305`` gives 广东省深圳市南山区; a code that is none gives itself."""
    return _division(code, language) if code else ""


def name_of_industry(code: str, language: str = "zh") -> str:
    """``I6513`` gives 信息技术 I6513; a code that is none gives itself."""
    return _industry(code, language) if code else ""


def name_of_country(code: str, language: str = "zh") -> str:
    """``CN`` gives 中国."""
    entry = builtin("iso-3166").entry(code) if code else None
    return (entry.zh if language == "zh" else entry.en) or code if entry else code


@lru_cache(maxsize=10_000)
def _division(code: str, language: str) -> str:
    known = builtin("cn-division")
    steps = dict.fromkeys((code[:2] + "0000", code[:4] + "00", code))
    entries = [entry for step in steps if (entry := known.entry(step))]
    if not entries:
        return code
    if language == "en":
        return ", ".join(entry.en or entry.zh for entry in reversed(entries))
    return "".join(entry.zh for entry in entries)


@lru_cache(maxsize=10_000)
def _industry(code: str, language: str) -> str:
    entry = next((entry for entry in builtin("cn-industry").entries if code[:1] in entry.codes), None)
    if entry is None:
        return code
    name = entry.zh if language == "zh" else entry.en
    return f"{name} {code}" if len(code) > 1 else name
