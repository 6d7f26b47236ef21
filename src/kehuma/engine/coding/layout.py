"""Where the identity of a code ends and its live parts begin.

A live part and the literal beside it form one group that may be missing. Which literal: the separators directly
before the part, else those directly after it, else the whole literal before it, else the one after it; a separator
belongs to one live part only. Live parts that a code begins with each take the separator after them.

>>> from kehuma.engine.coding.model import Literal, Serial, Text
>>> items = layout((Text("grade", "grade", live=True), Literal("-HQ-"), Serial("serial", width=3)))
>>> [(item.part.text if isinstance(item.part, Literal) else item.part.name, item.group) for item in items]
[('grade', 0), ('-', 0), ('HQ', None), ('-', None), ('serial', None)]
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kehuma.engine.coding.model import SEPARATORS, Literal, Part

_RUNS = re.compile(f"[{re.escape(SEPARATORS)}]+|[^{re.escape(SEPARATORS)}]+")


@dataclass(frozen=True, slots=True)
class Item:
    """A part in its place; items of one ``group`` are there or missing together, None belongs to the identity."""

    part: Part
    group: int | None = None

    @property
    def is_literal(self) -> bool:
        """Whether the part is fixed text."""
        return isinstance(self.part, Literal)


def literal_pieces(text: str) -> list[str]:
    """Fixed text cut into runs of separators and runs of anything else."""
    return _RUNS.findall(text)


def layout(parts: Sequence[Part]) -> tuple[Item, ...]:
    """The parts as items, literals cut where a live part takes a piece of them."""
    items = [Item(piece) for part in parts for piece in _pieces(part)]
    live = [index for index, item in enumerate(items) if not isinstance(item.part, Literal) and item.part.live]
    for group, index in enumerate(live):
        items[index] = Item(items[index].part, group)
    for is_wanted, side in ((_is_separator, -1), (_is_separator, 1), (_is_any, -1), (_is_any, 1)):
        for group, index in enumerate(live):
            beside = index + side
            if side == 1 and all(item.group is not None for item in items[:beside]):
                _give_up(items, beside)
            has_one = any(items[place].group == group for place in (index - 1, index + 1) if 0 <= place < len(items))
            if not has_one and 0 <= beside < len(items) and items[beside].group is None and is_wanted(items[beside]):
                items[beside] = Item(items[beside].part, group)
    return tuple(items)


def _give_up(items: list[Item], place: int) -> None:
    """Free a separator for the live part that a code begins with: its owner takes the next one instead, if it can."""
    owner = place + 1
    if owner < len(items) and _is_separator(items[place]) and items[place].group == items[owner].group is not None:
        _give_up(items, owner + 1)
        if owner + 1 < len(items) and _is_separator(items[owner + 1]) and items[owner + 1].group is None:
            items[owner + 1] = Item(items[owner + 1].part, items[owner].group)
            items[place] = Item(items[place].part)


def _pieces(part: Part) -> list[Part]:
    if not isinstance(part, Literal) or part.title is not None:
        return [part]
    return [Literal(piece) for piece in literal_pieces(part.text)]


def _is_separator(item: Item) -> bool:
    return isinstance(item.part, Literal) and not item.part.text.strip(SEPARATORS)


def _is_any(item: Item) -> bool:
    return isinstance(item.part, Literal)
