"""What was changed, field by field, and which changes were made together."""

from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.db.models import Q

from kehuma.apps.customers.models.customer import Customer


class Batch(models.Model):
    """Changes made together: an import, a bulk edit, a hand-over. They can be undone together."""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=20)
    title = models.CharField(max_length=200, default="", blank=True)
    actor = models.CharField(max_length=200)
    at = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)
    undone_at = models.DateTimeField(null=True, blank=True)

    personal_data: ClassVar[dict[str, str]] = {}

    def __str__(self) -> str:
        return f"{self.kind} {self.uuid}"


class FieldChange(models.Model):
    """One field of one customer before and after; ``version`` is the customer's afterwards.

    ``part`` names the contact or identifier it is about, "" for the customer itself. What the record seals stands in
    ``sealed``, and ``old`` and ``new`` are empty.
    """

    customer = models.ForeignKey(Customer, db_index=False, on_delete=models.CASCADE, related_name="+")
    field = models.CharField(max_length=40)
    part = models.CharField(max_length=40, default="", blank=True)
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)
    sealed = models.BinaryField(null=True, blank=True)
    version = models.PositiveIntegerField()
    batch = models.ForeignKey(Batch, null=True, db_index=False, on_delete=models.PROTECT, related_name="+")
    actor = models.CharField(max_length=200)
    at = models.DateTimeField()

    personal_data: ClassVar[dict[str, str]] = {"sealed": "values of sealed fields, sealed"}

    class Meta:
        """Read newest first, by customer or by batch."""

        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["customer", "-at", "-id"], name="customers_fieldchange_customer"),
            models.Index(fields=["batch"], condition=Q(batch__isnull=False), name="customers_fieldchange_batch"),
        ]

    def __str__(self) -> str:
        return f"{self.field} of {self.customer_id}"


class RevealReason(models.Model):
    """Why somebody looked at a covered value, in their own words; the event says only that there are some."""

    event = models.UUIDField(primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    sealed = models.BinaryField()

    personal_data: ClassVar[dict[str, str]] = {"sealed": "words of people about a customer, sealed"}

    def __str__(self) -> str:
        return f"reason of {self.event}"
