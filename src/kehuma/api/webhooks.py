"""Webhooks: who is told what happens here, what came of it, and what is told once more."""

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router, Status
from pydantic import Field, StringConstraints

from kehuma.api.keys import Key, viewer
from kehuma.api.openapi import raises
from kehuma.api.problems import Problem
from kehuma.api.words import Moment, Name, Strict
from kehuma.api.words import moment as moment_of
from kehuma.apps.connectors import queries, services
from kehuma.apps.connectors.data import Attempt, EndpointRow, UndeliveredRow
from kehuma.lib import clock

router = Router(tags=["webhooks"])
_KEY = Key("webhooks.manage")
_MOST_HOURS = 24 * 30

Address = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Events = Annotated[list[Name], Field(min_length=1, max_length=50, description=", ".join(queries.KINDS))]


class Endpoint(Strict):
    """Where messages go, and about which events."""

    name: Name
    url: Address
    events: Events


class Change(Strict):
    """What is to be different; members that are not there stay as they are."""

    name: Name | None = None
    url: Address | None = None
    events: Events | None = None


class Rotation(Strict):
    """How long the present secret signs beside the new one."""

    overlap_hours: int = Field(168, ge=0, le=_MOST_HOURS)


class Resumption(Strict):
    """Whether what happened meanwhile is left out."""

    skip: bool = False


class Period(Strict):
    """What is told once more."""

    since: Moment
    until: Moment | None = None


class Place(Strict):
    """A message by its place, as `undelivered` and `recent` have it."""

    entry: int = Field(ge=0)
    part: int = Field(0, ge=0)


@router.post("/webhooks", auth=_KEY, response={201: dict[str, Any]}, openapi_extra=raises(409))
def add(request: HttpRequest, response: HttpResponse, body: Endpoint) -> Status[dict[str, Any]]:
    """A new endpoint, told what happens from now on. `secret` is in this answer only: messages are signed with it."""
    made = services.add(viewer(request), name=body.name, url=body.url, kinds=body.events, at=clock.now())
    response.headers["Location"] = f"/api/v1/webhooks/{made.uuid}"
    return Status(201, {**_told(request, made.uuid), "secret": made.text})


@router.get("/webhooks", auth=_KEY, response=dict[str, Any])
def endpoints(request: HttpRequest) -> dict[str, Any]:
    """All endpoints; there are at most 50."""
    return {"items": [_shape(one) for one in queries.endpoints(viewer(request), at=clock.now())], "next": None}


@router.get("/webhooks/{endpoint}", auth=_KEY, response=dict[str, Any], openapi_extra=raises(404))
def endpoint(request: HttpRequest, endpoint: str) -> dict[str, Any]:
    """One endpoint: whether messages arrive, the last 20 attempts in `recent`."""
    return _told(request, _uuid(endpoint))


@router.patch("/webhooks/{endpoint}", auth=_KEY, response=dict[str, Any], openapi_extra=raises(404, 409))
def change(request: HttpRequest, endpoint: str, body: Change) -> dict[str, Any]:
    """Another name, another address, other events."""
    asker, uuid, at = viewer(request), _uuid(endpoint), clock.now()
    one = queries.endpoint(asker, uuid, at=at)
    name, url, kinds = body.name or one.name, body.url or one.url, body.events or one.kinds
    services.change(asker, uuid, name=name, url=url, kinds=kinds, at=at)
    return _told(request, uuid)


@router.delete("/webhooks/{endpoint}", auth=_KEY, response={204: None}, openapi_extra=raises(404))
def remove(request: HttpRequest, endpoint: str) -> Status[None]:
    """Forget an endpoint, its secrets and what waits for it."""
    services.remove(viewer(request), _uuid(endpoint), at=clock.now())
    return Status(204, None)


@router.post("/webhooks/{endpoint}/secret", auth=_KEY, response=dict[str, Any], openapi_extra=raises(404))
def rotate(request: HttpRequest, endpoint: str, body: Rotation) -> dict[str, Any]:
    """A new secret; the one before it signs as well for `overlap_hours`, so that the receiver can change over."""
    overlap = timedelta(hours=body.overlap_hours)
    made = services.rotate(viewer(request), _uuid(endpoint), at=clock.now(), overlap=overlap)
    return {**_told(request, made.uuid), "secret": made.text}


