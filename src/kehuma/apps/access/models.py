"""The table of users."""

from typing import ClassVar
from uuid import uuid4

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """Who may sign in. ``uuid`` is how events and other systems refer to a user, never the name."""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)

    personal_data: ClassVar[dict[str, str]] = {
        "username": "name",
        "first_name": "name",
        "last_name": "name",
        "email": "email",
    }

    def __str__(self) -> str:
        return str(self.uuid)
