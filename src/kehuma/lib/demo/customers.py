"""Invented Chinese customers, as dirty as real lists are; the same seed gives the same rows on every machine.

>>> number, name, kind, *_ = next(demo_customers(1, seed=7))
>>> number, len(HEADER)
('1', 12)

Telephone numbers have the form 1xx-00xx-xxxx, which nobody has; mail addresses lie in example.com, .net and .org.
"""

import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import TypeVar

from stdnum.cn import uscc

from kehuma.lib.demo.words import WIDE, City, Place, Trade, Words
from kehuma.lib.demo.words import words as all_words
from kehuma.lib.tabular import write_table
from kehuma.lib.tabular.writing import UTF8_WITH_MARK

HEADER = (
    "行号",
    "客户名称",
    "客户类型",
    "统一社会信用代码",
    "省份",
    "城市",
    "所属行业",
    "联系人",
    "手机",
    "邮箱",
    "建档日期",
    "备注",
)

Row = tuple[str, ...]
T = TypeVar("T")

_BATCH = 5_000
_REPEATED = 0.01  # customers that were entered a second time, in the same words
_REMEMBERED = 500

_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_FIRST_DAY, _DAYS = date(2008, 1, 1), 6_540  # until the end of 2025
_EXCEL_EPOCH = date(1899, 12, 30)  # day 0 of the numbers that Excel shows when a date loses its format


def demo_customers(count: int, *, seed: int) -> Iterator[Row]:
    """As many rows of text as asked for, cells in the order of ``HEADER``.

    About 2 in 100 have a province and 2 in 100 an industry that no dictionary knows; 1 in 100 repeats an earlier
    customer word for word, except for the row number, which is running.
    """
    dice = _Dice(seed)
    words = all_words()
    recent: list[Row] = []
    for number in range(1, count + 1):
        if recent and dice.chance(_REPEATED):
            customer = dice.one_of(recent)
        else:
            customer = _customer(dice, words)
            recent = [*recent[1 - _REMEMBERED :], customer] if number % 10 == 1 else recent
        yield (str(number), *customer)


def write_demo(path: str | Path, count: int, *, seed: int, encoding: str = UTF8_WITH_MARK) -> None:
    """The demo customers as a file; its ending chooses the kind, ``encoding`` counts for CSV (e.g. ``gb18030``)."""
    rows = demo_customers(count, seed=seed)
    with write_table(path, HEADER, encoding=encoding) as writer:
        writer.write(rows)


class _Dice:
    """Chance from a seed. Python promises the same ``random()`` for ever, not the same ``choice()``."""

    def __init__(self, seed: int) -> None:
        self._next = random.Random(seed).random  # noqa: S311 - made-up rows, no secrets

    def chance(self, share: float) -> bool:
        return self._next() < share

    def below(self, limit: int) -> int:
        return int(self._next() * limit)

    def one_of(self, items: Sequence[T]) -> T:
        return items[int(self._next() * len(items))]

    def by_weight(self, shares: Sequence[tuple[float, T]]) -> T:
        """One of the items whose shares add up to 1."""
        at = self._next()
        for share, item in shares:
            at -= share
            if at < 0:
                return item
        return shares[-1][1]  # pragma: no cover - the rounding of the shares leaves less than a chance in 1e15

    def text(self, alphabet: Sequence[str], length: int) -> str:
        return "".join(self.one_of(alphabet) for _ in range(length))


def _customer(dice: _Dice, words: Words) -> Row:
    place, trade = dice.one_of(words.places), dice.one_of(words.trades)
    city = dice.one_of(place.cities)
    surname, given = dice.one_of(words.surnames), dice.text(words.given, 1 + dice.below(2))
    kind = dice.by_weight(((0.82, "企业"), (0.06, "个体工商户"), (0.12, "个人")))
    is_person = kind == "个人"
    name = surname + given if is_person else _company(dice, words, (place.short, city.short), trade.word, kind)
    return (
        _dirty_name(dice, words, name),
        _kind_text(dice, kind),
        "" if is_person else _credit_code(dice, city.code, "91" if kind == "企业" else "92"),
        _province(dice, words, place, city),
        _city(dice, words, city),
        "" if is_person and dice.chance(0.3) else _industry(dice, words, trade),
        surname + (given if dice.chance(0.9) else dice.one_of(("经理", "女士", "先生", "总"))),
        _mobile(dice),
        _mail(dice),
        _day(dice),
        dice.one_of(words.remarks) if dice.chance(0.25) else "",
    )


