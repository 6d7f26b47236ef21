"""Reading events."""

from collections.abc import Sequence

from kehuma.apps.audit.data import Testimony
from kehuma.apps.audit.models import Event


def events(*, kind: str = "", subject: str = "", limit: int = 100) -> Sequence[Testimony]:
    """The newest events first, of one ``kind`` and about one ``subject`` where given."""
    rows = Event.objects.order_by("-id")
    if kind:
        rows = rows.filter(kind=kind)
    if subject:
        rows = rows.filter(subject=subject)
    return [Testimony(row.uuid, row.at, row.actor, row.kind, row.subject, row.detail) for row in rows[:limit]]
