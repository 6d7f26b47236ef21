"""The ways to open an installation: changing them, and going them."""

import os
import threading
from contextlib import suppress
from datetime import datetime

from django.conf import settings
from django.db import transaction

from kehuma.apps.audit import services as audit
from kehuma.apps.sealing import keyring, opening, sources
from kehuma.apps.sealing.errors import KeysError, StoreSealedError
from kehuma.apps.sealing.models import Opener, Way
from kehuma.engine.encryption.master import MasterKey
from kehuma.engine.encryption.passphrase import Stretching
from kehuma.engine.encryption.root import RootKey
from kehuma.lib.db.locks import stand_alone

# A passphrase takes 256 MB of memory for a second: one at a time.
_one_at_a_time = threading.Lock()


def unseal(passphrase: str, *, actor: str, at: datetime) -> None:
    """Open this installation for all processes of the server.

    KeysError ``no-passphrase`` where it is not opened by one; StoreSealedError ``passphrase-wrong``, PassphraseError.
    """
    opener = opening.main_opener()
    if opener.way != Way.PASSPHRASE:
        raise KeysError("no-passphrase")
    try:
        with _one_at_a_time:
            opening.hold(opening.with_passphrase(opener, passphrase))
    except StoreSealedError:
        audit.record_alone("sealing.refused", "passphrase", actor=actor, at=at)
        raise
    audit.record_alone("sealing.unsealed", "passphrase", actor=actor, at=at)


def recover(text: str, *, actor: str, at: datetime) -> None:
    """Open with a recovery key, and let the root key of this machine, made where there is none, be the way in again.

    KeyTextError for a mistyped key, KeysError ``recovery-unknown`` for another one; StoreSealedError ``key-unreadable``.
    """
    given = RootKey.from_text(text, cipher=sources.cipher())
    opener = opening.opener_of(given, list(Opener.objects.filter(way=Way.RECOVERY)))
    if opener is None:
        audit.record_alone("sealing.refused", "recovery key", actor=actor, at=at)
        raise KeysError("recovery-unknown")
    master = opening.unwrapped(opener, given)
    _open_by_key(master, "sealing.recovered", actor=actor, at=at)
    opening.hold(master)


def new_recovery_key(*, actor: str, at: datetime) -> str:
    """A recovery key, said this once; it counts, and the one before ends, when it is typed back. StoreSealedError."""
    root = RootKey.new(os.urandom, cipher=sources.cipher())
    with transaction.atomic():
        Opener.objects.filter(way=Way.RECOVERY, confirmed_at=None).delete()
        _store(Way.RECOVERY, _master(), root, at=at)
        audit.record("sealing.recovery-made", "recovery key", {}, actor=actor, at=at)
    return root.text()


def confirm_recovery_key(text: str, *, actor: str, at: datetime) -> None:
    """The key that was said, typed back. KeyTextError; KeysError ``recovery-differs`` for another one."""
    given = RootKey.from_text(text)
    with transaction.atomic():
        opener = opening.opener_of(given, list(Opener.objects.filter(way=Way.RECOVERY)))
        if opener is None:
            raise KeysError("recovery-differs")
        Opener.objects.filter(way=Way.RECOVERY).exclude(pk=opener.pk).delete()
        Opener.objects.filter(pk=opener.pk).update(confirmed_at=at)
        audit.record("sealing.recovery-kept", "recovery key", {}, actor=actor, at=at)


def set_passphrase(passphrase: str, *, actor: str, at: datetime) -> None:
    """From now on a passphrase opens, and no key lies on the machine.

    KeysError ``recovery-first`` without a recovery key that was typed back, ``root-in-environment``; PassphraseError.
    """
    if settings.KEHUMA_ROOT_KEY:
        raise KeysError("root-in-environment", name=sources.VARIABLE)
    if not Opener.objects.filter(way=Way.RECOVERY, confirmed_at__isnull=False).exists():
        raise KeysError("recovery-first")
    stretching = Stretching.new(os.urandom)
    with _one_at_a_time:
        root = RootKey.from_passphrase(passphrase, stretching, cipher=sources.cipher())
    with transaction.atomic():
        stand_alone("sealing keys")
        master = _master()
        Opener.objects.exclude(way=Way.RECOVERY).delete()
        _store(Way.PASSPHRASE, master, root, at=at, stretching=stretching.text())
        audit.record("sealing.passphrase-set", "root key", {}, actor=actor, at=at)
        transaction.on_commit(_remove_file)


def use_key_file(*, actor: str, at: datetime) -> None:
    """Back from a passphrase to a root key on this machine. KeysError ``key-already``, StoreSealedError."""
    if opening.main_opener().way == Way.KEY:
        raise KeysError("key-already", place=sources.place())
    _open_by_key(_master(), "sealing.key-file-set", actor=actor, at=at)


def _master() -> MasterKey:
    # What does not open the versions that are there must not be wrapped as the way to them.
    keyring.current()
    return opening.master()


def _open_by_key(master: MasterKey, kind: str, *, actor: str, at: datetime) -> None:
    root = sources.root_key_or_new()
    with transaction.atomic():
        stand_alone("sealing keys")
        Opener.objects.exclude(way=Way.RECOVERY).delete()
        _store(Way.KEY, master, root, at=at)
        audit.record(kind, "root key", {}, actor=actor, at=at)


def _store(way: Way, master: MasterKey, root: RootKey, *, at: datetime, stretching: str = "") -> None:
    Opener.objects.create(
        way=way,
        check_value=root.check_value(),
        stretching=stretching,
        wrapped=master.wrapped_under(root, os.urandom),
        at=at,
    )


def _remove_file() -> None:
    with suppress(FileNotFoundError):
        sources.file().unlink()
