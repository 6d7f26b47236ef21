"""The key versions as they are in the store, opened once per process and compared with the store whenever it writes.

So a version that was added, or a database that was put in the place of another, is noticed without being told.
"""

from collections.abc import Callable, Iterable

from kehuma.apps.sealing import opening
from kehuma.apps.sealing.errors import StoreSealedError
from kehuma.engine.encryption import root as roots
from kehuma.engine.encryption.blind_index import IndexKey
from kehuma.engine.encryption.errors import SealedError
from kehuma.engine.encryption.master import MasterKey
from kehuma.engine.encryption.pseudonyms import PseudonymKey
from kehuma.engine.encryption.versions import KeyRing
from kehuma.lib.db.pipelines import asked

_Stored = tuple[tuple[int, bytes], ...]
_read: tuple[MasterKey, _Stored, KeyRing] | None = None
_index: tuple[MasterKey, IndexKey] | None = None


def current() -> KeyRing:
    """All versions that the store has now: one query. StoreSealedError."""
    return asked_current()()


def asked_current() -> Callable[[], KeyRing]:
    """The same in two steps: they are asked for now, and told when what is returned is called."""
    # Every writing of a customer asks this; the models would take three times as long.
    stored = asked("SELECT number, wrapped FROM sealing_keyversion ORDER BY number")
    return lambda: _ring(tuple((number, bytes(wrapped)) for number, wrapped in stored()))


def known() -> KeyRing:
    """The versions as this process last saw them, which opens nearly everything. StoreSealedError."""
    return _read[2] if _read is not None and _read[0] is opening.master() else current()


def index_key() -> IndexKey:
    """The key of the blind indexes. StoreSealedError."""
    global _index  # noqa: PLW0603 - one per process is the point
    master = opening.master()
    if _index is None or _index[0] is not master:
        _index = (master, master.index_key())
    return _index[1]


def pseudonym_key() -> PseudonymKey:
    """The key of the pseudonyms under which outsiders know our customers. StoreSealedError."""
    return opening.master().pseudonym_key()


def _ring(stored: _Stored) -> KeyRing:
    global _read  # noqa: PLW0603 - one per process is the point
    master = opening.master()
    if _read is None or _read[0] is not master or _read[1] != stored:
        ring = _opened(master, stored)
        _read = (opening.master(), stored, ring)
    return _read[2]


def _opened(master: MasterKey, stored: _Stored) -> KeyRing:
    if not stored:
        raise StoreSealedError("no-keys")
    try:
        return _unwrapped(master, stored)
    except SealedError:
        # Perhaps the key of a database that is no longer here.
        opening.forget()
    try:
        return _unwrapped(opening.master(), stored)
    except SealedError as error:
        raise StoreSealedError("key-damaged", reason=error) from None


def _unwrapped(master: MasterKey, stored: Iterable[tuple[int, bytes]]) -> KeyRing:
    return KeyRing(roots.version_from(master, number, wrapped) for number, wrapped in stored)
