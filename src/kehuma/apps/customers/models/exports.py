"""Lists on their way out as files."""

from typing import ClassVar
from uuid import uuid4

from django.conf import settings
from django.db import models


class Export(models.Model):
    """A large list that is written beside the pages; ``sealed`` holds the conditions of it, ``kind`` is xlsx or csv.

    ``state``: waiting, running, done, stopped, failed. File and key go after a day.
    """

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    subject_id: int
    subject = models.ForeignKey("sealing.SubjectKey", db_index=False, on_delete=models.PROTECT, related_name="+")
    sealed = models.BinaryField()
    kind = models.CharField(max_length=4)
    state = models.CharField(max_length=10, default="waiting")
    expected = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    is_cancelled = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    personal_data: ClassVar[dict[str, str]] = {"sealed": "conditions of a list, sealed"}

    def __str__(self) -> str:
        return f"export {self.uuid}"
