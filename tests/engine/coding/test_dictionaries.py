"""People write one thing in many ways; a dictionary knows them, and never guesses."""

import csv
import re
from collections.abc import Sequence
from contextlib import suppress
from importlib import resources
from pathlib import Path
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kehuma.engine.coding.dictionaries import (
    BUILTIN_NAMES,
    AmbiguousValue,
    Dictionary,
    Entry,
    SymbolError,
    TableError,
    UnknownValue,
    builtin,
    entries_from_table,
    require_symbols,
)
from kehuma.engine.coding.dictionaries.dictionary import normal_name
from kehuma.engine.coding.errors import SchemeError

GRADES = Dictionary(
    "grade",
    (
        Entry("A", "甲级", "Gold", also=("金牌", "老客户"), codes=("01",)),
        Entry("B", "乙级", "Silver", also=("老客户",)),
        Entry("C", en="Bronze"),
        Entry("D"),
    ),
)


@pytest.mark.parametrize(
    ("dictionary", "value", "symbol"),
    [
        pytest.param("cn-province", "BJ", "BJ", id="symbol"),
        pytest.param("cn-province", " bj ", "BJ", id="symbol in lower case with blanks"),
        pytest.param("cn-province", "ＢＪ", "BJ", id="symbol in full width"),
        pytest.param("cn-province", "北京市", "BJ", id="full name"),
        pytest.param("cn-province", "北 京", "BJ", id="name with a blank"),
        pytest.param("cn-province", "京", "BJ", id="one character"),
        pytest.param("cn-province", "110000", "BJ", id="six digits"),
        pytest.param("cn-province", "11", "BJ", id="two digits"),
        pytest.param("cn-province", "CN-BJ", "BJ", id="ISO 3166-2"),
        pytest.param("cn-province", "inner mongolia", "NM", id="English name"),
        pytest.param("cn-province", "广西壮族自治区", "GX", id="autonomous region"),
        pytest.param("cn-province", "廣東省", "GD", id="traditional characters"),
        pytest.param("cn-province", "320106", "JS", id="code of a district"),
        pytest.param("cn-province", "南京市", "JS", id="prefecture"),
        pytest.param("cn-province", "丽水", "ZJ", id="short name of a prefecture"),
        pytest.param("cn-province", "湖北省咸宁市崇阳县", "HB", id="full path"),
        pytest.param("cn-province", "江苏/南京/鼓楼区", "JS", id="path of short names with strokes"),
        pytest.param("cn-province", "上海市上海市虹口区", "SH", id="path that repeats the municipality"),
        pytest.param("cn-province", "320106 鼓楼区", "JS", id="code and name"),
        pytest.param("cn-province", "510212", "CQ", id="former code of Chongqing, then in Sichuan"),
        pytest.param("cn-province", "442100", "HI", id="former code of Hainan, then in Guangdong"),
        pytest.param("cn-province-plate", "京", "BJ", id="plate character"),
        pytest.param("cn-province-plate", "京A", "BJ", id="plate prefix"),
        pytest.param("cn-province-plate", "粤B·D12345", "GD", id="whole plate"),
        pytest.param("cn-division", "江苏省南京市鼓楼区", "320106", id="path to an ambiguous district"),
        pytest.param("cn-division", "江苏昆山市", "320583", id="path without the prefecture"),
        pytest.param("cn-division", "北京朝阳", "110105", id="path decides between short names"),
        pytest.param("cn-division", "320106鼓楼区", "320106", id="code decides between namesakes"),
        pytest.param("cn-division", "沙县", "350405", id="today's short name before a former name"),
        pytest.param("cn-division", "襄樊市", "420600", id="former name of the same code"),
        pytest.param("cn-division", "350427", "350427", id="former code"),
        pytest.param("cn-city", "广州", "GZU", id="the best known of the cities with its initials"),
        pytest.param("cn-city", "赣州市", "GZA", id="another one"),
        pytest.param("cn-city", "余杭区", "HZA", id="district of a city"),
        pytest.param("cn-city", "北京市海淀区", "BJE", id="municipality"),
        pytest.param("cn-city", "凉山州", "LSN", id="common short form of a prefecture"),
        pytest.param("cn-city", "仙桃", "XTA", id="county directly under a province"),
        pytest.param("cn-city", "Xi’an", "XAI", id="apostrophe"),
        pytest.param("cn-industry", "I", "IT", id="section letter"),
        pytest.param("cn-industry", "J", "FI", id="another section letter"),
        pytest.param("cn-industry", "软件和信息技术服务业", "IT", id="name of a division"),
        pytest.param("cn-industry", "65", "IT", id="division"),
        pytest.param("cn-industry", "651", "IT", id="three digits"),
        pytest.param("cn-industry", "6513", "IT", id="four digits"),
        pytest.param("cn-industry", "I6513", "IT", id="letter and digits"),
        pytest.param("cn-industry", "农林牧渔业", "AG", id="without commas"),
        pytest.param("cn-industry", "互联网", "IT", id="everyday word"),
        pytest.param("cn-industry", "5199 其他未列明批发业", "WR", id="code and unknown name: the code decides"),
        pytest.param("cn-industry", "51-批发业", "WR", id="code and its name"),
        pytest.param("iso-3166", "CHN", "CN", id="alpha-3"),
        pytest.param("iso-3166", "156", "CN", id="numeric"),
        pytest.param("iso-3166", "象牙海岸", "CI", id="other name of a country"),
        pytest.param("iso-3166", "Réunion", "RE", id="accents"),
        pytest.param("customer-kind", "个体工商户", "C", id="business of one"),
        pytest.param("customer-kind", "自然人", "P", id="person"),
    ],
)
def test_a_value_is_found_however_it_is_written(dictionary: str, value: str, symbol: str) -> None:
    assert builtin(dictionary).find(value).symbol == symbol