@router.post("/webhooks/{endpoint}/test", auth=_KEY, response=dict[str, Any], openapi_extra=raises(404))
def test(request: HttpRequest, endpoint: str) -> dict[str, Any]:
    """Send `webhook.test` at once, and what came of it."""
    return _attempt(services.test(viewer(request), _uuid(endpoint), at=clock.now()))


@router.post("/webhooks/{endpoint}/pause", auth=_KEY, response=dict[str, Any], openapi_extra=raises(404))
def pause(request: HttpRequest, endpoint: str) -> dict[str, Any]:
    """Send nothing for the time being; what happens meanwhile is told afterwards."""
    services.pause(viewer(request), _uuid(endpoint), at=clock.now())
    return _told(request, _uuid(endpoint))


@router.post("/webhooks/{endpoint}/resume", auth=_KEY, response=dict[str, Any], openapi_extra=raises(404))
def resume(request: HttpRequest, endpoint: str, body: Resumption) -> dict[str, Any]:
    """Go on where it ended; with `skip` only with what happens from now on."""
    services.resume(viewer(request), _uuid(endpoint), at=clock.now(), skips=body.skip)
    return _told(request, _uuid(endpoint))


@router.get("/webhooks/{endpoint}/undelivered", auth=_KEY, response=dict[str, Any], openapi_extra=raises(404))
def undelivered(request: HttpRequest, endpoint: str) -> dict[str, Any]:
    """The messages that the endpoint would not take, the newest first; without `retry_at` they were given up."""
    found = queries.undelivered(viewer(request), _uuid(endpoint))
    return {"items": [_undelivered(one) for one in found], "next": None}


@router.post("/webhooks/{endpoint}/resend", auth=_KEY, response={202: dict[str, Any]}, openapi_extra=raises(404))
def resend(request: HttpRequest, endpoint: str, body: Place) -> Status[dict[str, Any]]:
    """Send one message once more, with the id that it had."""
    services.send_again(viewer(request), _uuid(endpoint), body.entry, body.part, at=clock.now())
    return Status(202, _told(request, _uuid(endpoint)))


@router.post("/webhooks/{endpoint}/replay", auth=_KEY, response={202: dict[str, Any]}, openapi_extra=raises(404))
def replay(request: HttpRequest, endpoint: str, body: Period) -> Status[dict[str, Any]]:
    """Tell everything of a period once more, in order, with the ids that it had; `events` says how much it is."""
    at = clock.now()
    first, last = moment_of(body.since, "since") or at, moment_of(body.until, "until") or at
    number = services.replay(viewer(request), _uuid(endpoint), first, last, at=at)
    return Status(202, {"events": number})


def _told(request: HttpRequest, uuid: UUID) -> dict[str, Any]:
    return _shape(queries.endpoint(viewer(request), uuid, at=clock.now()))


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Problem("not-found") from None


def _shape(one: EndpointRow) -> dict[str, Any]:
    return {
        "id": one.uuid,
        "name": one.name,
        "url": one.url or None,
        "events": list(one.kinds),
        "stopped": one.stopped or None,
        "stopped_at": one.stopped_at,
        "failing_since": one.failing_since,
        "retry_at": one.retry_at,
        "delivered_at": one.delivered_at,
        "behind": one.behind,
        "waiting": one.waiting,
        "given_up": one.given_up,
        "other_secret_until": one.other_secret_until,
        "created_at": one.created_at,
        "recent": [_attempt(attempt) for attempt in one.recent],
    }


def _attempt(one: Attempt) -> dict[str, Any]:
    return {
        "message": one.message,
        "event": one.kind,
        "at": one.at,
        "delivered": one.is_delivered,
        "status": one.status,
        "reason": one.reason or None,
        "milliseconds": one.milliseconds,
        "entry": one.leaf if one.is_of_log else None,
        "part": one.part,
    }


def _undelivered(one: UndeliveredRow) -> dict[str, Any]:
    return {
        "message": one.message,
        "event": one.kind,
        "failures": one.failures,
        "retry_at": one.retry_at,
        "status": one.status,
        "reason": one.reason or None,
        "failed_at": one.failed_at,
        "entry": one.leaf,
        "part": one.part,
    }
