"""The tables of the connectors: endpoints and messages, requests of programs, recipients and what they were given.

There is no row per event and endpoint. An endpoint keeps how far in the log it has come; a message gets a row only when
the receiver would not take it while others wait behind it.
"""

from typing import ClassVar
from uuid import uuid4

from django.db import models


class Stopped(models.TextChoices):
    """Why nothing is sent to an endpoint."""

    BY_PERSON = "paused"
    FAILING = "failing"
    GONE = "gone"


class Endpoint(models.Model):
    """Where another system is told what happens here.

    ``sealed`` holds the address and the secrets. ``leaf`` and ``part`` are the next message in the log, ``failures`` how
    often it failed, ``failing_since`` when nothing has arrived any more, ``retry_at`` when it is tried again. ``recent``
    are the last attempts, for people. Who has ``claimed_until`` is sending just now.
    """

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    name = models.CharField(max_length=100)
    host = models.CharField(max_length=260)
    subject = models.ForeignKey("sealing.SubjectKey", models.PROTECT, related_name="+")
    sealed = models.BinaryField()
    kinds = models.JSONField(default=list)
    actor = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    stopped = models.CharField(max_length=10, choices=Stopped.choices, default="", blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    leaf = models.BigIntegerField()
    part = models.PositiveIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True, blank=True)
    retry_at = models.DateTimeField(null=True, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    recent = models.JSONField(default=list)

    personal_data: ClassVar[dict[str, str]] = {}

    def __str__(self) -> str:
        return self.name


class Undelivered(models.Model):
    """A message that failed and was set aside, so that others could go on.

    ``step`` counts how often it failed since; ``retry_at`` is empty where it was given up.
    """

    endpoint = models.ForeignKey(Endpoint, models.CASCADE, db_index=False, related_name="undelivered")
    message = models.CharField(max_length=60)
    kind = models.CharField(max_length=40)
    leaf = models.BigIntegerField()
    part = models.PositiveIntegerField()
    failures = models.PositiveIntegerField()
    step = models.PositiveSmallIntegerField(default=0)
    retry_at = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True)
    reason = models.CharField(max_length=20, default="", blank=True)
    failed_at = models.DateTimeField()

    personal_data: ClassVar[dict[str, str]] = {}

    class Meta:
        """A message once for an endpoint."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["endpoint", "leaf", "part"], name="connectors_undelivered_message"),
        ]

    def __str__(self) -> str:
        return self.message


class Replay(models.Model):
    """A stretch of the log that is told to an endpoint once more: from ``leaf`` and ``part`` up to ``end``, without it."""

    endpoint = models.ForeignKey(Endpoint, models.CASCADE, related_name="replays")
    leaf = models.BigIntegerField()
    part = models.PositiveIntegerField(default=0)
    end = models.BigIntegerField()
    actor = models.CharField(max_length=200)
    at = models.DateTimeField()

    personal_data: ClassVar[dict[str, str]] = {}

    def __str__(self) -> str:
        return f"{self.leaf}-{self.end}"


class Asked(models.Model):
    """What a program asked for under a key of its own, and the record that it got: asked again, it gets the same one."""

    request = models.BinaryField(max_length=16, unique=True)
    facts = models.BinaryField(max_length=16)
    result = models.UUIDField()
    at = models.DateTimeField()

    personal_data: ClassVar[dict[str, str]] = {}

    def __str__(self) -> str:
        return str(self.result)


class Recipient(models.Model):
    """Somebody outside who gets customers under pseudonyms of its own, for one purpose.

    The pseudonyms come from ``uuid``, ``purpose`` and ``epoch``: the first two never change, another epoch makes others.
    """

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    name = models.CharField(max_length=100)
    purpose = models.CharField(max_length=200)
    epoch = models.PositiveIntegerField(default=1)
    actor = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    personal_data: ClassVar[dict[str, str]] = {}

    def __str__(self) -> str:
        return self.name


class Release(models.Model):
    """Something given to a recipient: ``columns`` as ``region:city``, under the pseudonyms of ``epoch``.

    ``rare`` says what becomes of rows whose combination few share: ask, leave-out, keep. ``state``: waiting, counting,
    asking, writing, done, stopped, failed. ``alternatives`` hold a column, what it would be, and the rare rows then. The
    file and its key ``subject`` go after a day, the row stays; without ``subject`` it went to a path at once.
    """

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    recipient = models.ForeignKey(Recipient, models.PROTECT, related_name="releases")
    epoch = models.PositiveIntegerField()
    columns = models.JSONField()
    kind = models.CharField(max_length=10)
    rare = models.CharField(max_length=10)
    state = models.CharField(max_length=10, default="waiting")
    expected = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    is_cancelled = models.BooleanField(default=False)
    rare_rows = models.PositiveIntegerField(default=0)
    rare_groups = models.PositiveIntegerField(default=0)
    alternatives = models.JSONField(default=list)
    rows = models.PositiveIntegerField(default=0)
    actor = models.CharField(max_length=200)
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    subject = models.ForeignKey("sealing.SubjectKey", models.PROTECT, null=True, blank=True, related_name="+")

    personal_data: ClassVar[dict[str, str]] = {}

    def __str__(self) -> str:
        return f"release {self.uuid}"
