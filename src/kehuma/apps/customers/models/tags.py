"""Tags that people put on customers by hand."""

from typing import ClassVar

from django.db import models

from kehuma.apps.customers.models.customer import Customer


class Tag(models.Model):
    """A tag by name; ``normal`` is what two spellings of it have in common."""

    name = models.CharField(max_length=40)
    normal = models.CharField(max_length=40, unique=True)
    colour = models.CharField(max_length=20, default="", blank=True)

    personal_data: ClassVar[dict[str, str]] = {}

    def __str__(self) -> str:
        return self.name


class CustomerTag(models.Model):
    """A tag on a customer."""

    tag = models.ForeignKey(Tag, db_index=False, on_delete=models.CASCADE, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="tagged")
    actor = models.CharField(max_length=200)
    at = models.DateTimeField()

    personal_data: ClassVar[dict[str, str]] = {}

    class Meta:
        """A tag once; this index also answers which customers have it."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["tag", "customer"], name="customers_customertag_key"),
        ]

    def __str__(self) -> str:
        return f"{self.tag_id} on {self.customer_id}"
