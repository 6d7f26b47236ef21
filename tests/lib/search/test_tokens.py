"""What a record is found by, what a question means, and that both agree."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kehuma.engine.cleaning import pinyin
from kehuma.lib.search import All, Any, Expression, Term, tokens
from kehuma.lib.search.expressions import for_fts5, for_tsquery, is_token

NAME = "重庆衡岳数据技术有限公司"


def holds(question: Expression | None, known: set[str]) -> bool:
    """The meaning of an expression, without a store."""
    match question:
        case Term(token, prefix):
            return any(one.startswith(token) for one in known) if prefix else token in known
        case All(parts):
            return all(holds(part, known) for part in parts)
        case Any(parts):
            return any(holds(part, known) for part in parts)
        case _:
            return False


@pytest.mark.parametrize(
    "typed",
    ["衡岳", "衡", "司" if "司" in NAME[:-4] else "术", "重庆衡岳数据", "重庆 数据", "cqhy", "zqhy", "HYSJ", "cq", "hengyue",
     "chongqing", "chongqingheng", "zhongqing", "hengy", NAME, "重庆衡岳数据技术有限责任公司"],
)  # fmt: skip
def test_a_name_is_found_by_its_parts_its_pinyin_and_its_initials(typed: str) -> None:
    assert holds(tokens.question(typed, sees_people=False), tokens.tokens_of_name(NAME))


@pytest.mark.parametrize("typed", ["liu", "li", "zhongl", "zl"])
def test_a_syllable_is_found_where_it_stands_last_and_before_others(typed: str) -> None:
    assert holds(tokens.question(typed, sees_people=False), tokens.tokens_of_name("钟离柳"))


def test_two_initials_before_a_letter_of_another_script_are_found() -> None:
    assert holds(tokens.question("bj", sees_people=False), tokens.tokens_of_name("北京Ж工"))


@pytest.mark.parametrize("typed", ["岳衡", "衡岳科技", "cqyh", "yuehengshuju", "上海", "xyz"])
def test_and_by_nothing_else(typed: str) -> None:
    assert not holds(tokens.question(typed, sees_people=False), tokens.tokens_of_name(NAME))


@pytest.mark.parametrize("typed", ["A&D", "宁波酒店", "a&d宁波", "7天", "ge", "healthcare", "Ge Health"])
def test_latin_words_and_figures_in_names_are_found(typed: str) -> None:
    known = tokens.tokens_of_name("A&D宁波酒店7天") | tokens.tokens_of_name("GE Healthcare")
    assert holds(tokens.question(typed, sees_people=False), known)


def test_tails_of_telephone_numbers_only_for_who_sees_people() -> None:
    known = {tokens.token_of_phone("13812341234")}
    for typed, clerk, manager in [("1234", False, True), ("13812341234", True, True), ("138 1234 1234", False, False)]:
        assert holds(tokens.question(typed, sees_people=False), known) is clerk
        assert holds(tokens.question(typed, sees_people=True), known) is manager


def test_people_only_for_who_sees_people() -> None:
    known = tokens.tokens_of_contact("孙莉")
    assert holds(tokens.question("孙莉", sees_people=True), known)
    assert holds(tokens.question("孙", sees_people=True), known)
    assert not holds(tokens.question("孙莉", sees_people=False), known)


@pytest.mark.parametrize("typed", ["BJ-IT-0001-Y", "bjit0001y", "ＢＪ－ＩＴ－0001－Y"])
def test_codes_are_found_in_any_form(typed: str) -> None:
    known = {tokens.token_of_code("BJIT0001Y"), "wit"}
    assert holds(tokens.question(typed, sees_people=False), known)


@pytest.mark.parametrize("typed", ["", "   ", "---", "()", "，。", "\x00", "😀"])
def test_what_cannot_be_looked_for_is_no_question(typed: str) -> None:
    assert tokens.question(typed, sees_people=True) is None


@given(st.text(max_size=80))
def test_any_text_is_a_question_in_both_languages_or_none(typed: str) -> None:
    question = tokens.question(typed, sees_people=True)
    if question is not None:
        assert for_fts5(question)
        assert for_tsquery(question)


@given(st.text(max_size=80))
def test_tokens_mean_nothing_to_the_language_of_a_store(name: str) -> None:
    assert all(is_token(token) for token in tokens.tokens_of_name(name) | tokens.tokens_of_contact(name))


@given(st.text("北京衡岳数据技术重庆长单曾科贸易上海", min_size=2, max_size=12), st.data())
def test_every_piece_of_a_name_finds_it(name: str, data: st.DataObject) -> None:
    begin = data.draw(st.integers(0, len(name) - 2))
    end = data.draw(st.integers(begin + 2, len(name)))
    assert holds(tokens.question(name[begin:end], sees_people=False), tokens.tokens_of_name(name))
    initials = "".join(pinyin.readings(sign)[0][0] for sign in name[begin:end])
    assert holds(tokens.question(initials, sees_people=False), tokens.tokens_of_name(name))
    assert tokens.initials_hold(name, initials)


@pytest.mark.parametrize("token", ["", "a b", 'a"', "a*", "'", "a:b"])
def test_a_term_cannot_break_out_of_its_quotes(token: str) -> None:
    with pytest.raises(ValueError, match="not a token"):
        Term(token)


def test_an_expression_without_parts_is_refused() -> None:
    with pytest.raises(ValueError, match="without parts"):
        for_fts5(All(()))
