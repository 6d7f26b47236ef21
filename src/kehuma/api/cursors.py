"""Opaque cursors: the place where the next page begins, signed, and good only for the list that gave it."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from django.core import signing

from kehuma.api.problems import fault, invalid

Row = TypeVar("Row")
Place = int | str


def cursor(of: str, place: Place) -> str:
    """The cursor of a place in the list ``of``, whose name holds all its conditions."""
    return signing.Signer(salt=f"api cursor {of}").sign_object([place])


def place(of: str, text: str) -> Place | None:
    """The place of a cursor, None for the beginning; Problem where it is none of this list."""
    if not text:
        return None
    try:
        (found,) = signing.Signer(salt=f"api cursor {of}").unsign_object(text)
    except (signing.BadSignature, ValueError):
        raise invalid(fault("cursor", "cursor")) from None
    return found if isinstance(found, (int, str)) else None


def cut(of: str, found: Sequence[Row], limit: int, key: Callable[[Row], Place]) -> tuple[list[Row], str | None]:
    """Of at most ``limit`` + 1 rows a page, and the cursor of what follows."""
    rows = list(found[:limit])
    return rows, cursor(of, key(rows[-1])) if len(found) > limit else None
