"""Requests of programs that make a record: the same key, the same record.

Codes and customers know their request keys for ever; an import is remembered for as long as its file may lie here.
"""

from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from kehuma.apps.connectors.errors import RequestConflictError
from kehuma.apps.connectors.models import Asked
from kehuma.lib import keys

KEPT = timedelta(days=30)


def result(key: str) -> UUID | None:
    """The record that was made under this key, whatever it was asked for with."""
    return Asked.objects.filter(request=_keyed("request", key)).values_list("result", flat=True).first()


def before(key: str, facts: str) -> UUID | None:
    """The record that this request got before; RequestConflictError where its key had other facts."""
    row = Asked.objects.filter(request=_keyed("request", key)).first()
    if row is not None and bytes(row.facts) != _keyed("facts", facts):
        raise RequestConflictError
    return row.result if row else None


def remember(key: str, facts: str, result: UUID, *, at: datetime) -> UUID:
    """Keep what a request got; the record of whoever was faster, where two asked at the same moment."""
    try:
        with transaction.atomic():
            Asked.objects.create(request=_keyed("request", key), facts=_keyed("facts", facts), result=result, at=at)
    except IntegrityError:
        return before(key, facts) or result
    return result


def forget(result: UUID) -> None:
    """The record was thrown away: the same request makes a new one."""
    Asked.objects.filter(result=result).delete()


def clear(at: datetime) -> int:
    """Forget old requests; how many."""
    return Asked.objects.filter(at__lt=at - KEPT).delete()[0]


def _keyed(purpose: str, text: str) -> bytes:
    key = keys.installation_key(Path(settings.KEHUMA_HOME))
    return keys.Keyed(key, f"api {purpose}").of(text)
