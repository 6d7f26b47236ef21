"""Reads of the connectors; each needs the right ``webhooks.manage``."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q

from kehuma.apps.audit import feed
from kehuma.apps.connectors import kinds, sealed
from kehuma.apps.connectors.data import Attempt, EndpointRow, UndeliveredRow
from kehuma.apps.connectors.errors import UnknownEndpointError
from kehuma.apps.connectors.models import Endpoint
from kehuma.apps.sealing import queries as sealing
from kehuma.lib.viewer import Viewer

RIGHT = "webhooks.manage"
KINDS: Sequence[str] = tuple(kinds.KINDS)
_MOST_BEHIND = 1_000
_MOST = 200


def endpoints(viewer: Viewer, *, at: datetime) -> list[EndpointRow]:
    """All endpoints, in the order of their names."""
    viewer.require(RIGHT)
    rows = list(_counted().order_by("name", "id"))
    keys = sealing.opened(row.subject_id for row in rows) if sealing.is_open() else {}
    return [_as_row(row, keys, at) for row in rows]


def endpoint(viewer: Viewer, uuid: UUID, *, at: datetime) -> EndpointRow:
    """One endpoint; UnknownEndpointError."""
    viewer.require(RIGHT)
    row = _counted().filter(uuid=uuid).first()
    if row is None:
        raise UnknownEndpointError
    keys = sealing.opened([row.subject_id]) if sealing.is_open() else {}
    return _as_row(row, keys, at)


def undelivered(viewer: Viewer, uuid: UUID) -> list[UndeliveredRow]:
    """The messages that an endpoint would not take, the newest first."""
    viewer.require(RIGHT)
    rows = row_of(uuid).undelivered.order_by("-leaf", "-part")[:_MOST]
    return [
        UndeliveredRow(
            one.message, one.leaf, one.part, one.kind, one.failures, one.retry_at, one.status, one.reason, one.failed_at
        )
        for one in rows
    ]


def stopped(viewer: Viewer) -> list[tuple[UUID, str, str, datetime | None]]:
    """The endpoints that stopped by themselves: uuid, name, why, when."""
    viewer.require(RIGHT)
    rows = Endpoint.objects.filter(stopped__in=("failing", "gone")).order_by("stopped_at")
    return [(row.uuid, row.name, row.stopped, row.stopped_at) for row in rows]


def row_of(uuid: UUID, *, is_changing: bool = False) -> Endpoint:
    """The row of an endpoint, kept from others where it is about to change; UnknownEndpointError."""
    rows = Endpoint.objects.select_for_update() if is_changing else Endpoint.objects.all()
    row = rows.filter(uuid=uuid).first()
    if row is None:
        raise UnknownEndpointError
    return row


def as_attempt(told: Mapping[str, Any]) -> Attempt:
    """An attempt as it is remembered."""
    status = told["status"]
    return Attempt(
        message=told["id"],
        kind=told["kind"],
        at=datetime.fromisoformat(told["at"]),
        status=status,
        reason=told["reason"],
        milliseconds=told["ms"],
        is_delivered=status is not None and 200 <= status < 300,
        leaf=told["leaf"],
        part=told["part"],
    )


def _counted() -> Any:  # noqa: ANN401 - a QuerySet with annotations
    return Endpoint.objects.annotate(
        waiting=Count("undelivered", filter=Q(undelivered__retry_at__isnull=False), distinct=True),
        given_up=Count(
            "undelivered", filter=Q(undelivered__retry_at=None, undelivered__id__isnull=False), distinct=True
        ),
        replaying=Count("replays", distinct=True),
    )


def _as_row(row: Any, keys: Mapping[int, sealing.SubjectKey], at: datetime) -> EndpointRow:  # noqa: ANN401 - as above
    key = keys.get(row.subject_id)
    hidden = sealed.opened(key, row) if key else None
    older = [one.until for one in hidden.secrets if one.until and at < one.until] if hidden else []
    return EndpointRow(
        uuid=row.uuid,
        name=row.name,
        host=row.host,
        url=hidden.url if hidden else "",
        kinds=tuple(row.kinds),
        created_at=row.created_at,
        stopped=row.stopped,
        stopped_at=row.stopped_at,
        failing_since=row.failing_since,
        retry_at=row.retry_at,
        delivered_at=row.delivered_at,
        recent=[as_attempt(one) for one in row.recent],
        behind=feed.count(row.leaf, kinds.sources(row.kinds), most=_MOST_BEHIND),
        waiting=row.waiting,
        given_up=row.given_up,
        replays=row.replaying,
        other_secret_until=max(older, default=None),
    )
