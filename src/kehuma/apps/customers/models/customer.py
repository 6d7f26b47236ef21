"""A customer and what hangs on it.

What tells who a person is stands in ``sealed``, one blob per row under the data key of its customer: see ``sealed.py``
of this package. The plain columns beside it are empty then, and tokens made with a secret key find what is equal.
"""

from typing import ClassVar
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q

# With a place or a trade people ask for one of these.
_ASKED_TOO = ("owner", "kind", "deleted_at", "last_activity_at", "created_at")
_TOKEN = 16


class Customer(models.Model):
    """A person or an enterprise with one code for ever.

    ``code_id`` is the text of the code's identity. Without ``owner`` the customer lies in the public pool (公海). With
    ``deleted_at`` it lies in the recycle bin; its code stays used. ``version`` counts the changes that people made.
    A customer without ``subject`` has nothing that is sealed.
    """

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    code_id: str
    code = models.OneToOneField(
        "codes.Code", to_field="identity", db_column="code", on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField(max_length=10)
    name = models.CharField(max_length=200)
    normal_name = models.CharField(max_length=200)
    short_name = models.CharField(max_length=100, default="", blank=True)
    former_names = models.JSONField(default=list, blank=True)
    country = models.CharField(max_length=2, default="CN")
    region = models.CharField(max_length=6, default="", blank=True)
    address = models.CharField(max_length=300, default="", blank=True)
    industry = models.CharField(max_length=5, default="", blank=True)
    source = models.CharField(max_length=100, default="", blank=True)
    notes = models.TextField(default="", blank=True)
    custom = models.JSONField(default=dict, blank=True)
    parent = models.ForeignKey(
        "self", null=True, blank=True, db_index=False, on_delete=models.PROTECT, related_name="branches"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, db_index=False, on_delete=models.PROTECT, related_name="+"
    )
    owned_since = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    last_activity_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)
    created_in = models.ForeignKey(
        "customers.Batch", null=True, blank=True, db_index=False, on_delete=models.PROTECT, related_name="+"
    )
    deleted_at = models.DateTimeField(null=True, blank=True)
    # While set, what is kept is only kept: see ``restricting``.
    restricted_at = models.DateTimeField(null=True)
    restricted_for = models.CharField(max_length=10, db_default="")
    # Why it is to be kept, whatever the rules of retention say; "" where nothing says so.
    held_for = models.CharField(max_length=10, db_default="")
    subject = models.ForeignKey(
        "sealing.SubjectKey", null=True, blank=True, db_index=False, on_delete=models.PROTECT, related_name="+"
    )
    sealed = models.BinaryField(null=True, blank=True)
    name_token = models.BinaryField(max_length=_TOKEN, null=True, blank=True)

    personal_data: ClassVar[dict[str, str]] = {
        "sealed": "name, address, free text, sealed",
        "name_token": "name, as a keyed token",
    }

    class Meta:
        """Each index serves one question of the list; those of rare values hold only the rows that have one.

        Behind what the first three are asked for stands what else people ask for together with it: so 60,000 entries
        of an index are looked through, and only what is left is read from the table.
        """

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(kind__in=["person", "enterprise"]), name="customers_customer_kind"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["normal_name"], name="customers_customer_name"),
            models.Index(fields=["name_token"], condition=Q(name_token__isnull=False), name="customers_customer_token"),
            models.Index(fields=["region", "industry", *_ASKED_TOO], name="customers_customer_place"),
            models.Index(fields=["industry", "region", *_ASKED_TOO], name="customers_customer_trade"),
            models.Index(
                fields=["owner", "-last_activity_at", "-id", "region", "industry", "kind", "deleted_at", "created_at"],
                name="customers_customer_owned",
            ),
            models.Index(fields=["-last_activity_at", "-id"], name="customers_customer_activity"),
            models.Index(fields=["parent"], condition=Q(parent__isnull=False), name="customers_customer_parent"),
            models.Index(fields=["created_in"], condition=Q(created_in__isnull=False), name="customers_customer_batch"),
            models.Index(fields=["deleted_at"], condition=Q(deleted_at__isnull=False), name="customers_customer_bin"),
            models.Index(
                fields=["restricted_at"],
                condition=Q(restricted_at__isnull=False),
                name="customers_customer_restricted",
            ),
        ]

    def __str__(self) -> str:
        return str(self.code_id)


