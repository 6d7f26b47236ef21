"""The tables that stand beside a code: what became of it, who reserved it, what else it is called, what was skipped.

Their rows are permanent, as those of ``models`` are.
"""

from typing import ClassVar

from django.db import models


class StateReason(models.TextChoices):
    """Why a code changed its state, in one word; ``states`` says which reasons go with which change."""

    CLOSED = "closed"
    LEFT = "left"
    TEST = "test"
    MISTAKE = "mistake"
    DUPLICATE = "duplicate"
    RENUMBERED = "renumbered"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    CONFIRMED = "confirmed"
    RETURNED = "returned"
    OTHER = "other"


class StateChange(models.Model):
    """One change of a code's state. ``by`` is the code that stands in its place; ``note`` names nobody."""

    code = models.ForeignKey("codes.Code", on_delete=models.PROTECT, related_name="+")
    before = models.CharField(max_length=10)
    after = models.CharField(max_length=10)
    reason = models.CharField(max_length=20, choices=StateReason.choices)
    by = models.ForeignKey("codes.Code", on_delete=models.PROTECT, null=True, db_index=False, related_name="+")
    note = models.CharField(max_length=200, default="", blank=True)
    actor = models.CharField(max_length=200)
    at = models.DateTimeField()

    personal_data: ClassVar[dict[str, str]] = {}

    def __str__(self) -> str:
        return f"{self.before} {self.after}"


class Reservation(models.Model):
    """A code kept for ``owner`` until a time. ``ended`` once it is confirmed or void."""

    code = models.OneToOneField("codes.Code", on_delete=models.PROTECT, related_name="+")
    owner = models.CharField(max_length=200)
    until = models.DateTimeField()
    ended = models.BooleanField(default=False)

    personal_data: ClassVar[dict[str, str]] = {}

    class Meta:
        """Those that run are asked for every minute."""

        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["until"], condition=models.Q(ended=False), name="codes_reservation_running"),
        ]

    def __str__(self) -> str:
        return f"{self.owner} {self.until}"


class Alias(models.Model):
    """Another text for a code: its own earlier ones (``system`` empty) in the clear, or its number in another system.

    A number of another system may say something of a person: ``exact`` and ``loose`` hold keyed hashes of it, and
    ``text``, by which it is shown, can be erased. ``turn`` counts how often the text was given away by mistake.
    """

    code = models.ForeignKey("codes.Code", on_delete=models.PROTECT, related_name="+")
    system = models.CharField(max_length=100, default="", blank=True)
    kind = models.CharField(max_length=10)
    text = models.CharField(max_length=400, blank=True)
    exact = models.CharField(max_length=400)
    loose = models.CharField(max_length=400)
    turn = models.PositiveSmallIntegerField(default=0)
    actor = models.CharField(max_length=200)
    at = models.DateTimeField()

    personal_data: ClassVar[dict[str, str]] = {"text": "identity number"}

    class Meta:
        """One text of one system names one code, except where that was a mistake."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["system", "exact", "turn"], name="codes_alias_key"),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["loose"], name="codes_alias_loose")]

    def __str__(self) -> str:
        return f"{self.system} {self.exact}"


class AliasEnd(models.Model):
    """Since when and why a text no longer names its code in its system."""

    alias = models.OneToOneField(Alias, on_delete=models.PROTECT, related_name="ending")
    reason = models.CharField(max_length=20)
    actor = models.CharField(max_length=200)
    at = models.DateTimeField()

    personal_data: ClassVar[dict[str, str]] = {}

    def __str__(self) -> str:
        return self.reason


class Skip(models.Model):
    """Numbers that a counter passed over for a reason that its codes do not show. ``text`` was taken already."""

    counter = models.ForeignKey("codes.Counter", on_delete=models.PROTECT, related_name="+")
    first = models.PositiveBigIntegerField()
    last = models.PositiveBigIntegerField()
    reason = models.CharField(max_length=20)
    text = models.CharField(max_length=400, default="", blank=True)
    actor = models.CharField(max_length=200, default="", blank=True)
    at = models.DateTimeField(null=True)

    personal_data: ClassVar[dict[str, str]] = {}

    def __str__(self) -> str:
        return f"{self.first} to {self.last}"
