"""Codes for machines as inline SVG: QR for telephones, Code 128 for scanners.

Both are one path each, since a sheet holds 24 of them.
"""

from itertools import groupby

import segno
from barcode import Code128
from barcode.errors import BarcodeError
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

_QUIET = 10


def qr(text: str, *, label: str = "") -> SafeString:
    """The QR symbol of a text, error correction M; ``label`` says what it is where the text is long."""
    rows = [bytes(row) for row in segno.make(text, error="m", micro=False).matrix]
    path = "".join(f"M{start} {y}h{width}v1h-{width}z" for y, row in enumerate(rows) for start, width in _runs(row))
    size = len(rows)
    return format_html(
        '<svg class="qr" viewBox="-1 -1 {0} {0}" role="img" aria-label="{1}" shape-rendering="crispEdges"><path d="{2}"/></svg>',
        size + 2, label or _("二维码 {code}").format(code=text), mark_safe(path),  # noqa: S308 - numbers only
    )  # fmt: skip


def code128(text: str) -> SafeString:
    """The Code 128 symbol of a text, with its quiet zones; empty for a text that the symbol does not know."""
    try:
        (modules,) = Code128(text).build()
    except (BarcodeError, ValueError):
        return SafeString("")
    path = "".join(f"M{start} 0h{width}v10h-{width}z" for start, width in _runs(bytes(map(int, modules))))
    return format_html(
        '<svg class="c128" viewBox="-{0} 0 {1} 10" preserveAspectRatio="none" role="img" aria-label="{2}" '
        'shape-rendering="crispEdges"><path d="{3}"/></svg>',
        _QUIET, len(modules) + 2 * _QUIET, _("条码 {code}").format(code=text), mark_safe(path),  # noqa: S308 - as above
    )  # fmt: skip


def _runs(row: bytes) -> list[tuple[int, int]]:
    """Where dark modules begin, and how many stand together."""
    runs, place = [], 0
    for is_dark, group in groupby(row):
        width = len(list(group))
        if is_dark:
            runs.append((place, width))
        place += width
    return runs
