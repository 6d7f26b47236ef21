"""Files whose content nobody reads without its key: kept ones, and those that only last as long as they are needed."""

import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from kehuma.engine.encryption.streams import PIECE, Place, SealedReader, SealedWriter
from kehuma.engine.encryption.subjects import Column, SubjectKey

_COLUMN = Column("spool", "content")


@contextmanager
def writing(path: Path, place: Place) -> Iterator[SealedWriter]:
    """A file to be written, which takes its path when the ``with`` ends well; after an error all is as it was.

    It is for its owner only, on the disk when it has its name, and closed; its folder is made where it is missing.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o600)
    try:
        with os.fdopen(descriptor, "wb") as target:
            writer = SealedWriter(target, place, os.urandom)
            yield writer
            writer.finish()
            target.flush()
            os.fsync(target.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def opened(path: Path, place: Place) -> BinaryIO:
    """The content of a file, to be read from any place; FileNotFoundError, SealedError where it is not as it was."""
    source = path.open("rb")
    try:
        return io.BufferedReader(SealedReader(source, place), PIECE)
    except BaseException:
        source.close()
        raise


def length(path: Path, place: Place) -> int:
    """How long the content of a file is."""
    with opened(path, place) as content:
        return content.seek(0, io.SEEK_END)


class Spool:
    """Content that waits on a disk under a key which is nowhere but in this process, and goes with it.

    >>> spool = Spool()
    >>> spool.write(b"13800138000"), spool.read_back().read()
    (11, b'13800138000')
    """

    def __init__(self) -> None:
        self._place = Place(SubjectKey("spool", os.urandom(32)), _COLUMN, "")
        self._file: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 - it is open for as long as we are
        self._writer = SealedWriter(self._file, self._place, os.urandom)

    def write(self, content: bytes) -> int:
        """Add content."""
        return self._writer.write(content)

    def read_back(self) -> BinaryIO:
        """What was written, from its beginning; nothing more can be added. Closing it lets the content go."""
        self._writer.finish()
        return io.BufferedReader(SealedReader(self._file, self._place), PIECE)

    def close(self) -> None:
        """Let the content go."""
        self._file.close()
