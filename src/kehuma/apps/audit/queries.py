"""Reading events."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from kehuma.apps.audit import members
from kehuma.apps.audit.data import Logged, Testimony
from kehuma.apps.audit.errors import UnknownEventError
from kehuma.apps.audit.models import Event, Extent, Leaf
from kehuma.lib.viewer import Viewer

_MOST_KEYS = 2**63 - 1
# The subject of events that list the codes of many customers in their detail.
_MANY = "customers"
_MOST_LISTED = 500
# On PostgreSQL an event may be committed after so many younger ones.
_LATE = 10_000


def events(*, kind: str = "", subject: str = "", limit: int = 100) -> Sequence[Testimony]:
    """The newest events first, of one ``kind`` and about one ``subject`` where given."""
    rows = Event.objects.order_by("-id")
    if kind:
        rows = rows.filter(kind=kind)
    if subject:
        rows = rows.filter(subject=subject)
    return [_testimony(row) for row in rows[:limit]]


def logged(viewer: Viewer) -> QuerySet[Event]:
    """All events, for a list. They hold no personal data, so whoever may see the log sees all of them."""
    viewer.require("audit.view")
    return Event.objects.all()


def rows(viewer: Viewer, records: Sequence[Event]) -> list[Logged]:
    """Records of ``logged`` with their places in the log."""
    viewer.require("audit.view")
    leaves = dict(Leaf.objects.filter(event__in=[row.pk for row in records]).values_list("event_id", "id"))
    return [Logged(_testimony(row), leaves.get(row.pk)) for row in records]


def event(viewer: Viewer, uuid: UUID) -> Logged:
    """One event; UnknownEventError."""
    row = logged(viewer).filter(uuid=uuid).first()
    if row is None:
        raise UnknownEventError("unknown-event")
    return rows(viewer, [row])[0]


def event_at(viewer: Viewer, index: int) -> Logged:
    """The event that is this leaf of the log; UnknownEventError."""
    viewer.require("audit.view")
    leaf = Leaf.objects.filter(pk=index).select_related("event").first() if 0 <= index < _MOST_KEYS else None
    if leaf is None:
        raise UnknownEventError("unknown-event")
    return Logged(_testimony(leaf.event), leaf.pk)


def of_kinds(records: QuerySet[Event], kinds: Sequence[str]) -> QuerySet[Event]:
    """Those of one of these kinds."""
    return records.filter(kind__in=kinds)


def of_actors(records: QuerySet[Event], actors: Sequence[str]) -> QuerySet[Event]:
    """What these did."""
    return records.filter(actor__in=actors)


def about(records: QuerySet[Event], name: str, *, relation: str, also: Iterable[str] = ()) -> QuerySet[Event]:
    """Those that name a row of ``relation`` (``table.column``), or that are about many rows and this is one of them.

    ``also`` are subjects under which it was changed together with others.
    """
    number = members.id_of(relation, name)
    extents = Extent.objects.filter(relation=relation, first__lte=number or 0, last__gte=number or 0)
    listed = Event.objects.filter(subject=_MANY, detail__codes__icontains=f'"{name}"')
    among = [*extents.values_list("event_id", flat=True)[:10], *listed.values_list("pk", flat=True)[:_MOST_LISTED]]
    return records.filter(Q(subject__in=[name, *also]) | Q(pk__in=among))


def happened_between(records: QuerySet[Event], since: date | None, until: date | None) -> QuerySet[Event]:
    """Those of these days, the last one included, by the clocks of the organisation."""
    if since:
        records = records.filter(at__gte=midnight(since))
    return records.filter(at__lt=midnight(until + timedelta(days=1))) if until else records


def pending(records: QuerySet[Event]) -> QuerySet[Event]:
    """Those that are no leaves yet. They are among the newest: one that was passed over is for verifying to find."""
    last = Leaf.objects.order_by("-id").values_list("event_id", flat=True).first() or 0
    return records.filter(~Exists(Leaf.objects.filter(event=OuterRef("pk"))), pk__gt=last - _LATE)


def actors(viewer: Viewer) -> list[str]:
    """Everybody who stands in the log."""
    viewer.require("audit.view")
    return _different("actor")


def kinds(viewer: Viewer) -> list[str]:
    """What has ever happened, as kinds."""
    viewer.require("audit.view")
    return _different("kind")


def midnight(day: date) -> datetime:
    """When a day begins."""
    return timezone.make_aware(datetime.combine(day, time.min))


def waiting() -> tuple[int, datetime | None]:
    """How many events are no leaves yet, and since when the first of them waits."""
    found = pending(Event.objects.order_by("id"))
    return found.count(), found.values_list("at", flat=True).first()


def _different(column: str) -> list[str]:
    # One step of the index for each value: a log of millions has a few dozen.
    sql = f"""WITH RECURSIVE found(one) AS (SELECT min({column}) FROM audit_event UNION ALL
        SELECT (SELECT min({column}) FROM audit_event WHERE {column} > found.one) FROM found WHERE found.one IS NOT NULL)
        SELECT one FROM found WHERE one IS NOT NULL"""  # noqa: S608 - our own words
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return [one for (one,) in cursor.fetchall()]


def _testimony(row: Any) -> Testimony:  # noqa: ANN401 - a row of the table
    return Testimony(row.uuid, row.at, row.actor, row.kind, row.subject, row.detail)
