"""Copies of the whole store: taken while others write, unpacked into a scratch place, compared table by table.

``copier()`` is the one for the store in use. A copy is a file; ``Copier`` says what can be done with it.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from django.conf import settings

Progress = Callable[[float], None]


class Table(NamedTuple):
    """What a table held: how many rows, and a digest of their values in the order of the store."""

    rows: int
    digest: str


Tables = Mapping[str, Table]


class Copier(Protocol):
    """Takes copies of one store and brings them back."""

    kind: str
    file_name: str

    def size(self) -> int:
        """About how many bytes a copy takes."""

    def copy(self, target: Path, progress: Progress) -> Tables:
        """Write a copy that holds what was committed at one moment; the tables as they were at that moment."""

    def tables(self, copy: Path, scratch: Path, progress: Progress) -> Tables:
        """Unpack a copy into the empty folder ``scratch``, check it, say what it holds. CopyError where it is broken."""

    def replace(self, copy: Path, aside: Path) -> str:
        """Put a copy in the place of the store; what was there is kept, and the answer says where."""


def copier() -> Copier:
    """The copier of the store in use."""
    # psycopg is there only where it is used.
    database: dict[str, Any] = settings.DATABASES["default"]
    if database["ENGINE"] == "kehuma.lib.db":
        from kehuma.lib.db.copies.sqlite import SQLiteCopier  # noqa: PLC0415 - as above

        return SQLiteCopier(Path(str(database["NAME"])))
    from kehuma.lib.db.copies.postgresql import PostgreSQLCopier  # noqa: PLC0415 - as above

    return PostgreSQLCopier(database)
