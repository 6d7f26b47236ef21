"""The tables of rules that are still being worked on. Unlike those of the register, their rows change and go."""

from typing import ClassVar
from uuid import uuid4

from django.db import models


class SchemeDraft(models.Model):
    """A scheme file on its way to be published; it may be any text that is TOML.

    ``based_on`` is the version it was made from. ``asked_by`` handed it to a second person, whose ``note`` says why it
    came back. ``revision`` grows with every change: who saves over another's change is told so.
    """

    class State(models.TextChoices):
        """What has become of it."""

        DRAFT = "draft"
        WAITING = "waiting"
        PUBLISHED = "published"

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    name = models.CharField(max_length=100, blank=True, default="")
    source = models.TextField()
    based_on = models.PositiveIntegerField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    revision = models.PositiveIntegerField(default=1)
    begun_by = models.CharField(max_length=200)
    changed_by = models.CharField(max_length=200)
    asked_by = models.CharField(max_length=200, blank=True, default="")
    note = models.CharField(max_length=500, blank=True, default="")
    begun_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    personal_data: ClassVar[dict[str, str]] = {}

    class Meta:
        """The list of drafts shows those that are not published, the newest first."""

        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["state", "changed_at"], name="codes_draft_state")]

    def __str__(self) -> str:
        return f"{self.name} {self.uuid}"


class PublishingRule(models.Model):
    """How schemes are published here; one row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    needs_review = models.BooleanField(default=False)

    personal_data: ClassVar[dict[str, str]] = {}

    def __str__(self) -> str:
        return f"needs review: {self.needs_review}"
