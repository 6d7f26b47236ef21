"""Where codes stand among their neighbours, and codes that look like others and stand for nothing."""

import random
from datetime import UTC, datetime

import pytest

from kehuma.apps.codes import queries, services
from kehuma.apps.codes.errors import UnknownSchemeError

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
RULE = """
kehuma = 1
name = "tens"
title = { zh = "十进", en = "By tens" }
template = "{region}-{serial:4}"

[segments.region]
dictionary = "cn-province"

[segments.serial]
per = ["region"]
start = 5
step = 10
"""


@pytest.fixture
def given(db: None) -> list[str]:  # noqa: ARG001 - the tables must be there
    """BJ-0005, BJ-0015, BJ-0025 and SH-0005."""
    services.publish(RULE, actor="cli:root", at=NOON)
    orders = [(str(number), (place,)) for number, place in enumerate(("北京", "北京", "北京", "上海"))]
    made = services.issue_many("tens", ("region",), orders, source="list", actor="cli:root", at=NOON)
    return [one.code for one in made if one.code]


def test_neighbours_are_one_step_of_their_serial_apart(given: list[str]) -> None:
    ids = queries.ids_of([*given, "BJ-9999"])
    places = queries.places(ids.values())
    assert [places[ids[code]].rank for code in given] == [0, 1, 2, 0]
    counters = [places[ids[code]].counter for code in given]
    assert len(set(counters[:3])) == 1
    assert counters[3] != counters[0]
    assert queries.at_ranks(counters[0] or 0, [0, 2, 7]) == {0: "BJ-0005", 2: "BJ-0025"}


def test_codes_that_resemble_others_take_the_next_numbers_of_their_counters(given: list[str]) -> None:
    made = services.issue_resembling("tens", 40, actor="cli:root", at=NOON, chance=random.Random(1))  # noqa: S311
    assert len(given) == 4
    assert 2 <= len(made) <= 4
    assert {one.code[:2] for one in made} == {"BJ", "SH"}
    assert all(one.is_new and queries.resolve(one.code).found for one in made)
    numbers = sorted(one.number or 0 for one in made if one.code.startswith("BJ"))
    assert numbers[0] == 35


def test_where_nothing_was_given_out_nothing_can_be_resembled(db: None) -> None:  # noqa: ARG001 - as above
    services.publish(RULE, actor="cli:root", at=NOON)
    assert services.issue_resembling("tens", 3, actor="cli:root", at=NOON) == []
    with pytest.raises(UnknownSchemeError):
        services.issue_resembling("nothing", 3, actor="cli:root", at=NOON)
