"""Keyed hashes of what must be recognised again but not kept: request keys, source keys, facts."""

import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.db import connection, connections, transaction

from kehuma.apps.codes.errors import InstallationKeyError
from kehuma.apps.codes.models import KeyCheck
from kehuma.lib import keys
from kehuma.lib.db.locks import stand_alone
from kehuma.lib.keys import Keyed

# ``json.dumps`` with options makes an encoder for every text.
_encoded = json.JSONEncoder(sort_keys=True).encode
_NUMBERS = "numbers of other systems"


class Fingerprints:
    """The hashes of one scheme name; those of another scheme have nothing in common with them."""

    def __init__(self, key: bytes, scheme: str) -> None:
        self._requests = Keyed(key, f"request {scheme}")
        self._facts = Keyed(key, f"facts {scheme}")
        self._key, self._scheme = key, scheme

    def of_request(self, request_key: str) -> bytes:
        """Of a caller's request key."""
        return self._requests.of(request_key)

    def of_source(self, source: str) -> Keyed:
        """Hashes of the row keys of one source of files."""
        return Keyed(self._key, f"source {self._scheme} {source}")

    def of_facts(self, facts: Mapping[str, object], parent: str | None, dated: datetime | None = None) -> bytes:
        """Of the facts a code is asked for; their order does not matter, and empty ones are not there."""
        told = {**facts, "at": dated.isoformat()} if dated else facts
        given = {name: str(value) for name, value in told.items() if value not in (None, "")}
        return self._facts.of(_encoded([given, parent or ""]))


def fingerprints(scheme: str) -> Fingerprints:
    """The hashes under the installation key; InstallationKeyError where the register knows another one."""
    return of_scheme(checked_key(), scheme)


@lru_cache(maxsize=64)
def of_scheme(key: bytes, scheme: str) -> Fingerprints:
    """The hashes under this key, made ready once for a scheme."""
    return Fingerprints(key, scheme)


def checked_key() -> bytes:
    """The installation key, made where the register has none yet; the same error. Only in a transaction."""
    return _checked_key(Path(settings.KEHUMA_HOME))


def standing_key() -> bytes:
    """The same, looked at once for each connection and key outside of a transaction: what is committed stays."""
    if connection.in_atomic_block:
        return checked_key()
    connection.ensure_connection()
    wrapper = connections["default"]
    known = getattr(wrapper, "kehuma_key", None)
    if (
        known is None
        or known[0] is not wrapper.connection
        or known[1] != keys.installation_key(Path(settings.KEHUMA_HOME))
    ):
        with transaction.atomic():
            known = wrapper.connection, checked_key()
        wrapper.kehuma_key = known  # type: ignore[attr-defined]
    return bytes(known[1])


def numbers() -> Keyed:
    """Hashes of the numbers of other systems; InstallationKeyError as above."""
    return Keyed(checked_key(), _NUMBERS)


def numbers_if_known() -> Keyed | None:
    """The same for a look-up, which makes no key: None where the register has none, or its key is not here."""
    key = key_if_known()
    return None if key is None else Keyed(key, _NUMBERS)


def key_if_known() -> bytes | None:
    """The register's key, where it has one and it is here."""
    home = Path(settings.KEHUMA_HOME)
    known = KeyCheck.objects.values_list("value", flat=True).first()
    if known is None or not keys.has_key(home):
        return None
    key = keys.installation_key(home)
    return key if hmac.compare_digest(_check_value(key), bytes(known)) else None


def _checked_key(home: Path) -> bytes:
    known = KeyCheck.objects.values_list("value", flat=True).first()
    if known is None:
        return _first_key(home)
    # A register without its key would take every known row for a new one: it must say so, not make a new key.
    if not keys.has_key(home):
        raise InstallationKeyError("installation-key-missing", file=keys.FILE_NAME)
    key = keys.installation_key(home)
    if not hmac.compare_digest(_check_value(key), bytes(known)):
        raise InstallationKeyError("installation-key-other", file=keys.FILE_NAME)
    return key


def _first_key(home: Path) -> bytes:
    # Two hosts of one register have a file each; only one of their keys can become the register's.
    stand_alone("installation key")
    if KeyCheck.objects.exists():
        return _checked_key(home)
    key = keys.installation_key(home)
    KeyCheck.objects.create(value=_check_value(key))
    return key


def _check_value(key: bytes) -> bytes:
    return Keyed(key, "key check").of("kehuma")
