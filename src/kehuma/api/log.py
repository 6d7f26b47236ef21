"""The log for programs: certificates of codes, checkpoints, entries, and proofs that the log only grew."""

from collections.abc import Mapping
from itertools import islice
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema

from kehuma.api.keys import Key, viewer
from kehuma.api.openapi import raises
from kehuma.api.problems import Problem, fault, invalid
from kehuma.apps.audit import checkpoints, exporting, keyring, tree
from kehuma.apps.audit.errors import NotCertifiedError
from kehuma.apps.audit.proving import Certificate
from kehuma.apps.codes import certifying, listing
from kehuma.engine.merkle.text import encoded
from kehuma.lib import clock

router = Router(tags=["log"])
_LONGEST = 2**62
_WAIT = {"Retry-After": "1"}
_TEXT: Mapping[str, Any] = {
    "responses": {200: {"description": "OK", "content": {"text/plain": {"schema": {"type": "string"}}}}}
}
_EITHER: Mapping[str, Any] = {
    "responses": {
        200: {
            "description": "OK",
            "content": {
                "text/plain": {"schema": {"type": "string"}},
                "application/json": {
                    "schema": {
                        "type": "object",
                        "required": ["code", "index", "size", "at", "key", "certificate", "opening"],
                        "properties": {
                            "code": {"type": "string"},
                            "index": {"type": "integer"},
                            "size": {"type": "integer"},
                            "at": {"type": "string", "format": "date-time"},
                            "key": {"type": "string"},
                            "certificate": {"type": "string"},
                            "opening": {"type": "object"},
                        },
                    }
                },
            },
        }
    }
}


class Entry(Schema):
    """An entry of the log as the export has it: its number, its bytes and its leaf hash in base64."""

    index: int
    entry: str
    leaf: str


class Entries(Schema):
    """Entries in order; ``next`` is the number to send as ``after`` for those behind them, or null."""

    items: list[Entry]
    next: int | None


class Consistency(Schema):
    """That the log of ``old`` entries is the beginning of that of ``new``: hashes in base64 (RFC 9162, 2.1.4)."""

    old: int
    new: int
    old_root: str
    new_root: str
    proof: list[str]


Size = Annotated[int, Query(ge=0, le=_LONGEST)]
After = Annotated[int, Query(ge=-1, le=_LONGEST, description="The number of the last entry that is known; -1: none")]
Many = Annotated[int, Query(ge=1, le=1000)]
Form = Annotated[str, Query(pattern="^(text|json)$", description="json: with the opening that says what it is about")]


@router.get("/codes/{path:code}/proof", auth=Key("codes.view"), openapi_extra={**_EITHER, **raises(404, 409)})
def proof(request: HttpRequest, response: HttpResponse, code: str, form: Form = "text") -> Any:  # noqa: ANN401 - two forms
    """The certificate of a code, a C2SP tlog-proof; 409 `pending` with `Retry-After` until its event is in the log."""
    del response
    identity = listing.record(viewer(request), code).row.identity
    made = _certificate(identity)
    if form == "text":
        return _plain(made.text)
    ring = keyring.recalled()
    return {
        "code": identity,
        "index": made.index,
        "size": made.size,
        "at": made.at,
        "key": str(ring.verifier) if ring else "",
        "certificate": made.text,
        "opening": made.opening,
    }


@router.get("/log/checkpoint", auth=Key("codes.view"), openapi_extra={**_TEXT, **raises(404)})
def checkpoint(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - ninja knows it by this name
    """The newest signed checkpoint, a C2SP signed note; 404 for a log without entries."""
    note = checkpoints.newest()
    if not note:
        raise Problem("not-found")
    return _plain(note)


@router.get("/log/entries", auth=Key("audit.view"), response=Entries, openapi_extra=raises(409))
def entries(request: HttpRequest, after: After = -1, limit: Many = 1000) -> dict[str, Any]:  # noqa: ARG001 - as above
    """The entries behind number `after`, as `kehuma log export` has them; no entry holds a code or a name."""
    found = list(islice(exporting.entries(after + 1), limit + 1))
    items = [{"index": index, "entry": encoded(entry), "leaf": encoded(leaf)} for index, entry, leaf in found[:limit]]
    return {"items": items, "next": items[-1]["index"] if len(found) > limit else None}


@router.get("/log/consistency", auth=Key("codes.view"), response=Consistency, openapi_extra=raises(409))
def consistency(request: HttpRequest, old: Size, new: Size) -> dict[str, Any]:  # noqa: ARG001 - as above
    """That the log of `old` entries is the beginning of that of `new`, for whoever kept a checkpoint."""
    size = tree.size()
    if new > size:
        raise invalid(fault("new", "log-size", size=size))
    if old > new:
        raise invalid(fault("old", "log-size", size=new))
    try:
        found = tree.consistency(old, new)
        roots = tree.root(old), tree.root(new)
    except tree.MissingNodeError:
        raise Problem("conflict") from None
    return {
        "old": old,
        "new": new,
        "old_root": encoded(roots[0]),
        "new_root": encoded(roots[1]),
        "proof": [encoded(one) for one in found],
    }


def _certificate(identity: str) -> Certificate:
    try:
        return certifying.certificate(identity, at=clock.now())
    except NotCertifiedError as error:
        if error.message == "pending":
            raise Problem("pending", headers=_WAIT) from error
        raise Problem("not-found") from error


def _plain(text: str) -> HttpResponse:
    return HttpResponse(text, content_type="text/plain; charset=utf-8")
