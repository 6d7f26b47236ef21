"""What programs send of a list of customers, as a file that the intake takes."""

import csv
import hashlib
import json
from collections.abc import Mapping
from io import BytesIO, StringIO
from typing import Annotated, Any, BinaryIO, Literal, cast

from pydantic import AfterValidator, Field, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from kehuma.api.words import Name, Strict
from kehuma.lib.tabular.formulas import guarded

MOST_ROWS = 10_000
_LONGEST = 5_000


def _cell(value: object) -> object:
    is_cell = value is None or (isinstance(value, (str, int, float)) and not isinstance(value, bool))
    if not is_cell or len(str(value)) > _LONGEST:
        raise PydanticCustomError("fact", "a text or a number")
    return value


Cell = Annotated[
    Any, AfterValidator(_cell), WithJsonSchema({"type": ["string", "number", "null"], "maxLength": _LONGEST})
]
Head = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Target = Annotated[str, StringConstraints(max_length=100)]
Columns = Annotated[
    dict[Head, Target],
    Field(max_length=500, description="The field of each column, empty for none; guessed where it is not said"),
]


class Mapped(Strict):
    """Which column is which field, where the list comes from, and the rule that codes new customers."""

    source: Name
    scheme: Name | None = None
    columns: Columns = Field(default_factory=dict)


class Rows(Mapped):
    """A list in the request itself."""

    name: Name = "API"
    rows: list[Annotated[dict[Head, Cell], Field(min_length=1, max_length=500)]] = Field(
        min_length=1, max_length=MOST_ROWS
    )


class Commitment(Strict):
    """Which rows come in, and what happens to rows that may be customers already and that nobody has decided about."""

    mode: Literal["both", "create", "update"] = "both"
    duplicates: Literal["leave", "skip", "update", "create"] = "leave"


def as_file(rows: list[dict[str, Any]]) -> BytesIO:
    """The rows as comma-separated text; a column for every key, in the order in which they appear."""
    heads = list(dict.fromkeys(key for row in rows for key in row))
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    # Written as our own exports are, so that reading gives every text back as it was.
    writer.writerow(guarded(heads))
    writer.writerows(guarded([_text(row.get(head)) for head in heads]) for row in rows)
    return BytesIO(text.getvalue().encode())


def digest_of(body: Mapping[str, Any]) -> str:
    """By which two requests with the same key are seen to say the same."""
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _text(value: object) -> str:
    return "" if value is None else str(value)


class Hashing:
    """A file that is hashed while somebody else reads it."""

    def __init__(self, file: Any) -> None:  # noqa: ANN401 - a request can be read like a file
        self._file, self._digest = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """A piece."""
        piece = cast("bytes", self._file.read(size))
        self._digest.update(piece)
        return piece

    def rest(self) -> str:
        """The digest, after what nobody has read yet."""
        while self.read(1 << 20):
            pass
        return self._digest.hexdigest()

    @property
    def as_file(self) -> BinaryIO:
        """For whoever only reads."""
        return cast("BinaryIO", self)
