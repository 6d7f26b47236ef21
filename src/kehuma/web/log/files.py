"""Answers that are files."""

from pathlib import Path
from typing import cast

from django.http import FileResponse, HttpResponse
from django.utils.http import content_disposition_header


def download(text: str, name: str) -> HttpResponse:
    """A text as a file of this name."""
    headers = {"Content-Disposition": content_disposition_header(as_attachment=True, filename=name) or "attachment"}
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers=headers)


def sent(path: Path, name: str) -> HttpResponse:
    """A file under this name."""
    return cast("HttpResponse", FileResponse(path.open("rb"), as_attachment=True, filename=name))
