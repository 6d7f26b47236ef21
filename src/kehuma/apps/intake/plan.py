"""How the cells of a row become the values of a customer, as the columns were mapped."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from kehuma.apps.intake.headings import JOINED, ours

_LONGEST_KEY = 100
_SHORT_CODE = re.compile(r"[1-9]\d(\d\d)?", re.ASCII)
# Between the parts of what several columns hold.
_BETWEEN = {"region": "", "address": "", "notes": "；", "tags": "、", "former_names": "、"}


@dataclass(frozen=True, slots=True)
class Plan:
    """The mapping of one batch. ``columns`` names the field of each column, ``words`` what to read for a cell's text."""

    header: Sequence[str]
    columns: Mapping[str, str]
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def places(self) -> dict[str, tuple[int, ...]]:
        """The places of the columns of each field."""
        found: dict[str, list[int]] = {}
        for index, column in enumerate(self.header):
            if target := self.columns.get(column, ""):
                found.setdefault(target, []).append(index)
        return {target: tuple(indexes) for target, indexes in found.items()}

    @property
    def targets(self) -> set[str]:
        """The fields that columns go into."""
        return {target for target in self.columns.values() if target}


class Reader:
    """Reads rows as the plan says."""

    def __init__(self, plan: Plan) -> None:
        self._places = plan.places()
        self._words = {target: plan.words[target] for target in self._places if plan.words.get(target)}
        self._name = self._places.get("name", (0,))[0]
        self._number = self._places.get("own_number")
        self._from = ours(plan.header)

    def texts(self, cells: Sequence[str], mended: Mapping[str, str] | None = None) -> dict[str, str]:
        """The text of each field; a cell that was mended counts as it is now."""
        found = {}
        for target, places in self._places.items():
            text = self._text(target, [cells[place].strip() for place in places])
            found[target] = self._words[target].get(text, text) if target in self._words else text
        return {**found, **mended} if mended else found

    def key(self, cells: Sequence[str]) -> str:
        """The name of the row within its source: its own number, or else what stands in it.

        Either way the same file again names the same rows.
        """
        number = cells[self._number[0]].strip() if self._number else ""
        if number and len(number) <= _LONGEST_KEY - 2:
            return f"n:{number}"
        return "r:" + hashlib.sha256("\x1f".join(cells[self._from :]).encode()).hexdigest()[:40]

    def title(self, cells: Sequence[str]) -> str:
        """What a person recognises the row by."""
        return cells[self._name].strip()[:200] if self._name < len(cells) else ""

    def place_of(self, target: str) -> int | None:
        """The column of a field that has exactly one."""
        places = self._places.get(target, ())
        return places[0] if len(places) == 1 else None

    def _text(self, target: str, parts: Sequence[str]) -> str:
        if len(parts) == 1:
            return parts[0]
        return _BETWEEN[target].join(dict.fromkeys(filter(None, parts)))

    def ways(self, target: str, cells: Sequence[str]) -> Iterator[str]:
        """A place written in several columns, from the whole to its parts: one unknown part must not lose the rest."""
        parts = [cells[place].strip() for place in self._places[target]]
        filled = [part for part in parts if part]
        if len(filled) == 1 and _SHORT_CODE.fullmatch(filled[0]):
            # Accounting systems number places by the first two or four of the six digits.
            yield filled[0].ljust(6, "0")
            yield filled[0][:2] + "0000"
        for start in range(len(filled)):
            yield "".join(filled[start:])
        yield "".join(reversed(filled))
        for end in range(len(filled) - 1, 0, -1):
            yield "".join(filled[:end])
        yield from reversed(filled)


def is_joined(target: str) -> bool:
    """Whether several columns may go into the field."""
    return target in JOINED
