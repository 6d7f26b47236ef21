"""Whether a row is somebody we have already: the same row of an earlier import, another row of the file, a customer."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from typing import Any

from django.db import transaction

from kehuma.apps.codes import queries as registered
from kehuma.apps.codes import register
from kehuma.apps.codes.fingerprints import fingerprints
from kehuma.apps.customers import queries as customers
from kehuma.apps.customers.data import Duplicate, Value
from kehuma.apps.customers.duplicates import keys_of
from kehuma.engine.coding.errors import CodingError
from kehuma.lib.viewer import Viewer

Values = Mapping[str, Value]
_NUMBER = "own_number"


def known(scheme: str, source: str, keys: Sequence[str]) -> dict[str, str]:
    """The codes that these rows of the source got before, by row key."""
    if not keys:
        return {}
    with transaction.atomic():
        hashed = fingerprints(scheme).of_source(source)
    by_hash = {hashed.of(key): key for key in keys}
    return {by_hash[request]: form for request, (_facts, form) in register.known(list(by_hash)).items()}


def numbers_of_others(scheme: str, source: str, rows: Sequence[tuple[str, Values, str]]) -> dict[int, CodingError]:
    """Of rows (key, values, the customer that it names by code), by place, those whose number another customer has."""
    wanted = {
        place: (key, str(number)) for place, (key, values, _) in enumerate(rows) if (number := values.get(_NUMBER))
    }
    named = {key: match for key, _, match in rows if match}

    def identities_of(keys: Sequence[str]) -> Mapping[str, str]:
        return {**registered.rows_coded(scheme, source, keys), **named}

    return customers.number_refusals(source, wanted, identities_of)


def among_customers(viewer: Viewer, rows: Sequence[Values]) -> list[list[dict[str, Any]]]:
    """For each row the customers that share its number, telephone or name; what the viewer may not see has no name."""
    return [[_told(one) for one in found] for found in customers.duplicates_many(viewer, rows)] if rows else []


@dataclass(slots=True)
class Seen:
    """The rows of the file so far, by what must not stand twice in it: eight bytes each, a million rows fit."""

    rows: dict[bytes, int] = field(default_factory=dict)

    def again(self, number: int, key: str, values: Values) -> tuple[int, str] | None:
        """The first row that has the same, and the field; remembers this one."""
        found: tuple[int, str] | None = None
        for name, text in _marks(key, values):
            mark = blake2b(f"{name} {text}".encode(), digest_size=8).digest()
            before = self.rows.setdefault(mark, number)
            if found is None and before != number:
                found = (before, name)
        return found


def _marks(key: str, values: Values) -> Iterator[tuple[str, str]]:
    yield (_NUMBER if key.startswith("n:") else "row"), key
    yield from keys_of(values)


def _told(one: Duplicate) -> dict[str, Any]:
    told = asdict(one)
    return told if one.is_visible else {**told, "name": "", "owner_name": ""}
