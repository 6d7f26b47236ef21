"""Imports: a list comes in, is run dry, looked at, committed and, where it was wrong, undone."""

from collections.abc import Mapping
from datetime import datetime
from itertools import islice
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Status

from kehuma.api import cursors
from kehuma.api.codes import scoped
from kehuma.api.customers import finding
from kehuma.api.import_bodies import Commitment, Hashing, Mapped, Rows, as_file, digest_of
from kehuma.api.keys import Key, viewer
from kehuma.api.openapi import raises
from kehuma.api.problems import Problem
from kehuma.api.words import CursorText, Limit, RequestKey, Word
from kehuma.api.words import request_key as key_of
from kehuma.apps.connectors import requests
from kehuma.apps.intake import queries, services
from kehuma.apps.intake.data import FaultRow, Import
from kehuma.apps.intake.errors import UnknownImportError
from kehuma.engine.coding.errors import CodingError
from kehuma.lib import clock
from kehuma.lib.tabular.errors import TabularError
from kehuma.lib.viewer import Viewer

router = Router(tags=["imports"])
_KEY = Key("customers.import")
_FILE = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
FileName = Annotated[str, Query(min_length=1, max_length=200, description="With the ending, as `list.xlsx`")]
Source = Annotated[str, Query(min_length=1, max_length=100, description="Whose numbers they are, as `ERP`")]


@router.post("/imports", auth=_KEY, response={202: dict[str, Any]}, openapi_extra=raises(409))
def receive(
    request: HttpRequest, response: HttpResponse, body: Rows, idempotency_key: RequestKey = None
) -> Status[dict[str, Any]]:
    """Up to 10,000 rows, run dry in the background; nothing comes in before `commit`. `Location` says how far it is."""
    asker, key = viewer(request), key_of(idempotency_key)
    response.headers["Idempotency-Key"] = key
    facts = digest_of(body.model_dump())
    known = _still_there(asker, requests.before(scoped(asker, key), facts))
    if known is None:
        made = services.receive(asker, as_file(body.rows), f"{body.name}.csv", at=clock.now())
        known = _begun(asker, made.uuid, body, scoped(asker, key), facts)
    return _accepted(asker, response, known)


@router.post("/imports/file", auth=_KEY, response={202: dict[str, Any]}, openapi_extra=raises(409, 413, 415) | _FILE)
def receive_file(  # noqa: PLR0913, PLR0917 - one argument per condition
    request: HttpRequest,
    response: HttpResponse,
    name: FileName,
    source: Source,
    scheme: Word = "",
    idempotency_key: RequestKey = None,
) -> Status[dict[str, Any]]:
    """A file (CSV, Excel, OpenDocument, Parquet; up to 500 MB) as the body itself, otherwise as above."""
    asker, key = viewer(request), key_of(idempotency_key)
    response.headers["Idempotency-Key"] = key
    told = Mapped(source=source, scheme=scheme or None)
    file = Hashing(request)
    if _still_there(asker, requests.result(scoped(asker, key))):
        facts = digest_of({**told.model_dump(), "file": file.rest()})
        return _accepted(asker, response, requests.before(scoped(asker, key), facts))
    made = services.receive(asker, file.as_file, name, at=clock.now())
    facts = digest_of({**told.model_dump(), "file": file.rest()})
    return _accepted(asker, response, _begun(asker, made.uuid, told, scoped(asker, key), facts))


@router.get("/imports", auth=_KEY, response=dict[str, Any])
def imports(request: HttpRequest, limit: Limit = 50) -> dict[str, Any]:
    """The newest imports within reach."""
    asker = viewer(request)
    return {"items": [_row(one, asker) for one in queries.imports(asker, limit)], "next": None}


@router.get("/imports/{number}", auth=_KEY, response=dict[str, Any], openapi_extra=raises(404))
def imported(request: HttpRequest, number: str) -> dict[str, Any]:
    """How far it is: `progress` 0 to 1; after the dry run `rows` says what would happen, and `faults` counts by field."""
    return _told(viewer(request), _uuid(number))


@router.get("/imports/{number}/faults", auth=_KEY, response=dict[str, Any], openapi_extra=raises(404, 409))
def faults(
    request: HttpRequest, number: str, field: Word = "", limit: Limit = 50, cursor: CursorText = ""
) -> dict[str, Any]:
    """What is wrong, by row and field, with what was probably meant."""
    asker, uuid = viewer(request), _uuid(number)
    of = f"faults {uuid} {field}"
    start = int(cursors.place(of, cursor) or 0)
    found = queries.faults(queries.imported(asker, uuid), field, start, limit)
    following = cursors.cursor(of, found.end) if found.end < found.total else None
    return {"items": [_fault(one, asker) for one in found.rows], "next": following}


@router.get("/imports/{number}/rejected", auth=_KEY, response=dict[str, Any], openapi_extra=raises(404, 409))
def rejected(request: HttpRequest, number: str, limit: Limit = 50, cursor: CursorText = "") -> dict[str, Any]:
    """The rows that did not come in as they stand in the file, with row, fields and reasons in front, to mend and send."""
    asker, uuid = viewer(request), _uuid(number)
    of = f"rejected {uuid}"
    start = int(cursors.place(of, cursor) or 0)
    lines = queries.rejected(asker, uuid, asker.language)
    columns = next(lines)
    found = list(islice(lines, start, start + limit + 1))
    following = cursors.cursor(of, start + limit) if len(found) > limit else None
    return {"columns": columns, "items": found[:limit], "next": following}


