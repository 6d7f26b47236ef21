"""One text for one code, and the loose key under which people find it."""

import pytest

from kehuma.engine.coding.errors import ReadError
from kehuma.engine.coding.normal import canonical, loose, loose_of


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param("bj-it-0001", "BJ-IT-0001", id="lower case"),
        pytest.param("ＢＪ－ＩＴ－０００１", "BJ-IT-0001", id="full width"),
        pytest.param("  BJ-1 ", "BJ-1", id="blanks around"),
        pytest.param("B\u00a0J", "B J", id="a fixed blank"),
        pytest.param("②", "2", id="a circled figure"),
    ],
)
def test_what_only_looks_different_is_one_code(text: str, code: str) -> None:
    assert canonical(text, most=20) == code


def test_separators_stay_as_the_scheme_writes_them() -> None:
    assert canonical("bj_it/1", most=20) == "BJ_IT/1"


def test_case_stays_where_it_matters() -> None:
    assert canonical("aB-1", most=20, case_sensitive=True) == "aB-1"
    assert loose("aB-1", most=20, case_sensitive=True) == "aB1"


@pytest.mark.parametrize("dash", list(" -_/.‐‑‒–—―⁃−﹘﹣－ー─・·•。．／∕⁄＿﹍\u00a0\u3000ｰ"))
def test_separators_and_what_looks_like_them_are_no_difference_on_the_loose_key(dash: str) -> None:
    assert loose(f"bj{dash}it{dash}{dash}0001", most=20) == "BJIT0001" == loose_of("BJ-IT-0001")


@pytest.mark.parametrize(
    ("text", "message", "position"),
    [
        pytest.param("", "empty", 0, id="nothing"),
        pytest.param("   ", "empty", 0, id="blanks only"),
        pytest.param("BJ\x00", "not-ascii", 2, id="NUL"),
        pytest.param("BJ\n1", "not-ascii", 2, id="a line break"),
        pytest.param("BJ\ud800", "not-ascii", 2, id="a lone surrogate"),
        pytest.param("B\u200bJ", "not-ascii", 1, id="zero width"),
        pytest.param("\u202eBJ", "not-ascii", 0, id="written right to left"),
        pytest.param("BJ\U000e0041", "not-ascii", 2, id="a tag character"),
        pytest.param("ВJ-1", "not-ascii", 0, id="a Cyrillic B"),
        pytest.param("BJ-٣", "not-ascii", 3, id="an Arabic figure"),
        pytest.param("ﬃ京", "not-ascii", 1, id="after a ligature of three letters"),
        pytest.param(" 京", "not-ascii", 1, id="after a blank"),
        pytest.param("é", "not-ascii", 0, id="an accent"),
        pytest.param("e\u0301", "not-ascii", 1, id="an accent of its own"),
        pytest.param("A" * 21, "too-long", 20, id="too long"),
        pytest.param("㎉" * 20, "too-long", 20, id="too long once it is written out"),
        pytest.param("A" * 10_000_000, "too-long", 20, id="10 MB"),
    ],
)
def test_what_is_no_code_is_refused_where_it_was_typed(text: str, message: str, position: int) -> None:
    for normalise in (canonical, loose):
        with pytest.raises(ReadError) as refused:
            normalise(text, most=20)
        assert (refused.value.message, refused.value.position) == (message, position)


def test_separators_alone_have_no_loose_key() -> None:
    with pytest.raises(ReadError):
        loose("-–-", most=20)


def test_on_the_loose_key_a_dash_is_not_the_foreign_character() -> None:
    with pytest.raises(ReadError) as refused:
        loose("BJ–京", most=20)
    assert refused.value.facts["character"] == "京"
    assert refused.value.position == 3
