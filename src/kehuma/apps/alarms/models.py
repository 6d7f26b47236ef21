"""The tables of the alarms: what was looked up, what the rules have made of it, the alarms, the canary codes.

Who looks is a person or a key of the API, by its uuid as events name it. Nothing here is a value of a customer.
"""

from typing import ClassVar
from uuid import uuid4

from django.db import models


class Read(models.Model):
    """A code that somebody looked up in an hour of a day, by the clocks of the organisation.

    ``code`` is the id of the code, null where none was found (``is_miss``) or where there were so many that they are
    only counted; ``times`` is how many such look-ups the row stands for. Rows come in the order of their ids.
    """

    reader = models.CharField(max_length=40)
    day = models.DateField()
    hour = models.PositiveSmallIntegerField()
    code = models.BigIntegerField(null=True)
    is_miss = models.BooleanField(default=False)
    times = models.PositiveIntegerField(default=1)

    personal_data: ClassVar[dict[str, str]] = {}

    class Meta:
        """Found by who looked, and when."""

        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["reader", "day", "code"], name="alarms_read_reader"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.hour} {self.code}"


class Tally(models.Model):
    """What one reader did on one day: the rules go on from here and need not read anything twice.

    ``doubt`` is where the test of the misses stands, see ``rules.doubted``.
    """

    reader = models.CharField(max_length=40)
    day = models.DateField()
    looked = models.PositiveIntegerField(default=0)
    foreign = models.PositiveIntegerField(default=0)
    misses = models.PositiveIntegerField(default=0)
    exported = models.PositiveIntegerField(default=0)
    night = models.PositiveIntegerField(default=0)
    doubt = models.FloatField(default=0.0)

    personal_data: ClassVar[dict[str, str]] = {}

    class Meta:
        """One for a reader and a day."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["reader", "day"], name="alarms_tally_reader"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.looked}"


class Stretch(models.Model):
    """Which of fifty neighbouring codes of a counter, the ``place``-th fifty, a reader looked up on a day: one bit each.

    Only codes that are not the reader's own are marked.
    """

    reader = models.CharField(max_length=40)
    day = models.DateField()
    counter = models.BigIntegerField()
    place = models.BigIntegerField()
    bits = models.BigIntegerField()

    personal_data: ClassVar[dict[str, str]] = {}

    class Meta:
        """Each fifty once."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["reader", "day", "counter", "place"], name="alarms_stretch_place"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.counter} {self.place}"


class Alarm(models.Model):
    """That a rule found something strange: once for a reader, a day and, with canary codes, a code (``about``).

    ``facts`` are what its sentence is made of. Whoever has looked into it says so and may leave a note.
    """

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    reader = models.CharField(max_length=40)
    rule = models.CharField(max_length=12)
    day = models.DateField()
    about = models.CharField(max_length=400, default="", blank=True)
    at = models.DateTimeField()
    facts = models.JSONField(default=dict)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.CharField(max_length=200, default="", blank=True)
    note = models.TextField(default="", blank=True)

    personal_data: ClassVar[dict[str, str]] = {"note": "what was found out about a colleague"}

    class Meta:
        """Nobody is told the same twice a day; those that wait are few and found at once."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["reader", "day", "rule", "about"], name="alarms_alarm_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["id"], condition=models.Q(acknowledged_at=None), name="alarms_alarm_open"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.rule}"


class Canary(models.Model):
    """A code that was given to nobody: whoever looks it up has no reason to. ``loose`` finds it however it is typed."""

    code = models.BigIntegerField(unique=True)
    identity = models.CharField(max_length=400, unique=True)
    loose = models.CharField(max_length=400)
    scheme = models.CharField(max_length=100)
    actor = models.CharField(max_length=200)
    made_at = models.DateTimeField()

    personal_data: ClassVar[dict[str, str]] = {}

    def __str__(self) -> str:
        return self.identity


class Setting(models.Model):
    """The thresholds that the organisation chose, by their names in ``limits.Limits``; the others are the usual ones.

    ``last_read`` and ``leaf`` are how far the rules have come in the look-ups and in the log.
    """

    chosen = models.JSONField(default=dict)
    last_read = models.BigIntegerField(default=0)
    leaf = models.BigIntegerField(null=True)

    personal_data: ClassVar[dict[str, str]] = {}

    def __str__(self) -> str:
        return "settings"
