"""Writing events."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from kehuma.apps.audit.models import Event


def record(kind: str, subject: str, detail: Mapping[str, Any], *, actor: str, at: datetime) -> None:
    """Testify to a change in the caller's transaction; ``RuntimeError`` outside one, since the change stands there.

    ``kind`` is ``package.verb`` (``codes.issued``), ``subject`` the code or name it is about. ``detail`` goes into a
    row that is never deleted: no personal data.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("An event belongs into the transaction of its change.")
    Event.objects.create(kind=kind, subject=subject, detail=dict(detail), actor=actor, at=at)
