"""Who is it? A name and a password, then the second factor where there is one."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from kehuma.apps.access import devices, passwords, second_factor, throttle
from kehuma.apps.access.data import Client
from kehuma.apps.access.errors import UnknownError, WrongNumberError, WrongPasswordError
from kehuma.apps.access.models import User
from kehuma.apps.access.throttle import Place, Standing
from kehuma.apps.audit import services as audit


@dataclass(frozen=True, slots=True)
class Checked:
    """The person whose password was right; whether the second factor is still to be asked."""

    user: User
    needs_second_factor: bool


def check_password(name: str, password: str, client: Client, *, at: datetime) -> Checked:
    """The person whom name and password belong to; WrongPasswordError or TooManyTriesError otherwise.

    An unknown name is answered like a wrong password: same sentence, same time.
    """
    user = _user_named(name)
    places = _places(user, name, client)
    standing = throttle.count(places, at=at)
    if not passwords.is_right(user, password):
        _tell_of_wait(user, standing, at)
        raise WrongPasswordError(left=standing.left, minutes=standing.minutes)
    if user is None:
        raise UnknownError("person")
    throttle.forgive(places, at=at)
    return Checked(user, second_factor.is_on(user))


def check_second_factor(user_id: int, text: str, client: Client, *, at: datetime) -> User:
    """The person, if ``text`` is the authenticator's number or an unused recovery code.

    WrongNumberError or TooManyTriesError otherwise. Only who knows the password comes here, so failures count for the
    account as a whole, except in a browser in which the person has signed in before.
    """
    user = User.objects.select_related("role").filter(pk=user_id, is_active=True).first()
    if user is None:
        raise UnknownError("person")
    known = devices.is_known(user, client.device)
    where = throttle.place("device", "number", client.device) if known else throttle.place("number", str(user.uuid))
    standing = throttle.count([where], at=at)
    if not second_factor.is_right(user, text, at=at):
        _tell_of_wait(user, standing, at)
        raise WrongNumberError(left=standing.left, minutes=standing.minutes)
    throttle.forgive([where], at=at)
    return user


def normal_name(text: str) -> str:
    """A sign-in name or address as it is kept: full width and capitals do not make another one."""
    return unicodedata.normalize("NFKC", text).strip().lower()


def _user_named(name: str) -> User | None:
    known = normal_name(name)
    if not known:
        return None
    return User.objects.select_related("role", "second_factor").filter(Q(username=known) | Q(email=known)).first()


def _places(user: User | None, name: str, client: Client) -> list[Place]:
    if user is not None and devices.is_known(user, client.device):
        return [throttle.place("device", str(user.uuid), client.device)]
    # By what the person is, not by what was typed: name and address of one account are one place.
    account = str(user.uuid) if user else normal_name(name)
    network = throttle.network(client.address)
    return [throttle.place("pair", account, network), throttle.office(network)]


@transaction.atomic
def _tell_of_wait(user: User | None, standing: Standing, at: datetime) -> None:
    if user is not None and standing.waits_now:
        detail = {"minutes": standing.minutes}
        audit.record("access.sign-in-slowed", str(user.uuid), detail, actor=str(user.uuid), at=at)
