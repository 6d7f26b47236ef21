"""Charts say in words and numbers what they draw."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kehuma.web import charts
from kehuma.web.charts import Series

numbers = st.lists(st.integers(0, 10**7), min_size=1, max_size=12)


@given(numbers)
def test_no_line_leaves_its_drawing(values: list[int]) -> None:
    drawn = charts.lines("x", [str(n) for n in range(len(values))], [Series("a", values)])
    for points in re.findall(r'points="([^"]*)"', drawn):
        assert all(0 <= float(spot.split(",")[1]) <= 210 for spot in points.split())


@given(st.floats(0, 1e12))
def test_the_axis_holds_its_values(value: float) -> None:
    most = charts._nice(value)
    assert value <= most
    assert most <= max(6 * value, 3)


def test_every_chart_has_a_title_and_its_numbers() -> None:
    for drawn in (
        charts.lines("标题", ["a", "b"], [Series("甲", [1, 2]), Series("乙", [2, 1])]),
        charts.stack("标题", ["a", "b"], [Series("甲", [1, 2])]),
        charts.heat(
            "标题",
            ["a"],
            [
                (
                    "b",
                    [
                        1,
                    ],
                )
            ],
        ),
    ):
        assert drawn.count("<title>标题</title>") == 2
        assert "data-behind" in drawn
        assert "chart wide" in drawn
        assert "chart narrow" in drawn


def test_words_at_the_ends_of_lines_do_not_lie_on_one_another() -> None:
    drawn = charts.lines("x", ["a", "b"], [Series("甲", [1, 5]), Series("乙", [2, 5]), Series("丙", [3, 5])])
    heights = [float(y) for y in re.findall(r'class="val" x="658.0" y="([\d.]+)"', drawn)]
    assert len(heights) == 3
    assert min(abs(a - b) for a in heights for b in heights if a is not b) >= 14


@pytest.mark.parametrize("values", [[], [0, 0]])
def test_nothing_to_draw_is_drawn_as_nothing(values: list[float]) -> None:
    labels = [str(n) for n in range(len(values))]
    assert "<svg" in charts.lines("x", labels, [Series("a", values)])
    assert "<svg" in charts.stack("x", labels, [Series("a", values)])
    assert "<svg" in charts.ring("x", labels, values)


def test_texts_are_escaped() -> None:
    assert "<script" not in charts.lines("<script>", ["<script>"], [Series("<script>", [1])], "<script>")
