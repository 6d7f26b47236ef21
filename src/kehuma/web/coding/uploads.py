"""Texts and tables that people upload or paste."""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.files.uploadedfile import UploadedFile

from kehuma.engine.coding.errors import SchemeError
from kehuma.web.pages import Request

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


@contextmanager
def on_disk(file: "UploadedFile[bytes]") -> Iterator[Path]:
    """The uploaded file under its own ending, for the time of a ``with``: tables are read by their own process."""
    found = _ENDING.search((file.name or "").lower())
    ending = found[0] if found else ".csv"
    with tempfile.TemporaryDirectory(prefix="kehuma-") as folder:
        path = Path(folder) / f"upload{ending}"
        with path.open("wb") as target:
            for chunk in file.chunks():
                target.write(chunk)
        yield path
