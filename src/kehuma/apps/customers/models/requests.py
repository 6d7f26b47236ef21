"""What a program asked for."""

from typing import ClassVar

from django.db import models

from kehuma.apps.customers.models.customer import Customer


class CreationRequest(models.Model):
    """The values with which a program created a customer, by their places in the request, as keyed hashes."""

    customer = models.OneToOneField(Customer, on_delete=models.CASCADE, related_name="+")
    parts = models.JSONField()

    personal_data: ClassVar[dict[str, str]] = {"parts": "by the class of each field"}

    def __str__(self) -> str:
        return f"request of {self.customer_id}"
