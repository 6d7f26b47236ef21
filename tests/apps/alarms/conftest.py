"""Neighbouring codes, and what is noted and not yet written forgotten between tests."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from kehuma.apps.alarms import counting, services
from kehuma.apps.codes import services as codes
from kehuma.lib.viewer import Viewer

# Ten in the morning of a Monday, where the organisation is.
MORNING = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
Look = Callable[..., int]


@pytest.fixture(autouse=True)
def _nothing_noted() -> Iterator[None]:
    counting.forget()
    yield
    counting.forget()


@pytest.fixture
def neighbours(admin: Viewer) -> list[str]:
    """Thirty neighbouring codes that are nobody's own: BJ-IT-0001-Y and so on."""
    orders = [(str(number), ("北京", "信息技术")) for number in range(30)]
    made = codes.issue_many(
        "region-industry", ("region", "industry"), orders, source="list", actor=admin.actor, at=MORNING
    )
    return [one.code for one in made if one.code]


@pytest.fixture
def look(db: None) -> Look:  # noqa: ARG001 - the tables must be there
    """``look(wang, codes, misses=3)``: the look-ups, written down and watched; how many alarms that gave."""

    def _look(viewer: Viewer, codes: list[str] = [], *, misses: int = 0, at: datetime = MORNING) -> int:  # noqa: B006
        counting.found(viewer, codes, at)
        counting.missed(viewer, [f"NO-{number}" for number in range(misses)], at)
        counting.flush()
        return services.watch(at + timedelta(minutes=1))

    return _look
