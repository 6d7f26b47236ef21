"""What becomes of a code after it was asked for: kept and confirmed, retired, merged, called otherwise."""

from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router, Status
from pydantic import Field

from kehuma.api import shapes
from kehuma.api.codes import Issued, Order, scoped
from kehuma.api.keys import Key, viewer
from kehuma.api.openapi import raises
from kehuma.api.problems import fault, invalid
from kehuma.api.words import Limit, Name, RequestKey, Strict, Text, Word
from kehuma.api.words import request_key as key_of
from kehuma.apps.codes import listing, queries, services
from kehuma.apps.codes.data import AliasState, Span, StateChanged
from kehuma.lib import clock

router = Router(tags=["codes"])
_MOST_MINUTES = 60 * 24 * 366
Note = Field("", max_length=200)


class Reservation(Order):
    """A code to be kept for some minutes."""

    minutes: int = Field(60, ge=1, le=_MOST_MINUTES)


class Kept(Issued):
    """A code that nobody else gets until a time."""

    until: datetime


class Manual(Strict):
    """A code that somebody chose."""

    scheme: Name
    text: Text


class Change(Strict):
    """Why; the note stays for ever and holds nothing personal."""

    reason: Name
    note: str = Note


class Successor(Strict):
    """The code that counts from now on, and why."""

    code: Text
    reason: Name | None = None
    note: str = Note


class Alias(Strict):
    """Another text for a code: its number in a system, or what it was called before."""

    text: Text
    system: Name | None = None


class EndedAlias(Alias):
    """A text that no longer counts, and why: `replaced`, `ended`, `mistake`."""

    reason: Name


@router.post("/codes/reserve", auth=Key("customers.create"), response={201: Kept, 200: Kept},
             openapi_extra=raises(409))  # fmt: skip
def reserve(
    request: HttpRequest, response: HttpResponse, body: Reservation, idempotency_key: RequestKey = None
) -> Status[dict[str, Any]]:
    """Keep a code for some minutes. Confirm it with the same `Idempotency-Key`, or it becomes void."""
    if body.at is not None:
        raise invalid(fault("at", "extra_forbidden"))
    asker, at, key = viewer(request), clock.now(), key_of(idempotency_key)
    response.headers["Idempotency-Key"] = key
    until = at + timedelta(minutes=body.minutes)
    kept = services.reserve(
        body.scheme,
        body.facts,
        request_key=scoped(asker, key),
        owner=asker.actor,
        until=until,
        actor=asker.actor,
        at=at,
        parent=body.parent,
    )
    return Status(201 if kept.is_new else 200, {**shapes.issued(kept), "until": until})


@router.post("/codes/manual", auth=Key("codes.manual"), response={201: Issued, 200: Issued},
             openapi_extra=raises(409))  # fmt: skip
def manual(
    request: HttpRequest, response: HttpResponse, body: Manual, idempotency_key: RequestKey = None
) -> Status[dict[str, Any]]:
    """Give out a code that somebody chose; its counter passes over the number when it comes there."""
    asker, at, key = viewer(request), clock.now(), key_of(idempotency_key)
    response.headers["Idempotency-Key"] = key
    issued = services.issue_manual(asker, body.scheme, body.text, request_key=scoped(asker, key), at=at)
    return Status(201 if issued.issued_at == at else 200, shapes.issued(issued))


@router.post("/codes/{path:code}/confirm", auth=Key("customers.create"), response=Issued,
             openapi_extra=raises(404, 409))  # fmt: skip
def confirm(request: HttpRequest, code: str, idempotency_key: RequestKey = None) -> dict[str, Any]:
    """Give a reserved code out, with the `Idempotency-Key` that it was reserved with."""
    if idempotency_key is None:
        raise invalid(fault("Idempotency-Key", "missing"))
    asker, key = viewer(request), key_of(idempotency_key)
    return shapes.issued(services.confirm(code, scoped(asker, key), actor=asker.actor, at=clock.now()))


@router.post("/codes/{path:code}/retire", auth=Key("codes.manual"), response=Issued, openapi_extra=raises(404, 409))
def retire(request: HttpRequest, code: str, body: Change) -> dict[str, Any]:
    """Its customer is gone: `closed`, `left`, `test`, `other`. The code stays known and is never given again."""
    actor, at = viewer(request).actor, clock.now()
    return shapes.issued(services.retire(code, body.reason, note=body.note, actor=actor, at=at))


@router.post("/codes/{path:code}/void", auth=Key("codes.manual"), response=Issued, openapi_extra=raises(404, 409))
def void(request: HttpRequest, code: str, body: Change) -> dict[str, Any]:
    """It never stood for anything: `mistake`, `test`, `cancelled`, `other`. There is no way back."""
    actor, at = viewer(request).actor, clock.now()
    return shapes.issued(services.void(code, body.reason, note=body.note, actor=actor, at=at))


