"""Codes: issue one or a thousand, find one in any form, say what one means."""

from typing import Annotated, Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema, Status
from pydantic import Field

from kehuma.api import cursors, shapes
from kehuma.api.choices import chosen
from kehuma.api.keys import Key, viewer
from kehuma.api.openapi import raises
from kehuma.api.problems import Problem, fault, invalid, language_of
from kehuma.api.refusals import problem_of
from kehuma.api.words import CursorText, Facts, FieldNames, Limit, Moment, Name, RequestKey, Strict, Text, Word
from kehuma.api.words import moment as moment_of
from kehuma.api.words import request_key as key_of
from kehuma.apps.alarms import counting
from kehuma.apps.codes import listing, queries, services
from kehuma.apps.codes.data import IssuedCode
from kehuma.apps.codes.draft_errors import UnknownCodeError
from kehuma.engine.coding.errors import CodingError, ReadError
from kehuma.lib import clock
from kehuma.lib.viewer import Viewer

router = Router(tags=["codes"])
_MOST = 1000


class Order(Strict):
    """What a code is asked for."""

    scheme: Name
    facts: Facts = Field(default_factory=dict)
    parent: Text | None = None
    at: Moment | None = None


class KeyedOrder(Order):
    """One of many, with a request key of its own; without one it is that of the batch and its place."""

    key: Name | None = None


class Orders(Strict):
    """Many at once."""

    items: list[KeyedOrder] = Field(min_length=1, max_length=_MOST)


class Issued(Schema):
    """A code that was given out."""

    code: str
    state: str
    scheme: str
    version: int
    serial: int | None


class Outcome(Schema):
    """What became of one order: 201 a new code, 200 the code of its key, otherwise ``problem``."""

    status: int
    key: str
    code: str | None = None
    state: str | None = None
    scheme: str | None = None
    version: int | None = None
    serial: int | None = None
    problem: dict[str, Any] | None = None


class Outcomes(Schema):
    """The outcomes, in the order of the items."""

    items: list[Outcome]


class Asked(Strict):
    """A text to be read, by one scheme or by all that are published."""

    text: Text
    scheme: Name | None = None


@router.post("/codes", auth=Key("customers.create"), response={201: Issued, 200: Issued}, openapi_extra=raises(409))
def issue(
    request: HttpRequest, response: HttpResponse, body: Order, idempotency_key: RequestKey = None
) -> Status[dict[str, Any]]:
    """Issue a code: 201 for a new one; 200 with the same code where the key was used for the same facts before."""
    key = key_of(idempotency_key)
    response.headers["Idempotency-Key"] = key
    issued = _issued(viewer(request), body, key)
    response.headers["Location"] = f"/api/v1/codes/{shapes.in_address(issued.identity)}"
    return Status(201 if issued.is_new else 200, shapes.issued(issued))


@router.post("/codes/batch", auth=Key("customers.create"), response=Outcomes)
def issue_batch(
    request: HttpRequest, response: HttpResponse, body: Orders, idempotency_key: RequestKey = None
) -> dict[str, Any]:
    """Issue up to 1,000 codes; an order that gets none does not hold up the others."""
    batch = key_of(idempotency_key)
    response.headers["Idempotency-Key"] = batch
    keys = [
        f"{batch}:{place}" if one.key is None else key_of(one.key, f"items.{place}.key")
        for place, one in enumerate(body.items)
    ]
    # One transaction: a thousand of them would wait a thousand times for the disk.
    with transaction.atomic():
        items = [_outcome(request, one, key) for one, key in zip(body.items, keys, strict=True)]
    return {"items": items}


