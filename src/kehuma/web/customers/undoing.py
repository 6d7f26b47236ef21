"""Toasts that can take back what was just done."""

from collections.abc import Mapping

from django.contrib import messages
from django.template.loader import render_to_string
from django.utils.html import format_html

from kehuma.web.pages import Request


def told(request: Request, text: str) -> None:
    """Say that something is done."""
    messages.success(request, text)


def told_undoable(request: Request, text: str, url: str, fields: Mapping[str, object] | None = None) -> None:
    """Say that something is done, beside a button that posts ``fields`` to the page that undoes it."""
    pairs = [
        (key, one)
        for key, value in (fields or {}).items()
        for one in (value if isinstance(value, (list, tuple)) else [value])
    ]
    undo = render_to_string("pages/customers/undo.html", {"url": url, "pairs": pairs}, request=request)
    messages.success(request, format_html("{}{}", text, undo))
