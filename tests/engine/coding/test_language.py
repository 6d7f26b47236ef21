"""The automata know exactly the words of the parts."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kehuma.engine.coding.errors import SchemeError
from kehuma.engine.coding.language import (
    NOTHING,
    Chain,
    Language,
    concatenation,
    looped,
    repeated,
    union,
    without,
    words,
)

REGIONS = words(["BJ", "BJX", "GD"])
TEXTS = st.text("ABX-1", max_size=7)


def has(language: Language, text: str) -> bool:
    return len(text) in language.ends(text, 0)


def test_words_are_exactly_those_given() -> None:
    assert REGIONS.ends("BJX1", 0) == [2, 3]
    assert REGIONS.ends("xGD", 1) == [3]
    assert REGIONS.ends("SH", 0) == []
    assert NOTHING.ends("A", 0) == []


def test_the_first_foreign_character_is_known() -> None:
    assert REGIONS.reach("BA", 0) == 1
    assert REGIONS.reach("B", 0) == 1
    assert REGIONS.reach("-GDX", 1) == 3


def test_the_widths_and_words_of_a_language() -> None:
    assert REGIONS.widths(2) == {2}
    assert REGIONS.widths(9) == {2, 3}
    assert sorted(REGIONS.enumerated(2, 10) or []) == ["BJ", "GD"]
    assert repeated("0123456789", 3, 3).enumerated(3, 999) is None
    assert REGIONS.characters == set("BJXGD")


@pytest.mark.parametrize(
    ("language", "pattern"),
    [
        pytest.param(repeated("AB", 2, 4), "[AB]{2,4}", id="two to four"),
        pytest.param(looped("AX", "AX-", "X"), "X|[AX][AX-]*X", id="separators inside only"),
        pytest.param(looped("A", "A-", "A"), "A|A[A-]*A", id="one character is first and last"),
        pytest.param(union([words(["A", "AB"]), repeated("B", 1, 3)]), "A|AB|B{1,3}", id="union"),
        pytest.param(
            concatenation([repeated("A", 1, 3), words(["AB", "X"])]), "A{1,3}(AB|X)", id="one after the other"
        ),
        pytest.param(
            concatenation([words(["A"]), words(["-"]), words(["1"])], frozenset({0, 1})), "A?-?1", id="optional parts"
        ),
        pytest.param(concatenation([words(["A"]), words(["B"])], frozenset({1})), "AB?", id="optional at the end"),
        pytest.param(without(concatenation([words(["A", "-"]), words(["-B"])]), "-"), "A?B", id="without separators"),
    ],
)
@given(text=TEXTS)
def test_a_language_is_the_pattern_it_stands_for(language: Language, pattern: str, text: str) -> None:
    if text:
        assert has(language, text) == bool(re.fullmatch(pattern, text))


@given(text=TEXTS)
def test_a_chain_is_its_automaton(text: str) -> None:
    languages = (repeated("AB", 1, 3), words(["X", "AX"]), repeated("X1", 1, 2))
    chain, places = Chain(languages, frozenset({1})), None
    for character in text:
        places = chain.after(chain.begin if places is None else places, character)
    expected = has(concatenation(languages, frozenset({1})), text)
    assert expected == (places is not None and chain.accepts(places))


def test_one_language_is_its_own_union() -> None:
    assert union([REGIONS]) is REGIONS


def test_a_language_that_explodes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kehuma.engine.coding.language._MOST_STATES", 1_000)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[-3:]
    with pytest.raises(SchemeError) as refused:
        concatenation([repeated(letters, 1, 40), words(["X"]), repeated(letters, 20, 20)])
    assert refused.value.message == "too-complex"
