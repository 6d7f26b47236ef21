"""By which index SQLite looks for customers, which knows no statistics: figures in docs/reference/benchmarks.md."""

from collections.abc import Callable
from typing import Any

import pytest

from kehuma.apps.customers import queries
from kehuma.lib.viewer import Viewer

NewCustomer = Callable[..., str]


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("conditions", "index"),
    [
        pytest.param({"region": ["440000"], "industry": ["C"]}, "trade", id="region and industry"),
        pytest.param({"region": ["440000"], "kind": "enterprise"}, "place", id="region and kind"),
        pytest.param({"region": ["440000"], "created_at": ("2026-01-01", "")}, "place", id="region and day"),
        pytest.param({"industry": ["C"], "owner": "none"}, "owned", id="industry and public pool"),
        pytest.param({"region": ["440000"], "owner": "7"}, "owned", id="region and owner"),
    ],
)
@pytest.mark.parametrize("who", ["admin", "wang"])
def test_a_list_under_two_conditions_is_narrowed_in_one_index(
    request: pytest.FixtureRequest, who: str, conditions: dict[str, Any], index: str
) -> None:
    viewer: Viewer = request.getfixturevalue(who)
    found = queries.filtered(viewer, conditions).order_by("-last_activity_at", "-pk")[:16]
    plan = found.explain()
    assert f"USING INDEX customers_customer_{index}" in plan
    assert "OR" not in plan.replace("FOR ORDER", "")
    assert "COVERING" in found.values("pk").explain(), "what is asked for is all in the index"


@pytest.mark.sqlite
def test_who_has_few_customers_does_not_look_through_all(wang: Viewer) -> None:
    assert "MULTI-INDEX OR" in queries.visible(wang, is_narrowed=False).explain()
    assert "MULTI-INDEX OR" not in queries.visible(wang).filter(pk__in=range(200)).explain()


def test_both_ways_of_asking_find_the_same(
    wang: Viewer, stranger: Viewer, li: Viewer, new_customer: NewCustomer
) -> None:
    own, pooled, strange = new_customer(), new_customer(owner=None), new_customer(by=stranger)
    expected = {wang: {own, pooled}, stranger: {pooled, strange}, li: {own, pooled}}
    for viewer, codes in expected.items():
        for is_narrowed in (True, False):
            found = queries.visible(viewer, is_narrowed=is_narrowed)
            assert {one.code_id for one in found} == codes
