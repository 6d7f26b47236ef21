"""The tables of keys. Each key in them is wrapped under another one; the outermost is never in the database."""

from typing import ClassVar
from uuid import UUID, uuid4

from django.db import models


class Way(models.TextChoices):
    """How an installation may be opened."""

    KEY = "key"
    PASSPHRASE = "passphrase"
    RECOVERY = "recovery"


class Opener(models.Model):
    """The master key, wrapped for one way to open the installation; there is always one besides those for recovery.

    ``check_value`` tells a wrong key from damaged bytes. ``stretching`` says how a passphrase becomes a key. A recovery
    key counts after it was typed back: ``confirmed_at``.
    """

    way = models.CharField(max_length=20, choices=Way.choices)
    check_value = models.BinaryField(max_length=16)
    stretching = models.CharField(max_length=100, blank=True)
    wrapped = models.BinaryField(max_length=100)
    at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)

    personal_data: ClassVar[dict[str, str]] = {}

    def __str__(self) -> str:
        return self.way


class KeyVersion(models.Model):
    """A key that wraps the data keys of subjects, itself wrapped under the master key; the greatest number wraps.

    Retiring deletes the row: the foreign key of the subjects refuses that as long as one of them needs it, and refuses
    what a process that has not heard of it brings afterwards. ``passed`` is up to which subject the older versions were
    left for this one, ``moved_at`` when that was done.
    """

    number = models.PositiveIntegerField(primary_key=True)
    wrapped = models.BinaryField(max_length=100)
    at = models.DateTimeField()
    passed = models.BigIntegerField(default=0)
    moved_at = models.DateTimeField(null=True)

    personal_data: ClassVar[dict[str, str]] = {}

    def __str__(self) -> str:
        return str(self.number)


class SubjectKey(models.Model):
    """The data key of one subject, wrapped under a version. Without ``wrapped`` it was destroyed; the row stays."""

    uuid = models.UUIDField(default=uuid4, editable=False)
    wrapped = models.BinaryField(max_length=100, null=True)
    # Nobody asks for the subjects of a version but its retirement, which may take a second; an index would cost
    # every customer something.
    version = models.ForeignKey(KeyVersion, models.PROTECT, null=True, db_index=False, related_name="+")
    erased_at = models.DateTimeField(null=True)

    personal_data: ClassVar[dict[str, str]] = {}

    class Meta:
        """Erased is erased; the few that are so are found without looking at all."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(erased_at=None, wrapped__isnull=False, version__isnull=False)
                | models.Q(erased_at__isnull=False, wrapped=None, version=None),
                name="sealing_subjectkey_whole",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["id"], condition=models.Q(erased_at__isnull=False), name="sealing_subjectkey_erased"),
        ]

    def __str__(self) -> str:
        return str(self.uuid)


def name_of(uuid: UUID | str) -> str:
    """The name that a data key is bound to, of a uuid as the store gives it: text on SQLite, a UUID on PostgreSQL."""
    return uuid if isinstance(uuid, str) else uuid.hex