@router.get("/codes", auth=Key("codes.view"), response=dict[str, Any])
def codes(  # noqa: PLR0913, PLR0917 - one argument per condition
    request: HttpRequest,
    scheme: Word = "",
    state: Word = "",
    prefix: Word = "",
    limit: Limit = 50,
    cursor: CursorText = "",
    fields: FieldNames = "",
) -> dict[str, Any]:
    """The codes given out, the newest first; `next` is the cursor of the page behind, or null."""
    asker = viewer(request)
    name = f"codes {scheme} {state} {prefix}"
    found = listing.given_out(asker)
    if scheme:
        found = listing.of_schemes(found, [scheme])
    if state:
        found = listing.in_states(found, [state])
    if prefix:
        found = listing.beginning_with(found, prefix)
    if behind := cursors.place(name, cursor):
        found = found.filter(pk__lt=behind)
    rows, following = cursors.cut(name, list(found.order_by("-pk")[: limit + 1]), limit, lambda row: row.pk)
    items = [shapes.row(one) for one in listing.rows(asker, rows)]
    return {"items": chosen(items, fields, shapes.ROW), "next": following}


@router.get("/codes/{path:code}", auth=Key("codes.view"), response=dict[str, Any], openapi_extra=raises(404))
def code(request: HttpRequest, code: str) -> dict[str, Any]:
    """One code: its state, and what each part of it means."""
    asker = viewer(request)
    try:
        found = listing.record(asker, code)
    except UnknownCodeError:
        counting.missed(asker, [code], clock.now())
        raise
    counting.found(asker, [found.row.identity], clock.now())
    return shapes.record(found)


@router.get("/resolve", auth=Key("codes.resolve"), response=dict[str, Any], openapi_extra=raises(404))
def resolve(request: HttpRequest, text: Annotated[str, Query(min_length=1, max_length=500)]) -> dict[str, Any]:
    """What a text stands for, however it was typed; 404 with `suggestions` where no code was given out like this."""
    found = dict(queries.resolve(text).as_json())
    if not found["found"]:
        counting.missed(viewer(request), [text], clock.now())
        raise Problem("code-not-found", more={"found": False, "suggestions": found["suggestions"]})
    counting.found(viewer(request), [found["identity"]], clock.now())
    return found


@router.post("/read", auth=Key("schemes.view"), response=dict[str, Any])
def read(request: HttpRequest, body: Asked) -> dict[str, Any]:  # noqa: ARG001 - ninja knows it by this name
    """What the parts of a text mean, whether it was given out or not."""
    at = clock.now()
    if body.scheme is not None:
        return queries.grammar(body.scheme, at).read(body.text).as_json()
    names = dict.fromkeys(one.name for one in queries.versions())
    refused: CodingError | None = None
    found: dict[str, dict[str, Any]] = {}
    for name in names:
        try:
            told = queries.grammar(name, at).read(body.text).as_json()
        except CodingError as error:
            refused = error if refused is None and isinstance(error, ReadError) else refused
        else:
            found.setdefault(told["identity"], told)
    if len(found) == 1:
        return next(iter(found.values()))
    if found:
        raise invalid(fault("scheme", "several-readings", names=[one["scheme"] for one in found.values()]))
    if refused is not None:
        raise refused
    raise invalid(fault("scheme", "no-scheme"))


def scoped(asker: Viewer, key: str) -> str:
    """A request key as the register knows it: two programs that count from 1 do not mean the same request."""
    return f"api {asker.actor} {key}"


def _issued(asker: Viewer, order: Order, key: str) -> IssuedCode:
    return services.issue_waiting(
        order.scheme,
        order.facts,
        request_key=scoped(asker, key),
        actor=asker.actor,
        at=clock.now(),
        parent=order.parent,
        dated=moment_of(order.at),
    )


def _outcome(request: HttpRequest, order: Order, key: str) -> dict[str, Any]:
    try:
        issued = _issued(viewer(request), order, key)
    except (CodingError, Problem) as error:
        problem = problem_of(error)
        return {"status": problem.status, "key": key, "problem": problem.as_json(language_of(request))}
    return {"status": 201 if issued.is_new else 200, "key": key, **shapes.issued(issued)}
