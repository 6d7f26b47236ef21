"""The codes of a counter as runs: neighbours of one version and one state, as the counter gave them out.

The store finds the runs, so that a million codes in a row are a few rows here. Codes whose fate is told one by one, or
that perhaps did not come from the counter, are runs of their own.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from django.db import connection

from kehuma.apps.codes.models import Code, State

GIVEN = (State.ISSUED, State.SUPERSEDED, State.MERGED, State.RETIRED)
# So many codes are looked at in one statement; a run that is longer comes in pieces.
_AT_ONCE = 50_000
# What a snapshot of a code by hand holds. Others may hold it too: their codes come one by one, and nothing else.
_BY_HAND = '%"origin"%'
_FEW = """
WITH few AS (
    SELECT id, number, state, version_id,
        CASE WHEN state IN ({given}) AND CAST(snapshot AS text) NOT LIKE %s THEN 1 ELSE 0 END AS is_plain
    FROM codes_code WHERE counter_id = %s AND number >= %s ORDER BY number LIMIT %s
)
"""
# Mostly all of them are one run, which is seen in a fifth of the time.
_WHOLE = """
SELECT min(number), max(number), count(*), min(state), max(state), min(version_id), max(version_id), min(is_plain) FROM few
"""
_SEVERAL = """
, marked AS (
    SELECT id, number, state, version_id, CASE WHEN is_plain = 1 AND lag(is_plain) OVER line = 1
        AND state = lag(state) OVER line AND version_id = lag(version_id) OVER line
        AND number - lag(number) OVER line = CASE version_id {steps} END THEN 0 ELSE 1 END AS begins
    FROM few WINDOW line AS (ORDER BY number)
), numbered AS (
    SELECT id, number, begins, sum(begins) OVER (ORDER BY number) AS run FROM marked
), runs AS (
    SELECT max(CASE WHEN begins = 1 THEN id END) AS id, max(number) AS last, count(*) AS size FROM numbered GROUP BY run
)
SELECT code.id, code.number, runs.last, runs.size, code.state, code.version_id, code.snapshot
FROM runs JOIN codes_code code ON code.id = runs.id ORDER BY code.number
"""


class Run(NamedTuple):
    """``size`` codes from ``first`` to ``last``; the snapshot is that of the first."""

    id: int
    first: int
    last: int
    size: int
    state: str
    version: int
    snapshot: Mapping[str, Any]


def runs(counter: int, steps: Mapping[int, int], *, start: int = 0) -> Iterator[list[Run]]:
    """The runs of a counter from the number ``start`` on, some at a time; ``steps`` is how far each version's serial goes."""
    while found := _few(counter, steps, start):
        yield found
        start = found[-1].last + 1


def _few(counter: int, steps: Mapping[int, int], start: int) -> list[Run]:
    few = _FEW.format(given=", ".join(["%s"] * len(GIVEN)))
    asked: list[str | int] = [*map(str, GIVEN), _BY_HAND, counter, start, _AT_ONCE]
    with connection.cursor() as cursor:
        cursor.execute(few + _WHOLE, asked)
        first, last, size, *same, is_plain = cursor.fetchone()
        if not size:
            return []
        state, version = same[0], same[2]
        if is_plain and same == [state, state, version, version] and last - first == (size - 1) * steps[version]:
            number, snapshot = Code.objects.values_list("id", "snapshot").get(counter=counter, number=first)
            return [Run(number, first, last, size, state, version, snapshot)]
        whens = " ".join("WHEN %s THEN %s" for _ in steps)
        pairs = [number for pair in steps.items() for number in pair]
        cursor.execute(few + _SEVERAL.format(steps=whens), [*asked, *pairs])
        return [Run._make((*row[:-1], _read(row[-1]))) for row in cursor.fetchall()]


def snapshot_of(counter: int, number: int) -> Mapping[str, Any]:
    """The snapshot of the code that has this number."""
    found: Mapping[str, Any] = Code.objects.values_list("snapshot", flat=True).get(counter=counter, number=number)
    return found


def _read(snapshot: Any) -> Mapping[str, Any]:  # noqa: ANN401 - as the driver has it
    read: Mapping[str, Any] = json.loads(snapshot) if isinstance(snapshot, (str, bytes)) else snapshot
    return read