@pytest.mark.parametrize(
    ("dictionary", "value", "nearest"),
    [
        pytest.param("cn-province", "广冬", ("广东", "广西"), id="one wrong character"),
        pytest.param("cn-province", "南京是", ("南京", "北京", "河南"), id="name with something behind it"),
        pytest.param("cn-province", "湖北省咸宁市海淀区", ("湖北省", "海淀区"), id="path to another province"),
        pytest.param("cn-province", "南京市北京市", ("北京市", "南京市", "市北"), id="two places"),
        pytest.param("cn-province", "329999", ("32",), id="six digits that are no place"),
        pytest.param("cn-province-plate", "A京", ("AH", "HA"), id="plate the wrong way round"),
        pytest.param("cn-province-plate", "猫A12345", (), id="plate of no province"),
        pytest.param("cn-city", "吉林", ("吉林市", "吉安", "桂林"), id="province or city"),
        pytest.param("cn-industry", "软建", ("软件", "建筑"), id="mistyped trade"),
        pytest.param("cn-industry", "9999", (), id="division that does not exist"),
        pytest.param("cn-industry", "9999 软件", ("软件",), id="wrong code before a good name"),
        pytest.param("iso-3166", "Germny", ("Germany", "Guernsey", "Kenya"), id="mistyped country"),
        pytest.param("customer-kind", "", (), id="nothing"),
        pytest.param("cn-division", "\ud800", (), id="lone surrogate"),
        pytest.param("cn-division", "鼓" * 10**6, (), id="a million characters"),
    ],
)
def test_an_unknown_value_is_answered_with_the_nearest_names(
    dictionary: str, value: str, nearest: tuple[str, ...]
) -> None:
    with pytest.raises(UnknownValue) as raised:
        builtin(dictionary).find(value)
    assert raised.value.value == value
    assert raised.value.nearest == nearest
    assert len(str(raised.value)) < 200


@pytest.mark.parametrize(
    ("dictionary", "value", "hits"),
    [
        pytest.param(
            "cn-division",
            "鼓楼区",
            ("江苏省南京市鼓楼区", "江苏省徐州市鼓楼区", "福建省福州市鼓楼区", "河南省开封市鼓楼区"),
            id="four districts of one name",
        ),
        pytest.param("cn-province", "鼓楼区", ("江苏", "福建", "河南"), id="in three provinces"),
        pytest.param("cn-city", "suzhou", ("苏州", "宿州"), id="one spelling of two cities"),
        pytest.param(
            "cn-industry", "5199 软件", ("批发和零售业", "信息传输、软件和信息技术服务业"), id="contradiction"
        ),
    ],
)
def test_a_value_with_several_meanings_is_never_guessed(dictionary: str, value: str, hits: tuple[str, ...]) -> None:
    with pytest.raises(AmbiguousValue) as raised:
        builtin(dictionary).find(value)
    assert raised.value.value == value
    assert raised.value.hits == hits


def test_a_synonym_of_two_entries_is_ambiguous() -> None:
    with pytest.raises(AmbiguousValue, match="'老客户' may be 甲级, 乙级"):
        GRADES.find("老客户")


def test_an_entry_is_shown_by_its_best_name() -> None:
    assert [entry.label for entry in GRADES.entries] == ["甲级", "乙级", "Bronze", "D"]


def test_symbols_that_differ_in_case_only_are_told_apart() -> None:
    both = Dictionary("case", (Entry("a", "小"), Entry("A", "大")))
    assert (both.find("a").zh, both.find("A").zh) == ("小", "大")
    with pytest.raises(AmbiguousValue):
        both.find("ａ")


