"""A scheme file taken apart and put together again is the same scheme."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kehuma.engine.coding.errors import SchemeError
from kehuma.engine.coding.scheme_file import load_scheme
from kehuma.engine.coding.scheme_text import (
    Outline,
    Slot,
    changed_slot,
    moved_slot,
    outline_of,
    text_of,
    with_slot,
    without_slot,
)

SHIPPED = sorted((Path(__file__).parents[3] / "schemes").glob("*.toml"))
FILE = """# the head
kehuma = 1
name = "member"
title = { zh = "会员" }
template = "HQ-{region}-{serial:4}{grade}"

[segments.region]
dictionary = "cn-province"
default = "XX"
entries.XX = { zh = "不详", codes = ["00"] }

[segments.serial]
per = ["region"]

[segments.grade]
live = true

[segments.grade.dictionary]
A = { zh = "甲" }

[literals]
HQ = { zh = "总部" }

[forecast]
codes_per_key = 500

[[examples]]
given = { region = "北京" }
at = 2026-11-22
serial = 1
code = "HQ-BJ-0001"
"""

keys = st.text(st.characters(codec="utf-8"), max_size=6)
values = st.recursive(
    st.one_of(st.booleans(), st.integers(-(10**12), 10**12), keys, st.dates(), st.datetimes(), st.times()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=3)),
    max_leaves=8,
)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_file_comes_back_with_all_it_says(path: Path) -> None:
    source = path.read_text("utf-8")
    written = text_of(outline_of(source))
    assert tomllib.loads(written) == tomllib.loads(source)
    assert text_of(outline_of(written)) == written
    assert written.splitlines()[0] == source.splitlines()[0]


def test_a_file_in_our_layout_comes_back_letter_for_letter() -> None:
    assert text_of(outline_of(FILE)) == FILE


@given(st.dictionaries(keys, values, max_size=4), st.dictionaries(keys, values, max_size=4))
def test_whatever_an_option_holds_is_written_so_that_it_is_read_again(
    options: dict[str, Any], settings: dict[str, Any]
) -> None:
    settings = {key: value for key, value in settings.items() if key not in ("examples", "literals", "segments")}
    outline = Outline((Slot("part", "4", options),), ("{", "}"), settings | {"kehuma": 1})
    table = tomllib.loads(text_of(outline))
    assert table.pop("template") == "{{{part:4}}}"
    assert table.pop("segments") == {"part": options}
    empty = {key for key, value in settings.items() if value == {} and key != "title"}
    assert table == {key: value for key, value in settings.items() if key not in empty} | {"kehuma": 1}


@pytest.mark.parametrize(
    ("source", "message"),
    [
        pytest.param("kehuma = ", "toml", id="no TOML"),
        pytest.param('template = "{a"', "lone-brace", id="lone brace"),
        pytest.param("template = 4", "option-text", id="template is a number"),
        pytest.param("segments = 4", "option-text", id="segments are no table"),
        pytest.param("#" * 1_000_001, "file-too-long", id="endless"),
    ],
)
def test_what_cannot_be_laid_open_is_refused(source: str, message: str) -> None:
    with pytest.raises(SchemeError) as caught:
        outline_of(source)
    assert caught.value.message == message


def test_a_part_that_is_no_table_is_taken_for_an_empty_one() -> None:
    outline = outline_of('template = "{unit}"\nsegments.unit = 4')
    assert outline.slots == (Slot("unit"),)
    assert "[segments.unit]" in text_of(outline)


def test_a_part_that_stands_twice_has_one_table() -> None:
    assert text_of(outline_of('template = "{unit}{unit}"')).count("[segments.unit]") == 1


def test_a_new_part_stands_behind_the_others_and_before_the_end() -> None:
    outline = with_slot(with_slot(Outline(joints=("A-",)), Slot("serial", "3")), Slot("check"), joint="-")
    assert outline.template == "A-{serial:3}-{check}"
    assert with_slot(outline.with_joint(2, "-Z"), Slot("random", "2")).template == "A-{serial:3}-{check}{random:2}-Z"


@pytest.mark.parametrize(
    ("name", "template"),
    [
        pytest.param("region", "HQ-{serial:4}{grade}", id="the first takes the text behind it along"),
        pytest.param("serial", "HQ-{region}{grade}", id="another the text before it"),
        pytest.param("grade", "HQ-{region}-{serial:4}", id="the last"),
    ],
)
def test_a_part_goes_with_the_text_beside_it(name: str, template: str) -> None:
    assert without_slot(outline_of(FILE), name).template == template


def test_a_part_that_goes_leaves_the_counter_key() -> None:
    serial = without_slot(outline_of(FILE), "region").slot("serial")
    assert serial is not None
    assert serial.options == {"per": []}


def test_the_last_part_leaves_the_fixed_texts() -> None:
    assert without_slot(outline_of('template = "A-{serial}-B"'), "serial").template == "A--B"


def test_the_meaning_of_a_text_goes_with_the_text() -> None:
    outline = outline_of(FILE)
    assert "literals" in outline.with_joint(0, "hq/").settings
    assert "literals" not in outline.with_joint(0, "").settings


def test_parts_move_and_fixed_texts_stay() -> None:
    outline = outline_of(FILE)
    assert moved_slot(outline, "grade", -1).template == "HQ-{region}-{grade}{serial:4}"
    assert moved_slot(outline, "region", 9).template == "HQ-{serial:4}-{grade}{region}"
    assert moved_slot(outline, "region", -1) == outline


def test_a_new_name_is_followed_by_the_counter_key() -> None:
    outline = outline_of(FILE)
    region = outline.slot("region")
    assert region is not None
    changed = changed_slot(outline, "region", Slot("province", "2", region.options))
    assert changed.template == "HQ-{province:2}-{serial:4}{grade}"
    assert load_scheme(text_of(changed).replace("region =", "province =")).serial.per == ("province",)  # type: ignore[union-attr]
    assert changed_slot(outline, "region", Slot("region", "2", region.options)).slots[1] == outline.slots[1]


def test_a_setting_can_be_taken_away() -> None:
    assert "title" not in outline_of(FILE).with_settings(title=None, subject="order").settings


def test_a_part_is_found_by_its_name() -> None:
    assert outline_of(FILE).slot("nobody") is None
