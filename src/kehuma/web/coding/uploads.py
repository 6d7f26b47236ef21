"""Texts and tables that people upload or paste."""

import io
import re
from typing import TYPE_CHECKING

from django.core.files.uploadedfile import UploadedFile

from kehuma.engine.coding.errors import SchemeError
from kehuma.lib.tabular import Table, open_table
from kehuma.web.pages import Request

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_LARGEST_SCHEME = 1_000_000
_ENDING = re.compile(r"\.[a-z]{2,7}(\.gz)?\Z")


def text_of_upload(request: Request, name: str = "file", field: str = "text") -> str:
    """The text of a file that was uploaded, or what was pasted instead; SchemeError where it is no text."""
    file = request.FILES.get(name)
    if not isinstance(file, UploadedFile):
        return request.POST.get(field, "").replace("\r\n", "\n")
    if (file.size or 0) > _LARGEST_SCHEME:
        raise SchemeError("file-too-long", where="", most=_LARGEST_SCHEME)
    try:
        return bytes(file.read()).decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise SchemeError("toml", where="", reason=str(error)) from None


def table_of(file: "UploadedFile[bytes]") -> Table:
    """The table in an uploaded file, read from where it waits; TabularError."""
    found = _ENDING.search((file.name or "").lower())
    return open_table(f"upload{found[0] if found else '.csv'}", opener=lambda: io.BufferedReader(_Again(file)))


class _Again(io.RawIOBase):
    """An upload from its beginning; closing it leaves the upload open, since a table is opened several times."""

    def __init__(self, file: "UploadedFile[bytes]") -> None:
        super().__init__()
        self._file = file
        file.seek(0)

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """As files do it."""
        self._file.seek(offset, whence)
        return self.tell()

    def tell(self) -> int:
        """The place that is read next."""
        return int(self._file.tell())

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """What comes next."""
        with memoryview(buffer).cast("B") as wanted:
            found = self._file.read(len(wanted))
            wanted[: len(found)] = found
        return len(found)
