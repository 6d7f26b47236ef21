"""Places, trades and countries: from what people write to the official code, and back to a name."""

import re
from functools import lru_cache

from kehuma.apps.codes import queries as codes
from kehuma.engine.coding.dictionaries import Dictionary, Entry, builtin

_TRADE = re.compile(r"([A-Za-z])?\s?([0-9]{2,4})(?![0-9])")
_DIVISION_CODE = re.compile(r"[1-9][0-9]{5}")
_WIDE = 2
_DICTIONARIES = {"division": "cn-division", "industry": "cn-industry", "country": "iso-3166"}
OFFICIAL = frozenset(_DICTIONARIES)
# What a division of the third level is called, the longest first.
_KINDS = {
    "自治县": "Autonomous County",
    "自治旗": "Autonomous Banner",
    "自治州": "Autonomous Prefecture",
    "新区": "New Area",
    "区": "District",
    "县": "County",
    "市": "City",
    "旗": "Banner",
    "盟": "League",
    "镇": "Town",
}


class Places:
    """The dictionaries of places, trades and countries with what was imported into them, each read from the store once."""

    def __init__(self) -> None:
        self._known: dict[str, Dictionary] = {}

    def code(self, type: str, text: str) -> str:  # noqa: A002 - the word of the field table
        """The official code of a division, industry or country; UnknownValue, AmbiguousValue."""
        name = _DICTIONARIES[type]
        if name not in self._known:
            self._known[name] = codes.dictionary(name)
        entry = self._known[name].find(text)
        return _industry_code(entry, text) if type == "industry" else entry.symbol


def _industry_code(entry: Entry, text: str) -> str:
    """The letter of the section, and the digits where the text has them."""
    section = next((code for code in entry.codes if code.isalpha()), entry.symbol)
    digits = _TRADE.match(text)
    return section + digits[2] if digits else section


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
        return ", ".join(entry.en or _romanised(entry) for entry in reversed(entries))
    return "".join(entry.zh for entry in entries)


def _romanised(entry: Entry) -> str:
    """武侯区 is Wuhou District: no official list gives counties an English name."""
    from pypinyin import lazy_pinyin  # noqa: PLC0415  # its table takes 0.17 s; Chinese pages never need it

    kind = next((kind for kind in _KINDS if entry.zh.endswith(kind)), "")
    short = entry.also[0] if entry.also else entry.zh.removesuffix(kind) or entry.zh
    return f"{''.join(lazy_pinyin(short)).capitalize()} {_KINDS.get(kind, '')}".strip()


@lru_cache(maxsize=10_000)
def _industry(code: str, language: str) -> str:
    entry = next((entry for entry in builtin("cn-industry").entries if code[:1] in entry.codes), None)
    if entry is None:
        return code
    name = entry.zh if language == "zh" else entry.en
    return f"{name} {code}" if len(code) > 1 else name
