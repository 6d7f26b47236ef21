"""The rules at work: what was looked up since the last time, and what of it is strange.

Each look-up is read once. What the rules need of the past stands in ``Tally`` and ``Stretch``, so that a minute costs
what happened in it, however much came before. The thinking is done outside the transaction that writes: nobody waits.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from kehuma.apps.alarms import limits
from kehuma.apps.alarms.days import KEPT, Finding, Known, volume
from kehuma.apps.alarms.models import Alarm, Read, Setting, Stretch, Tally
from kehuma.apps.audit import feed
from kehuma.apps.audit import services as audit

_STRETCHES_KEPT = timedelta(days=2)
_AT_ONCE = 2_000
_EXPORTS_AT_ONCE = 500
_EXPORTED = "customers.exported"
_SUMS = ("looked", "foreign", "misses", "exported", "night", "doubt")


def watch(at: datetime) -> int:
    """Go on from where the last time ended; how many alarms it gave."""
    return _watch_reads(at) + _watch_exports(at)


def clear(at: datetime) -> None:
    """Forget look-ups and days that are too old to matter; alarms stay."""
    today = timezone.localtime(at).date()
    for model, kept in ((Read, KEPT), (Tally, KEPT), (Stretch, _STRETCHES_KEPT)):
        model.objects.filter(day__lt=today - kept).delete()


def _watch_reads(at: datetime) -> int:
    raised = 0
    while True:
        settings = Setting.objects.get_or_create(pk=1)[0]
        reads = list(Read.objects.filter(pk__gt=settings.last_read).order_by("pk")[:_AT_ONCE])
        if not reads:
            return raised
        raised += _watched(settings, reads, at)


def _watched(settings: Setting, reads: Sequence[Read], at: datetime) -> int:
    known, found = Known(reads, settings.last_read), list[tuple[Tally, list[Finding]]]()
    for day in known.days:
        day.count()
        found.append((day.tally, list(day.findings())))
    with transaction.atomic():
        # Another worker may have been here meanwhile: then all this is thought over once more.
        if _locked(settings) is None:
            return 0
        Tally.objects.bulk_create(
            [_sums(tally) for tally, _findings in found],
            update_conflicts=True,
            unique_fields=["reader", "day"],
            update_fields=_SUMS,
        )
        Stretch.objects.bulk_create(
            [one for day in known.days for one in day.stretches],
            update_conflicts=True,
            unique_fields=["reader", "day", "counter", "place"],
            update_fields=["bits"],
        )
        Setting.objects.filter(pk=settings.pk).update(last_read=reads[-1].pk)
        return _raised(found, at)


def _sums(tally: Tally) -> Tally:
    """The same without its id, which would be a conflict of its own."""
    return Tally(reader=tally.reader, day=tally.day, **{name: getattr(tally, name) for name in _SUMS})


def _watch_exports(at: datetime) -> int:
    """Lists that left count as looked at: the log tells of them."""
    raised = 0
    while True:
        settings = Setting.objects.get_or_create(pk=1)[0]
        if settings.leaf == feed.head():
            return raised
        raised += _watched_exports(settings, at)


@transaction.atomic
def _watched_exports(settings: Setting, at: datetime) -> int:
    if _locked(settings) is None:
        return 0
    # What left before there were rules is nobody's affair any more.
    start = feed.head() if settings.leaf is None else settings.leaf
    piece, most, found = feed.since(start, (_EXPORTED,), limit=_EXPORTS_AT_ONCE), limits.current(), []
    for entry in piece.entries:
        event = entry.event
        day = timezone.localtime(event.at).date()
        tally = Tally.objects.get_or_create(reader=event.actor, day=day)[0]
        tally.exported += int(event.detail.get("rows", 0))
        tally.save(update_fields=["exported"])
        found.append((tally, list(volume(tally, most))))
    Setting.objects.filter(pk=settings.pk).update(leaf=piece.next)
    return _raised(found, at)


def _locked(settings: Setting) -> Setting | None:
    """The settings, kept from others until the transaction ends; None where somebody has gone on meanwhile."""
    rows = Setting.objects.select_for_update()
    return rows.filter(pk=settings.pk, last_read=settings.last_read, leaf=settings.leaf).first()


def _raised(found: Sequence[tuple[Tally, Sequence[Finding]]], at: datetime) -> int:
    """Keep and testify to what was found and is not known yet; how much that was."""
    raised, off = 0, limits.current().off
    for tally, findings in found:
        mine = Alarm.objects.filter(reader=tally.reader, day=tally.day)
        known = set(mine.values_list("rule", "about")) if findings else set()
        for rule, facts, about in findings:
            if rule in off or (rule, about) in known:
                continue
            known.add((rule, about))
            alarm = Alarm.objects.create(reader=tally.reader, day=tally.day, rule=rule, about=about, facts=facts, at=at)
            detail = {"rule": rule, "reader": tally.reader, "day": tally.day.isoformat(), **facts}
            audit.record("alarms.raised", str(alarm.uuid), detail, actor="kehuma", at=at)
            raised += 1
    return raised
