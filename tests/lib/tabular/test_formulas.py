import pytest
from hypothesis import given
from hypothesis import strategies as st

from kehuma.lib.tabular.formulas import guarded, unguarded

CELLS = st.text(st.sampled_from("'=+-@\t\r\n＝＋－＠\x1f甲a1")) | st.text()


@given(st.lists(CELLS, max_size=4))
def test_what_is_guarded_reads_back(row: list[str]) -> None:
    assert list(unguarded(guarded(row))) == row


@given(st.lists(CELLS, max_size=4))
def test_no_written_cell_begins_like_a_formula(row: list[str]) -> None:
    assert not [cell for cell in guarded(row) if cell[:1] in {*"=+-@\t\r\n＝＋－＠"}]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("+86 13800123456", "'+86 13800123456"),
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("＝1＋1", "'＝1＋1"),
        ("'=1", "''=1"),
        ("'quoted'", "'quoted'"),
        ("a=1", "a=1"),
        ("", ""),
    ],
)
def test_only_what_a_spreadsheet_would_run_gets_an_apostrophe(text: str, written: str) -> None:
    assert tuple(guarded(("甲", text))) == ("甲", written)
