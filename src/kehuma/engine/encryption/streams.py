"""Content of any length sealed piece by piece, readable from any place, and never shorter, longer or in another order.

>>> import io, os
>>> from kehuma.engine.encryption.subjects import Column, SubjectKey
>>> place = Place(SubjectKey("7d0a", os.urandom(32)), Column("customers.attachment", "content"), "91bc")
>>> kept = io.BytesIO()
>>> writer = SealedWriter(kept, place, os.urandom)
>>> writer.write(b"a contract"), writer.finish()
(10, 10)
>>> reader = SealedReader(kept, place)
>>> reader.seek(2), reader.read()
(2, b'contract')
>>> SealedReader(io.BytesIO(kept.getvalue()[:-1]), place)
Traceback (most recent call last):
kehuma.engine.encryption.errors.SealedError: this file is damaged or was cut off, or it was sealed elsewhere

The pieces are values of the subject, each bound to the name of the content, its own number, and whether it is the last
one: the construction STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015) with drawn nonces.
"""

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from kehuma.engine.encryption.ciphers import NONCE, TAG
from kehuma.engine.encryption.envelopes import VALUE
from kehuma.engine.encryption.errors import SealedError
from kehuma.engine.encryption.hidden import Chance
from kehuma.engine.encryption.subjects import Column, SubjectKey

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

HEAD = b"kehuma sealed 1\n"
PIECE = 1 << 16
_MORE = VALUE.header + NONCE + TAG


@dataclass(frozen=True, slots=True)
class Place:
    """What content is bound to: the key of its subject, the column that it belongs to, its own name within both."""

    key: SubjectKey
    column: Column
    name: str

    def row(self, number: int, *, is_last: bool) -> str:
        """The name of one piece."""
        return f"{self.name} {number}{' end' if is_last else ''}"


class SealedWriter(io.RawIOBase):
    """Seals what is written to it. Only ``finish`` makes the content whole: what was merely closed does not open."""

    def __init__(self, target: BinaryIO, place: Place, chance: Chance) -> None:
        super().__init__()
        self._target, self._place, self._chance = target, place, chance
        self._waiting = bytearray()
        self._number = self._length = 0
        target.write(HEAD)

    def writable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """How much was written."""
        return self._length

    def write(self, content: "ReadableBuffer", /) -> int:
        """Take all of it."""
        plain = memoryview(content).cast("B")
        self._waiting += plain
        self._length += len(plain)
        # The last piece is only known at the end, so a full one waits until there is more.
        if len(self._waiting) > PIECE:
            self._seal_full()
        return len(plain)

    def finish(self) -> int:
        """Seal the last piece; how long the content is."""
        self._seal(bytes(self._waiting), is_last=True)
        self._waiting.clear()
        return self._length

    def _seal_full(self) -> None:
        count = (len(self._waiting) - 1) // PIECE
        with memoryview(self._waiting) as waiting:
            for start in range(0, count * PIECE, PIECE):
                self._seal(bytes(waiting[start : start + PIECE]), is_last=False)
        del self._waiting[: count * PIECE]

    def _seal(self, plain: bytes, *, is_last: bool) -> None:
        row = self._place.row(self._number, is_last=is_last)
        self._target.write(self._place.key.seal(self._place.column, plain, self._chance, row=row))
        self._number += 1


class SealedReader(io.RawIOBase):
    """Opens what ``SealedWriter`` wrote; SealedError ``content-damaged`` where anything differs. Closes its source."""

    def __init__(self, source: BinaryIO, place: Place) -> None:
        super().__init__()
        self._source, self._place = source, place
        sealed = source.seek(0, io.SEEK_END) - len(HEAD)
        source.seek(0)
        self._count = -(-sealed // (PIECE + _MORE))
        self.length = sealed - self._count * _MORE
        last = self.length - (self._count - 1) * PIECE
        # Only content that is empty as a whole has an empty piece.
        if source.read(len(HEAD)) != HEAD or self._count < 1 or last < (self._count > 1):
            raise SealedError("content-damaged")
        self._at, self._number, self._piece = 0, -1, b""
        # Whoever cut the end off must not be read first and found out later.
        self._open(self._count - 1)

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """The place that is read next."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """As files do it."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.length}[whence]
        if base + offset < 0:
            message = "a place before the beginning"
            raise ValueError(message)
        self._at = base + offset
        return self._at

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """What is left of the piece at this place."""
        number, start = divmod(self._at, PIECE)
        if self._at >= self.length:
            return 0
        if number != self._number:
            self._open(number)
        with memoryview(buffer).cast("B") as wanted:
            found = self._piece[start : start + len(wanted)]
            wanted[: len(found)] = found
        self._at += len(found)
        return len(found)

    def close(self) -> None:
        """Let go of the source and of what was opened."""
        self._piece = b""
        if not self.closed:
            self._source.close()
        super().close()

    def _open(self, number: int) -> None:
        self._source.seek(len(HEAD) + number * (PIECE + _MORE))
        sealed = self._source.read(PIECE + _MORE)
        row = self._place.row(number, is_last=number == self._count - 1)
        try:
            self._piece = self._place.key.open(self._place.column, sealed, row=row)
        except SealedError as error:
            raise SealedError("content-damaged") from error
        self._number = number
