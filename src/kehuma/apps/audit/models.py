"""The table of events."""

from typing import ClassVar
from uuid import uuid4

from django.db import models


class Event(models.Model):
    """One change, written in the transaction that made it; the database refuses to alter or delete it."""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    at = models.DateTimeField()
    actor = models.CharField(max_length=200)
    kind = models.CharField(max_length=100)
    subject = models.CharField(max_length=200)
    detail = models.JSONField(default=dict)

    personal_data: ClassVar[dict[str, str]] = {}

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"
