"""Files that leave the house."""

import io
from collections.abc import Iterator
from typing import BinaryIO, cast

from django.http import HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header

_WHOLE = 4 * 1024 * 1024
_PIECE = 1 << 16
_TYPE = "application/octet-stream"


def download(content: BinaryIO, name: str) -> HttpResponse:
    """Content under a name, always as a download: what people upload is never shown as a page of ours.

    A large one is opened and sent piece by piece. The content is closed when it is gone.
    """
    size = content.seek(0, io.SEEK_END)
    content.seek(0)
    if size <= _WHOLE:
        with content:
            answer = HttpResponse(content.read(), content_type=_TYPE)
    else:
        # Django's answers that stream share only their base with the others; pages treat them alike.
        answer = cast("HttpResponse", StreamingHttpResponse(_pieces(content), content_type=_TYPE))
        answer["Content-Length"] = str(size)
    answer["Content-Disposition"] = str(content_disposition_header(as_attachment=True, filename=name))
    return answer


def _pieces(content: BinaryIO) -> Iterator[bytes]:
    with content:
        while piece := content.read(_PIECE):
            yield piece
