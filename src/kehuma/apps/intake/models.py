"""The tables of the intake: files, what was found out about them, and the rows that need a person.

What stands in a file is sealed under a key of the import's own (``contents``); it goes with the rows.
Rows without a fault are not copied into a table: the file is kept and read again, so a list of a million rows stages
only what somebody has to look at. Everything here goes when a batch is cleared (``services.clear_old``).
"""

from typing import ClassVar
from uuid import uuid4

from django.conf import settings
from django.db import models

from kehuma.apps.intake.data import Contents
from kehuma.engine.encryption.subjects import SubjectKey


class State(models.TextChoices):
    """How far a batch has come."""

    RECEIVED = "received"
    CHECKING = "checking"
    CHECKED = "checked"
    COMMITTING = "committing"
    STOPPED = "stopped"
    DONE = "done"
    UNDONE = "undone"
    FAILED = "failed"


class Source(models.Model):
    """Where lists come from, with the columns and words as they were understood the last time."""

    name = models.CharField(max_length=100, unique=True)
    columns = models.JSONField(default=dict)
    words = models.JSONField(default=dict)
    scheme = models.CharField(max_length=100, default="", blank=True)
    used_at = models.DateTimeField()

    personal_data: ClassVar[dict[str, str]] = {}

    def __str__(self) -> str:
        return self.name


class ImportBatch(models.Model):
    """One file on its way in. ``done`` of ``expected`` rows have been read by what runs; ``position`` is the last one.

    ``sealed`` holds the ``contents``, which are there, as ``key`` is, once ``contents.opened`` has seen the batch.
    """

    contents: Contents
    key: SubjectKey | None

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    actor = models.CharField(max_length=200)
    subject_id: int | None
    subject = models.ForeignKey(
        "sealing.SubjectKey", null=True, db_index=False, on_delete=models.PROTECT, related_name="+"
    )
    sealed = models.BinaryField(null=True)
    file = models.CharField(max_length=100, default="", blank=True)
    size = models.PositiveBigIntegerField(default=0)
    source = models.CharField(max_length=100, default="", blank=True)
    scheme = models.CharField(max_length=100, default="", blank=True)
    mode = models.CharField(max_length=10, default="both")
    state = models.CharField(max_length=12, choices=State.choices, default=State.RECEIVED)
    error = models.JSONField(default=dict)
    expected = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    position = models.PositiveIntegerField(default=0)
    is_cancelled = models.BooleanField(default=False)
    progressed_at = models.DateTimeField()
    counts = models.JSONField(default=dict)
    customer_batch = models.UUIDField(null=True, blank=True)
    created_at = models.DateTimeField(db_index=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    cleared_at = models.DateTimeField(null=True, blank=True)

    personal_data: ClassVar[dict[str, str]] = {
        "file": "a file of customers, sealed",
        "sealed": "name, columns and first rows of the file, sealed",
    }

    def __str__(self) -> str:
        return str(self.uuid)


class ImportRow(models.Model):
    """A row that a person has to look at; ``staging.Row`` is what it holds. A damaged one cannot be read at all."""

    batch = models.ForeignKey(ImportBatch, db_index=False, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    sealed = models.BinaryField()
    is_damaged = models.BooleanField(default=False)
    state = models.CharField(max_length=10)
    decision = models.CharField(max_length=10, default="", blank=True)
    outcome = models.CharField(max_length=10, default="", blank=True)

    personal_data: ClassVar[dict[str, str]] = {
        "sealed": "a row of a file of customers, as it was corrected, and the names of its likes, sealed",
    }

    class Meta:
        """A row once; lists are of one state."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["batch", "number"], name="intake_importrow_number"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["batch", "state", "number"], name="intake_importrow_state"),
        ]

    def __str__(self) -> str:
        return f"row {self.number}"


class ImportFault(models.Model):
    """One value that cannot be taken, the reason in both languages, and what was probably meant.

    ``alike`` is a keyed token of field and value, equal only within the batch.
    """

    batch = models.ForeignKey(ImportBatch, db_index=False, on_delete=models.CASCADE, related_name="faults")
    row = models.ForeignKey(ImportRow, on_delete=models.CASCADE, related_name="faults")
    field = models.CharField(max_length=40)
    sealed = models.BinaryField()
    alike = models.BinaryField(max_length=16)
    is_suggested = models.BooleanField(default=False)

    personal_data: ClassVar[dict[str, str]] = {
        "sealed": "the value that is wrong and the one that was probably meant, sealed",
        "alike": "keyed token of the value that is wrong",
    }

    class Meta:
        """Lists are of one batch, also of one field."""

        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["batch", "field"], name="intake_importfault_field"),
        ]

    def __str__(self) -> str:
        return f"{self.field} of {self.row_id}"
