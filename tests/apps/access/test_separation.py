"""Three administrators (三权分立): nobody holds two parts, nobody is locked out, and there is a way back."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from kehuma.apps.access import queries, separation, services
from kehuma.apps.access.data import PersonFacts, RoleFacts
from kehuma.apps.access.errors import (
    AboveError,
    AccessError,
    LastOfThreeError,
    MixesError,
    SeparationError,
)
from kehuma.apps.access.models import Role, User
from kehuma.apps.access.permissions import PERMISSIONS
from kehuma.apps.audit import queries as audit
from kehuma.lib.viewer import Refused, Viewer, system

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
Three = dict[str, services.User]


@pytest.fixture
def three(founder: services.User, wang: services.User, li: services.User) -> Three:
    """Who is to be which administrator."""
    return {"system": founder, "security": wang, "audit": li}


@pytest.fixture
def separated(admin: Viewer, three: Three) -> dict[str, Viewer]:
    services.separate(admin, {part: user.uuid for part, user in three.items()}, at=NOON)  # type: ignore[misc]
    return {part: queries.viewer(user.pk) for part, user in three.items()}


def _role(key: str) -> Role:
    return Role.objects.get(key=key)


def _facts(*permissions: str) -> RoleFacts:
    return RoleFacts("仓库", "Warehouse", frozenset(permissions), "own", frozenset({"public"}))


def _person(role: Role, username: str = "xinren") -> PersonFacts:
    return PersonFacts("新人", username, "", role.uuid)


def test_each_of_the_three_has_its_own_part_and_no_customers(separated: dict[str, Viewer]) -> None:
    for part, viewer in separated.items():
        assert separation.parts_of(viewer.permissions) == [part]
        assert not viewer.may_see("personal")
    assert separated["system"].permissions & separated["security"].permissions <= {"tasks.view"}
    [event] = audit.events(kind="access.separated")
    assert event.detail["audit"] == separated["audit"].actor


def test_every_right_of_the_three_is_a_right_and_every_other_administrative_one_is_claimed() -> None:
    free = {one for one in PERMISSIONS if not separation.parts_of({one})}
    assert free - {"alarms.view"} == {
        "fields.manage", "schemes.view", "schemes.edit", "schemes.publish", "dictionaries.view", "dictionaries.edit",
        "codes.view", "codes.resolve", "codes.label", "codes.manual", "tasks.view",
    }  # fmt: skip


def test_nobody_is_two_of_them(admin: Viewer, three: Three) -> None:
    chosen = {"system": three["system"].uuid, "security": three["audit"].uuid, "audit": three["audit"].uuid}
    with pytest.raises(SeparationError) as refused:
        services.separate(admin, chosen, at=NOON)  # type: ignore[arg-type]
    assert refused.value.say("zh") == "三位管理员必须是三个不同的人"
    assert not queries.is_separated()
    assert queries.viewer(admin.user_id or 0).permissions == frozenset(PERMISSIONS)


def test_who_cannot_sign_in_is_none_of_them(admin: Viewer, three: Three) -> None:
    invited = services.invite(admin, _person(_role("member")), at=NOON)
    chosen = {"system": three["system"].uuid, "security": invited.uuid, "audit": three["audit"].uuid}
    with pytest.raises(SeparationError, match="新人"):
        services.separate(admin, chosen, at=NOON)  # type: ignore[arg-type]


def test_the_first_administrator_stays_where_others_still_mix(
    admin: Viewer, three: Three, stranger: services.User
) -> None:
    User.objects.filter(pk=stranger.pk).update(role=_role("auditor"))
    with pytest.raises(SeparationError) as refused:
        services.separate(admin, {part: user.uuid for part, user in three.items()}, at=NOON)  # type: ignore[misc]
    assert "外人" in refused.value.say("zh")
    assert queries.viewer(admin.user_id or 0).may("roles.manage")


def test_a_key_that_is_nobodys_must_not_mix_either(admin: Viewer, three: Three) -> None:
    machine, until = system("root"), NOON + timedelta(days=30)
    services.create_machine_key(machine, name="ERP", permissions=services.MACHINE_RIGHTS, expires_at=until, at=NOON)
    chosen = {part: user.uuid for part, user in three.items()}
    with pytest.raises(SeparationError, match="ERP"):
        services.separate(admin, chosen, at=NOON)  # type: ignore[arg-type]
    # By then it has ended.
    services.separate(admin, chosen, at=until)  # type: ignore[arg-type]
    with pytest.raises(MixesError):
        services.create_machine_key(
            machine, name="x", permissions=services.MACHINE_RIGHTS, expires_at=until + until.resolution, at=until
        )
    assert separation.parts_of(queries.machine_rights()) == ["data"]


@pytest.mark.parametrize(
    "permissions",
    [
        pytest.param(("users.manage", "roles.manage"), id="system and security"),
        pytest.param(("audit.view", "keys.manage"), id="audit and security"),
        pytest.param(("settings.manage", "customers.view"), id="system and customers"),
    ],
)
def test_a_role_that_mixes_is_refused_in_plain_words(
    separated: dict[str, Viewer], permissions: tuple[str, ...]
) -> None:
    for act in (
        lambda: services.create_role(separated["security"], _facts(*permissions), at=NOON),
        lambda: services.change_role(separated["security"], _role("member").uuid, _facts(*permissions), at=NOON),
    ):
        with pytest.raises(MixesError) as refused:
            act()
        assert "三权分立" in refused.value.say("zh")
        assert "administration" in refused.value.say("en") or "audit" in refused.value.say("en")


def test_nobody_is_given_a_role_of_before_that_mixes(separated: dict[str, Viewer], stranger: services.User) -> None:
    for key in ("admin", "auditor"):
        with pytest.raises(MixesError):
            services.give_role(separated["security"], stranger.uuid, _role(key).uuid, at=NOON)
        with pytest.raises((MixesError, AboveError)):
            services.invite(separated["system"], _person(_role(key)), at=NOON)


def test_who_comes_back_brings_no_mixed_role(admin: Viewer, three: Three, stranger: services.User) -> None:
    User.objects.filter(pk=stranger.pk).update(role=_role("auditor"), is_active=False)
    services.separate(admin, {part: user.uuid for part, user in three.items()}, at=NOON)  # type: ignore[misc]
    with pytest.raises((MixesError, AboveError)):
        services.activate(queries.viewer(three["system"].pk), stranger.uuid, at=NOON)
    assert not User.objects.get(pk=stranger.pk).is_active


def test_the_system_administrator_invites_colleagues_but_no_administrators(separated: dict[str, Viewer]) -> None:
    viewer = separated["system"]
    services.invite(viewer, _person(_role("manager")), at=NOON)
    for key in ("security-admin", "audit-admin"):
        with pytest.raises(AboveError):
            services.invite(viewer, _person(_role(key), key), at=NOON)
    with pytest.raises(AboveError):
        services.new_link(viewer, separated["audit"].actor, at=NOON)
    assert {one.key for one in queries.givable_roles(viewer)} == {"manager", "member", "system-admin"}


def test_none_of_the_three_is_left_vacant_and_nobody_changes_the_own_role(separated: dict[str, Viewer]) -> None:
    security, member = separated["security"], _role("member").uuid
    with pytest.raises(LastOfThreeError) as refused:
        services.give_role(security, separated["audit"].actor, member, at=NOON)
    assert "审计管理" in refused.value.say("zh")
    with pytest.raises(SeparationError):
        services.give_role(security, security.actor, _role("audit-admin").uuid, at=NOON)
    with pytest.raises(SeparationError):
        services.change_person(
            separated["system"], separated["system"].actor, PersonFacts("林静怡", "linjy", "", member), at=NOON
        )
    with pytest.raises(LastOfThreeError):
        services.deactivate(separated["system"], separated["system"].actor, at=NOON)
    with pytest.raises(LastOfThreeError):
        services.change_role(security, _role("audit-admin").uuid, _facts("tasks.view"), at=NOON)


def test_the_security_administrator_changes_who_watches(
    separated: dict[str, Viewer], stranger: Callable[..., services.User] | services.User
) -> None:
    assert isinstance(stranger, User)
    security = separated["security"]
    services.give_role(security, stranger.uuid, _role("audit-admin").uuid, at=NOON)
    services.give_role(security, separated["audit"].actor, _role("member").uuid, at=NOON)
    assert queries.viewer(stranger.pk).may("audit.sign")
    assert [event.subject for event in audit.events(kind="access.role-given")] == [
        str(stranger.uuid),
        separated["audit"].actor,
    ] or len(audit.events(kind="access.role-given")) == 2


def test_two_people_go_back_to_one_administrator(separated: dict[str, Viewer]) -> None:
    with pytest.raises(SeparationError):
        services.decide_end(separated["audit"], is_agreed=True, at=NOON)
    services.ask_end(separated["security"], separated["system"].actor, at=NOON)
    services.decide_end(separated["audit"], is_agreed=False, at=NOON)
    assert queries.is_separated()
    services.ask_end(separated["security"], separated["system"].actor, at=NOON)
    for viewer in (separated["system"], separated["security"]):
        with pytest.raises(Refused):
            services.decide_end(viewer, is_agreed=True, at=NOON)
    services.decide_end(separated["audit"], is_agreed=True, at=NOON)
    assert not queries.is_separated()
    assert queries.viewer(separated["system"].user_id or 0).permissions == frozenset(PERMISSIONS)
    assert [event.kind for event in audit.events() if "end" in event.kind or "unit" in event.kind].count(
        "access.united"
    ) == 1


def test_at_the_machine_one_goes_back_when_nobody_else_can(separated: dict[str, Viewer]) -> None:
    with pytest.raises(Refused):
        services.unite_at_machine(separated["security"], "linjy", at=NOON)
    services.unite_at_machine(system("root"), "linjy", at=NOON)
    assert queries.viewer(separated["system"].user_id or 0).may("roles.manage")
    [event] = audit.events(kind="access.united")
    assert event.actor == "root"
    with pytest.raises(SeparationError):
        services.unite_at_machine(system("root"), "linjy", at=NOON)


def test_covering_names_is_then_for_who_gives_rights(separated: dict[str, Viewer]) -> None:
    with pytest.raises(Refused):
        services.set_person_names(separated["system"], "personal", at=NOON)
    services.set_person_names(separated["security"], "personal", at=NOON)
    assert queries.person_names() == "personal"


def test_only_who_manages_both_begins(admin: Viewer, three: Three, wang: services.User) -> None:
    with pytest.raises(Refused):
        services.separate(queries.viewer_of(wang), {p: u.uuid for p, u in three.items()}, at=NOON)  # type: ignore[misc]
    with pytest.raises(AccessError):
        services.ask_end(admin, admin.actor, at=NOON)
