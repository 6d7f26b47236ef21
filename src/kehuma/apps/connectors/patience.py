"""How long a message is tried, and what becomes of it in the end.

>>> held(1), held(4), held(5) is None
(datetime.timedelta(seconds=5), datetime.timedelta(seconds=300), True)
>>> aside(0), aside(6) is None
(datetime.timedelta(seconds=1800), True)
"""

from datetime import timedelta

# A restart takes seconds, a roll-out minutes: for so long the order is worth more than what waits behind.
HOLD = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 120, 300))
# An afternoon, a night, a weekend: three days in all.
ASIDE = tuple(timedelta(minutes=minutes) for minutes in (30, 120, 360, 720, 1440, 1440))
# A receiver that is down would fill the table; one bug of it with one kind of event must not stop the others.
MOST_ASIDE = 100
# Nothing has arrived for longer than anybody is on holiday over a long weekend.
STOP_AFTER = timedelta(days=5)
# What was given up can be sent again by a person for so long.
KEPT = timedelta(days=30)
# How long an old secret signs beside the new one, unless a person says otherwise.
OVERLAP = timedelta(days=7)


def held(failures: int) -> timedelta | None:
    """How long a message that failed so often is held back; None where it is set aside."""
    return HOLD[failures - 1] if failures <= len(HOLD) else None


def aside(step: int) -> timedelta | None:
    """How long a message waits that was set aside and has failed ``step`` times since; None where it is given up."""
    return ASIDE[step] if step < len(ASIDE) else None
