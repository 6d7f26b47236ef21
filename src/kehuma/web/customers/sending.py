"""Files that leave the house."""

from pathlib import Path
from typing import cast

from django.http import FileResponse, HttpResponse
from django.utils.http import content_disposition_header

_WHOLE = 4 * 1024 * 1024
_TYPE = "application/octet-stream"


def download(path: Path, name: str) -> HttpResponse:
    """The file under a name, always as a download: what people upload is never shown as a page of ours.

    A large one is sent piece by piece; it is open by then, so that it may be removed from its folder.
    """
    if path.stat().st_size <= _WHOLE:
        answer = HttpResponse(path.read_bytes(), content_type=_TYPE)
        answer["Content-Disposition"] = str(content_disposition_header(as_attachment=True, filename=name))
        return answer
    # Django's answers that stream share only their base with the others; pages treat them alike.
    return cast("HttpResponse", FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type=_TYPE))