class Contact(models.Model):
    """Somebody to talk to at a customer. Position 0 is the first choice; a person's own numbers stand there too."""

    customer = models.ForeignKey(Customer, db_index=False, on_delete=models.CASCADE, related_name="contacts")
    position = models.SmallIntegerField()
    sealed = models.BinaryField()
    mobile_token = models.BinaryField(max_length=_TOKEN, null=True, blank=True)
    phone_token = models.BinaryField(max_length=_TOKEN, null=True, blank=True)
    mobile_end = models.SmallIntegerField(null=True, blank=True)
    phone_end = models.SmallIntegerField(null=True, blank=True)

    personal_data: ClassVar[dict[str, str]] = {
        "sealed": "name, phone, email, account, sealed",
        "mobile_token": "phone, as a keyed token",
        "phone_token": "phone, as a keyed token",
        "mobile_end": "the end of a phone, as a short keyed token that many share",
        "phone_end": "the end of a phone, as a short keyed token that many share",
    }

    class Meta:
        """Duplicates are asked for by number, people by the end of one."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["customer", "position"], name="customers_contact_position"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=[column], condition=Q(**{f"{column}__isnull": False}), name=f"customers_contact_{name}")
            for column, name in (
                ("mobile_token", "mobile"),
                ("phone_token", "phone"),
                ("mobile_end", "mobile_end"),
                ("phone_end", "phone_end"),
            )
        ]

    def __str__(self) -> str:
        return f"contact {self.pk}"


class Identifier(models.Model):
    """A number that an authority gave."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="identifiers")
    kind = models.CharField(max_length=20)
    value = models.CharField(max_length=100)
    normal = models.CharField(max_length=100)
    sealed = models.BinaryField(null=True, blank=True)
    token = models.BinaryField(max_length=_TOKEN, null=True, blank=True)

    personal_data: ClassVar[dict[str, str]] = {
        "sealed": "identity number, sealed",
        "token": "identity number, as a keyed token",
    }

    class Meta:
        """Duplicates are asked for by number."""

        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["normal"], name="customers_identifier_normal"),
            models.Index(fields=["token"], condition=Q(token__isnull=False), name="customers_identifier_token"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.customer_id}"


class Attachment(models.Model):
    """A file kept for a customer; its content lies in the data folder under its uuid, sealed as its name is."""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="attachments")
    sealed = models.BinaryField()
    media_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    actor = models.CharField(max_length=200)
    at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, blank=True)

    personal_data: ClassVar[dict[str, str]] = {"sealed": "the name of a file, sealed"}

    def __str__(self) -> str:
        return f"file {self.uuid}"


class SearchText(models.Model):
    """The tokens under which everybody may find a customer; ``id`` is its id. Those in the recycle bin have none."""

    id = models.BigAutoField(primary_key=True)
    tokens = models.TextField()

    personal_data: ClassVar[dict[str, str]] = {}

    def __str__(self) -> str:
        return str(self.pk)


class SearchNews(models.Model):
    """Customers whose sealed names may be others now: by this the indexes in memory follow, each in its process.

    ``spans`` is a list of first and last ids. ``mark`` is drawn by chance: a number that a rollback or a restored store
    gives out again is told by it.
    """

    spans = models.JSONField()
    mark = models.CharField(max_length=16)

    personal_data: ClassVar[dict[str, str]] = {}

    def __str__(self) -> str:
        return str(self.pk)
