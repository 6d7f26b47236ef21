"""Values of the packages as the API answers with them."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from kehuma.apps.codes.data import IssuedCode, PublishedScheme
from kehuma.apps.codes.listing import CodeRecord, CodeRow
from kehuma.engine.coding.errors import ReadError

ROW = ("code", "identity", "state", "scheme", "version", "serial", "subject", "issued_at")


def in_address(text: str) -> str:
    """A text as a part of an address."""
    return quote(text, safe="")


def issued(one: IssuedCode) -> dict[str, Any]:
    """A code that was asked for."""
    return {
        "code": one.code,
        "state": one.state,
        "scheme": one.scheme,
        "version": one.version,
        "serial": one.number,
    }


def row(one: CodeRow) -> dict[str, Any]:
    """A code in a list."""
    return {
        "code": one.code,
        "identity": one.identity,
        "state": one.state,
        "scheme": one.scheme,
        "version": one.version,
        "serial": one.number,
        "subject": one.subject,
        "issued_at": one.issued_at,
    }


def record(one: CodeRecord) -> dict[str, Any]:
    """One code with its meaning."""
    try:
        segments = one.row.grammar.read(one.row.code).segments
    except ReadError:
        segments = ()
    return {**row(one.row), "counter_key": one.counter_key, "segments": [part.as_json() for part in segments]}


def published(one: PublishedScheme, **more: object) -> Mapping[str, Any]:
    """A version of a scheme."""
    return {
        "name": one.name,
        "version": one.number,
        "subject": one.subject,
        "effective": one.effective if one.effective.year > 1 else None,
        "published_at": one.published_at,
        **more,
    }