@router.post("/codes/{path:code}/reinstate", auth=Key("codes.manual"), response=Issued,
             openapi_extra=raises(404, 409))  # fmt: skip
def reinstate(request: HttpRequest, code: str, body: Change) -> dict[str, Any]:
    """It stands for its own customer again: `returned`, `mistake`, `other`."""
    actor, at = viewer(request).actor, clock.now()
    return shapes.issued(services.reinstate(code, body.reason, note=body.note, actor=actor, at=at))


@router.post("/codes/{path:code}/supersede", auth=Key("codes.manual"), response=Issued,
             openapi_extra=raises(404, 409))  # fmt: skip
def supersede(request: HttpRequest, code: str, body: Successor) -> dict[str, Any]:
    """Its customer has another code now."""
    actor, at = viewer(request).actor, clock.now()
    reason = body.reason or "renumbered"
    return shapes.issued(services.supersede(code, body.code, reason=reason, note=body.note, actor=actor, at=at))


@router.post("/codes/{path:code}/merge", auth=Key("codes.manual"), response=Issued, openapi_extra=raises(404, 409))
def merge(request: HttpRequest, code: str, body: Successor) -> dict[str, Any]:
    """Its customer turned out to be the one with another code."""
    actor, at = viewer(request).actor, clock.now()
    reason = body.reason or "duplicate"
    return shapes.issued(services.merge(code, body.code, reason=reason, note=body.note, actor=actor, at=at))


@router.get("/codes/{path:code}/history", auth=Key("codes.view"), response=dict[str, Any],
            openapi_extra=raises(404))  # fmt: skip
def history(request: HttpRequest, code: str) -> dict[str, Any]:
    """The changes of a code's state, the first one first."""
    found = queries.history(_identity(request, code))
    return {"items": [_change(one) for one in found], "next": None}


@router.get("/codes/{path:code}/aliases", auth=Key("codes.view"), response=dict[str, Any],
            openapi_extra=raises(404))  # fmt: skip
def aliases(request: HttpRequest, code: str) -> dict[str, Any]:
    """The other texts of a code: former codes, other forms, numbers in other systems."""
    found = queries.aliases(_identity(request, code))
    return {"items": [_alias(one) for one in found], "next": None}


@router.post("/codes/{path:code}/aliases", auth=Key("codes.manual"), response={201: dict[str, Any], 200: dict[str, Any]},
             openapi_extra=raises(404, 409))  # fmt: skip
def add_alias(request: HttpRequest, code: str, body: Alias) -> Status[dict[str, Any]]:
    """Let a text lead to a code; 200 where it did already, 409 with the code that has it."""
    actor, at = viewer(request).actor, clock.now()
    is_new = services.add_alias(_identity(request, code), body.text, system=body.system or "", actor=actor, at=at)
    return Status(201 if is_new else 200, {"text": body.text, "system": body.system})


@router.post("/codes/{path:code}/aliases/end", auth=Key("codes.manual"), response={204: None},
             openapi_extra=raises(404, 409))  # fmt: skip
def end_alias(request: HttpRequest, code: str, body: EndedAlias) -> Status[None]:
    """A text no longer names a code; only a `mistake` frees it for another one."""
    actor, at = viewer(request).actor, clock.now()
    services.end_alias(_identity(request, code), body.text, body.reason, system=body.system or "", actor=actor, at=at)
    return Status(204, None)


@router.get("/schemes/{name}/gaps", auth=Key("codes.view"), response=dict[str, Any], openapi_extra=raises(404))
def gaps(request: HttpRequest, name: str, key: Word = "", limit: Limit = 200) -> dict[str, Any]:
    """What became of the numbers of one counter (`key`, as `region=BJ industry=IT`), as ranges; `more` says of others."""
    viewer(request).require("codes.view")
    found = list(islice(queries.gaps(name, key), limit + 1))
    return {"items": [_span(one) for one in found[:limit]], "more": len(found) > limit}


def _identity(request: HttpRequest, code: str) -> str:
    """The identity of a code that there is; UnknownCodeError."""
    return listing.record(viewer(request), code).row.identity


def _change(one: StateChanged) -> dict[str, Any]:
    return {
        "at": one.at,
        "before": one.before,
        "after": one.after,
        "reason": one.reason,
        "by": one.by,
        "note": one.note,
        "actor": one.actor,
    }


def _alias(one: AliasState) -> dict[str, Any]:
    return {
        "text": one.text,
        "system": one.system or None,
        "kind": one.kind,
        "since": one.since,
        "ended_at": one.ended_at,
        "ended_for": one.ended_for or None,
    }


def _span(one: Span) -> dict[str, Any]:
    return {
        "first": one.first,
        "last": one.last,
        "count": one.count,
        "kind": one.kind,
        "state": one.state or None,
        "reason": one.reason or None,
        "who": one.who or None,
        "text": one.text or None,
    }
