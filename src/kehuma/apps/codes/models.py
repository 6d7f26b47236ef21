"""The tables of the register. Their rows are permanent: see ``docs/reference/register.md``."""

from typing import ClassVar

from django.db import models

from kehuma.apps.codes import draft_models as draft_models  # noqa: PLC0414 - Django looks for tables here
from kehuma.apps.codes import history_models as history_models  # noqa: PLC0414 - as above


class SchemeVersion(models.Model):
    """A scheme as published: its file, word for word. ``effective`` and then ``number`` say which is current."""

    name = models.CharField(max_length=100)
    number = models.PositiveIntegerField()
    subject = models.CharField(max_length=100)
    source = models.TextField()
    effective = models.DateField()
    published_at = models.DateTimeField()

    personal_data: ClassVar[dict[str, str]] = {}

    class Meta:
        """Versions of one name are numbered from 1."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["name", "number"], name="codes_schemeversion_key"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.number}"


class DictionaryExtension(models.Model):
    """Symbols and names added to a dictionary by one import; version n of it is the sum of the first n."""

    name = models.CharField(max_length=100)
    version = models.PositiveIntegerField()
    entries = models.JSONField()
    digest = models.CharField(max_length=64)
    imported_at = models.DateTimeField()

    personal_data: ClassVar[dict[str, str]] = {}

    class Meta:
        """Versions of one dictionary are numbered from 1."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["name", "version"], name="codes_dictionaryextension_key"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class Counter(models.Model):
    """The next number of a scheme's name and the written texts of its ``per`` segments; it never goes back."""

    scheme = models.CharField(max_length=100)
    key = models.CharField(max_length=400)
    next = models.PositiveBigIntegerField()

    personal_data: ClassVar[dict[str, str]] = {}

    class Meta:
        """One counter per key, whatever the version."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["scheme", "key"], name="codes_counter_key"),
        ]

    def __str__(self) -> str:
        return f"{self.scheme} {self.key}"


class State(models.TextChoices):
    """What has become of a code."""

    RESERVED = "reserved"
    ISSUED = "issued"
    SUPERSEDED = "superseded"
    MERGED = "merged"
    RETIRED = "retired"
    VOID = "void"


class Code(models.Model):
    """A code given out. Only ``form`` (with its live parts as they are today) and ``state`` may change.

    ``snapshot`` holds the written symbols, never what they were written from. ``request`` is the keyed hash of the
    request key or of the source's key of the row, ``facts`` that of the facts.
    """

    identity = models.CharField(max_length=400, unique=True)
    loose = models.CharField(max_length=400)
    form = models.CharField(max_length=400)
    version = models.ForeignKey(SchemeVersion, on_delete=models.PROTECT, db_index=False, related_name="+")
    counter = models.ForeignKey(Counter, on_delete=models.PROTECT, db_index=False, null=True, related_name="+")
    number = models.PositiveBigIntegerField(null=True)
    snapshot = models.JSONField()
    request = models.BinaryField(max_length=16, unique=True)
    facts = models.BinaryField(max_length=16)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ISSUED)
    issued_at = models.DateTimeField()

    personal_data: ClassVar[dict[str, str]] = {}

    class Meta:
        """No number of a counter twice."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["counter", "number"], name="codes_code_number"),
            models.CheckConstraint(condition=models.Q(state__in=State.values), name="codes_code_state"),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["loose"], name="codes_code_loose")]

    def __str__(self) -> str:
        return self.identity


class KeyCheck(models.Model):
    """What the installation key makes of a fixed text: a register knows its key, and never takes another."""

    value = models.BinaryField(max_length=16)

    personal_data: ClassVar[dict[str, str]] = {}

    def __str__(self) -> str:
        return "key check"
