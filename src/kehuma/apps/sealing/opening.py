"""The master key in this process: found once, kept until the process ends, and handed on to its siblings.

It is looked for in the memory that the processes of one server share, then where the root key or the passphrase comes
from. What does not open is an error each time: nothing here ever makes a key.
"""

from collections.abc import Sequence

from django.conf import settings
from django.db import connection

from kehuma.apps.sealing import sharing, sources
from kehuma.apps.sealing.errors import StoreSealedError
from kehuma.apps.sealing.models import KeyVersion, Opener, Way
from kehuma.engine.encryption.errors import SealedError
from kehuma.engine.encryption.master import MasterKey
from kehuma.engine.encryption.passphrase import Stretching
from kehuma.engine.encryption.root import RootKey, version_from

# With the store that it belongs to: a program that ends its demonstration goes on with another one.
_held: tuple[tuple[object, ...], MasterKey] | None = None
# A passphrase of the environment that was found wrong is not stretched again, a second of work, at every question.
_refused: set[tuple[str, str]] = set()


def master() -> MasterKey:
    """The master key; StoreSealedError says why there is none."""
    if _held is not None and _held[0] == _store():
        return _held[1]
    return hold(_shared() or _own())


def hold(found: MasterKey) -> MasterKey:
    """Keep a master key that was found, for this process and those that share its memory."""
    global _held  # noqa: PLW0603 - one per process is the point
    _held = (_store(), found)
    sharing.put(found.secret())
    return found


def forget() -> None:
    """Look for the master key again, as after another database was put in the place of this one."""
    global _held  # noqa: PLW0603 - as above
    _held = None
    _refused.clear()


def main_opener() -> Opener:
    """The way in besides the recovery keys; StoreSealedError ``no-keys`` where the table has lost it."""
    found = Opener.objects.exclude(way=Way.RECOVERY).order_by("id").last()
    if found is None:
        raise StoreSealedError("no-keys")
    return found


def with_passphrase(opener: Opener, passphrase: str) -> MasterKey:
    """Open with a passphrase: StoreSealedError ``passphrase-wrong``, PassphraseError."""
    root = RootKey.from_passphrase(passphrase, Stretching.from_text(opener.stretching), cipher=sources.cipher())
    if not root.has_check_value(bytes(opener.check_value)):
        raise StoreSealedError("passphrase-wrong")
    return unwrapped(opener, root)


def unwrapped(opener: Opener, root: RootKey) -> MasterKey:
    """What an opener holds for a root key that has its check value; StoreSealedError ``key-damaged``."""
    try:
        return MasterKey.opened(root, bytes(opener.wrapped), cipher=root.cipher)
    except SealedError as error:
        raise StoreSealedError("key-damaged", reason=error) from None


def opener_of(root: RootKey, openers: Sequence[Opener]) -> Opener | None:
    """The opener that a root key belongs to."""
    return next((one for one in openers if root.has_check_value(bytes(one.check_value))), None)


def _store() -> tuple[object, ...]:
    return settings.KEHUMA_HOME, connection.settings_dict["NAME"]


def _shared() -> MasterKey | None:
    """The key that another process has found; None also where it is that of another store."""
    secret = sharing.get()
    stored = KeyVersion.objects.order_by("number").values_list("number", "wrapped").first() if secret else None
    if stored is None:
        return None
    master = MasterKey(secret, cipher=sources.cipher())
    try:
        version_from(master, stored[0], bytes(stored[1]))
    except SealedError:
        return None
    return master


def _own() -> MasterKey:
    opener = main_opener()
    if opener.way == Way.PASSPHRASE:
        return _by_environment(opener)
    root = sources.root_key()
    if not root.has_check_value(bytes(opener.check_value)):
        raise StoreSealedError("key-other", place=sources.place())
    return unwrapped(opener, root)


def _by_environment(opener: Opener) -> MasterKey:
    given = settings.KEHUMA_PASSPHRASE
    if not given:
        raise StoreSealedError("passphrase-needed")
    tried = (given, opener.stretching)
    if tried in _refused:
        raise StoreSealedError("passphrase-wrong")
    try:
        return with_passphrase(opener, given)
    except StoreSealedError:
        _refused.add(tried)
        raise
