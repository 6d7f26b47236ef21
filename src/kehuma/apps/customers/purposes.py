"""The purposes that consents are given for: a list that the organisation keeps."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from kehuma.apps.customers import defining
from kehuma.apps.customers import fields as record
from kehuma.apps.customers.errors import DefinitionError, UnknownError
from kehuma.apps.customers.fields import CONSENTS, Choice
from kehuma.apps.customers.models import Consent, CustomField
from kehuma.engine.cleaning.names import tidy_name
from kehuma.lib.viewer import Viewer


@transaction.atomic
def add_purpose(viewer: Viewer, *, zh: str, en: str = "", at: datetime) -> str:
    """One more purpose; its key, which stays. DefinitionError for an empty name or one that is there."""
    viewer.require("fields.manage")
    known = _choices()
    key = _key(known)
    _store(viewer, [*known, Choice(key, tidy_name(zh), tidy_name(en))], at)
    return key


@transaction.atomic
def rename_purpose(viewer: Viewer, key: str, *, zh: str, en: str = "", at: datetime) -> None:
    """Other names for a purpose. UnknownError, DefinitionError."""
    viewer.require("fields.manage")
    known = _known(key)
    _store(viewer, [Choice(key, tidy_name(zh), tidy_name(en)) if one.key == key else one for one in known], at)


@transaction.atomic
def remove_purpose(viewer: Viewer, key: str, *, at: datetime) -> None:
    """Take a purpose off the list; DefinitionError where somebody has ever agreed to it, or it is the last one."""
    viewer.require("fields.manage")
    known = _known(key)
    if Consent.objects.filter(purpose=key).exists():
        raise DefinitionError("choice-in-use", value=next(one.zh for one in known if one.key == key))
    _store(viewer, [one for one in known if one.key != key], at)


def _store(viewer: Viewer, choices: Sequence[Choice], at: datetime) -> None:
    row = CustomField.objects.get(key=CONSENTS)
    defining.redefine(viewer, row, zh=row.zh, en=row.en, choices=choices, at=at)


def _known(key: str) -> Sequence[Choice]:
    known = _choices()
    if key not in {one.key for one in known}:
        raise UnknownError("purpose")
    return known


def _choices() -> Sequence[Choice]:
    return record.as_field(CustomField.objects.select_for_update().get(key=CONSENTS)).choices


def _key(known: Sequence[Choice]) -> str:
    """A key that no purpose has; those that were removed had never been agreed to."""
    numbers = [int(one.key[1:]) for one in known if one.key[:1] == "p" and one.key[1:].isdecimal()]
    return f"p{max(numbers, default=0) + 1}"
