"""How many customers share each combination of values: by a few of them somebody outside could be told.

Eight bytes are kept of a row, so that a million rows need eight megabytes and not the rows.
"""

import hashlib
import os
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

# Fewer customers than this are few.
FEW = 5


class Rare(NamedTuple):
    """How many rows have a combination that few share, and how many such combinations there are."""

    rows: int
    groups: int


class Combinations:
    """The combinations of a list, added row by row and then counted once.

    >>> seen = Combinations()
    >>> for cells in [("北京", "2026")] * 5 + [("上海", "2026")] * 2:
    ...     seen.add(cells)
    >>> seen.count(), seen.is_common(("北京", "2026")), seen.is_common(("上海", "2026"))
    (Rare(rows=2, groups=1), True, False)
    """

    def __init__(self) -> None:
        self._key = os.urandom(16)
        self._seen = array("Q")
        self._common = array("Q")

    def add(self, cells: Sequence[str]) -> None:
        """One more row."""
        self._seen.append(self._mark(cells))

    def count(self, few: int = FEW) -> Rare:
        """How many rows have a combination that fewer than ``few`` have; what was added is let go."""
        import numpy as np  # noqa: PLC0415 - most processes never count

        marks, counts = np.unique(np.frombuffer(self._seen, np.uint64), return_counts=True)
        is_rare = counts < few
        self._common = array("Q", marks[~is_rare].tobytes())
        self._seen = array("Q")
        return Rare(int(counts[is_rare].sum()), int(is_rare.sum()))

    def is_common(self, cells: Sequence[str]) -> bool:
        """Whether many had this combination when it was counted; one that nobody had then is not common."""
        mark = self._mark(cells)
        place = bisect_left(self._common, mark)
        return place < len(self._common) and self._common[place] == mark

    def _mark(self, cells: Sequence[str]) -> int:
        digest = hashlib.blake2b("\0".join(cells).encode(), digest_size=8, key=self._key)
        return int.from_bytes(digest.digest(), "little")
