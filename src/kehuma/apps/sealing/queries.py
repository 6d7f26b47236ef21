"""Reading: opening the data keys of subjects, and how the keys are kept."""

from collections.abc import Iterable, Mapping

from django.conf import settings
from django.db import connection
from django.db.models import Count, Max

from kehuma.apps.sealing import keyring, opening, rewrapping, sources
from kehuma.apps.sealing.data import Status, Version
from kehuma.apps.sealing.errors import DamagedError, ErasedError, StoreSealedError
from kehuma.apps.sealing.models import KeyVersion, Opener, Way, name_of
from kehuma.apps.sealing.models import SubjectKey as Row
from kehuma.apps.sealing.rows import open_row
from kehuma.engine.encryption.blind_index import FieldIndex
from kehuma.engine.encryption.errors import EncryptionError
from kehuma.engine.encryption.pseudonyms import RecipientKey
from kehuma.engine.encryption.subjects import Column, SubjectKey
from kehuma.engine.encryption.versions import KeyRing
from kehuma.lib.db.among import among

__all__ = [
    "Column",
    "FieldIndex",
    "RecipientKey",
    "Status",
    "SubjectKey",
    "Version",
    "index",
    "is_open",
    "needs_recovery_key",
    "open_row",
    "opened",
    "opened_one",
    "recipient_key",
    "status",
    "why_sealed",
]


def is_open() -> bool:
    """Whether personal values can be read and written now; without a query once they were."""
    return why_sealed() is None


def why_sealed() -> StoreSealedError | None:
    """Why personal values can be neither read nor written; None where they can."""
    try:
        opening.master()
    except StoreSealedError as error:
        return error
    return None


def opened(ids: Iterable[int]) -> Mapping[int, SubjectKey]:
    """The data keys of subjects by their ids, with one query; those that were erased are missing.

    StoreSealedError; DamagedError where a stored key is not what it was.
    """
    rows = _rows(ids)
    ring = keyring.known() if rows else None
    if ring is None:
        return {}
    try:
        return _opened(rows, ring)
    except EncryptionError:
        # Perhaps wrapped under a version that this process has not seen yet.
        ring = keyring.current()
    try:
        return _opened(rows, ring)
    except EncryptionError as error:
        raise DamagedError(error) from None


def opened_one(subject: int) -> SubjectKey:
    """The data key of one subject. ErasedError, StoreSealedError."""
    found = opened([subject]).get(subject)
    if found is None:
        raise ErasedError(subject)
    return found


def index(name: str) -> FieldIndex:
    """The blind index of a field, by a name that never changes (``customers.mobile``). StoreSealedError.

    It does not change when key versions rotate, nor when the root key does.
    """
    return keyring.index_key().field(name)


def recipient_key(recipient: str, *, purpose: str, epoch: int) -> RecipientKey:
    """The key of a recipient's pseudonyms for a purpose, by a name that never changes. StoreSealedError.

    It does not change when key versions rotate, nor when the root key does; another epoch has another one.
    """
    return keyring.pseudonym_key().recipient(recipient, purpose=purpose, epoch=epoch)


def needs_recovery_key() -> bool:
    """Whether nobody has typed a recovery key back yet: who loses the root key then loses everything."""
    return not Opener.objects.filter(way=Way.RECOVERY, confirmed_at__isnull=False).exists()


def status() -> Status:
    """How the keys are kept; it counts all subjects, a second for some millions."""
    counts = dict(Row.objects.filter(erased_at=None).values_list("version").annotate(Count("id")))
    versions = list(KeyVersion.objects.order_by("number"))
    recovery = Opener.objects.filter(way=Way.RECOVERY).aggregate(at=Max("confirmed_at"))
    return Status(
        sealed=why_sealed(),
        has_passphrase=Opener.objects.filter(way=Way.PASSPHRASE).exists(),
        place=sources.place(),
        cipher=settings.KEHUMA_CIPHER,
        versions=[Version(one.number, one.at, counts.get(one.number, 0), one is versions[-1]) for one in versions],
        moved=_moved(),
        recovery_at=recovery["at"],
        erased=Row.objects.filter(erased_at__isnull=False).count(),
    )


def _moved() -> float | None:
    version = rewrapping.unmoved()
    if version is None:
        return None
    last = Row.objects.aggregate(last=Max("id"))["last"] or 0
    return min(1.0, version.passed / last) if last else 1.0


def _rows(ids: Iterable[int]) -> list[tuple[int, str, bytes]]:
    wanted = list(ids)
    if not wanted:
        return []
    condition, parameters = among("id", wanted)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, uuid, wrapped FROM sealing_subjectkey WHERE wrapped IS NOT NULL AND {condition}",  # noqa: S608
            parameters,
        )
        rows = cursor.fetchall()
    return [(number, name_of(uuid), bytes(wrapped)) for number, uuid, wrapped in rows]


def _opened(rows: Iterable[tuple[int, str, bytes]], ring: KeyRing) -> dict[int, SubjectKey]:
    return {number: ring.open(name, wrapped) for number, name, wrapped in rows}
