"""The keys of the log: the one that signs, and the secret behind its commitments; both bound to the store.

``log.key`` signs checkpoints (Ed25519). The salts of the commitments come from ``installation.key``, so that whoever
has a certificate can check what was opened to him, and nobody can guess what was not.
"""

import hmac
import stat
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import transaction

from kehuma.apps.audit.errors import LogKeyError
from kehuma.apps.audit.models import Leaf, LogKey
from kehuma.engine.merkle.checkpoints import Trust
from kehuma.engine.merkle.keys import Kind, VerifierKey
from kehuma.lib import keys, secret_files
from kehuma.lib.db.locks import stand_alone

FILE_NAME = "log.key"
_ORIGIN = "kehuma.local/log"


class Keyring:
    """The keys as they lie in the data folder."""

    def __init__(self, seed: bytes, installation: bytes) -> None:
        self.private = Ed25519PrivateKey.from_private_bytes(seed)
        self.secret = _secret(installation)
        # Its own name for every log: several may be witnessed in one place.
        self.name = f"{_ORIGIN}-{hmac.digest(installation, b'log name', 'sha256').hex()[:16]}"

    @cached_property
    def verifier(self) -> VerifierKey:
        """The public key, for auditors."""
        return VerifierKey.of(self.name, Kind.NOTE, self.private)

    @property
    def trust(self) -> Trust:
        """Whom checkpoints of this log must be signed by."""
        return Trust((self.verifier,))

    @property
    def check_value(self) -> bytes:
        """What the secret makes of a fixed text."""
        return hmac.digest(self.secret, b"key check", "sha256")


_opened: dict[tuple[Path, bytes, bytes], Keyring] = {}


def keyring(at: datetime) -> Keyring:
    """The keys of the log; the first time they are made and written down at ``at``. LogKeyError for other ones."""
    home = Path(settings.KEHUMA_HOME)
    known = LogKey.objects.order_by("id").last()
    if known is None:
        return _first(home, at)
    ring = _read(home)
    if known.public != str(ring.verifier):
        raise LogKeyError("log-key-other", file=FILE_NAME)
    if not hmac.compare_digest(bytes(known.check_value), ring.check_value):
        raise LogKeyError("log-key-other", file=keys.FILE_NAME)
    return ring


def recalled() -> Keyring | None:
    """The keys of the log as they must be; None where the store knows none. LogKeyError."""
    return keyring(datetime.min.replace(tzinfo=UTC)) if LogKey.objects.exists() else None


def secret() -> bytes:
    """The secret of the commitments, where an event needs it in its own transaction; LogKeyError without the file."""
    key = keys.standing_key(settings.KEHUMA_HOME)
    if key is None:
        raise LogKeyError("log-key-missing", file=keys.FILE_NAME)
    return _secret(key)


def is_private(home: Path) -> bool:
    """Whether nobody but the owner can read the signing key; true where there is none yet."""
    file = home / FILE_NAME
    return not file.exists() or not stat.S_IMODE(file.stat().st_mode) & 0o077


def _first(home: Path, at: datetime) -> Keyring:
    with transaction.atomic():
        # Two hosts of one register have files of their own; only those of one can become the log's.
        stand_alone("log key")
        if not LogKey.objects.exists():
            # Leaves without a key in the table: somebody took the row away, and that is found by verifying.
            ring = _read(home, makes=not Leaf.objects.exists())
            LogKey.objects.create(public=str(ring.verifier), check_value=ring.check_value, at=at)
            return ring
    return keyring(at)


def _read(home: Path, *, makes: bool = False) -> Keyring:
    for name in (FILE_NAME, keys.FILE_NAME):
        if not makes and not (home / name).exists():
            raise LogKeyError("log-key-missing", file=name)
    found = (home, secret_files.read_or_create(home / FILE_NAME), keys.installation_key(home))
    if found not in _opened:
        _opened.clear()
        _opened[found] = Keyring(found[1], found[2])
    return _opened[found]


@lru_cache(maxsize=8)
def _secret(installation: bytes) -> bytes:
    return hmac.digest(installation, b"log commitments", "sha256")
