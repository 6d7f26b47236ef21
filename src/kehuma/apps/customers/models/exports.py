"""Lists on their way out as files."""

from typing import ClassVar
from uuid import uuid4

from django.conf import settings
from django.db import models


class Export(models.Model):
    """A large list that is written beside the pages. ``query`` is the address of the list, ``kind`` xlsx or csv.

    ``state``: waiting, running, done, stopped, failed. The file goes after a day.
    """

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    query = models.TextField(blank=True, default="")
    kind = models.CharField(max_length=4)
    state = models.CharField(max_length=10, default="waiting")
    expected = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    is_cancelled = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    personal_data: ClassVar[dict[str, str]] = {"query": "conditions of a list"}

    def __str__(self) -> str:
        return f"export {self.uuid}"
