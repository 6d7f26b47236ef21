"""Initials are read as people read them: surnames, places and companies."""

from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kehuma.engine.coding.initials import LETTERS, initials, readings
from kehuma.engine.coding.name_parts import without

ALL = ("place", "legal-form", "trade")


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("单雄信", "SXX"), ("仇英", "QY"), ("曾国藩", "ZGF"), ("解晓东", "XXD"), ("朴树", "PS"), ("查良镛", "ZLY"),
        ("区海峰", "OHF"), ("任正非", "RZF"), ("华罗庚", "HLG"), ("盖叫天", "GJT"), ("乐毅", "YY"), ("翟志刚", "ZZG"),
        ("覃海洋", "QHY"), ("缪昌文", "MCW"), ("佘诗曼", "SSM"), ("黑木", "HM"), ("逄先知", "PXZ"), ("冼星海", "XXH"),
        ("單雄信", "SXX"), ("单 雄信", "SXX"), ("曾", "Z"),
        ("尉迟敬德", "YCJD"), ("长孙无忌", "ZSWJ"), ("万俟卨", "MQX"), ("欧阳修", "OYX"), ("诸葛亮", "ZGL"),
    ],
)  # fmt: skip
def test_surnames_are_read_as_surnames(name: str, letters: str) -> None:
    assert initials(name) == letters


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("北京字节跳动", "BJZJTD"), ("重庆啤酒", "CQPJ"), ("长沙银行", "CSYH"), ("厦门航空", "XMHK"),
        ("六安瓜片", "LAGP"), ("蚌埠玻璃", "BBBL"), ("长治潞安", "CZLA"), ("乐山", "LS"), ("乐清电器", "YQDQ"),
        ("单位食堂管理", "DWSTGL"), ("漯河", "LH"), ("解放碑百货", "JFBBH"), ("曾经沧海", "CJCH"),
    ],
)  # fmt: skip
def test_companies_and_places_are_read_as_words(name: str, letters: str) -> None:
    assert initials(name) == letters


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        pytest.param("Claire Gute", "CG", id="a person"),
        pytest.param("CLAIRE GUTE", "CG", id="in capitals"),
        pytest.param("Jean-Paul O'Neil", "JPO", id="hyphen and apostrophe"),
        pytest.param("Élodie Müller", "EM", id="accents"),
        pytest.param("GE Healthcare", "GH", id="capitals in a row of words"),
        pytest.param("IBM", "IBM", id="capitals alone"),
        pytest.param("Microsoft", "M", id="a word alone"),
        pytest.param("A&D宁波酒店", "ADNBJD", id="capitals beside Chinese"),
        pytest.param("Apple电脑", "ADN", id="a word beside Chinese"),
        pytest.param("ＡＢＣ公司", "ABCGS", id="full width"),
        pytest.param("58同城", "TC", id="digits are no letters"),
        pytest.param("阿卜杜拉·买买提", "ABDLMMT", id="middle dot"),
        pytest.param("!!! 한국 💡", "", id="nothing that has initials"),
        pytest.param("", "", id="nothing"),
        pytest.param("\U0003fffd张", "Z", id="a character without pinyin"),
    ],
)  # fmt: skip
def test_other_names_give_the_first_letters_of_their_words(name: str, letters: str) -> None:
    assert initials(name) == letters


@pytest.mark.parametrize(
    ("alphabet", "letters"), [("0123456789" + LETTERS, "58TC"), (LETTERS.lower(), "tc"), ("T", "T"), ("", "")]
)
def test_only_characters_of_the_alphabet_are_written(alphabet: str, letters: str) -> None:
    assert initials("58同城", alphabet=alphabet) == letters


@pytest.mark.parametrize(
    ("name", "drop", "rest"),
    [
        ("北京字节跳动科技有限公司", ("place", "legal-form"), "字节跳动科技"),
        ("北京字节跳动科技有限公司", ("trade",), "北京字节跳动有限公司"),
        ("北京字节跳动科技有限公司", ALL, "字节跳动"),
        ("广东省深圳市南山区晨光贸易有限公司", ALL, "晨光"),
        ("通海丰园商贸有限公司", ALL, "通海丰园"),
        ("内蒙古伊利实业集团股份有限公司", ALL, "伊利"),
        ("上海三枪(集团)有限公司", ("legal-form",), "上海三枪"),
        ("晨光（深圳）科技有限公司", ("place",), "晨光科技有限公司"),
        ("晨光(中国)有限公司", ("place",), "晨光(中国)有限公司"),
        ("北京晨光科技有限公司上海分公司", ("legal-form",), "北京晨光科技上海"),
        ("晨光投资合伙企业(有限合伙)", ("legal-form",), "晨光投资"),
        ("东区烧烤", ("place",), "东区烧烤"),
        ("北京", ("place",), "北京"),
        ("有限公司", ("legal-form",), "有限公司"),
        ("宁波酒店 Co.,Ltd", ("legal-form",), "宁波酒店"),
        ("Acme Holding S.A.", ("legal-form",), "Acme Holding"),
        ("Müller GmbH", ("legal-form",), "Müller"),
        ("Incubator Costa", ("legal-form",), "Incubator Costa"),
        ("宁波", (), "宁波"),
    ],
)  # fmt: skip
def test_what_says_little_is_left_out_but_never_everything(name: str, drop: tuple[str, ...], rest: str) -> None:
    assert without(name, drop) == rest


def test_initials_of_the_shortened_name() -> None:
    assert initials("北京字节跳动科技有限公司", drop=("place", "legal-form")) == "ZJTDKJ"


@pytest.mark.parametrize(
    ("name", "known"),
    [("单雄信", {"SXX", "DXX"}), ("曾国藩", {"ZGF", "CGF"}), ("翟志刚", {"ZZG", "DZG"}), ("Claire Gute", {"CG"})],
)
def test_both_readings_of_a_surname_are_known(name: str, known: set[str]) -> None:
    assert readings(name)[0] == initials(name)
    assert known <= set(readings(name))


def test_a_character_that_no_table_knows_gives_no_letter() -> None:
    assert readings("\U00030000") == ("",)
    assert initials("\U00030000北") == "B"


@given(st.text(max_size=120), st.sets(st.sampled_from(ALL)))
def test_any_name_has_few_readings_and_the_chosen_one_comes_first(name: str, drop: set[str]) -> None:
    found = readings(name, drop=drop)
    assert found[0] == initials(name, drop=drop)
    assert len(found) <= 16
    assert len(set(found)) == len(found)
    assert set(found[0]) <= set(LETTERS)


@pytest.mark.parametrize(
    "name", ["单" * 10**6, "(" * 10**6, "集团" * 10**5, "s.a " * 10**5, "\ud800" * 10**5, "ﷺ" * 10**5]
)
def test_hostile_names_take_no_time(name: str) -> None:
    initials("热身")
    start = perf_counter()
    assert len(initials(name, drop=ALL)) <= 100
    assert perf_counter() - start < 0.5
