"""One data key per subject; under it lie the subject's values, each bound to its table, column, subject and row.

>>> import os
>>> key, phone = SubjectKey("7d0a", os.urandom(32)), Column("customers", "phone")
>>> sealed = key.seal(phone, "13800138000".encode(), os.urandom)
>>> key.open(phone, sealed).decode(), len(sealed) - len("13800138000")
('13800138000', 33)
>>> key.open(Column("customers", "email"), sealed)
Traceback (most recent call last):
kehuma.engine.encryption.errors.SealedError: this value was sealed for another column than customers.email
"""

from kehuma.engine.encryption.ciphers import AES_256_GCM, Cipher
from kehuma.engine.encryption.envelopes import VALUE, SealingKey, parse
from kehuma.engine.encryption.errors import SealedError
from kehuma.engine.encryption.hidden import Chance, joined, mark

_NO_ROW = joined("")
_NO_ROW_MARK = mark(_NO_ROW)


class Column:
    """A column of a table, by the names that values are bound to for ever: renaming a table must not change them."""

    __slots__ = ("bound", "mark", "name")

    def __init__(self, table: str, column: str) -> None:
        self.name = f"{table}.{column}"
        self.bound = joined(table, column)
        self.mark = mark(self.bound)

    def __repr__(self) -> str:
        return f"Column({self.name})"


class SubjectKey(SealingKey):
    """The data key of one subject. Who destroys all its wrapped copies has erased what was sealed under it."""

    __slots__ = ("_bound", "_mark", "subject")

    def __init__(self, subject: str, secret: bytes, *, cipher: Cipher = AES_256_GCM) -> None:
        super().__init__(secret, cipher)
        self.subject = subject
        self._bound = joined(subject)
        self._mark = mark(self._bound)

    def seal(self, column: Column, plain: bytes, chance: Chance, *, row: str = "") -> bytes:
        """``plain`` sealed for this place. ``row`` tells the rows of a subject apart where it has several."""
        row_bound, row_mark = _row(row)
        marks = column.mark + self._mark + row_mark
        return self._seal(VALUE, marks, column.bound + self._bound + row_bound, plain, chance)

    def open(self, column: Column, sealed: bytes, *, row: str = "") -> bytes:
        """What was sealed; SealedError names what is not as it was: length, kind, cipher, subject, column, row."""
        cipher, marks = parse(VALUE, sealed)
        row_bound, row_mark = _row(row)
        # The subject first: a value of another subject is foreign whatever its column is.
        if marks[1:2] != self._mark:
            raise SealedError("value-of-another-subject", column=column.name, subject=self.subject)
        if marks[:1] != column.mark:
            raise SealedError("value-of-another-column", column=column.name)
        if marks[2:] != row_mark:
            raise SealedError("value-of-another-row", column=column.name, subject=self.subject)
        plain = self._opened(VALUE, cipher, sealed, column.bound + self._bound + row_bound)
        if plain is None:
            raise SealedError("value-damaged", column=column.name, subject=self.subject)
        return plain


def _row(row: str) -> tuple[bytes, bytes]:
    if not row:
        return _NO_ROW, _NO_ROW_MARK
    bound = joined(row)
    return bound, mark(bound)
