"""The tables of events and of the log over them. All rows but those of ``Work`` are permanent."""

from typing import ClassVar
from uuid import uuid4

from django.db import models


class Event(models.Model):
    """One change, written in the transaction that made it; the database refuses to alter or delete it."""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    at = models.DateTimeField()
    actor = models.CharField(max_length=200)
    kind = models.CharField(max_length=100)
    subject = models.CharField(max_length=200)
    detail = models.JSONField(default=dict)

    personal_data: ClassVar[dict[str, str]] = {}

    class Meta:
        """What happened to one subject is asked on its page; by kind, actor and time on the page of the log."""

        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["subject"], name="audit_event_subject"),
            models.Index(fields=["kind", "id"], name="audit_event_kind"),
            models.Index(fields=["actor", "id"], name="audit_event_actor"),
            models.Index(fields=["at"], name="audit_event_at"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class Extent(models.Model):
    """Rows of a table that one event is about, by their ids: ``relation`` is ``table.column`` with what they are called."""

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="+")
    relation = models.CharField(max_length=100)
    first = models.BigIntegerField()
    last = models.BigIntegerField()

    personal_data: ClassVar[dict[str, str]] = {}

    class Meta:
        """The event of a row is looked for from the row."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["relation", "first"], name="audit_extent_key"),
        ]

    def __str__(self) -> str:
        return f"{self.relation} {self.first}-{self.last}"


class Leaf(models.Model):
    """Leaf ``id`` of the log, from 0, is this event; ``members`` is the root over ``count`` members where it has some."""

    event = models.OneToOneField(Event, on_delete=models.PROTECT, related_name="+")
    members = models.BinaryField(max_length=32, null=True)
    count = models.BigIntegerField(default=0)

    personal_data: ClassVar[dict[str, str]] = {}

    def __str__(self) -> str:
        return str(self.pk)


class Node(models.Model):
    """A complete subtree; ``id`` is its level and number in one, so that a proof is read by one query."""

    hash = models.BinaryField(max_length=32)

    personal_data: ClassVar[dict[str, str]] = {}

    def __str__(self) -> str:
        return str(self.pk)


class LogCheckpoint(models.Model):
    """A signed note over the first ``size`` leaves; numbered from 1 without a gap, so that none is taken out unseen."""

    size = models.BigIntegerField(unique=True)
    note = models.TextField()
    at = models.DateTimeField()

    personal_data: ClassVar[dict[str, str]] = {}

    def __str__(self) -> str:
        return str(self.size)


class LogKey(models.Model):
    """The public key of the log, and what its secret makes of a fixed text: a store knows its keys and takes no others."""

    public = models.CharField(max_length=200)
    check_value = models.BinaryField(max_length=32)
    at = models.DateTimeField()

    personal_data: ClassVar[dict[str, str]] = {}

    def __str__(self) -> str:
        return self.public


class RecoveredCeiling(models.Model):
    """How far a counter had come that the store, being restored, has never heard of; named by a keyed hash."""

    counter = models.BinaryField(max_length=16)
    next = models.BigIntegerField()
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="+")

    personal_data: ClassVar[dict[str, str]] = {}

    class Meta:
        """Looked for by counter; a store may be restored more than once."""

        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["counter"], name="audit_ceiling_counter")]

    def __str__(self) -> str:
        return str(self.next)


class Work(models.Model):
    """The log verified or written into a file beside the pages. ``kind``: verify, table or files.

    ``state``: waiting, running, done, stopped, failed. ``query`` are the conditions of a table until it is written;
    ``result`` is what a verification found, or how many rows were written. The file goes after a day.
    """

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=10)
    query = models.TextField(blank=True, default="")
    actor = models.CharField(max_length=200)
    state = models.CharField(max_length=10, default="waiting")
    share = models.FloatField(default=0.0)
    is_cancelled = models.BooleanField(default=False)
    result = models.JSONField(default=dict)
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    personal_data: ClassVar[dict[str, str]] = {"query": "conditions of a list"}

    def __str__(self) -> str:
        return f"{self.kind} {self.uuid}"


class SignOff(models.Model):
    """That the log of a period, days ``since`` to ``until``, was verified and holds: ``events``, leaves and checkpoint.

    ``needed`` is how many people must sign; ``first`` and ``last`` are the period's leaves, empty where nothing happened.
    """

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    since = models.DateField()
    until = models.DateField()
    events = models.BigIntegerField()
    first = models.BigIntegerField(null=True)
    last = models.BigIntegerField(null=True)
    note = models.TextField()
    needed = models.PositiveSmallIntegerField()
    verified_at = models.DateTimeField()
    at = models.DateTimeField()

    personal_data: ClassVar[dict[str, str]] = {}

    def __str__(self) -> str:
        return f"{self.since} {self.until}"


class Signature(models.Model):
    """One person's signature under the sign-off of a period."""

    sign_off = models.ForeignKey(SignOff, on_delete=models.PROTECT, related_name="signatures")
    actor = models.CharField(max_length=200)
    at = models.DateTimeField()

    personal_data: ClassVar[dict[str, str]] = {}

    class Meta:
        """Nobody signs twice."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["sign_off", "actor"], name="audit_signature_once"),
        ]

    def __str__(self) -> str:
        return self.actor
