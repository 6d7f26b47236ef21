"""Dictionaries: which there are, what stands in one, and adding to it."""

from dataclasses import asdict
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router
from pydantic import Field, StringConstraints

from kehuma.api import cursors
from kehuma.api.keys import Key, viewer
from kehuma.api.openapi import raises
from kehuma.api.problems import Problem
from kehuma.api.words import CursorText, Limit, Name, Strict, Word
from kehuma.apps.codes import dictionary_reads, queries, services
from kehuma.engine.coding.dictionaries import BUILTIN_NAMES, Entry
from kehuma.lib import clock

router = Router(tags=["dictionaries"])
_MOST = 1000
Year = Annotated[int, Field(ge=1, le=9999)]
Names = Annotated[list[Annotated[str, StringConstraints(min_length=1, max_length=100)]], Field(max_length=50)]


class NewEntry(Strict):
    """A symbol and what it stands for."""

    symbol: Name
    zh: str = Field("", max_length=100)
    en: str = Field("", max_length=100)
    also: Names = Field(default_factory=list)
    codes: Names = Field(default_factory=list)
    valid_from: Year | None = None
    valid_to: Year | None = None


class Addition(Strict):
    """Entries to be added."""

    entries: list[NewEntry] = Field(min_length=1, max_length=_MOST)


@router.get("/dictionaries", auth=Key("dictionaries.view"), response=dict[str, Any])
def dictionaries(request: HttpRequest) -> dict[str, Any]:
    """The dictionaries that schemes can name; those inside a scheme stand in its file."""
    rows = [one for one in dictionary_reads.dictionaries(viewer(request)) if not one.is_own]
    items = [{"name": one.name, "version": one.version, "size": one.size, "schemes": list(one.schemes)} for one in rows]
    return {"items": items, "next": None}


@router.get("/dictionaries/{name}", auth=Key("dictionaries.view"), response=dict[str, Any],
            openapi_extra=raises(404))  # fmt: skip
def entries(
    request: HttpRequest,  # noqa: ARG001 - ninja knows it by this name
    name: str,
    q: Word = "",
    limit: Limit = 50,
    cursor: CursorText = "",
) -> dict[str, Any]:
    """The entries of a dictionary by symbol; `q` is a part of a symbol, a name or an official code."""
    _require_known(name)
    asked = q.strip().casefold()
    found = sorted(queries.dictionary(name).entries, key=lambda entry: entry.symbol)
    matching = [one for one in found if not asked or any(asked in text.casefold() for text in _texts(one))]
    of = f"dictionary {name} {asked}"
    behind = cursors.place(of, cursor)
    rest = [one for one in matching if behind is None or one.symbol > str(behind)]
    rows, following = cursors.cut(of, rest[: limit + 1], limit, lambda entry: entry.symbol)
    return {"items": [asdict(one) for one in rows], "next": following}


@router.post("/dictionaries/{name}", auth=Key("dictionaries.edit"), response=dict[str, Any],
             openapi_extra=raises(404, 409))  # fmt: skip
def extend(request: HttpRequest, name: str, body: Addition) -> dict[str, Any]:
    """Add symbols and names; the same entries again change nothing."""
    _require_known(name)
    added = [
        Entry(one.symbol, one.zh, one.en, tuple(one.also), tuple(one.codes), one.valid_from, one.valid_to)
        for one in body.entries
    ]
    version = services.extend_dictionary(name, added, actor=viewer(request).actor, at=clock.now())
    return {"name": name, "version": version}


def _require_known(name: str) -> None:
    if name not in BUILTIN_NAMES:
        raise Problem("not-found")


def _texts(entry: Entry) -> tuple[str, ...]:
    return (entry.symbol, entry.zh, entry.en, *entry.also, *entry.codes)
