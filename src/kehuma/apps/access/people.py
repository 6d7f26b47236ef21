"""People: invite them by a link, change them, let them go."""

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.db import IntegrityError, transaction

from kehuma.apps.access import keepers, own, passwords, second_factor, separating, separation, tokens
from kehuma.apps.access.data import Invited, Letter, OpenLink, PersonFacts
from kehuma.apps.access.errors import AlreadyFoundedError, LinkError, TakenError, UnknownError
from kehuma.apps.access.models import Link, Organisation, Role, SignIn, Team, User
from kehuma.apps.access.signing_in import normal_name
from kehuma.apps.audit import services as audit
from kehuma.lib.viewer import Language, Viewer

LASTS = {"invite": timedelta(days=7), "reset": timedelta(hours=24)}
LETTER_EVERY = timedelta(minutes=10)


@transaction.atomic
def found(  # noqa: PLR0913 - one argument per fact
    organisation: str,
    *,
    name: str,
    username: str,
    password: str,
    email: str = "",
    language: Language = "zh",
    at: datetime,
) -> User:
    """The first run: the organisation and its administrator. AlreadyFoundedError for whoever comes second."""
    if User.objects.exists() or Organisation.objects.exists():
        raise AlreadyFoundedError
    try:
        with transaction.atomic():
            Organisation.objects.create(pk=1, name=organisation.strip(), founded_at=at)
    except IntegrityError as error:
        raise AlreadyFoundedError from error
    admin = Role.objects.get(key="admin")
    user = _create(PersonFacts(name, username, email, admin.uuid), admin, None, at)
    user.language = language
    user.set_password(password)
    user.save()
    actor = str(user.uuid)
    audit.record("access.organisation-founded", actor, {}, actor=actor, at=at)
    return user


@transaction.atomic
def invite(viewer: Viewer, facts: PersonFacts, *, at: datetime) -> Invited:
    """Make a person and the link by which it sets its password. TakenError for a name in use, AboveError."""
    viewer.require("users.manage")
    user = _create(facts, _role(viewer, facts.role), _team(facts.team), at)
    audit.record("access.person-invited", str(user.uuid), {"role": str(facts.role)}, actor=viewer.actor, at=at)
    return Invited(user.pk, user.uuid, _new_link(user, "invite", viewer, at))


@transaction.atomic
def add_person(  # noqa: PLR0913 - one argument per fact
    viewer: Viewer, *, name: str, username: str, password: str, role: str, team: str = "", email: str = "", at: datetime
) -> User:
    """Make a person that can sign in at once: ``role`` by its key, ``team`` by its name, made where it is new."""
    viewer.require("users.manage")
    rank = Role.objects.get(key=role)
    _require_givable(viewer, rank)
    group = Team.objects.get_or_create(name=team)[0] if team else None
    user = _create(PersonFacts(name, username, email, rank.uuid), rank, group, at)
    user.set_password(password)
    user.save()
    audit.record("access.person-added", str(user.uuid), {"role": role}, actor=viewer.actor, at=at)
    return user


@transaction.atomic
def change_person(viewer: Viewer, person: UUID | str, facts: PersonFacts, *, at: datetime) -> None:
    """Change what managers may change. TakenError, AboveError, MixesError, SeparationError, LastKeeperError."""
    viewer.require("users.manage")
    keepers.take_turn()
    user = _person(viewer, person)
    before = _told(user)
    user.name, user.username, user.email = facts.name.strip(), normal_name(facts.username), normal_name(facts.email)
    if user.role is None or str(user.role.uuid) != str(facts.role):
        separating.require_other(viewer, user)
        user.role = _role(viewer, facts.role)
    user.team = _team(facts.team)
    changed = [field for field, value in _told(user).items() if before[field] != value]
    if not changed:
        return
    _save(user)
    keepers.require_keeper()
    audit.record("access.person-changed", str(user.uuid), {"fields": changed}, actor=viewer.actor, at=at)


@transaction.atomic
def deactivate(viewer: Viewer, person: UUID | str, *, at: datetime) -> None:
    """The person can no longer sign in, and its sessions and links end; its records stay. LastKeeperError."""
    viewer.require("users.manage")
    keepers.take_turn()
    user = _person(viewer, person)
    User.objects.filter(pk=user.pk).update(is_active=False)
    SignIn.objects.filter(user=user).delete()
    Link.objects.filter(user=user, used_at__isnull=True).update(used_at=at)
    keepers.require_keeper()
    audit.record("access.person-deactivated", str(user.uuid), {}, actor=viewer.actor, at=at)


@transaction.atomic
def activate(viewer: Viewer, person: UUID | str, *, at: datetime) -> None:
    """The person may sign in again. MixesError where its role was given before there were three administrators."""
    viewer.require("users.manage")
    user = _person(viewer, person)
    separation.require_unmixed(user.role.permissions if user.role else ())
    User.objects.filter(pk=user.pk).update(is_active=True)
    audit.record("access.person-activated", str(user.uuid), {}, actor=viewer.actor, at=at)


@transaction.atomic
def new_link(viewer: Viewer, person: UUID | str, *, at: datetime) -> str:
    """The token of a new link to set a password; older links of the person stop working."""
    viewer.require("users.manage")
    user = _person(viewer, person)
    if not user.is_active:
        raise UnknownError("person")
    purpose: Literal["invite", "reset"] = "reset" if user.has_usable_password() else "invite"
    return _new_link(user, purpose, viewer, at)


