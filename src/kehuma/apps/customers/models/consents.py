"""What customers have agreed to."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from kehuma.apps.customers.models.customer import Customer


class Consent(models.Model):
    """That a customer's data may be used for a purpose, since a day, on a basis; ``withdrawn_at`` ends it.

    ``way`` is how it was given; what was noted about the evidence stands in ``sealed``.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=40)
    basis = models.CharField(max_length=10)
    way = models.CharField(max_length=10)
    given_on = models.DateField()
    withdrawn_at = models.DateTimeField(null=True)
    sealed = models.BinaryField(null=True)
    actor = models.CharField(max_length=200)
    at = models.DateTimeField()

    personal_data: ClassVar[dict[str, str]] = {"sealed": "where the evidence of a consent is, sealed"}

    class Meta:
        """A purpose holds once."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["customer", "purpose"], condition=Q(withdrawn_at__isnull=True), name="customers_consent_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} of {self.customer_id}"
