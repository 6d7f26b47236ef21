from datetime import UTC, datetime, timedelta

from kehuma.lib import clock


def test_the_clock_tells_utc_and_never_a_time_without_zone() -> None:
    told = clock.now()
    assert told.utcoffset() == timedelta(0)
    assert told > datetime(2025, 1, 1, tzinfo=UTC)
