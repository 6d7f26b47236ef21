"""What a viewer may: by its role, its team, its second factor, its key; and where it is signed in."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kehuma.apps.access import queries, services
from kehuma.apps.access.data import Client, RoleFacts
from kehuma.apps.access.errors import (
    BeyondOwnerError,
    ExpiryError,
    InUseError,
    LastKeeperError,
    SecondFactorError,
    TakenError,
    UnknownError,
    WrongOldPasswordError,
    messages,
)
from kehuma.apps.access.models import ApiKey, Organisation, Role, SignIn, Team, User
from kehuma.apps.access.permissions import PERMISSIONS
from kehuma.apps.audit import queries as audit
from kehuma.lib.viewer import ANONYMOUS, Refused, Viewer, system
from kehuma.web import rights

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
PASSWORD = "北风卷地白草折 hu tian"
HERE, ELSEWHERE = Client("203.0.113.7", "Firefox 150 · Linux"), Client("198.51.100.9", "Chrome 156 · Windows")
YEAR = timedelta(days=365)


def _facts(permissions: set[str], **more: object) -> RoleFacts:
    told: dict[str, object] = {"zh": "仓库", "en": "Warehouse", "scope": "own", "sees": frozenset({"public"})}
    return RoleFacts(permissions=frozenset(permissions), **{**told, **more})  # type: ignore[arg-type]


@pytest.fixture
def clerk(wang: services.User) -> Viewer:
    return queries.viewer_of(wang)


@pytest.mark.parametrize(
    ("key", "scope", "sees", "may", "may_not"),
    [
        pytest.param("admin", "all", 4, "settings.manage", "", id="管理员"),
        pytest.param("manager", "team", 3, "customers.assign", "users.manage", id="经理"),
        pytest.param("member", "own", 2, "customers.create", "customers.export", id="成员"),
        pytest.param("auditor", "all", 2, "audit.view", "customers.edit", id="审计"),
    ],
)
@pytest.mark.django_db
def test_four_roles_are_there_from_the_beginning(
    key: str,
    scope: str,
    sees: int,
    may: str,
    may_not: str,
) -> None:
    role = next(one for one in queries.roles() if one.key == key)
    assert (role.scope, len(role.sees)) == (scope, sees)
    assert may in role.permissions
    assert may_not not in role.permissions


def test_every_right_has_its_words() -> None:
    assert tuple(rights.TITLES) == PERMISSIONS


def test_every_message_is_said_in_both_languages() -> None:
    for name, sentences in messages().items():
        assert set(sentences) == {"zh", "en"}, name


def test_a_viewer_has_the_rights_of_its_role_and_reaches_its_team(clerk: Viewer, wang: services.User) -> None:
    assert clerk.actor == str(wang.uuid)
    assert clerk.team_ids == {wang.team_id}
    assert clerk.may("customers.create")
    assert not clerk.may("customers.export")
    assert not clerk.may_see("personal")


def test_who_was_let_go_or_has_no_role_may_nothing(admin: Viewer, wang: services.User) -> None:
    User.objects.filter(pk=wang.pk).update(role=None)
    assert queries.viewer(wang.pk).permissions == frozenset()
    services.deactivate(admin, wang.uuid, at=NOON)
    assert queries.viewer(wang.pk) == ANONYMOUS
    assert queries.viewer(0) == ANONYMOUS


def test_a_changed_role_counts_at_once(admin: Viewer, wang: services.User) -> None:
    member = Role.objects.get(key="member")
    services.change_role(admin, member.uuid, _facts({"customers.export", "made.up"}), at=NOON)
    viewer = queries.viewer(wang.pk)
    assert viewer.permissions == {"customers.export"}
    [event] = audit.events(kind="access.role-changed")
    assert event.detail["after"]["permissions"] == ["customers.export"]


def test_a_role_that_asks_for_a_second_factor_gives_nothing_without_it(admin: Viewer, wang: services.User) -> None:
    member = Role.objects.get(key="member")
    services.change_role(admin, member.uuid, _facts({"customers.view"}, asks_second_factor=True), at=NOON)
    user = User.objects.get(pk=wang.pk)
    assert queries.must_set_up_second_factor(user)
    assert queries.viewer_of(user).permissions == frozenset()
    with pytest.raises(SecondFactorError):
        services.turn_off_second_factor(queries.viewer_of(user), PASSWORD, at=NOON)


def test_roles_and_teams_with_people_stay(admin: Viewer, wang: services.User) -> None:
    with pytest.raises(InUseError):
        services.delete_role(admin, Role.objects.get(key="member").uuid, at=NOON)
    with pytest.raises(InUseError):
        services.delete_team(admin, Team.objects.get(name="华东组").pk, at=NOON)
    assert User.objects.get(pk=wang.pk).role is not None


def test_roles_and_teams_come_and_go(admin: Viewer) -> None:
    role, team = services.create_role(admin, _facts(set()), at=NOON), services.create_team(admin, "西北组", at=NOON)
    with pytest.raises(TakenError):
        services.create_role(admin, _facts(set(), en="Other"), at=NOON)
    with pytest.raises(TakenError):
        services.create_role(admin, _facts(set(), zh="别的"), at=NOON)
    with pytest.raises(TakenError):
        services.create_team(admin, " 西北组 ", at=NOON)
    services.rename_team(admin, team, "西北组", at=NOON)
    services.delete_role(admin, role, at=NOON)
    services.delete_team(admin, team, at=NOON)
    assert Role.objects.count() == 4
    assert not Team.objects.filter(pk=team).exists()


def test_the_last_role_that_keeps_the_house_keeps_its_rights(admin: Viewer) -> None:
    with pytest.raises(LastKeeperError):
        services.change_role(admin, Role.objects.get(key="admin").uuid, _facts({"users.manage"}), at=NOON)
    assert queries.viewer(admin.user_id or 0).may("roles.manage")


def test_only_who_manages_roles_changes_them(clerk: Viewer) -> None:
    for act in (
        lambda: services.create_role(clerk, _facts(set()), at=NOON),
        lambda: services.change_role(clerk, Role.objects.all()[0].uuid, _facts(set()), at=NOON),
        lambda: services.delete_role(clerk, Role.objects.all()[0].uuid, at=NOON),
        lambda: services.rename_organisation(clerk, "x", at=NOON),
        lambda: queries.role(clerk, Role.objects.all()[0].uuid),
    ):
        with pytest.raises(Refused):
            act()


@pytest.mark.django_db
def test_what_one_does_for_oneself_is_not_for_programs() -> None:
    with pytest.raises(Refused):
        services.end_other_sessions(system("night"), "", at=NOON)


def test_a_key_acts_with_some_of_its_owners_rights(clerk: Viewer, wang: services.User) -> None:
    key = services.create_key(
        clerk, name="ERP", permissions=["customers.view", "codes.resolve"], expires_at=NOON + YEAR, at=NOON
    )
    program = queries.viewer_of_key(key.text, at=NOON)
    assert program is not None
    assert (program.actor, program.permissions) == (clerk.actor, frozenset({"customers.view", "codes.resolve"}))
    Role.objects.filter(key="member").update(permissions=["codes.resolve"])
    narrowed = queries.viewer_of_key(key.text, at=NOON)
    assert narrowed is not None
    assert narrowed.permissions == {"codes.resolve"}
    User.objects.filter(pk=wang.pk).update(is_active=False)
    assert queries.viewer_of_key(key.text, at=NOON) is None


def test_whose_a_key_is_costs_one_statement_and_is_as_it_is_now(
    clerk: Viewer, wang: services.User, django_assert_max_num_queries: Any
) -> None:
    key = services.create_key(clerk, name="ERP", permissions=["customers.view"], expires_at=NOON + YEAR, at=NOON)
    assert queries.viewer_of_key(key.text, at=NOON) is not None
    with django_assert_max_num_queries(1):
        before = queries.viewer_of_key(key.text, at=NOON)
    assert before is not None
    assert (before.person_names, before.team_ids) == ("internal", queries.viewer_of(wang).team_ids)
    Organisation.objects.update(person_names="personal")
    User.objects.filter(pk=wang.pk).update(name="王建国", team=None)
    Role.objects.filter(key="member").update(sees=["public"], scope="team")
    after = queries.viewer_of_key(key.text, at=NOON)
    assert after == replace(
        before, person_names="personal", name="王建国", team_ids=frozenset(), sees=frozenset({"public"}), scope="team"
    )
    Role.objects.filter(key="member").update(asks_second_factor=True)
    waiting = queries.viewer_of_key(key.text, at=NOON)
    assert waiting is not None
    assert waiting.permissions == frozenset()


def test_a_key_ends_by_its_date_or_by_hand(clerk: Viewer) -> None:
    until = NOON + timedelta(days=30)
    key = services.create_key(clerk, name="ERP", permissions=[], expires_at=until, at=NOON)
    assert queries.viewer_of_key(key.text, at=until) is None
    assert queries.viewer_of_key(key.text, at=NOON) is not None
    services.revoke_key(clerk, key.uuid, at=NOON)
    assert queries.viewer_of_key(key.text, at=NOON) is None
    with pytest.raises(UnknownError):
        services.revoke_key(clerk, key.uuid, at=NOON)
    assert queries.api_keys(clerk, at=NOON) == []


def test_a_key_never_has_more_than_its_owner(clerk: Viewer) -> None:
    with pytest.raises(BeyondOwnerError):
        services.create_key(clerk, name="x", permissions=["users.manage"], expires_at=NOON + YEAR, at=NOON)
    for until in (NOON, NOON + 2 * YEAR):
        with pytest.raises(ExpiryError):
            services.create_key(clerk, name="x", permissions=[], expires_at=until, at=NOON)


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["", "khm_", "khm__", "khm_abcdefgh_x", "Bearer x", "khm_abcdefgh_" + "x" * 9000])
def test_a_text_that_is_no_key_opens_nothing(text: str) -> None:
    assert queries.viewer_of_key(text, at=NOON) is None


def test_the_secret_of_a_key_stands_nowhere(clerk: Viewer) -> None:
    key = services.create_key(clerk, name="ERP", permissions=[], expires_at=NOON + YEAR, at=NOON)
    row = ApiKey.objects.get()
    assert key.text.split("_")[2].encode() not in bytes(row.digest)
    assert queries.viewer_of_key(key.text[:-1] + ("0" if key.text[-1] != "0" else "1"), at=NOON) is None


def test_a_person_sees_and_ends_its_own_sessions_only(
    clerk: Viewer, wang: services.User, stranger: services.User
) -> None:
    here = str(services.begin_session(wang, HERE, is_kept=True, at=NOON))
    there = str(services.begin_session(wang, ELSEWHERE, is_kept=False, at=NOON + timedelta(minutes=1)))
    other = str(services.begin_session(stranger, ELSEWHERE, is_kept=False, at=NOON))
    assert [(row.browser, row.is_this) for row in queries.sessions(clerk, here)] == [
        ("Firefox 150 · Linux", True),
        ("Chrome 156 · Windows", False),
    ]
    with pytest.raises(UnknownError):
        services.end_session(clerk, other, at=NOON)
    services.end_session(clerk, there, at=NOON)
    assert not services.is_session_open(wang.pk, there, at=NOON)
    assert services.is_session_open(stranger.pk, other, at=NOON)
    assert not services.is_session_open(wang.pk, other, at=NOON)


@pytest.mark.parametrize(
    ("is_kept", "later", "is_open"),
    [
        pytest.param(False, timedelta(hours=11), True, id="a working day"),
        pytest.param(False, timedelta(hours=12), False, id="over night"),
        pytest.param(True, timedelta(days=13), True, id="kept for two weeks"),
        pytest.param(True, timedelta(days=14), False, id="two weeks over"),
    ],
)
def test_a_session_ends_when_it_is_not_used(
    wang: services.User, later: timedelta, *, is_kept: bool, is_open: bool
) -> None:
    session = str(services.begin_session(wang, HERE, is_kept=is_kept, at=NOON))
    assert services.is_session_open(wang.pk, session, at=NOON + later) is is_open


def test_use_is_noted_every_few_minutes(wang: services.User) -> None:
    session = str(services.begin_session(wang, HERE, is_kept=False, at=NOON))
    services.is_session_open(wang.pk, session, at=NOON + timedelta(minutes=1))
    assert SignIn.objects.get().seen_at == NOON
    services.is_session_open(wang.pk, session, at=NOON + timedelta(minutes=6))
    assert SignIn.objects.get().seen_at == NOON + timedelta(minutes=6)
    assert User.objects.get(pk=wang.pk).last_seen_at == NOON + timedelta(minutes=6)


def test_a_new_password_ends_the_other_sessions(clerk: Viewer, wang: services.User) -> None:
    here = str(services.begin_session(wang, HERE, is_kept=True, at=NOON))
    there = str(services.begin_session(wang, ELSEWHERE, is_kept=True, at=NOON))
    with pytest.raises(WrongOldPasswordError):
        services.change_password(clerk, "wrong", "千树万树梨花开 2026", session=here, at=NOON)
    services.change_password(clerk, PASSWORD, "千树万树梨花开 2026", session=here, at=NOON)
    assert services.is_session_open(wang.pk, here, at=NOON)
    assert not services.is_session_open(wang.pk, there, at=NOON)


def test_a_person_is_known_by_the_browsers_of_late_only(wang: services.User) -> None:
    tokens = [services.remember_device(wang, "", at=NOON + timedelta(minutes=n)) for n in range(25)]
    assert wang.devices.count() == 20
    assert services.remember_device(wang, tokens[-1], at=NOON) == tokens[-1]
    assert services.remember_device(wang, tokens[0], at=NOON + timedelta(hours=1)) != tokens[0]


def test_what_is_ones_own_affair_depends_on_the_role(
    admin: Viewer, clerk: Viewer, wang: services.User, li: services.User
) -> None:
    made = services.create_key(
        clerk, name="ERP", permissions=["customers.view"], expires_at=NOON + timedelta(days=1), at=NOON
    )
    asked, key = queries.viewer_of_key(made.text, at=NOON), str(made.uuid)
    found = queries.readers([admin.actor, str(wang.uuid), str(li.uuid), key, "cli:root"])
    assert asked is not None
    assert (asked.actor, asked.key) == (clerk.actor, key)
    assert found[clerk.actor].keeps == {wang.pk}
    assert found[str(li.uuid)].keeps == {wang.pk, li.pk}
    assert found[admin.actor].keeps == {admin.user_id}
    assert found[key].keeps == {wang.pk}
    assert found[key].is_program
    assert "cli:root" not in found


def test_it_is_known_whether_somebody_else_could_do_it(admin: Viewer, clerk: Viewer) -> None:
    assert not queries.may_another("users.manage", admin.user_id)
    assert queries.may_another("users.manage", clerk.user_id)