@router.post("/imports/{number}/columns", auth=_KEY, response={202: dict[str, Any]}, openapi_extra=raises(404, 409))
def map_columns(request: HttpRequest, response: HttpResponse, number: str, body: Mapped) -> Status[dict[str, Any]]:
    """Say otherwise which column is which field, and run it dry once more."""
    asker, uuid, at = viewer(request), _uuid(number), clock.now()
    _map(asker, uuid, body, at)
    return _accepted(asker, response, uuid)


@router.post("/imports/{number}/commit", auth=_KEY, response={202: dict[str, Any]}, openapi_extra=raises(404, 409))
def commit(request: HttpRequest, response: HttpResponse, number: str, body: Commitment) -> Status[dict[str, Any]]:
    """Bring the sound rows in, in the background; asked again while that goes on or after it, nothing is done twice."""
    asker, uuid = viewer(request), _uuid(number)
    one = queries.imported(asker, uuid)
    if one.state not in {"committing", "done"}:
        if body.duplicates != "leave" and one.state == "checked":
            services.decide(asker, uuid, body.duplicates)
        services.commit(asker, uuid, body.mode, at=clock.now())
    return _accepted(asker, response, uuid)


@router.post("/imports/{number}/cancel", auth=_KEY, response={202: dict[str, Any]}, openapi_extra=raises(404, 409))
def cancel(request: HttpRequest, response: HttpResponse, number: str) -> Status[dict[str, Any]]:
    """Stop what runs after the present chunk of rows."""
    asker, uuid = viewer(request), _uuid(number)
    services.cancel(asker, uuid)
    return _accepted(asker, response, uuid)


@router.post("/imports/{number}/undo", auth=_KEY, response=dict[str, Any], openapi_extra=raises(404, 409))
def undo(request: HttpRequest, number: str) -> dict[str, Any]:
    """Take back what it did; `kept` are the codes of customers that were changed since. Codes stay used."""
    undone = services.undo(viewer(request), _uuid(number), at=clock.now())
    return {"reverted": undone.reverted, "kept": list(undone.kept)}


@router.delete("/imports/{number}", auth=_KEY, response={204: None}, openapi_extra=raises(404, 409))
def discard(request: HttpRequest, number: str) -> Status[None]:
    """Throw one away that was never committed, with its file."""
    uuid = _uuid(number)
    services.discard(viewer(request), uuid, at=clock.now())
    requests.forget(uuid)
    return Status(204, None)


def _still_there(asker: Viewer, known: UUID | None) -> UUID | None:
    """The import that a request got before, unless somebody has thrown it away since."""
    if known is None:
        return None
    try:
        return queries.imported(asker, known).uuid
    except UnknownImportError:
        requests.forget(known)
        return None


def _begun(asker: Viewer, uuid: UUID, told: Mapped, key: str, facts: str) -> UUID:
    """The import of this request, its dry run begun; one that cannot be mapped is thrown away again."""
    at = clock.now()
    try:
        first = requests.remember(key, facts, uuid, at=at)
        if first == uuid:
            _map(asker, uuid, told, at)
    except (CodingError, TabularError):
        services.discard(asker, uuid, at=at)
        requests.forget(uuid)
        raise
    if first != uuid:
        services.discard(asker, uuid, at=at)
    return first


def _map(asker: Viewer, uuid: UUID, told: Mapped, at: datetime) -> None:
    if isinstance(told, Rows):
        # What we have written ourselves needs no guessing.
        services.read_as(asker, uuid, encoding="utf-8", delimiter=",", header_row=1)
    found = queries.imported(asker, uuid)
    columns = {one.name: one.target for one in queries.columns(found)} | dict(told.columns)
    scheme = told.scheme or queries.scheme_of(told.source) or finding.rule(at, has_parent=False)
    services.map_columns(asker, uuid, columns, source=told.source, scheme=scheme, at=at)


def _accepted(asker: Viewer, response: HttpResponse, uuid: UUID | None) -> Status[dict[str, Any]]:
    if uuid is None:
        raise Problem("not-found")
    response.headers["Location"] = f"/api/v1/imports/{uuid}"
    return Status(202, _told(asker, uuid))


def _told(asker: Viewer, uuid: UUID) -> dict[str, Any]:
    one = queries.imported(asker, uuid)
    has_run = one.cleared_at is None and not one.is_running and one.state != "received"
    counted = queries.fault_counts(one) if has_run else ()
    return {
        **_row(one, asker),
        "columns": dict(one.columns),
        "rows": queries.tally(one) if has_run else None,
        "faults": {field: number for field, number, _ in counted},
    }


def _row(one: Import, asker: Viewer) -> dict[str, Any]:
    committed: Mapping[str, Any] = one.counts.get("committed", {})
    return {
        "id": one.uuid,
        "name": one.name,
        "state": one.state,
        "is_running": one.is_running,
        "progress": round(one.share, 4),
        "source": one.source or None,
        "scheme": one.scheme or None,
        "mode": one.mode,
        "committed": {name: number for name, number in committed.items() if isinstance(number, int)},
        "error": one.error.get(asker.language),
        "created_at": one.created_at,
        "finished_at": one.finished_at,
        "cleared_at": one.cleared_at,
    }


def _fault(one: FaultRow, asker: Viewer) -> dict[str, Any]:
    return {
        "row": one.number,
        "field": one.field or None,
        "value": one.value,
        "reason": one.en if asker.language == "en" else one.zh,
        "suggestion": one.suggestion or None,
    }


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Problem("not-found") from None
