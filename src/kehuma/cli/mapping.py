"""Which column of a file each attribute of a scheme comes from."""

import json
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kehuma.cli.facts import attributes_of, nearest_first
from kehuma.cli.texts import CommandError
from kehuma.engine.coding.model import Initials, Lookup, Scheme

Row = Sequence[str]


@dataclass(frozen=True, slots=True)
class Columns:
    """Attributes with the places of their columns, and the way to the key of a row.

    ``defaulted`` attributes have no column: every row gets the scheme's default. ``fields`` names the column behind a
    segment.
    """

    attributes: tuple[str, ...]
    places: tuple[int, ...]
    key_column: str | None
    key_of: Callable[[Row], str]
    defaulted: tuple[str, ...]
    fields: dict[str, str]
    width: int

    def values(self, row: Row) -> tuple[str, ...]:
        """What the row says about the attributes, in their order."""
        return tuple([row[place] for place in self.places])


def columns_for(scheme: Scheme, header: Sequence[str], *, mapped: Sequence[str], key: str | None) -> Columns:
    """The columns for a scheme's attributes: as ``--map`` says, else the column of the same name.

    CommandError where a column or attribute does not exist, or an attribute that the scheme needs has no column.
    """
    known = attributes_of(scheme)
    chosen = {attribute: _place(column, header) for attribute, column in _pairs(mapped, list(known))}
    by_name = {name.casefold(): place for place, name in enumerate(header)}
    for attribute in known:
        if attribute not in chosen and attribute.casefold() in by_name:
            chosen[attribute] = by_name[attribute.casefold()]
    missing = [attribute for attribute in known if attribute not in chosen]
    for attribute in missing:
        if not _has_default(scheme, attribute):
            raise CommandError("no-column", attribute=attribute, columns=list(header))
    attributes = tuple(attribute for attribute in known if attribute in chosen)
    key_place = None if key is None else _place(key, header)
    return Columns(
        attributes=attributes,
        places=tuple(chosen[attribute] for attribute in attributes),
        key_column=None if key_place is None else header[key_place],
        key_of=_whole_row_key(header) if key_place is None else _column_key(key_place),
        defaulted=tuple(missing),
        fields=_fields(scheme, {attribute: header[place] for attribute, place in chosen.items()}),
        width=len(header),
    )


def _pairs(mapped: Sequence[str], known: list[str]) -> list[tuple[str, str]]:
    pairs: dict[str, str] = {}
    for word in mapped:
        attribute, equals, column = word.partition("=")
        if not equals or not column:
            raise CommandError("map-form", word=word)
        if attribute not in known:
            raise CommandError("map-unknown", name=attribute, known=nearest_first(attribute, known))
        if attribute in pairs:
            raise CommandError("fact-twice", name=attribute)
        pairs[attribute] = column
    return list(pairs.items())


def _place(column: str, header: Sequence[str]) -> int:
    for wanted in (column, column.strip()):
        if wanted in header:
            return list(header).index(wanted)
    raise CommandError("column-unknown", column=column, columns=nearest_first(column, list(header)))


def _has_default(scheme: Scheme, attribute: str) -> bool:
    users = [segment for segment in scheme.segments if getattr(segment, "attribute", None) == attribute]
    return all(isinstance(segment, (Lookup, Initials)) and segment.default is not None for segment in users)


def _fields(scheme: Scheme, columns: dict[str, str]) -> dict[str, str]:
    pairs = [(segment.name, getattr(segment, "attribute", None)) for segment in scheme.segments]
    return {name: columns.get(attribute, attribute) for name, attribute in pairs if attribute}


def _column_key(place: int) -> Callable[[Row], str]:
    return lambda row: _normal(row[place])


def _whole_row_key(header: Sequence[str]) -> Callable[[Row], str]:
    """Cells with the names of their columns, empty ones left out: columns may move, and empty ones may be added."""

    def key_of(row: Row) -> str:
        cells = {name: _normal(cell) for name, cell in zip(header, row, strict=True)}
        return json.dumps({name: cell for name, cell in sorted(cells.items()) if cell}, ensure_ascii=False)

    return key_of


def _normal(cell: str) -> str:
    # Most cells are plain already, and normalising is the slower way to find that out.
    return cell.strip() if cell.isascii() else " ".join(unicodedata.normalize("NFKC", cell).split())
