"""The second factor: the numbers of an authenticator (RFC 6238) and recovery codes.

The secret is nowhere: it is derived from a random salt in the table and the key of the installation, so a stolen
database opens no account.
"""

import base64
import hmac
import secrets
import unicodedata
from datetime import datetime
from urllib.parse import quote

from django.db import transaction

from kehuma.apps.access import own, passwords, tokens
from kehuma.apps.access.data import SetUp
from kehuma.apps.access.errors import SecondFactorError
from kehuma.apps.access.models import Organisation, RecoveryCode, SecondFactor, User
from kehuma.apps.audit import services as audit
from kehuma.lib.viewer import Viewer

_STEP = 30
_DIGITS = 6
_SECRET = 20
_CODES = 10
_LETTERS = 10
# A clock may be half a minute wrong, and a person needs time to type.
_STEPS_NEAR = (0, -1, 1)


def hotp(secret: bytes, counter: int) -> str:
    """The six digits of RFC 4226.

    >>> hotp(b"12345678901234567890", 0), hotp(b"12345678901234567890", 9)
    ('755224', '520489')
    """
    mac = hmac.digest(secret, counter.to_bytes(8, "big"), "sha1")
    place = mac[-1] & 0x0F
    number = int.from_bytes(mac[place : place + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**_DIGITS:0{_DIGITS}}"


def is_on(user: User) -> bool:
    """Whether the person has an authenticator that was tried out."""
    try:
        return user.second_factor.confirmed_at is not None
    except SecondFactor.DoesNotExist:
        return False


def is_right(user: User, text: str, *, at: datetime) -> bool:
    """Whether this is the number of the moment or a recovery code; each counts once."""
    written = "".join(unicodedata.normalize("NFKC", text).split())
    if len(written) == _DIGITS and written.isascii() and written.isdigit():
        factor = SecondFactor.objects.filter(user=user, confirmed_at__isnull=False).first()
        return factor is not None and _takes(factor, written, at)
    digest = tokens.digest("recovery", f"{user.uuid} {tokens.as_written(written)}")
    return bool(RecoveryCode.objects.filter(user=user, digest=digest, used_at__isnull=True).update(used_at=at))


def set_up(viewer: Viewer, password: str, *, at: datetime) -> SetUp:
    """A new secret for the viewer's authenticator, which counts once it is confirmed; asks for the password."""
    user = _own(viewer)
    if is_on(user):
        raise SecondFactorError("second-factor-on")
    passwords.require(user, password, at=at)
    values = {"salt": secrets.token_bytes(16), "last_step": 0, "confirmed_at": None}
    factor, _ = SecondFactor.objects.update_or_create(user=user, defaults=values)
    return _as_set_up(factor, user)


def waiting_set_up(viewer: Viewer) -> SetUp | None:
    """What was begun and not confirmed yet."""
    factor = SecondFactor.objects.filter(user_id=own.id_of(viewer), confirmed_at__isnull=True).first()
    return _as_set_up(factor, _own(viewer)) if factor else None


@transaction.atomic
def confirm(viewer: Viewer, text: str, *, at: datetime) -> list[str]:
    """Turn it on, if ``text`` is the authenticator's number; the recovery codes, to be shown this once."""
    user = _own(viewer)
    factor = SecondFactor.objects.select_for_update().filter(user=user).first()
    if factor is None or factor.confirmed_at is not None:
        raise SecondFactorError("second-factor-off" if factor is None else "second-factor-on")
    if not _takes(factor, "".join(unicodedata.normalize("NFKC", text).split()), at):
        raise SecondFactorError("wrong-set-up-number")
    SecondFactor.objects.filter(pk=factor.pk).update(confirmed_at=at)
    audit.record("access.second-factor-on", viewer.actor, {}, actor=viewer.actor, at=at)
    return _new_codes(user)


def new_recovery_codes(viewer: Viewer, password: str, *, at: datetime) -> list[str]:
    """New recovery codes instead of all old ones; asks for the password."""
    user = _own(viewer)
    if not is_on(user):
        raise SecondFactorError("second-factor-off")
    passwords.require(user, password, at=at)
    with transaction.atomic():
        audit.record("access.recovery-codes-renewed", viewer.actor, {}, actor=viewer.actor, at=at)
        return _new_codes(user)


def turn_off(viewer: Viewer, password: str, *, at: datetime) -> None:
    """Do without; asks for the password, and refuses where the role asks for the second factor."""
    user = _own(viewer)
    if user.role is not None and user.role.asks_second_factor:
        raise SecondFactorError("second-factor-required")
    passwords.require(user, password, at=at)
    forget(user, actor=viewer.actor, at=at)


@transaction.atomic
def forget(user: User, *, actor: str, at: datetime) -> None:
    """Remove authenticator and recovery codes."""
    SecondFactor.objects.filter(user=user).delete()
    RecoveryCode.objects.filter(user=user).delete()
    audit.record("access.second-factor-off", str(user.uuid), {}, actor=actor, at=at)


def _own(viewer: Viewer) -> User:
    return User.objects.select_related("role", "second_factor").get(pk=own.id_of(viewer))


def _takes(factor: SecondFactor, written: str, at: datetime) -> bool:
    if not (len(written) == _DIGITS and written.isascii() and written.isdigit()):
        return False
    present, secret = int(at.timestamp()) // _STEP, _secret(factor)
    for step in (present + near for near in _STEPS_NEAR):
        if secrets.compare_digest(hotp(secret, step), written):
            newer = SecondFactor.objects.filter(pk=factor.pk, last_step__lt=step)
            return bool(newer.update(last_step=step))
    return False


def _secret(factor: SecondFactor) -> bytes:
    salt = bytes(factor.salt).hex()
    halves = (tokens.digest("second factor", f"{factor.user_id} {salt} {half}") for half in (1, 2))
    return b"".join(halves)[:_SECRET]


def _as_set_up(factor: SecondFactor, user: User) -> SetUp:
    secret = base64.b32encode(_secret(factor)).decode()
    organisation = Organisation.objects.first()
    issuer = quote(organisation.name if organisation else "kehuma", safe="")
    uri = f"otpauth://totp/{issuer}:{quote(user.username, safe='')}?secret={secret}&issuer={issuer}"
    return SetUp(uri, " ".join(secret[place : place + 4] for place in range(0, len(secret), 4)))


def _new_codes(user: User) -> list[str]:
    codes = [tokens.new_letters(_LETTERS) for _ in range(_CODES)]
    RecoveryCode.objects.filter(user=user).delete()
    RecoveryCode.objects.bulk_create(
        RecoveryCode(user=user, digest=tokens.digest("recovery", f"{user.uuid} {code}")) for code in codes
    )
    return [f"{code[:5]}-{code[5:]}" for code in codes]
