"""The code badge: a code cut into its parts, each with its kind, its meaning and where the meaning comes from.

>>> from kehuma.web.badges import Badge, Part
>>> Badge("BJ-0001", (Part("region", "BJ"), Part("sep", "-"), Part("serial", "0001"))).code
'BJ-0001'
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from kehuma.engine.coding import model
from kehuma.engine.coding.errors import ReadError
from kehuma.engine.coding.grammar import Grammar
from kehuma.engine.coding.model import SEPARATORS
from kehuma.engine.coding.reading import Reading, SegmentReading


@dataclass(frozen=True, slots=True)
class Part:
    """One part.

    ``kind`` chooses tint and underline: region, industry, serial, check, parent, date, text, random, lookup, fixed or
    sep. ``name`` is the segment's name in the scheme, ``basis`` says where the meaning comes from.
    """

    kind: str
    text: str
    name: str = ""
    zh: str = ""
    en: str = ""
    basis: str = ""

    @property
    def title(self) -> str:
        """What the part is, in the language of the page."""
        return _(_TITLES[self.name]) if self.name in _TITLES else self.name

    @property
    def meaning(self) -> str:
        """What it says, in the language of the page."""
        return self.en if get_language() == "en" else self.zh

    @property
    def source(self) -> str:
        """Where the meaning comes from, in the language of the page."""
        if self.kind == "serial" and self.basis:
            return _("{key} 内").format(key=self.basis)
        return _(self.basis) if self.basis else ""


@dataclass(frozen=True, slots=True)
class Badge:
    """A code ready to be drawn. ``url`` leads to its record, ``is_retired`` strikes it through."""

    code: str
    parts: tuple[Part, ...]
    url: str = ""
    is_retired: bool = False
    scheme: str = ""
    version: int = 0
    issued_at: datetime | None = None

    def to(self, url: str) -> "Badge":
        """The same badge as a link."""
        return replace(self, url=url)


# The usual names of segments, in words. Others are shown as the scheme spells them.
_TITLES = {
    "region": gettext_noop("区域"),
    "province": gettext_noop("省份"),
    "city": gettext_noop("城市"),
    "country": gettext_noop("国家"),
    "industry": gettext_noop("行业"),
    "kind": gettext_noop("类型"),
    "type": gettext_noop("类型"),
    "grade": gettext_noop("等级"),
    "level": gettext_noop("等级"),
    "name": gettext_noop("名称"),
    "initials": gettext_noop("名称"),
    "date": gettext_noop("日期"),
    "year": gettext_noop("年份"),
    "month": gettext_noop("月份"),
    "parent": gettext_noop("上级"),
    "customer": gettext_noop("客户"),
    "random": gettext_noop("随机位"),
    "reserved": gettext_noop("预留位"),
    "serial": gettext_noop("流水号"),
    "check": gettext_noop("校验位"),
}
_BASES = {
    "cn-province": gettext_noop("省级 · GB/T 2260"),
    "cn-division": gettext_noop("区划 · GB/T 2260"),
    "cn-city": gettext_noop("城市"),
    "cn-industry": gettext_noop("门类 · GB/T 4754"),
    "iso-3166": gettext_noop("国家 · ISO 3166"),
}
_ALGORITHMS = {
    "iso7064-mod37-2": "MOD 37,2",
    "iso7064-mod11-2": "MOD 11,2",
    "iso7064-mod37-36": "MOD 37,36",
    "iso7064-mod11-10": "MOD 11,10",
}
# The longest name, in characters, that stands under a part without pulling it wide.
_ZH_ROOM, _EN_ROOM = 7, 24
_REGIONS = ("cn-province", "cn-province-plate", "cn-division", "cn-city", "iso-3166")

# Its check character is a true MOD 37,2 value.
SAMPLE = Badge(
    "BJ-IT-0001-Y",
    (
        Part("region", "BJ", "region", "北京", "Beijing", "省级 · GB/T 2260"),
        Part("sep", "-"),
        Part("industry", "IT", "industry", "信息技术", "IT", "门类 · GB/T 4754"),
        Part("sep", "-"),
        Part("serial", "0001", "serial", "第 1 户", "no. 1", "BJ-IT"),
        Part("sep", "-"),
        Part("check", "Y", "check", "正确", "correct", "MOD 37,2"),
    ),
)


def badge(grammar: Grammar, code: str, *, url: str = "", is_retired: bool = False) -> Badge:
    """The badge of a code of this grammar; a text that cannot be read becomes a badge of one plain part."""
    read = _read(grammar, code)
    return replace(read, url=url, is_retired=is_retired) if url or is_retired else read


def plain(code: str, *, url: str = "", is_retired: bool = False) -> Badge:
    """A badge without meaning, for a text whose scheme is not known."""
    return Badge(code, tuple(_separated(code)), url, is_retired)


def key_badge(grammar: Grammar, texts: Iterable[tuple[str, str]]) -> Badge:
    """The badge of a counter key: written parts by segment name, as the capacity bar shows them."""
    by_name = {segment.name: segment for segment in grammar.scheme.segments}
    parts: list[Part] = []
    for name, text in texts:
        if parts:
            parts.append(Part("sep", "-"))
        segment = by_name.get(name)
        zh, en = _short(segment, SegmentReading(name, text, text, text, text))
        parts.append(Part(_kind(segment), text, name, zh, en, _basis(segment)))
    return Badge("-".join(part.text for part in parts if part.kind != "sep"), tuple(parts))


@lru_cache(maxsize=20_000)
def _read(grammar: Grammar, code: str) -> Badge:
    try:
        reading = grammar.read(code)
    except ReadError:
        return plain(code)
    return Badge(reading.code, tuple(_parts(grammar, reading)), scheme=grammar.scheme.name)


def _parts(grammar: Grammar, reading: Reading) -> Iterable[Part]:
    texts = dict(zip((segment.name for segment in grammar.segments), reading.texts, strict=True))
    there = {
        item.group
        for item in grammar.items
        if item.group is None or (not isinstance(item.part, model.Literal) and texts.get(item.part.name))
    }
    said = {segment.name: segment for segment in reading.segments}
    for item in grammar.items:
        if item.group not in there:
            continue
        if isinstance(item.part, model.Literal):
            yield from _literal(item.part)
        elif texts[item.part.name]:
            told = said[item.part.name]
            zh, en = _short(item.part, told)
            yield Part(_kind(item.part), told.text, _name(item.part), zh, en, _basis(item.part, reading.counter_key))


def _short(segment: model.Segment | None, told: SegmentReading) -> tuple[str, str]:
    """A meaning that fits under a part: the official names of trades are sentences, so a usual name stands for them."""
    if isinstance(segment, model.Check):
        return "正确", "correct"
    entry = segment.dictionary.entry(told.text) if isinstance(segment, model.Lookup) else None
    if entry is None:
        return told.zh, told.en
    zh, en = entry.zh or told.text, entry.en or told.text
    usual_zh = zh if len(zh) <= _ZH_ROOM else next((name for name in entry.also if not name.isascii()), zh)
    usual_en = en if len(en) <= _EN_ROOM else next((name for name in entry.also if name.isascii()), en)
    return usual_zh, usual_en


def _literal(part: model.Literal) -> Iterable[Part]:
    if part.title is not None:
        yield Part("fixed", part.text, "", part.title.zh, part.title.en)
    else:
        yield from _separated(part.text, "fixed")


def _separated(text: str, kind: str = "serial") -> Iterable[Part]:
    run = ""
    for character in text:
        if character in SEPARATORS:
            if run:
                yield Part(kind, run)
            run = ""
            yield Part("sep", character)
        else:
            run += character
    if run:
        yield Part(kind, run)


def _name(segment: model.Segment) -> str:
    match segment:
        case model.Serial():
            return "serial"
        case model.Check():
            return "check"
        case model.Reserved():
            return "reserved"
        case model.Random():
            return "random"
        case _:
            return segment.name


def _kind(segment: model.Segment | None) -> str:
    match segment:
        case model.Lookup():
            if segment.dictionary.name in _REGIONS:
                return "region"
            return "industry" if segment.dictionary.name.startswith("cn-industry") else "lookup"
        case model.Serial():
            return "serial"
        case model.Check():
            return "check"
        case model.Parent():
            return "parent"
        case model.Date():
            return "date"
        case model.Random() | model.Reserved():
            return "random"
        case _:
            return "text"


def _basis(segment: model.Segment | None, counter_key: str = "") -> str:
    match segment:
        case model.Lookup():
            return _BASES.get(segment.dictionary.name, "")
        case model.Serial():
            return "-".join(pair.partition("=")[2] for pair in counter_key.split())
        case model.Check():
            return _ALGORITHMS.get(segment.algorithm, segment.algorithm)
        case _:
            return ""
