"""What is wrong with the register's store, for ``kehuma doctor``."""

from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.db import connection

from kehuma.apps.audit import health as log
from kehuma.apps.codes.history_models import Alias, AliasEnd, Reservation, Skip, StateChange
from kehuma.apps.codes.models import Code, Counter, DictionaryExtension, KeyCheck, SchemeVersion
from kehuma.lib import keys
from kehuma.lib.db import durability, permanence

_MODELS = (
    *(Code, Counter, DictionaryExtension, KeyCheck, SchemeVersion),
    *(Alias, AliasEnd, Reservation, Skip, StateChange),
)
PERMANENT_TABLES = ("audit_event", *(model._meta.db_table for model in _MODELS))  # noqa: SLF001


def faults() -> Sequence[str]:
    """The faults found, each as ``name: detail``: ``not-durable``, ``trigger-missing``, ``key-missing``, ``key-open``."""
    home = Path(settings.KEHUMA_HOME)
    found = [f"not-durable: {fault}" for fault in durability.faults(connection)]
    found += [
        f"trigger-missing: {name}"
        for name in permanence.missing(connection, {*PERMANENT_TABLES, *log.PERMANENT_TABLES})
    ]
    if keys.has_key(home):
        return found if keys.is_private(home) else [*found, f"key-open: {keys.FILE_NAME}"]
    return [*found, f"key-missing: {keys.FILE_NAME}"] if KeyCheck.objects.exists() else found
