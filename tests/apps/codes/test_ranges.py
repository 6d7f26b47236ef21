"""How full the ranges are, how fast they fill, and what the next codes would be."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from kehuma.apps.codes import checks, previews, queries, ranges, samples, services
from kehuma.apps.codes.models import Counter
from kehuma.apps.codes.previews import Order
from kehuma.engine.coding.errors import SchemeError

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
SMALL = """
kehuma = 1
name = "small"
template = "{region}-{serial:2}"
[segments.region]
dictionary = "cn-province"
"""


def _fill(region: str, days_ago: list[int]) -> None:
    for place, days in enumerate(days_ago):
        at = NOON - timedelta(days=days)
        services.issue("small", {"region": region}, request_key=f"{region}{place}", actor="小王", at=at)


def test_a_range_has_a_pace_and_an_end(publish: Any) -> None:
    publish(SMALL, at=NOON - timedelta(days=200))
    _fill("北京", [150] * 10 + [60] * 20 + [30] * 20)
    (found,) = ranges.ranges("small", NOON)
    assert (found.key, found.texts) == ("region=BJ", [("region", "BJ")])
    assert (found.used, found.total) == (50, 99)
    # 40 codes in the 60 days since the first of the last 90: 49 are left for 73 days.
    assert round(found.a_week, 1) == 4.7
    assert found.full == date(2026, 11, 22) + timedelta(days=73)
    assert found.tone(date(2026, 11, 22)) == "full"


def test_the_fullest_come_first_and_in_pages(publish: Any) -> None:
    publish(SMALL)
    for region, many in (("北京", 3), ("上海", 5), ("广东", 1)):
        _fill(region, [0] * many)
    assert [one.used for one in ranges.ranges("small", NOON)] == [5, 3, 1]
    assert [one.used for one in ranges.ranges("small", NOON, first=1, limit=1)] == [3]
    assert ranges.number_of_ranges("small") == 3


def test_only_ranges_that_need_attention_are_filling(publish: Any) -> None:
    publish(SMALL, "unit", "plain")
    _fill("北京", [0] * 75)
    _fill("上海", [0] * 10)
    assert [(one.key, one.used) for one in ranges.filling(NOON)] == [("region=BJ", 75)]


def test_a_scheme_without_numbers_has_no_ranges(publish: Any) -> None:
    publish("unit")
    assert ranges.ranges("unit", NOON) == []


def test_an_empty_total_is_full() -> None:
    assert ranges.Range("x", "", 0, 0).share == 1.0


def test_a_preview_goes_on_where_the_counters_stand_and_moves_none(publish: Any, issue: Any) -> None:
    publish(SMALL)
    issue("small", "r1", region="北京")
    orders = [
        Order({"region": "北京"}),
        Order({"region": "北京"}),
        Order({"region": "上海"}),
        Order({"region": "外星"}),
    ]
    found = previews.preview_of("small", orders, NOON)
    assert [one.code for one in found] == ["BJ-02", "BJ-03", "SH-01", ""]
    assert found[3].error is not None
    assert list(Counter.objects.values_list("next", flat=True)) == [2]


def test_a_preview_leaves_out_numbers_that_cannot_be_printed(publish: Any, issue: Any) -> None:
    publish("customer")
    facts = {"region": "北京", "industry": "IT"}
    told = [one.code for one in previews.preview_of("customer", [Order(facts)] * 80, NOON)]
    assert told == [issue("customer", f"r{place}", **facts).code for place in range(80)]


@pytest.mark.parametrize("name", ["customer", "plain", "graded", "unit", "drawn", "one-digit"])
def test_samples_are_codes_of_their_scheme(publish: Any, name: str) -> None:
    publish(name)
    grammar = queries.grammar(name, NOON)
    codes = samples.sample_codes(grammar, NOON.date())
    assert codes
    assert [grammar.read(code).code for code in codes] == codes


def test_a_check_holds_a_file_against_the_register(publish: Any) -> None:
    publish(SMALL)
    checked = checks.check(SMALL.replace('"small"', '"other"'))
    assert checked.others == ("small",)
    assert not checked.report.ok
    assert checks.check(SMALL).report.ok
    with pytest.raises(SchemeError):
        checks.check("kehuma = 1")
