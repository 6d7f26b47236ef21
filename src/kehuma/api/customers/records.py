"""One customer at a time, and lists of them."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema, Status

from kehuma.api import cursors, etags
from kehuma.api.choices import chosen
from kehuma.api.codes import scoped
from kehuma.api.customers import finding, shapes
from kehuma.api.customers.bodies import Change, NewCustomer, Sheet, contact_place, sheet_of, told
from kehuma.api.keys import Key, viewer
from kehuma.api.openapi import raises
from kehuma.api.problems import Problem, invalid
from kehuma.api.refusals import faults_of
from kehuma.api.shapes import in_address
from kehuma.api.words import CursorText, FieldNames, Limit, RequestKey, Word
from kehuma.api.words import request_key as key_of
from kehuma.apps.access import queries as access
from kehuma.apps.alarms import counting
from kehuma.apps.customers import queries, services
from kehuma.apps.customers.data import Created, Ref
from kehuma.apps.customers.errors import CustomerError, ValuesError
from kehuma.lib import clock
from kehuma.lib.viewer import Viewer

router = Router(tags=["customers"])
# As many as the ranking looks at.
_MOST_FOUND = 200


class Made(Schema):
    """A customer that has its code."""

    code: str
    identity: str
    uuid: str
    state: str
    scheme: str
    version: int


@router.post("/customers", auth=Key("customers.create"), response={201: Made, 200: Made}, openapi_extra=raises(409))
def create(
    request: HttpRequest, response: HttpResponse, body: NewCustomer, idempotency_key: RequestKey = None
) -> Status[dict[str, Any]]:
    """A new customer with its code; 200 and the same customer where the key was used for it before."""
    asker, key, sheet = viewer(request), key_of(idempotency_key), sheet_of(body)
    response.headers["Idempotency-Key"] = key
    made = _waiting(asker, body, sheet, key) or _alone(asker, body, sheet, key)
    version, state, scheme = (1, "issued", made.scheme) if _is_as_made(sheet, made) else _now(asker, made)
    response.headers["Location"] = f"/api/v1/customers/{in_address(made.identity)}"
    response.headers["ETag"] = etags.etag(version)
    answer = {"code": made.code, "identity": made.identity, "uuid": str(made.uuid), "state": state, "scheme": scheme}
    return Status(201 if made.is_new else 200, {**answer, "version": version})


@router.get("/customers", auth=Key("customers.view"), response=dict[str, Any])
def customers(  # noqa: PLR0913, PLR0917 - one argument per condition
    request: HttpRequest,
    q: Word = "",
    kind: Word = "",
    region: Word = "",
    industry: Word = "",
    source: Word = "",
    tag: Annotated[list[str], Query(max_length=20)] = [],  # noqa: B006 - read by ninja, never changed
    consent: Annotated[list[str], Query(max_length=20)] = [],  # noqa: B006 - as above
    owner: Annotated[Literal["", "me", "none"], Query()] = "",
    limit: Limit = 50,
    cursor: CursorText = "",
    fields: FieldNames = "",
) -> dict[str, Any]:
    """The customers within reach, the newest first; with `q` those that it may mean, the likeliest first."""
    asker = viewer(request)
    asked = {
        "kind": kind,
        "region": region,
        "industry": industry,
        "source": source,
        "tags": tag,
        "consents": consent,
        "owner": owner,
    }
    conditions = {key: value for key, value in asked.items() if value}
    of = f"customers {q} {sorted(conditions.items())}"
    behind = cursors.place(of, cursor)
    found = queries.filtered(asker, conditions)
    if q:
        start = int(behind or 0)
        ids = [hit.id for hit in queries.search(asker, q, _MOST_FOUND)]
        by_id = {one.pk: one for one in found.filter(pk__in=ids)}
        ranked = [by_id[pk] for pk in ids if pk in by_id]
        page, following = ranked[start : start + limit], None
        if len(ranked) > start + limit:
            following = cursors.cursor(of, start + limit)
    else:
        found = found.filter(pk__lt=behind) if behind else found
        page, following = cursors.cut(of, list(found.order_by("-pk")[: limit + 1]), limit, lambda one: one.pk)
    items = [shapes.row(one, asker.language) for one in queries.rows(asker, page)]
    return {"items": chosen(items, fields, shapes.MEMBERS), "next": following}


@router.get("/customers/{path:code}/history", auth=Key("customers.view"), response=dict[str, Any],
            openapi_extra=raises(404))  # fmt: skip
def history(request: HttpRequest, code: str, limit: Limit = 50, cursor: CursorText = "") -> dict[str, Any]:
    """What was changed, the newest first; covered values stay covered here too."""
    asker = viewer(request)
    identity = finding.identity(asker, code)
    of = f"history {identity}"
    behind = cursors.place(of, cursor)
    page = queries.history(asker, identity, before=str(behind) if behind else None, limit=limit)
    names = access.names_by_actor({one.actor for one in page.items})
    items = [shapes.change(one, names) for one in page.items]
    return {"items": items, "next": cursors.cursor(of, page.next) if page.next else None}


@router.post("/customers/{path:code}/restore", auth=Key("customers.delete"), response={204: None},
             openapi_extra=raises(404, 409))  # fmt: skip
def restore(request: HttpRequest, code: str) -> Status[None]:
    """Bring a customer back from the recycle bin."""
    services.restore(viewer(request), [code], at=clock.now())
    return Status(204, None)


@router.get("/customers/{path:code}", auth=Key("customers.view"), response=dict[str, Any], openapi_extra=raises(404))
def customer(request: HttpRequest, response: HttpResponse, code: str, fields: FieldNames = "") -> dict[str, Any]:
    """One customer by its code in any form, its uuid or its number in another system; `ETag` is its version."""
    asker = viewer(request)
    try:
        found = queries.record(asker, finding.identity(asker, code))
    except Problem:
        counting.missed(asker, [code], clock.now())
        raise
    counting.found(asker, [found.row.identity], clock.now())
    response.headers["ETag"] = etags.etag(found.row.version)
    return chosen([shapes.record(found, asker.language)], fields, shapes.MEMBERS)[0]


@router.patch("/customers/{path:code}", auth=Key("customers.edit"), response=dict[str, Any],
              openapi_extra=raises(404, 409, 412, 428))  # fmt: skip
def change(request: HttpRequest, response: HttpResponse, code: str, body: Change) -> dict[str, Any]:
    """Give a customer other values. `If-Match` is the `ETag` that was read; `*` takes whatever is there."""
    asker, at = viewer(request), clock.now()
    identity = finding.identity(asker, code)
    version = etags.wanted(request, queries.record(asker, identity).row.version)
    sheet = sheet_of(body, names=body.model_fields_set)
    with transaction.atomic():
        try:
            services.update(asker, identity, sheet.values, version=version, at=at)
        except ValuesError as error:
            raise sheet.refusal(error) from None
        if "parent" in body.model_fields_set:
            parent = finding.superior(asker, body.parent) if body.parent is not None else None
            services.move(asker, identity, parent, at=at)
    found = queries.record(asker, identity)
    response.headers["ETag"] = etags.etag(found.row.version)
    return shapes.record(found, asker.language)


@router.delete("/customers/{path:code}", auth=Key("customers.delete"), response={204: None},
               openapi_extra=raises(404, 409, 412))  # fmt: skip
def delete(request: HttpRequest, code: str) -> Status[None]:
    """Put a customer into the recycle bin; its code stays used. With `If-Match` only in that version."""
    asker = viewer(request)
    identity = finding.identity(asker, code)
    if "If-Match" in request.headers:
        etags.wanted(request, queries.record(asker, identity).row.version)
    services.delete(asker, [identity], at=clock.now())
    return Status(204, None)


def _waiting(asker: Viewer, body: NewCustomer, sheet: Sheet, key: str) -> Created | None:
    """The customer together with those of others who wait; None where it is not as simple as that."""
    if body.parent is not None or sheet.contacts or sheet.identifiers:
        return None
    return services.create_waiting(
        asker,
        sheet.values,
        scheme=body.scheme,
        request_key=scoped(asker, key),
        at=clock.now(),
        owner=finding.owner(body.owner),
        told=told(body),
    )


def _alone(asker: Viewer, body: NewCustomer, sheet: Sheet, key: str) -> Created:
    at = clock.now()
    scheme = body.scheme or finding.rule(at, has_parent=body.parent is not None)
    parent = finding.superior(asker, body.parent) if body.parent is not None else None
    owner = finding.owner(body.owner)
    with transaction.atomic():
        try:
            made = services.create(
                asker,
                sheet.values,
                scheme=scheme,
                request_key=scoped(asker, key),
                at=at,
                parent=parent,
                owner=owner,
                told=told(body),
            )
        except ValuesError as error:
            raise sheet.refusal(error) from None
        if made.is_new:
            _add_others(asker, sheet, made)
    return made


def _is_as_made(sheet: Sheet, made: Created) -> bool:
    return made.is_new and not sheet.contacts and not sheet.identifiers


def _now(asker: Viewer, made: Created) -> tuple[int, str, str]:
    """Version, state and rule of a customer, as far as the asker may read it."""
    row = queries.visible(asker).filter(pk=made.id).values_list("version", "code__state", "code__version__name").first()
    return row or (1, "issued", made.scheme)


def _add_others(asker: Viewer, sheet: Sheet, made: Created) -> None:
    """Contacts and numbers beside the first, in the transaction of the customer."""
    at, ref = clock.now(), made.id
    for place, values in sheet.contacts:
        try:
            services.add_contact(asker, ref, values, at=at)
        except ValuesError as error:
            named = [one._replace(field=contact_place(place, one.field)) for one in faults_of(error)]
            raise invalid(*named) from None
    add_identifiers(asker, ref, sheet.identifiers)


def add_identifiers(asker: Viewer, ref: Ref, identifiers: Sequence[tuple[str, str, str, str]]) -> list[str]:
    """Numbers as (place in the request, kind, number, system); their ids."""
    found = []
    for place, kind, value, system in identifiers:
        try:
            found.append(services.add_identifier(asker, ref, kind, value, system=system, at=clock.now()))
        except CustomerError as error:
            problem = _of_number(error, place)
            raise problem from None
    return found


def _of_number(error: CustomerError, place: str) -> Problem | CustomerError:
    return invalid(*faults_of(error, place)) if "value" in error.facts else error
