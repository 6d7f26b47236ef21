"""How long what is kept of customers is kept."""

from typing import ClassVar

from django.db import models


class RetentionRule(models.Model):
    """After ``months`` without activity customers go into the recycle bin, or are erased.

    ``kind`` "" is both kinds. With ``spares_agreed`` those with a purpose that holds are left alone.
    """

    name = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=10, default="", blank=True)
    months = models.PositiveSmallIntegerField()
    action = models.CharField(max_length=5)
    spares_agreed = models.BooleanField(default=True)
    is_on = models.BooleanField(default=False)
    last_run_at = models.DateTimeField(null=True)
    last_count = models.PositiveIntegerField(default=0)

    personal_data: ClassVar[dict[str, str]] = {}

    class Meta:
        """An action that is known."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(action__in=["bin", "erase"]), name="customers_retention_action"),
        ]

    def __str__(self) -> str:
        return self.name
