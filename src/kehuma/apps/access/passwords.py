"""Passwords: is it right, is it good enough, and what a new one ends."""

from datetime import datetime
from typing import Protocol

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import get_language

from kehuma.apps.access import own, throttle
from kehuma.apps.access.errors import WeakPasswordError, WrongOldPasswordError
from kehuma.apps.access.models import Device, Link, Organisation, SignIn, User
from kehuma.apps.audit import services as audit
from kehuma.lib.viewer import Viewer

_LONGEST = 1000
_FEWEST_CHARACTERS = 6
_SHORTEST_NAME = 2


class _Person(Protocol):
    username: str
    name: str


class NotGuessable:
    """A validator: enough different characters, and no name of the organisation or the person in it."""

    def validate(self, password: str, user: _Person | None = None) -> None:
        """Pass in silence, or raise ``ValidationError`` in the language of the page."""
        if len(set(password)) < _FEWEST_CHARACTERS:
            raise _as_validation(WeakPasswordError("weak-few-characters"))
        organisation = Organisation.objects.first()
        names = [organisation.name if organisation else "", *([user.username, user.name] if user else [])]
        if any(len(name) >= _SHORTEST_NAME and name.lower() in password.lower() for name in names):
            raise _as_validation(WeakPasswordError("weak-name"))

    def get_help_text(self) -> str:
        """What Django asks of a validator; pages have their own sentence."""
        return ""


def is_right(user: User | None, password: str) -> bool:
    """Whether it is the person's password; takes as long where there is no such person."""
    tried = password[:_LONGEST]
    if user is None or not user.is_active or not user.has_usable_password():
        make_password(tried)
        return False
    return len(password) <= _LONGEST and user.check_password(tried)


def require(user: User, password: str, *, at: datetime) -> None:
    """Ask a person who is signed in for the password once more; WrongOldPasswordError, TooManyTriesError.

    Not inside a transaction of the caller: a failure must stay counted.
    """
    where = throttle.place("again", str(user.uuid))
    throttle.count([where], at=at)
    if not is_right(user, password):
        raise WrongOldPasswordError
    throttle.forgive([where], at=at)


def change(viewer: Viewer, old: str, new: str, *, session: str, at: datetime) -> User:
    """A new password of one's own; all other sessions end. ``ValidationError`` where it is guessed early."""
    user = User.objects.get(pk=own.id_of(viewer))
    require(user, old, at=at)
    validate_password(new, user)
    with transaction.atomic():
        put(user, new, at=at)
        SignIn.objects.filter(user=user).exclude(uuid=session).delete()
        audit.record("access.password-changed", viewer.actor, {}, actor=viewer.actor, at=at)
    return user


def put(user: User, password: str, *, at: datetime) -> None:
    """Set it, in the caller's transaction; open links and known browsers are forgotten."""
    user.set_password(password)
    user.save(update_fields=["password"])
    Link.objects.filter(user=user, used_at__isnull=True).update(used_at=at)
    Device.objects.filter(user=user).delete()


def _as_validation(error: WeakPasswordError) -> ValidationError:
    return ValidationError(error.say("en" if get_language() == "en" else "zh"), code=error.message)
