"""Writes of the alarms: thresholds, canary codes, looking into an alarm; for the worker ``watch`` and ``clear``."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from kehuma.apps.access import queries as access
from kehuma.apps.alarms import limits as thresholds
from kehuma.apps.alarms.canaries import make as make_canaries
from kehuma.apps.alarms.errors import OwnAlarmError, UnknownAlarmError
from kehuma.apps.alarms.limits import Limits
from kehuma.apps.alarms.models import Alarm, Setting
from kehuma.apps.alarms.watching import clear, watch
from kehuma.apps.audit import services as audit
from kehuma.lib.viewer import Viewer

__all__ = ["acknowledge", "clear", "make_canaries", "set_limits", "watch"]

RIGHT = "alarms.manage"


@transaction.atomic
def acknowledge(viewer: Viewer, uuid: UUID, note: str, *, at: datetime) -> None:
    """Say that an alarm was looked into, and what came of it; a second time only the note changes.

    UnknownAlarmError; OwnAlarmError where the alarm is about the viewer and somebody else may look into it.
    """
    viewer.require(RIGHT)
    row = Alarm.objects.select_for_update().filter(uuid=uuid).first()
    if row is None:
        raise UnknownAlarmError
    if row.reader == viewer.actor and access.may_another(RIGHT, viewer.user_id):
        raise OwnAlarmError
    row.note = note.strip()
    if row.acknowledged_at is None:
        row.acknowledged_at, row.acknowledged_by = at, viewer.actor
    row.save(update_fields=["note", "acknowledged_at", "acknowledged_by"])
    # The note may name people, and the log never forgets.
    audit.record("alarms.acknowledged", str(row.uuid), {"rule": row.rule}, actor=viewer.actor, at=at)


@transaction.atomic
def set_limits(viewer: Viewer, limits: Limits, *, at: datetime) -> None:
    """Other thresholds, from the next minute on; LimitError. The same ones change nothing."""
    viewer.require(RIGHT)
    thresholds.require_sound(limits)
    before = thresholds.current()
    if before == limits:
        return
    usual, told = thresholds.USUAL.as_json(), limits.as_json()
    chosen = {key: value for key, value in told.items() if value != usual[key]}
    Setting.objects.update_or_create(pk=1, defaults={"chosen": chosen})
    was = before.as_json()
    changed = {key: [was[key], value] for key, value in told.items() if was[key] != value}
    audit.record("alarms.limits-changed", "limits", {"changed": changed}, actor=viewer.actor, at=at)