def _company(dice: _Dice, words: Words, place: tuple[str, str], trade: str, kind: str) -> str:
    brand = dice.text(words.syllables, 2)
    if dice.chance(0.02):
        brand = dice.one_of(words.latin) + brand
    province, city = place
    if kind == "个体工商户":
        return f"{city}{brand}{trade}{dice.one_of(words.shop_forms)}"
    starts = (
        (0.50, f"{city}{brand}{trade}"),
        (0.25, f"{brand}{trade}"),
        (0.15, f"{province}{brand}{trade}"),
        (0.10, f"{brand}（{city}）{trade}"),
    )
    name = dice.by_weight(starts) + dice.one_of(words.legal_forms)
    return f"{name}{city}{dice.one_of(words.branches)}" if dice.chance(0.03) else name


def _dirty_name(dice: _Dice, words: Words, name: str) -> str:
    how = dice.by_weight(
        ((0.9, ""), (0.02, "traditional"), (0.03, "space"), (0.02, "brackets"), (0.02, "stop"), (0.01, "wide"))
    )
    match how:
        case "traditional":
            return name.translate(words.traditional)
        case "space":
            at = 1 + dice.below(len(name) - 1)
            return f"{name[:at]}{dice.one_of(' 　')}{name[at:]}"
        case "brackets":
            return name.replace("（", "(").replace("）", ")")
        case "stop":
            return f"{name}{dice.one_of('.。 ')}"
        case "wide":
            return name.translate(WIDE)
        case _:
            return name


def _kind_text(dice: _Dice, kind: str) -> str:
    return dice.by_weight(((0.88, kind), (0.05, ""), (0.04, "P" if kind == "个人" else "公司"), (0.03, f"{kind} ")))


def _credit_code(dice: _Dice, division: str, kind: str) -> str:
    if dice.chance(0.2):
        return ""
    body = f"{kind}{division}MA{dice.text(_USCC_ALPHABET, 7)}"
    code = body + str(uscc.calc_check_digit(body))
    how = dice.by_weight(((0.9, ""), (0.03, "lower"), (0.03, "letter O"), (0.02, "wide"), (0.02, "spaces")))
    match how:
        case "lower":
            return code.lower()
        case "letter O":
            return code.replace("0", "O", 1)
        case "wide":
            return code.translate(WIDE)
        case "spaces":
            return f"{code[:6]} {code[6:]}"
        case _:
            return code


def _province(dice: _Dice, words: Words, place: Place, city: City) -> str:
    if dice.chance(0.02):
        return dice.one_of(words.unknown_provinces)
    if dice.chance(0.02):
        return ""
    text = dice.by_weight(place.forms)
    return f"{text}{city.full}" if text.endswith("省") and dice.chance(0.01) else text


def _city(dice: _Dice, words: Words, city: City) -> str:
    forms = (
        (0.60, city.full),
        (0.22, city.short),
        (0.08, city.code),
        (0.06, ""),
        (0.02, f" {city.full}"),
        (0.02, city.short.translate(words.traditional)),
    )
    return dice.by_weight(forms)


def _industry(dice: _Dice, words: Words, trade: Trade) -> str:
    if dice.chance(0.02):
        return dice.one_of(words.unknown_industries)
    if dice.chance(0.04):
        return ""
    return dice.one_of(dice.by_weight(trade.forms))


def _mobile(dice: _Dice) -> str:
    if dice.chance(0.06):
        return ""
    a, b, c = f"1{3 + dice.below(7)}{dice.below(10)}", f"00{dice.below(100):02}", f"{dice.below(10_000):04}"
    plain = a + b + c
    forms = (
        (0.76, plain),
        (0.05, f"{a} {b} {c}"),
        (0.05, f"{a}-{b}-{c}"),
        (0.05, f"+86 {plain}"),
        (0.03, plain.translate(WIDE)),
        (0.02, f"0086{plain}"),
        (0.02, plain[:-1]),
        (0.02, f"{plain}/{a}00{c}00"),
    )
    return dice.by_weight(forms)


def _mail(dice: _Dice) -> str:
    if dice.chance(0.35):
        return ""
    sounds = ("li", "wang", "zhang", "chen", "mei", "hao", "jun", "xin", "yu", "tao", "lan", "bo")
    name = dice.text(sounds, 2) + str(dice.below(10_000))
    address = f"{name}@example.{dice.one_of(('com', 'net', 'org'))}"
    return dice.by_weight(
        ((0.92, address), (0.04, address.upper()), (0.02, address.replace("@", "＠")), (0.02, f" {address}"))
    )


def _day(dice: _Dice) -> str:
    if dice.chance(0.03):
        return ""
    day = _FIRST_DAY + timedelta(days=dice.below(_DAYS))
    forms = (
        (0.62, day.isoformat()),
        (0.08, f"{day.year}/{day.month}/{day.day}"),
        (0.08, f"{day.year}.{day.month:02}.{day.day:02}"),
        (0.08, f"{day.year}{day.month:02}{day.day:02}"),
        (0.08, f"{day.year}年{day.month}月{day.day}日"),
        (0.04, str((day - _EXCEL_EPOCH).days)),
        (0.02, f"{day.isoformat()} 00:00:00"),
    )
    return dice.by_weight(forms)