@transaction.atomic
def remove_second_factor(viewer: Viewer, person: UUID | str, *, at: datetime) -> None:
    """For somebody who lost telephone and recovery codes; its sessions end."""
    viewer.require("users.manage")
    user = _person(viewer, person)
    second_factor.forget(user, actor=viewer.actor, at=at)
    SignIn.objects.filter(user=user).delete()


def request_link(name: str, *, at: datetime) -> Letter | None:
    """A person forgot the password: where to send which link, where the person has an address.

    At most one in ``LETTER_EVERY``, so that nobody floods somebody else's letter box.
    """
    known = normal_name(name)
    user = User.objects.filter(username=known).first() or User.objects.filter(email=known).exclude(email="").first()
    if user is None or not user.is_active or not user.email:
        return None
    if Link.objects.filter(user=user, created_at__gt=at - LETTER_EVERY).exists():
        return None
    with transaction.atomic():
        token = _new_link(user, "reset" if user.has_usable_password() else "invite", None, at)
    return Letter(user.email, user.get_full_name(), "en" if user.language == "en" else "zh", token)


def open_link(token: str, *, at: datetime) -> OpenLink:
    """What the link is for; LinkError where it does not work. Opening it does not use it up."""
    return link_of(tokens.digest("link", token).hex(), at=at)


def link_of(key: str, *, at: datetime) -> OpenLink:
    """As ``open_link``, by the key that was put into the session."""
    user, link = _open(key, at)
    return OpenLink(key, "invite" if link.purpose == "invite" else "reset", user.get_full_name(), user.username)


def use_link(key: str, password: str, *, at: datetime) -> User:
    """Set the password; all sessions of the person end. LinkError; ``ValidationError`` where it is guessed early."""
    user, link = _open(key, at)
    validate_password(password, user)
    with transaction.atomic():
        if not Link.objects.filter(pk=link.pk, used_at__isnull=True).update(used_at=at):
            raise LinkError
        passwords.put(user, password, at=at)
        SignIn.objects.filter(user=user).delete()
        detail = {"purpose": link.purpose}
        audit.record("access.password-set", str(user.uuid), detail, actor=str(user.uuid), at=at)
    return user


@transaction.atomic
def change_own(viewer: Viewer, *, name: str, email: str, at: datetime) -> None:
    """What a person changes of itself. TakenError."""
    user = User.objects.get(pk=own.id_of(viewer))
    user.name, user.email = name.strip(), normal_name(email)
    _save(user)
    audit.record("access.person-changed", viewer.actor, {"fields": ["name", "email"]}, actor=viewer.actor, at=at)


def set_language(user_id: int, language: Language) -> None:
    """The language that the person's pages speak."""
    User.objects.filter(pk=user_id).update(language=language)


def _create(facts: PersonFacts, role: Role, team: Team | None, at: datetime) -> User:
    user = User(name=facts.name.strip(), username=normal_name(facts.username), email=normal_name(facts.email))
    user.role, user.team, user.created_at = role, team, at
    user.set_unusable_password()
    _save(user)
    return user


def _told(user: User) -> dict[str, object]:
    return {
        "name": user.name,
        "username": user.username,
        "email": user.email,
        "role": user.role_id,
        "team": user.team_id,
    }


def _save(user: User) -> None:
    # A name that is another person's address would let the two sign in as each other.
    others = User.objects.exclude(pk=user.pk)
    names = {user.username, user.email} - {""}
    if others.filter(username__in=names).exists() or others.filter(email__in=names).exists():
        is_name = others.filter(username=user.username).exists() or others.filter(email=user.username).exists()
        raise TakenError("username", user.username) if is_name else TakenError("email", user.email)
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        raise TakenError("username", user.username) from error


def _person(viewer: Viewer, person: UUID | str) -> User:
    user = User.objects.select_related("role", "team").filter(uuid=person).first()
    if user is None:
        raise UnknownError("person")
    keepers.require_reach(viewer, user.role)
    return user


def _role(viewer: Viewer, role: UUID | str) -> Role:
    found_role = Role.objects.filter(uuid=role).first()
    if found_role is None:
        raise UnknownError("role")
    _require_givable(viewer, found_role)
    return found_role


def _require_givable(viewer: Viewer, role: Role) -> None:
    keepers.require_reach(viewer, role)
    separation.require_unmixed(role.permissions)


def _team(team: int | None) -> Team | None:
    if team is None:
        return None
    found_team = Team.objects.filter(pk=team).first()
    if found_team is None:
        raise UnknownError("team")
    return found_team


def _new_link(user: User, purpose: Literal["invite", "reset"], viewer: Viewer | None, at: datetime) -> str:
    token = tokens.new_token()
    Link.objects.filter(user=user, used_at__isnull=True).update(used_at=at)
    digest, until = tokens.digest("link", token), at + LASTS[purpose]
    Link.objects.create(user=user, purpose=purpose, digest=digest, created_at=at, expires_at=until)
    actor = viewer.actor if viewer else str(user.uuid)
    audit.record("access.link-made", str(user.uuid), {"purpose": purpose}, actor=actor, at=at)
    return token


def _open(key: str, at: datetime) -> tuple[User, Link]:
    try:
        digest = bytes.fromhex(key)
    except ValueError as error:
        raise LinkError from error
    link = Link.objects.select_related("user").filter(digest=digest).first()
    if link is None or not link.is_open(at) or not link.user.is_active:
        raise LinkError
    return link.user, link
