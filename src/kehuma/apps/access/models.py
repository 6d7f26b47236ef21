"""The tables of people: the organisation, its teams and roles, who may sign in and how, where they are signed in."""

from datetime import datetime
from typing import ClassVar
from uuid import uuid4

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q


class Organisation(models.Model):
    """The one organisation of this installation. Its row also is the lock that changes of people take turns on."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    name = models.CharField(max_length=100)
    founded_at = models.DateTimeField()
    # The class of fields that the names of persons belong to.
    person_names = models.CharField(max_length=10, default="internal")
    # After so many days without contact a customer goes back to the public pool; null: never.
    idle_days = models.PositiveSmallIntegerField(null=True)
    # Since when three administrators are in force; null: one may hold everything. See ``separation``.
    separated_at = models.DateTimeField(null=True)
    # Who asked to go back to one administrator, until somebody has decided.
    ending = models.JSONField(default=dict)

    personal_data: ClassVar[dict[str, str]] = {}

    class Meta:
        """There is one."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(id=1), name="access_organisation_one"),
            models.CheckConstraint(
                condition=Q(person_names__in=["internal", "personal"]), name="access_organisation_names"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Team(models.Model):
    """People who see one another's records where their role's scope is ``team``."""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    name = models.CharField(max_length=100, unique=True)

    personal_data: ClassVar[dict[str, str]] = {}

    def __str__(self) -> str:
        return self.name


class Role(models.Model):
    """What its people may do (``permissions``), whose records they reach (``scope``), which fields they ``see``.

    ``key`` is the name that programs use; roles made on screen have none.
    """

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    key = models.CharField(max_length=30, blank=True, default="")
    zh = models.CharField(max_length=50, unique=True)
    en = models.CharField(max_length=50, unique=True)
    permissions = models.JSONField(default=list)
    scope = models.CharField(max_length=4, choices=[("own", "own"), ("team", "team"), ("all", "all")], default="own")
    sees = models.JSONField(default=list)
    asks_second_factor = models.BooleanField(default=False)

    personal_data: ClassVar[dict[str, str]] = {}

    class Meta:
        """A key names one role."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["key"], condition=~Q(key=""), name="access_role_key"),
            models.CheckConstraint(condition=Q(scope__in=["own", "team", "all"]), name="access_role_scope"),
        ]

    def __str__(self) -> str:
        return self.zh


class User(AbstractBaseUser):
    """A person who may sign in; ``uuid`` is how events and other systems name it.

    ``username`` and ``email`` are kept in lower case. Without a usable password the person was invited and has not
    come yet.
    """

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    username = models.CharField(max_length=150, unique=True)
    name = models.CharField(max_length=150, blank=True, default="")
    email = models.EmailField(blank=True, default="")
    language = models.CharField(max_length=2, choices=[("zh", "zh"), ("en", "en")], default="zh")
    role = models.ForeignKey(Role, null=True, blank=True, on_delete=models.PROTECT, related_name="people")
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.PROTECT, related_name="people")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField(null=True, blank=True)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = BaseUserManager()

    personal_data: ClassVar[dict[str, str]] = {"username": "name", "name": "name", "email": "email"}

    class Meta:
        """An address belongs to one person."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["email"], condition=~Q(email=""), name="access_user_email"),
        ]

    def get_full_name(self) -> str:
        """How pages call the person."""
        return self.name or self.username


class Link(models.Model):
    """A link by which a person sets a password once. ``digest`` is the keyed hash of its token."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="links")
    purpose = models.CharField(max_length=6, choices=[("invite", "invite"), ("reset", "reset")])
    digest = models.BinaryField(max_length=16, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    personal_data: ClassVar[dict[str, str]] = {}

    def __str__(self) -> str:
        return f"{self.purpose} {self.pk}"

    def is_open(self, at: datetime) -> bool:
        """Whether it can still be used."""
        return self.used_at is None and at < self.expires_at


class SecondFactor(models.Model):
    """A person's authenticator. Its secret is derived from ``salt`` with the installation's key: none is kept here.

    ``last_step`` is the last thirty seconds whose number was taken, so that no number counts twice.
    """

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="second_factor")
    salt = models.BinaryField(max_length=16)
    last_step = models.BigIntegerField(default=0)
    confirmed_at = models.DateTimeField(null=True)

    personal_data: ClassVar[dict[str, str]] = {}

    def __str__(self) -> str:
        return f"second factor {self.pk}"


class RecoveryCode(models.Model):
    """A code that stands in once for the authenticator; kept as a keyed hash."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.BinaryField(max_length=16)
    used_at = models.DateTimeField(null=True)

    personal_data: ClassVar[dict[str, str]] = {}

    def __str__(self) -> str:
        return f"recovery code {self.pk}"


class SignIn(models.Model):
    """One browser in which a person is signed in. Without its row a session counts for nothing.

    ``is_kept``: stays for two weeks; otherwise it ends with the browser or after hours without a request.
    """

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sign_ins")
    address = models.CharField(max_length=45)
    browser = models.CharField(max_length=100)
    is_kept = models.BooleanField(default=False)
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    personal_data: ClassVar[dict[str, str]] = {"address": "network address", "browser": "device"}

    def __str__(self) -> str:
        return str(self.uuid)


class Device(models.Model):
    """A browser in which this person has signed in before: what strangers try elsewhere does not slow it down."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="devices")
    digest = models.BinaryField(max_length=16, unique=True)
    seen_at = models.DateTimeField()

    personal_data: ClassVar[dict[str, str]] = {}

    def __str__(self) -> str:
        return f"device {self.pk}"


class Tries(models.Model):
    """Failed tries in a row of one place: an account from an address, an address, an account's second factor.

    ``place`` is a keyed hash: neither the name that was typed nor the address stands here.
    """

    place = models.BinaryField(max_length=16, unique=True)
    number = models.PositiveIntegerField(default=0)
    last_at = models.DateTimeField()
    waits_until = models.DateTimeField(null=True)

    personal_data: ClassVar[dict[str, str]] = {}

    class Meta:
        """Old rows are found by their time."""

        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["last_at"], name="access_tries_last")]

    def __str__(self) -> str:
        return f"tries {self.pk}"


class ApiKey(models.Model):
    """A key with which a program acts for its owner, with at most the owner's rights. Kept as a keyed hash.

    One without an owner was made at the machine itself: the program acts for nobody, and events name the key.
    """

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=8, unique=True)
    digest = models.BinaryField(max_length=16)
    permissions = models.JSONField(default=list)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    personal_data: ClassVar[dict[str, str]] = {}

    def __str__(self) -> str:
        return self.prefix


class ListView(models.Model):
    """Conditions, order and columns of a list that a person keeps. ``place`` names the list, ``sealed`` its address.

    The one that is the default opens with the list. Without a name it is no view of the person's own: the default is
    one of those that everybody has. All views of a person lie under one key.
    """

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="list_views")
    place = models.CharField(max_length=40)
    name = models.CharField(max_length=40, blank=True, default="")
    subject_id: int
    subject = models.ForeignKey("sealing.SubjectKey", db_index=False, on_delete=models.PROTECT, related_name="+")
    sealed = models.BinaryField()
    is_default = models.BooleanField(default=False)

    personal_data: ClassVar[dict[str, str]] = {"sealed": "conditions of a list, sealed"}

    class Meta:
        """A name stands for one view, and one view is the default."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["user", "place", "name"], name="access_listview_name"),
            models.UniqueConstraint(
                fields=["user", "place"], condition=Q(is_default=True), name="access_listview_default"
            ),
        ]

    def __str__(self) -> str:
        return self.name
