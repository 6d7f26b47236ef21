"""Reads of the alarms: each needs the right ``alarms.view``, those about canary codes ``alarms.manage``."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from kehuma.apps.access import queries as access
from kehuma.apps.alarms import canaries as decoys
from kehuma.apps.alarms import days, rules
from kehuma.apps.alarms import limits as thresholds
from kehuma.apps.alarms.data import AlarmRow, CanaryRow, DayRow
from kehuma.apps.alarms.errors import UnknownAlarmError
from kehuma.apps.alarms.limits import Limits
from kehuma.apps.alarms.models import Alarm, Canary, Read, Tally
from kehuma.apps.codes import queries as codes
from kehuma.lib.viewer import Viewer

VIEW, MANAGE = "alarms.view", "alarms.manage"
_MOST_CODES = 200
_NEWEST = 5


def alarms(viewer: Viewer) -> QuerySet[Alarm]:
    """All alarms, for a list."""
    viewer.require(VIEW)
    return Alarm.objects.all()


def rows(viewer: Viewer, records: Sequence[Alarm]) -> list[AlarmRow]:
    """Records of ``alarms`` with the names of today."""
    viewer.require(VIEW)
    names = access.names_by_actor(name for one in records for name in (one.reader, one.acknowledged_by) if name)
    return [
        AlarmRow(
            one.uuid,
            one.reader,
            names.get(one.reader, ""),
            one.rule,
            one.day,
            one.at,
            one.facts,
            one.acknowledged_at,
            names.get(one.acknowledged_by, one.acknowledged_by),
            one.note,
        )
        for one in records
    ]


def alarm(viewer: Viewer, uuid: UUID) -> AlarmRow:
    """One alarm; UnknownAlarmError."""
    row = alarms(viewer).filter(uuid=uuid).first()
    if row is None:
        raise UnknownAlarmError
    return rows(viewer, [row])[0]


def newest_open(viewer: Viewer, most: int = _NEWEST) -> list[AlarmRow]:
    """The newest alarms that nobody has looked into."""
    return rows(viewer, list(unacknowledged(alarms(viewer)).order_by("-id")[:most]))


def number_open(viewer: Viewer, most: int = 99) -> int:
    """How many nobody has looked into, counted up to ``most``."""
    return unacknowledged(alarms(viewer))[:most].count()


def unacknowledged(records: QuerySet[Alarm]) -> QuerySet[Alarm]:
    """Those that nobody has looked into."""
    return records.filter(acknowledged_at=None)


def acknowledged(records: QuerySet[Alarm]) -> QuerySet[Alarm]:
    """The others."""
    return records.exclude(acknowledged_at=None)


def of_rules(records: QuerySet[Alarm], names: Collection[str]) -> QuerySet[Alarm]:
    """Those of one of these rules."""
    return records.filter(rule__in=names)


def of_readers(records: QuerySet[Alarm], readers: Collection[str]) -> QuerySet[Alarm]:
    """Those about these people and programs."""
    return records.filter(reader__in=readers)


def of_days(records: QuerySet[Alarm], since: date | None, until: date | None) -> QuerySet[Alarm]:
    """Those of these days, the last one included."""
    if since:
        records = records.filter(day__gte=since)
    return records.filter(day__lte=until) if until else records


def readers(viewer: Viewer) -> list[str]:
    """Everybody whom an alarm is about."""
    return list(alarms(viewer).order_by("reader").values_list("reader", flat=True).distinct())


def day_of(viewer: Viewer, reader: str, day: date) -> DayRow:
    """What a reader did on a day, as far as it is still known; the codes with the hour in which each was first seen."""
    viewer.require(VIEW)
    tally = Tally.objects.filter(reader=reader, day=day).first() or Tally(reader=reader, day=day)
    hours, seen = [0] * 24, dict[int, int]()
    rows_of_day = Read.objects.filter(reader=reader, day=day).order_by("id")
    for hour, code, times in rows_of_day.values_list("hour", "code", "times").iterator():
        hours[hour] += times
        if code is not None:
            seen.setdefault(code, hour)
    shown = dict(list(seen.items())[:_MOST_CODES])
    places = codes.places(shown)
    return DayRow(
        looked=tally.looked,
        foreign=tally.foreign,
        misses=tally.misses,
        exported=tally.exported,
        night=tally.night,
        usual=rules.usual(days.history(reader, day)),
        hours=hours,
        codes=[(places[code].identity, hour) for code, hour in shown.items() if code in places],
        more=len(seen) - len(shown),
    )


def canaries(viewer: Viewer) -> list[CanaryRow]:
    """The canary codes, the newest first: a secret of those who keep them."""
    viewer.require(MANAGE)
    hit = dict(Alarm.objects.filter(rule="canary").order_by("id").values_list("about", "at"))
    names = access.names_by_actor(Canary.objects.values_list("actor", flat=True).distinct())
    return [
        CanaryRow(one.identity, one.scheme, names.get(one.actor, one.actor), one.made_at, hit.get(one.identity))
        for one in Canary.objects.order_by("-id")
    ]


def canary_numbers(viewer: Viewer) -> dict[str, tuple[int, int]]:
    """Of each scheme how many codes it has given out, and how many canary codes there are among them."""
    viewer.require(MANAGE)
    return decoys.number_by_scheme()


def limits(viewer: Viewer) -> Limits:
    """The thresholds in force."""
    viewer.require(VIEW)
    return thresholds.current()


def today(at: datetime) -> date:
    """Which day it is by the clocks of the organisation."""
    return timezone.localtime(at).date()
