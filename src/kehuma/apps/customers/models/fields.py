"""Fields that people define themselves, and their values once more where they can be asked for."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from kehuma.apps.customers.models.customer import Customer


class CustomField(models.Model):
    """A field of the record defined on screen; its values stand in ``Customer.custom`` under ``key``."""

    key = models.CharField(max_length=40, unique=True)
    zh = models.CharField(max_length=60)
    en = models.CharField(max_length=60, default="", blank=True)
    type = models.CharField(max_length=20)
    choices = models.JSONField(default=list, blank=True)
    field_class = models.CharField(max_length=10, default="internal")
    is_required = models.BooleanField(default=False)
    is_filterable = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)
    retired_at = models.DateTimeField(null=True, blank=True)

    personal_data: ClassVar[dict[str, str]] = {}

    def __str__(self) -> str:
        return self.key


class CustomValue(models.Model):
    """One value of a filterable field, indexed: JSON alone would be read row by row, a million of them per question.

    Of a sealed field ``text`` is the keyed token of the value.
    """

    field = models.ForeignKey(CustomField, db_index=False, on_delete=models.CASCADE, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    text = models.CharField(max_length=200)
    number = models.FloatField(null=True)

    personal_data: ClassVar[dict[str, str]] = {
        "text": "of sealed fields a keyed token",
    }

    class Meta:
        """By text (also dates, choices) and by number."""

        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["field", "text", "customer"], name="customers_customvalue_text"),
            models.Index(
                fields=["field", "number", "customer"],
                condition=Q(number__isnull=False),
                name="customers_customvalue_number",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.field_id} of {self.customer_id}"
