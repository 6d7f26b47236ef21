"""The card on the record that says for what a customer's data may be used."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from kehuma.apps.access import queries as access
from kehuma.apps.customers.data import Record
from kehuma.apps.customers.fields import BASES, CONSENTS, WAYS, Choice
from kehuma.engine.coding.errors import Language
from kehuma.lib import clock
from kehuma.lib.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Agreed:
    """A consent in words."""

    id: int
    purpose: str
    basis: str
    way: str
    given_on: date
    withdrawn_at: datetime | None
    note: str
    by: str


def card(record: Record, viewer: Viewer) -> dict[str, Any]:
    """What the card on the record shows."""
    language = viewer.language
    purposes = record.fields[CONSENTS].choices
    names = access.names_by_actor({one.actor for one in record.consents}) if record.consents else {}
    agreed = [
        Agreed(one.id, _title(purposes, one.purpose, language), _title(BASES, one.basis, language),
               _title(WAYS, one.way, language), one.given_on, one.withdrawn_at, one.note, names.get(one.actor, ""))
        for one in record.consents
    ]  # fmt: skip
    held = {one.purpose for one in record.consents if one.withdrawn_at is None}
    return {
        "agreed": [one for one in agreed if one.withdrawn_at is None],
        "withdrawn": [one for one in agreed if one.withdrawn_at is not None],
        "purposes": [(one.key, one.title(language)) for one in purposes if one.key not in held],
        "bases": [(one.key, one.title(language)) for one in BASES],
        "today": timezone.localtime(clock.now()).date(),
        "ways": [(one.key, one.title(language)) for one in WAYS if one.key != "import"],
    }


def _title(choices: Sequence[Choice], key: str, language: Language) -> str:
    return next((one.title(language) for one in choices if one.key == key), key)