def test_what_was_found_is_remembered_but_not_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kehuma.engine.coding.dictionaries.dictionary._MOST_REMEMBERED", 2)
    cities = Dictionary("cities", [Entry("BJ", "北京"), Entry("SH", "上海"), Entry("GZ", "广州")])
    asked = ["北 京", "上 海", "广 州", "北 京", "sh", "ＧＺ", "bj"]
    assert [cities.find(one).symbol for one in asked] == ["BJ", "SH", "GZ", "BJ", "SH", "GZ", "BJ"]


def test_a_symbol_is_read_back_exactly() -> None:
    entry = GRADES.entry("A")
    assert entry is not None
    assert entry.zh == "甲级"
    assert GRADES.entry("a") is None
    assert GRADES.symbols == ("A", "B", "C", "D")
    assert repr(GRADES) == "<Dictionary grade, 4 entries>"


def test_an_extended_dictionary_knows_more_and_the_old_one_stays() -> None:
    more = GRADES.extended([Entry("D", "丁级", also=("普通",)), Entry("A", "特级", "Gold", codes=("99",)), Entry("E")])
    assert more.symbols == ("A", "B", "C", "D", "E")
    assert [more.find(value).symbol for value in ("丁级", "普通", "特级", "甲级", "99", "01")] == list("DDAAAA")
    assert GRADES.symbols == ("A", "B", "C", "D")
    with pytest.raises(UnknownValue):
        GRADES.find("特级")


def test_the_built_in_dictionaries_are_those_of_the_contract() -> None:
    assert {name: len(builtin(name).symbols) for name in BUILTIN_NAMES} == {
        "cn-province": 34,
        "cn-province-plate": 34,
        "cn-division": 6753,
        "cn-city": 373,
        "cn-industry": 20,
        "iso-3166": 249,
        "customer-kind": 2,
    }


def test_an_unknown_dictionary_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SchemeError, match="cn-province"):
        builtin("cn-provinces")


@pytest.mark.parametrize("name", BUILTIN_NAMES)
def test_every_symbol_is_printable_and_found_by_itself(name: str) -> None:
    dictionary = builtin(name)
    assert len(dictionary.symbols) == len(dictionary.entries)
    for entry in dictionary.entries:
        assert entry.symbol.isascii()
        assert entry.symbol.isalnum()
        assert entry.symbol == entry.symbol.upper()
        assert dictionary.find(entry.symbol) is entry


@pytest.mark.parametrize("name", ["cn-province", "cn-industry", "iso-3166", "customer-kind", "cn-city"])
def test_every_name_and_code_of_an_entry_finds_it(name: str) -> None:
    dictionary = builtin(name)
    for entry in dictionary.entries:
        for known in (entry.zh, *entry.also, *entry.codes):
            assert dictionary.find(known) is entry


@pytest.mark.parametrize("name", ["cn-province", "cn-province-plate", "cn-division", "cn-city", "cn-industry"])
def test_the_symbols_of_a_built_in_dictionary_have_one_width(name: str) -> None:
    assert len({len(symbol) for symbol in builtin(name).symbols}) == 1


def test_a_division_of_today_is_found_by_its_full_path_in_all_three_dictionaries() -> None:
    divisions, provinces = builtin("cn-division"), builtin("cn-province")
    for entry in divisions.entries:
        if entry.valid_to is None:
            path = "".join(
                known.zh
                for symbol in reversed([*divisions.lineage(entry.symbol)])
                if (known := divisions.entry(symbol))
            )
            assert divisions.find(path) is entry
            assert provinces.find(path) is provinces.find(entry.symbol)


def test_a_former_division_carries_the_year_of_its_end() -> None:
    entry = builtin("cn-division").find("350427")
    assert (entry.zh, entry.valid_to) == ("沙县", 2021)
    assert builtin("cn-division").find("350405").valid_from == 2021


