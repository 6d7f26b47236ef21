"""The rows that a recipient gets: counted in one pass over all customers, written in another.

They stand in the order of their pseudonyms, which is another one for each recipient: two files whose rows came in the
same order would be laid side by side. Nothing of a row is kept between the passes but its id, its place in that order
and a mark of its combination, 24 bytes.
"""

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from kehuma.apps.connectors.sharing.columns import Column, cell_of
from kehuma.apps.connectors.sharing.groups import Combinations, Rare
from kehuma.apps.customers.plain import CHUNK, PlainRow, plain_rows
from kehuma.apps.sealing.queries import RecipientKey
from kehuma.engine.coding.errors import Language
from kehuma.lib.tabular import Writer
from kehuma.lib.viewer import Viewer

PSEUDONYM = {"zh": "假名", "en": "Pseudonym"}
Report = Callable[[int], object]


class Alternative(NamedTuple):
    """What would be rare if one column were coarser, or left out where ``coarser`` is None."""

    column: Column
    coarser: Column | None
    rare: Rare


@dataclass(frozen=True, slots=True)
class Order:
    """What is given to whom: ``columns`` now, and ``before`` what the recipient knows under the same pseudonyms."""

    viewer: Viewer
    key: RecipientKey
    columns: Sequence[Column]
    before: Sequence[Column]
    language: Language

    @property
    def heads(self) -> list[str]:
        """The heads of the file."""
        return [PSEUDONYM[self.language], *(column.title(self.language) for column in self.columns)]

    def known(self, columns: Sequence[Column]) -> list[Column]:
        """What the recipient would know of each customer with these columns."""
        names = {column.name for column in columns}
        return [*columns, *(column for column in self.before if column.name not in names)]


class Counted:
    """What the first pass has found."""

    def __init__(self, combinations: Combinations, ids: Sequence[int]) -> None:
        self.rare, self.ids, self.is_common = combinations.count(), ids, combinations.is_common


class _Cells:
    """The cells of some columns, and the fields that must be read for them."""

    def __init__(self, columns: Sequence[Column], language: Language) -> None:
        self.fields = list({column.field.key: column.field for column in columns}.values())
        places = [field.key for field in self.fields]
        self._ways = [(places.index(column.field.key), cell_of(column, language)) for column in columns]

    def of(self, values: Sequence[Any]) -> list[str]:
        return [way(values[place]) for place, way in self._ways]


def counted(order: Order, report: Report) -> Counted:
    """Look at every row once; ``report`` hears how many rows were looked at."""
    cells, combinations = _Cells(order.known(order.columns), order.language), Combinations()
    ids, places = array("q"), array("Q")
    for rows in plain_rows(order.viewer, cells.fields):
        for row in rows:
            combinations.add(cells.of(row.values))
            ids.append(row.id)
            places.append(int.from_bytes(order.key.begins(row.identity)[:8], "big"))
        report(len(ids))
    return Counted(combinations, _sorted(ids, places))


def alternatives(order: Order, report: Report) -> list[Alternative]:
    """What coarsening each of the columns alone would do, the most helpful first."""
    ways = [(column, column.coarser) for column in order.columns]
    variants = [_without(order, column, coarser) for column, coarser in ways]
    everything = list(
        {column.name: column for columns in [order.known(order.columns), *variants] for column in columns}.values()
    )
    cells = _Cells(everything, order.language)
    names = [column.name for column in everything]
    places = [[names.index(column.name) for column in columns] for columns in variants]
    seen = [Combinations() for _ in variants]
    done = 0
    for rows in plain_rows(order.viewer, cells.fields):
        for row in rows:
            texts = cells.of(row.values)
            for combinations, picked in zip(seen, places, strict=True):
                combinations.add([texts[place] for place in picked])
        report(done := done + len(rows))
    found = [Alternative(*way, one.count()) for way, one in zip(ways, seen, strict=True)]
    return sorted(found, key=lambda one: one.rare.rows)


def write(order: Order, found: Counted, writer: Writer, report: Report, *, keeps_rare: bool) -> int:
    """Write the rows, without those whose combination few share unless they are kept; how many were written."""
    cells = _Cells(order.known(order.columns), order.language)
    for start in range(0, len(found.ids), CHUNK):
        lines = _lines(order, cells, found.ids[start : start + CHUNK])
        width = len(order.columns) + 1
        # What a customer has become since it was counted is looked at anew.
        writer.write([line[:width] for line in lines if keeps_rare or found.is_common(line[1:])])
        report(min(start + CHUNK, len(found.ids)))
    return writer.row_count


def _lines(order: Order, cells: _Cells, ids: Sequence[int]) -> Iterator[list[str]]:
    read: dict[int, PlainRow] = {row.id: row for rows in plain_rows(order.viewer, cells.fields, ids) for row in rows}
    for number in ids:
        # Who went into the recycle bin meanwhile, or out of reach, is not there.
        if row := read.get(number):
            yield [order.key.pseudonym(row.identity), *cells.of(row.values)]


def _without(order: Order, column: Column, coarser: Column | None) -> list[Column]:
    changed = [coarser if one is column else one for one in order.columns]
    return order.known([one for one in changed if one is not None])


def _sorted(ids: "array[int]", places: "array[int]") -> "array[int]":
    import numpy as np  # noqa: PLC0415 - most processes never share

    order = np.argsort(np.frombuffer(places, np.uint64), kind="stable")
    return array("q", np.frombuffer(ids, np.int64)[order].tobytes())
