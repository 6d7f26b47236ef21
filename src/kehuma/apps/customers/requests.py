"""Programs that ask twice: the same request key with other values is noticed, also where no code is made of them.

What was asked for is kept as keyed hashes that have nothing in common between two customers.
"""

import json
from collections.abc import Mapping, Sequence

from kehuma.apps.codes import fingerprints
from kehuma.apps.customers.errors import OtherRequestError
from kehuma.apps.customers.models import CreationRequest
from kehuma.lib.db import rows
from kehuma.lib.keys import Keyed

_TABLE = CreationRequest._meta.db_table  # noqa: SLF001 - Django's way to the name of a table
_SHORT = 8
Told = Mapping[str, object]


def keep(told: Sequence[tuple[int, Told]], key: bytes) -> None:
    """Remember with which values, by place, customers were created; ``key`` is the installation's."""
    kept = [(customer, rows.as_json(_hashed(key, customer, values))) for customer, values in told]
    rows.insert(_TABLE, ("customer_id", "parts"), kept)


def require_same(customer: int, code: str, told: Told) -> None:
    """OtherRequestError where the customer was created with other values; nothing is known of those of before."""
    kept = CreationRequest.objects.filter(customer=customer).values_list("parts", flat=True).first()
    if kept is None:
        return
    now = _hashed(fingerprints.checked_key(), customer, told)
    places = [place for place in dict.fromkeys((*now, *kept)) if now.get(place) != kept.get(place)]
    if places:
        raise OtherRequestError(code, places)


def _hashed(key: bytes, customer: int, told: Told) -> dict[str, str]:
    keyed = Keyed(key, f"creation request {customer}")
    return {place: keyed.of(json.dumps(value, sort_keys=True))[:_SHORT].hex() for place, value in told.items()}
