"""Facts of customers that do not exist, for showing what a scheme writes before there is anybody to code."""

from datetime import date, timedelta
from typing import Any

from kehuma.apps.codes.previews import Order, written
from kehuma.engine.coding.errors import CodingError
from kehuma.engine.coding.grammar import Grammar
from kehuma.engine.coding.model import DIGITS, Date, Initials, Lookup, Parent, Segment, Text

NAMES = (
    "北京衡岳数据技术有限公司", "上海澄明供应链管理有限公司", "广东粤盛精密制造有限公司", "浙江云栖谷软件有限公司",
    "上海乐学教育科技有限公司", "江苏恒瑞达医疗器械有限公司", "四川蜀麦食品连锁有限公司", "北京启明湖教育科技有限公司",
    "山东鲁岳建筑工程有限公司", "深圳前海聚信融资租赁有限公司",
)  # fmt: skip
# What these firms are, in the dictionaries that most schemes use; other dictionaries are walked through evenly.
_KNOWN = {
    "cn-province": ("BJ", "SH", "GD", "ZJ", "SH", "JS", "SC", "BJ", "SD", "GD"),
    "cn-industry": ("IT", "TL", "MF", "IT", "ED", "HE", "WR", "ED", "CO", "FI"),
    "cn-city": ("北京", "上海", "深圳", "杭州", "上海", "南京", "成都", "北京", "济南", "深圳"),
    "cn-division": (
        "110108", "310115", "440305", "330106", "310104", "320102", "510104", "110101", "370102", "440305",
    ),
    "iso-3166": ("CN", "US", "DE", "JP", "CN", "SG", "GB", "FR", "CN", "AU"),
    "customer-kind": ("C", "C", "C", "C", "P", "C", "C", "P", "C", "C"),
}  # fmt: skip
_STRIDE = 7
_DAYS_APART = 23
_ANY_PARENT = "C0001"
_DEEPEST = 4


def sample_orders(grammar: Grammar, day: date, count: int = 10) -> list[Order]:
    """Ten or fewer orders that the scheme can write, from the firms above."""
    return [_order(grammar, place, day, 0) for place in range(count)]


def sample_codes(grammar: Grammar, day: date, count: int = 10) -> list[str]:
    """The codes these firms would get from a fresh counter."""
    orders = sample_orders(grammar, day, count)
    return [row.code for row in written(grammar, orders, {}, day) if row.code]


def _order(grammar: Grammar, place: int, day: date, depth: int) -> Order:
    facts: dict[str, Any] = {"name": NAMES[place % len(NAMES)]}
    parent = None
    for segment in grammar.segments:
        if isinstance(segment, Parent):
            parent = _parent(grammar, segment, place, day, depth)
        elif attribute := getattr(segment, "attribute", None):
            facts.setdefault(attribute, _value(segment, place, day))
    return Order(facts, parent)


def _value(segment: Segment, place: int, day: date) -> object:
    match segment:
        case Lookup():
            return _symbol(segment, place)
        case Initials():
            return NAMES[place % len(NAMES)]
        case Date():
            return day - timedelta(days=_DAYS_APART * place)
        case Text():
            return _text(segment, place)
        case _:
            return ""


def _symbol(segment: Lookup, place: int) -> str:
    dictionary = segment.dictionary
    known = _KNOWN.get(dictionary.name, ())
    if known:
        return known[place % len(known)]
    today = [entry.symbol for entry in dictionary.entries if entry.valid_to is None] or list(dictionary.symbols)
    return today[place * _STRIDE % len(today)]


def _text(segment: Text, place: int) -> str:
    """A number where the alphabet has digits, else letters; as wide as the segment wants it."""
    width = segment.width or abs(segment.take) or 3
    if set(DIGITS) <= set(segment.alphabet):
        return str(place + 1).rjust(width, "0")
    first = segment.alphabet[place % len(segment.alphabet)]
    return first.rjust(width, segment.alphabet[0])


def _parent(grammar: Grammar, segment: Parent, place: int, day: date, depth: int) -> str:
    names = [name for name in segment.schemes if name != "self" and name in grammar.parents]
    if not names or depth >= _DEEPEST:
        return _ANY_PARENT
    above = grammar.parents[names[0]]
    # Few superiors with several inferiors each, as in life.
    orders = [_order(above, one, day, depth + 1) for one in range(place // 3 + 1)]
    try:
        return next(row.code for row in reversed(written(above, orders, {}, day)) if row.code)
    except (StopIteration, CodingError):
        return _ANY_PARENT
