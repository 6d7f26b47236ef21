"""Names: as they are shown, compared, spoken and covered."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kehuma.engine.cleaning import pinyin
from kehuma.engine.cleaning.masking import masked
from kehuma.engine.cleaning.names import core_name, normal_name, tidy_name


@pytest.mark.parametrize(
    "other",
    [
        pytest.param("北京衡岳数据技术(集团)有限公司", id="half-width brackets"),
        pytest.param("北京衡岳数据技术（集团）有限责任公司", id="the long legal form"),
        pytest.param(" 北京 衡岳数据技术（集团）有限公司. ", id="blanks and a full stop"),
        pytest.param("北京衡岳\u200b数据技术（集团）有限公司", id="an invisible character"),
    ],
)
def test_spellings_of_one_name_are_one(other: str) -> None:
    assert normal_name(other) == normal_name("北京衡岳数据技术（集团）有限公司")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("北京衡岳数据有限公司", "北京衡岳数据有限公司上海分公司", id="a branch"),
        pytest.param("华宇科技有限公司", "华宇科技股份有限公司", id="another legal form"),
        pytest.param("Claire Gute", "Claire Guth", id="another letter"),
    ],
)
def test_names_of_others_stay_others(one: str, other: str) -> None:
    assert normal_name(one) != normal_name(other)


@given(st.text(max_size=40))
def test_normal_names_stay_normal(text: str) -> None:
    assert normal_name(normal_name(text)) == normal_name(text)
    assert tidy_name(tidy_name(text)) == tidy_name(text)


def test_the_core_is_never_empty() -> None:
    assert core_name("有限公司") == "有限公司"
    assert core_name("公司") == "公司"
    assert core_name("上海澄明供应链管理有限公司北京分公司") == "上海澄明供应链管理北京"


@pytest.mark.parametrize(
    ("character", "spoken"),
    [
        ("重", "zhong chong"),
        ("单", "dan shan"),
        ("仇", "chou qiu"),
        ("曾", "zeng ceng"),
        ("查", "cha zha"),
        ("女", "nv"),
    ],
)
def test_heteronyms_have_their_common_readings(character: str, spoken: str) -> None:
    assert set(spoken.split()) <= set(pinyin.readings(character))


def test_signs_without_pinyin_have_none() -> None:
    assert [pinyin.readings(sign) for sign in "A1，😀"] == [()] * 4


@pytest.mark.parametrize(
    ("letters", "way"),
    [
        pytest.param("hengyue", ("heng", "yue"), id="whole syllables"),
        pytest.param("zhangs", ("zhang", "s"), id="the last one begun"),
        pytest.param("xian", ("xi", "an"), id="two ways"),
    ],
)
def test_letters_fall_into_syllables(letters: str, way: tuple[str, ...]) -> None:
    assert way in pinyin.splits(letters)


def test_letters_that_are_no_pinyin_have_no_way() -> None:
    assert pinyin.splits("bjht") == ()
    assert pinyin.splits("") == ()


def test_hostile_letters_cost_no_more_than_others() -> None:
    start = time.process_time()
    for letters in ("xian" * 500 + "v", "a" * 2000, "gegege" * 300 + "q"):
        pinyin.splits(letters)
    assert time.process_time() - start < 1


@pytest.mark.parametrize(
    ("kind", "value", "covered"),
    [
        pytest.param("phone", "13812341234", "138****1234", id="mobile"),
        pytest.param("phone", "62551", "****51", id="short number"),
        pytest.param("email", "li@example.com", "l***@example.com", id="short mail"),
        pytest.param("name", "张三", "张*", id="person"),
        pytest.param("name", "北京衡岳数据技术有限公司", "北***", id="long name"),
        pytest.param("identifier", "E123", "E***", id="short number of an authority"),
        pytest.param("whatever", "海淀区中关村", "***", id="other kinds"),
        pytest.param("phone", "", "", id="nothing"),
    ],
)
def test_covered_values_keep_what_tells_little(kind: str, value: str, covered: str) -> None:
    assert masked(kind, value) == covered


@given(st.sampled_from(["phone", "email", "name", "identifier", "text"]), st.text(min_size=8, max_size=40))
def test_no_value_shows_whole(kind: str, value: str) -> None:
    assert masked(kind, value) != value or set(value) <= {"*", "@"}
