"""The tables of what was said and done with customers, and of what is to be done next."""

from typing import ClassVar
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q


class Interaction(models.Model):
    """A call, a visit, a mail, a message, or (kind ``note``) a remark among colleagues; ``words`` opens its text."""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    customer = models.ForeignKey("customers.Customer", db_index=False, on_delete=models.CASCADE, related_name="+")
    contact = models.ForeignKey("customers.Contact", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    kind = models.CharField(max_length=10)
    sealed = models.BinaryField(null=True)
    happened_at = models.DateTimeField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    actor = models.CharField(max_length=200)
    at = models.DateTimeField()
    changed_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    personal_data: ClassVar[dict[str, str]] = {"sealed": "free text, sealed"}

    class Meta:
        """The timeline of one customer, the newest first."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(kind__in=["call", "visit", "mail", "message", "note"]), name="interactions_interaction_kind"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["customer", "-happened_at", "-id"], name="interactions_timeline"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.uuid}"


class Mention(models.Model):
    """Somebody named in a remark by @; ``read_at`` once that person has seen it."""

    interaction = models.ForeignKey(Interaction, on_delete=models.CASCADE, related_name="mentions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, db_index=False, on_delete=models.CASCADE, related_name="+")
    read_at = models.DateTimeField(null=True, blank=True)

    personal_data: ClassVar[dict[str, str]] = {}

    class Meta:
        """A person once per remark; the index counts what is unread for the bell of every page."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["user", "interaction"], name="interactions_mention_key"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["user"], condition=Q(read_at__isnull=True), name="interactions_mention_unread"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.interaction_id}"


class FollowUp(models.Model):
    """What somebody is to do with a customer on a day."""

    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, db_index=False, on_delete=models.PROTECT, related_name="+")
    due = models.DateField()
    sealed = models.BinaryField(null=True)
    actor = models.CharField(max_length=200)
    at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    personal_data: ClassVar[dict[str, str]] = {"sealed": "free text, sealed"}

    class Meta:
        """A person's open ones by day."""

        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["user", "due"], condition=Q(finished_at__isnull=True), name="interactions_followup_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.due} {self.customer_id}"
