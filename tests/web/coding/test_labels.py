"""Labels: what stands on them, how many there are, and symbols that machines read."""

import re
from collections.abc import Callable

import pytest
from django.test import Client

from kehuma.apps.codes.data import IssuedCode
from kehuma.web.coding.symbols import code128, qr

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def codes(small: str, issue: Callable[..., IssuedCode]) -> list[str]:
    return [issue(small, f"r{place}", region=region).code for place, region in enumerate(("北京", "上海"))]


def _labels(page: str) -> list[str]:
    return re.findall(r'aria-label="二维码 ([^"]+)"', page)


def test_codes_in_any_form_become_labels_in_order(keeper: Client) -> None:
    page = keeper.post("/labels/", {"codes": "sh1\nBJ-1\n没有"}).content.decode()
    assert _labels(page) == ["SH-1", "BJ-1"]
    assert "有 1 行不是发出过的编码" in page
    assert "没有" in page


def test_an_address_names_codes(keeper: Client) -> None:
    assert _labels(keeper.get("/labels/?code=BJ-1&code=BJ-1").content.decode()) == ["BJ-1"]


def test_rows_picked_in_the_register_become_labels(keeper: Client) -> None:
    rows = re.findall(r'name="pick" value="(\d+)"', keeper.get("/codes/").content.decode())
    assert sorted(_labels(keeper.post("/labels/", {"pick": rows}).content.decode())) == ["BJ-1", "SH-1"]


def test_copies_and_places_left_free(keeper: Client) -> None:
    page = keeper.post("/labels/", {"codes": "BJ-1\nSH-1", "copies": 12, "skip": 3}).content.decode()
    assert len(_labels(page)) == 24
    assert page.count("label blank") == 3
    assert page.count("label-sheet") == 2


@pytest.mark.parametrize("copies", ["-3", "x", "9999999", ""])
def test_a_number_of_copies_that_makes_no_sense_is_brought_into_bounds(keeper: Client, copies: str) -> None:
    assert 1 <= len(_labels(keeper.post("/labels/", {"codes": "BJ-1", "copies": copies}).content.decode())) <= 24


def test_nothing_to_print_shows_how_to_begin(keeper: Client) -> None:
    page = keeper.get("/labels/").content.decode()
    assert "编码，一行一个" in page
    assert "data-print" not in page


def test_the_bars_are_code_128() -> None:
    # Start B, the characters of the text, the check character, stop: 11 modules each and 13 for the stop.
    bars = code128("BJ-1")
    assert 'viewBox="-10 0 99 10"' in bars
    assert bars.startswith('<svg class="c128"')


def test_a_text_that_bars_cannot_show_has_none() -> None:
    assert code128("北京") == ""


def test_the_qr_symbol_is_one_path_without_style() -> None:
    drawn = qr("BJ-1")
    assert drawn.count("<path") == 1
    assert "style" not in drawn


def test_the_auditor_prints_no_labels(person: Callable[..., object], client_of: Callable[[object], Client]) -> None:
    assert client_of(person("审计员", "shenji", "auditor")).get("/labels/").status_code == 403