def test_twenty_sections_own_ninety_seven_divisions() -> None:
    text = (resources.files("kehuma.engine.coding") / "data" / "cn-industry-division.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    industry = builtin("cn-industry")
    assert len(rows) == 97
    assert len({industry.find(row["symbol"]).symbol for row in rows}) == 20
    for row in rows:
        assert industry.find(row["zh"]) is industry.find(row["parent"])


@given(st.text(max_size=60))
def test_hostile_values_give_only_our_errors(value: str) -> None:
    for name in BUILTIN_NAMES:
        with suppress(UnknownValue, AmbiguousValue):
            assert builtin(name).find(value) in builtin(name).entries


@given(st.text(max_size=30))
def test_normal_names_are_normal(name: str) -> None:
    assert normal_name(normal_name(name)) == normal_name(name)


@pytest.mark.parametrize("value", ["海碇区", "广冬省深川市", "x" * 100, "江苏省" * 30, "软件" * 60])
def test_nearest_names_come_quickly(value: str) -> None:
    builtin("cn-division").nearest(value)
    start = perf_counter()
    for _ in range(10):
        builtin("cn-division").nearest(value)
    assert (perf_counter() - start) / 10 < 0.02


STANDARD = ("code", "name", "level", "section")


def test_the_table_of_a_standard_adds_names_and_codes() -> None:
    industry = builtin("cn-industry")
    rows = [
        ("6513", "应用软件开发", "4", "I"),
        (),
        ("5199", "其他未列明批发业", "4", "F"),
        ("651", "软件开发", "3", "I"),
    ]
    entries = entries_from_table(industry, STANDARD, rows)
    assert [entry.symbol for entry in entries] == ["IT", "WR"]
    more = industry.extended(entries)
    assert more.find("应用软件开发").symbol == "IT"
    assert more.find("其他未列明批发业").symbol == "WR"
    with pytest.raises(AmbiguousValue):
        more.find("5199 应用软件开发")
    with pytest.raises(UnknownValue):
        industry.find("应用软件开发")


@pytest.mark.parametrize("header", [("code", "name"), ("代码", "名称"), (" Code ", "NAME")])
def test_without_a_section_the_code_decides(header: Sequence[str]) -> None:
    entries = entries_from_table(builtin("cn-industry"), header, [("6513", "应用软件开发")])
    assert entries == (Entry("IT", also=("应用软件开发",), codes=("6513",)),)


@pytest.mark.parametrize("header", [("symbol", "zh", "en", "also"), ("符号", "中文", "英文", "同义词")])
def test_a_table_of_our_own_adds_symbols(header: Sequence[str]) -> None:
    rows = [("E", "戊级", "Tin", "五级| 末级"), ("F",), ("E", "", "", "最末")]
    assert entries_from_table(GRADES, header, rows) == (
        Entry("E", "戊级", "Tin", also=("五级", "末级", "最末")),
        Entry("F"),
    )


@pytest.mark.parametrize(
    ("header", "row", "message", "facts"),
    [
        pytest.param(("a", "b"), (), "dictionary-columns", {"found": ["a", "b"]}, id="columns"),
        pytest.param(STANDARD, ("6513", "软件", "4", "Z"), "dictionary-row",
                     {"row": 2, "field": "section", "value": "Z"}, id="section"),
        pytest.param(STANDARD, ("9913", "软件", "4", ""), "dictionary-row",
                     {"row": 2, "field": "code", "value": "9913"}, id="code"),
        pytest.param(("symbol",), ("京",), "dictionary-symbol",
                     {"row": 2, "field": "symbol", "value": "京"}, id="symbol"),
        pytest.param(("symbol", "zh"), ("", "京"), "dictionary-symbol",
                     {"row": 2, "field": "symbol", "value": ""}, id="no symbol"),
    ],
)  # fmt: skip
def test_a_fault_in_a_table_names_row_and_field(
    header: Sequence[str], row: Sequence[str], message: str, facts: dict[str, object]
) -> None:
    with pytest.raises(TableError) as raised:
        entries_from_table(builtin("cn-industry"), header, [row])
    assert raised.value.message == message
    assert raised.value.facts == facts
    assert raised.value.say("zh")


def test_the_reference_names_every_dictionary_and_lists_symbols_as_they_are() -> None:
    page = (Path(__file__).parents[3] / "docs/reference/dictionaries.md").read_text("utf-8")
    assert all(f"`{name}`" in page for name in BUILTIN_NAMES)
    cities = re.findall(r"(\w+) `([A-Z]{3})`(?= ·| \|)", page)
    assert len(cities) > 200
    assert all(builtin("cn-city").find(city).symbol == symbol for city, symbol in cities)
    sections = re.findall(r"^\| `([A-Z]{2})` \| ([A-T]) \|", page, re.MULTILINE)
    assert [symbol for symbol, _ in sections] == list(builtin("cn-industry").symbols)
    assert all(builtin("cn-industry").find(letter).symbol == symbol for symbol, letter in sections)


@pytest.mark.parametrize("symbol", ["北", "B J", "", "é", "A\n"])
def test_what_cannot_be_written_into_a_code_is_no_symbol(symbol: str) -> None:
    with pytest.raises(SymbolError) as refused:
        require_symbols([Entry("BJ"), Entry(symbol)])
    assert refused.value.facts == {"value": symbol, "place": 1}
    require_symbols([Entry("BJ"), Entry("A+")])
