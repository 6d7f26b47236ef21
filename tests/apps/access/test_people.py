"""The first run, invitations, links, and who may do what to whom."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError

from kehuma.apps.access import queries, services
from kehuma.apps.access.data import Client, PersonFacts
from kehuma.apps.access.errors import (
    AboveError,
    AlreadyFoundedError,
    LastKeeperError,
    LinkError,
    TakenError,
    UnknownError,
    WrongPasswordError,
)
from kehuma.apps.access.models import Link, Organisation, Role, User
from kehuma.apps.audit import queries as audit
from kehuma.lib.viewer import Refused, Viewer

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
PASSWORD = "北风卷地白草折 hu tian"
NEW = "千树万树梨花开 2026"
HERE = Client("203.0.113.7")


def _role(key: str) -> str:
    return str(Role.objects.get(key=key).uuid)


def _facts(key: str = "member", **more: object) -> PersonFacts:
    facts = PersonFacts("赵六", "zhaoliu", "zhao@example.org", _role(key))
    return replace(facts, **more)  # type: ignore[arg-type]


@pytest.fixture
def clerk(wang: services.User) -> Viewer:
    return queries.viewer_of(wang)


@pytest.fixture
def personnel(li: services.User) -> Viewer:
    """李经理, who may also manage people, but not roles."""
    manager = Role.objects.get(key="manager")
    manager.permissions = [*manager.permissions, "users.manage"]
    manager.save()
    return queries.viewer(li.pk)


def test_the_first_person_can_do_everything(admin: Viewer) -> None:
    assert queries.is_founded()
    assert queries.organisation_name() == "衡岳商贸"
    assert admin.scope == "all"
    assert admin.may("roles.manage")
    assert admin.may_see("sensitive")


@pytest.mark.usefixtures("founder")
def test_there_is_one_first_run() -> None:
    with pytest.raises(AlreadyFoundedError):
        services.found("别家", name="x", username="x", password=PASSWORD, at=NOON)
    assert User.objects.count() == 1


@pytest.mark.django_db
def test_of_two_first_runs_at_once_one_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    Organisation.objects.create(pk=1, name="衡岳商贸", founded_at=NOON)
    monkeypatch.setattr(Organisation.objects, "exists", lambda: False)
    with pytest.raises(AlreadyFoundedError):
        services.found("别家", name="x", username="x", password=PASSWORD, at=NOON)
    assert not User.objects.exists()


def test_an_invited_person_sets_its_own_password(admin: Viewer) -> None:
    invited = services.invite(admin, _facts(), at=NOON)
    assert queries.person(admin, invited.uuid, at=NOON).state == "invited"
    link = services.open_link(invited.token, at=NOON)
    assert (link.purpose, link.name, link.username) == ("invite", "赵六", "zhaoliu")
    user = services.use_link(link.key, NEW, at=NOON)
    assert services.check_password("zhaoliu", NEW, HERE, at=NOON).user == user
    assert queries.person(admin, invited.uuid, at=NOON).state == "active"


def test_a_link_works_once(admin: Viewer) -> None:
    link = services.open_link(services.invite(admin, _facts(), at=NOON).token, at=NOON)
    services.use_link(link.key, NEW, at=NOON)
    with pytest.raises(LinkError):
        services.use_link(link.key, PASSWORD, at=NOON)


@pytest.mark.parametrize("days", [pytest.param(7, id="week"), pytest.param(70, id="months")])
def test_an_invitation_ends_after_a_week(admin: Viewer, days: int) -> None:
    invited = services.invite(admin, _facts(), at=NOON)
    with pytest.raises(LinkError):
        services.open_link(invited.token, at=NOON + timedelta(days=days))


def test_a_new_link_replaces_the_old(admin: Viewer, wang: services.User) -> None:
    old = services.new_link(admin, wang.uuid, at=NOON)
    new = services.new_link(admin, wang.uuid, at=NOON)
    with pytest.raises(LinkError):
        services.open_link(old, at=NOON)
    assert services.open_link(new, at=NOON).purpose == "reset"


def test_a_reset_ends_the_sessions_of_the_person(admin: Viewer, wang: services.User) -> None:
    session = str(services.begin_session(wang, HERE, is_kept=True, at=NOON))
    link = services.open_link(services.new_link(admin, wang.uuid, at=NOON), at=NOON)
    services.use_link(link.key, NEW, at=NOON)
    assert not services.is_session_open(wang.pk, session, at=NOON)
    with pytest.raises(WrongPasswordError):
        services.check_password("xiaowang", PASSWORD, HERE, at=NOON)


@pytest.mark.django_db
@pytest.mark.parametrize("token", ["", "nonsense", "\ud800", "x" * 5000])
def test_a_token_that_never_was_is_refused(token: str) -> None:
    with pytest.raises(LinkError):
        services.open_link(token, at=NOON)
    with pytest.raises(LinkError):
        services.link_of(token, at=NOON)


def test_the_token_of_a_link_stands_nowhere(admin: Viewer) -> None:
    token = services.invite(admin, _facts(), at=NOON).token
    assert token.encode() not in bytes(Link.objects.get().digest)
    assert token not in str([event.detail for event in audit.events()])


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        pytest.param("short 7 x", "12", id="short"),
        pytest.param("password1234", "常见", id="common"),
        pytest.param("ababababababab", "不同的字符太少", id="few characters"),
        pytest.param("衡岳商贸 is our home 8", "单位名", id="organisation"),
        pytest.param("my xiaowang password", "账号", id="sign-in name"),
    ],
)
def test_a_password_that_is_guessed_early_is_refused(
    admin: Viewer, wang: services.User, password: str, sentence: str
) -> None:
    link = services.open_link(services.new_link(admin, wang.uuid, at=NOON), at=NOON)
    with pytest.raises(ValidationError) as caught:
        services.use_link(link.key, password, at=NOON)
    assert sentence in "".join(caught.value.messages)
    assert services.link_of(link.key, at=NOON) == link


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        pytest.param({"username": "LinJY"}, "username", id="name in use"),
        pytest.param({"username": "lin@example.org"}, "username", id="name is somebody's address"),
        pytest.param({"email": "Lin@Example.org"}, "email", id="address in use"),
        pytest.param({"email": "linjy"}, "email", id="address is somebody's name"),
    ],
)
def test_two_people_are_never_reached_by_one_name(admin: Viewer, facts: dict[str, str], field: str) -> None:
    with pytest.raises(TakenError) as caught:
        services.invite(admin, _facts(**facts), at=NOON)
    assert caught.value.field == field


@pytest.mark.usefixtures("admin")
def test_letters_go_to_whoever_forgot_the_password_and_to_nobody_else(wang: services.User) -> None:
    letter = services.request_link(" LinJY", at=NOON)
    assert letter is not None
    assert letter.email == "lin@example.org"
    assert services.open_link(letter.token, at=NOON).purpose == "reset"
    assert services.request_link("linjy", at=NOON + timedelta(minutes=9)) is None
    assert services.request_link(wang.username, at=NOON) is None
    assert services.request_link("nobody", at=NOON) is None
    assert services.request_link("", at=NOON) is None


def test_only_who_manages_people_changes_them(clerk: Viewer, stranger: services.User) -> None:
    for act in (
        lambda: services.invite(clerk, _facts(), at=NOON),
        lambda: services.change_person(clerk, stranger.uuid, _facts(), at=NOON),
        lambda: services.deactivate(clerk, stranger.uuid, at=NOON),
        lambda: services.activate(clerk, stranger.uuid, at=NOON),
        lambda: services.new_link(clerk, stranger.uuid, at=NOON),
        lambda: services.remove_second_factor(clerk, stranger.uuid, at=NOON),
        lambda: services.create_team(clerk, "x", at=NOON),
        lambda: queries.people(clerk, at=NOON),
        lambda: queries.person(clerk, stranger.uuid, at=NOON),
    ):
        with pytest.raises(Refused):
            act()


def test_nobody_rises_by_inviting_or_resetting(personnel: Viewer, founder: services.User, wang: services.User) -> None:
    for act in (
        lambda: services.invite(personnel, _facts("admin"), at=NOON),
        lambda: services.change_person(personnel, personnel.actor, _facts("admin"), at=NOON),
        lambda: services.change_person(personnel, founder.uuid, _facts(), at=NOON),
        lambda: services.new_link(personnel, founder.uuid, at=NOON),
        lambda: services.remove_second_factor(personnel, founder.uuid, at=NOON),
        lambda: services.deactivate(personnel, founder.uuid, at=NOON),
    ):
        with pytest.raises(AboveError):
            act()
    assert services.new_link(personnel, wang.uuid, at=NOON)


def test_somebody_can_always_manage_people_and_roles(admin: Viewer, founder: services.User) -> None:
    with pytest.raises(LastKeeperError):
        services.deactivate(admin, founder.uuid, at=NOON)
    with pytest.raises(LastKeeperError):
        services.change_person(admin, founder.uuid, _facts("manager"), at=NOON)
    assert User.objects.get(pk=founder.pk).is_active
    # Somebody who was invited and has not come is nobody yet.
    invited = services.invite(admin, _facts("admin"), at=NOON)
    with pytest.raises(LastKeeperError):
        services.deactivate(admin, founder.uuid, at=NOON)
    services.use_link(services.open_link(invited.token, at=NOON).key, NEW, at=NOON)
    services.deactivate(admin, founder.uuid, at=NOON)


def test_a_change_is_told_by_the_names_of_its_fields_only(admin: Viewer, wang: services.User) -> None:
    team = services.create_team(admin, "西北组", at=NOON)
    services.change_person(admin, wang.uuid, _facts(username="xiaowang", team=team), at=NOON)
    [event] = audit.events(kind="access.person-changed")
    assert event.subject == str(wang.uuid)
    assert event.detail == {"fields": ["name", "email", "team"]}
    assert queries.colleague_named("赵六") is not None


def test_what_does_not_exist_is_said_to_be_unknown(admin: Viewer) -> None:
    nowhere = "00000000-0000-4000-8000-000000000000"
    for act in (
        lambda: services.new_link(admin, nowhere, at=NOON),
        lambda: queries.person(admin, nowhere, at=NOON),
        lambda: services.invite(admin, _facts(role=nowhere), at=NOON),
        lambda: services.invite(admin, _facts(team=999), at=NOON),
        lambda: services.rename_team(admin, 999, "x", at=NOON),
        lambda: queries.role(admin, nowhere),
    ):
        with pytest.raises(UnknownError):
            act()


def test_colleagues_are_the_active_people(admin: Viewer, wang: services.User, li: services.User) -> None:
    services.deactivate(admin, wang.uuid, at=NOON)
    assert [one.name for one in queries.colleagues()] == ["李经理", "林静怡"]
    assert queries.names([wang.pk, li.pk]) == {wang.pk: "小王", li.pk: "李经理"}
    assert queries.names_by_actor([str(wang.uuid), "import", "console"]) == {str(wang.uuid): "小王"}
    assert queries.colleague_named("小王") is None
