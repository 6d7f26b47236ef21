"""People, roles and teams on screen."""

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from kehuma.apps.access import queries, services
from kehuma.apps.access.models import Role, Team, User
from kehuma.lib import clock

NEW = "千树万树梨花开 2026"


@pytest.fixture
def boss(admin: services.User, client_of: Callable[[services.User], Client]) -> Client:
    """林静怡's browser."""
    return client_of(admin)


def _see(client: Client, name: str, *args: object, query: str = "") -> str:
    return client.get(reverse(name, args=args) + query).content.decode()


def _do(client: Client, name: str, /, *args: object, **told: object) -> str:
    return client.post(reverse(name, args=args), told, follow=True).content.decode()


def _role(key: str) -> str:
    return str(Role.objects.get(key=key).uuid)


def test_an_invitation_is_a_link_that_is_shown_once(boss: Client, visitor: Client) -> None:
    page = _do(boss, "user-new", name="赵六", username="ZhaoLiu", role=_role("member"), email="", team="")
    found = re.search(r"http://testserver(/join/[\w-]+/)", page)
    assert found
    assert "已邀请" in _see(boss, "users")
    assert found[1] not in _see(boss, "users")
    visitor.get(found[1])
    visitor.post(reverse("join-password"), {"password": NEW, "again": NEW})
    assert visitor.get(reverse("account")).status_code == 200
    assert visitor.get(reverse("users")).status_code == 403


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        pytest.param({"username": "linjy"}, "账号 linjy 已有人使用", id="name in use"),
        pytest.param({"email": "lin@example.org"}, "邮箱 lin@example.org 已有人使用", id="address in use"),
        pytest.param({"email": "nonsense"}, "邮", id="no address"),
        pytest.param({"role": "nonsense"}, "nonsense", id="no role"),
        pytest.param({"name": ""}, "必填", id="no name"),
    ],
)
def test_an_invitation_that_cannot_be_is_explained(boss: Client, told: dict[str, str], sentence: str) -> None:
    facts = {"name": "赵六", "username": "zhaoliu", "role": _role("member"), "email": "", "team": "", **told}
    assert sentence in _do(boss, "user-new", **facts)
    assert User.objects.count() == 1


def test_people_are_found_and_changed(boss: Client, wang: services.User, li: services.User) -> None:
    assert li.name not in _see(boss, "users", query="?q=xiaowang")
    assert "没有这样的人" in _see(boss, "users", query="?q=nobody")
    team = Team.objects.get(name="华东组").pk
    facts = {"name": "王小明", "username": "xiaowang", "email": "", "role": _role("manager"), "team": team}
    assert "王小明" in _do(boss, "user", wang.uuid, **facts)
    assert queries.viewer(wang.pk).may("customers.assign")


def test_a_person_is_let_go_and_comes_back(
    boss: Client, wang: services.User, client_of: Callable[[services.User], Client]
) -> None:
    own = client_of(wang)
    assert own.get(reverse("account")).status_code == 200
    assert "已停用" in _do(boss, "user-deactivate", wang.uuid)
    assert own.get(reverse("account")).status_code == 302
    assert "已恢复" in _do(boss, "user-activate", wang.uuid)


def test_a_reset_link_replaces_the_one_before(boss: Client, wang: services.User, visitor: Client) -> None:
    links = [re.search(r"/join/[\w-]+/", _do(boss, "user-link", wang.uuid)) for _ in range(2)]
    assert links[0]
    assert links[1]
    assert visitor.get(links[0][0]).status_code == 410
    assert visitor.get(links[1][0]).status_code == 302


def test_the_last_administrator_stays(boss: Client, admin: services.User) -> None:
    assert "没有人能管理用户和角色" in _do(boss, "user-deactivate", admin.uuid)
    facts = {"name": "林静怡", "username": "linjy", "email": "", "role": _role("member"), "team": ""}
    assert "没有人能管理用户和角色" in _do(boss, "user", admin.uuid, **facts)
    everything = {"zh": "管理员", "en": "Administrator", "scope": "all", "permissions": ["users.manage"]}
    assert "没有人能管理用户和角色" in _do(boss, "role", _role("admin"), **everything)
    assert boss.get(reverse("roles")).status_code == 200


def test_a_second_factor_is_removed_for_somebody_else(boss: Client, wang: services.User) -> None:
    assert "两步验证已解除" in _do(boss, "user-second-factor-off", wang.uuid)


def test_teams_come_are_renamed_and_go(boss: Client) -> None:
    assert "还没有小组" in _see(boss, "teams")
    assert "西北组" in _do(boss, "teams", name="西北组")
    assert "小组 西北组 已经有了" in _do(boss, "teams", name="西北组")
    team = Team.objects.get().pk
    assert "西南组" in _do(boss, "team-rename", team, name="西南组")
    assert "小组已删除" in _do(boss, "team-delete", team)
    assert boss.post(reverse("team-delete", args=[team])).status_code == 409


def test_a_team_with_people_stays(boss: Client, wang: services.User) -> None:
    assert "还有 1 人属于这个小组" in _do(boss, "team-delete", wang.team_id)


def test_a_role_is_made_like_another_changed_and_removed(boss: Client) -> None:
    page = _see(boss, "role-new", query=f"?like={_role('manager')}")
    assert 'value="customers.assign" checked' in page
    assert 'value="users.manage" checked' not in page
    told = {"zh": "仓库", "en": "Warehouse", "scope": "own", "sees": ["public"], "permissions": ["codes.resolve"]}
    assert "仓库" in _do(boss, "role-new", **told)
    role = Role.objects.get(zh="仓库")
    assert (role.permissions, role.scope, role.sees) == (["codes.resolve"], "own", ["public"])
    _do(boss, "role", role.uuid, **{**told, "scope": "team", "asks_second_factor": "on"})
    role.refresh_from_db()
    assert (role.scope, role.asks_second_factor) == ("team", True)
    assert "角色已删除" in _do(boss, "role-delete", role.uuid)


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        pytest.param({"zh": "经理"}, "中文名 经理 已经有了", id="name in use"),
        pytest.param({"en": "Manager"}, "英文名 Manager 已经有了", id="English name in use"),
        pytest.param({"permissions": ["made.up"]}, "made.up", id="no such right"),
        pytest.param({"scope": "galaxy"}, "galaxy", id="no such reach"),
    ],
)
def test_a_role_that_cannot_be_is_explained(boss: Client, told: dict[str, object], sentence: str) -> None:
    facts = {"zh": "仓库", "en": "Warehouse", "scope": "own", "permissions": ["codes.resolve"], **told}
    assert sentence in _do(boss, "role-new", **facts)
    assert Role.objects.count() == 4


def test_a_role_with_people_stays(boss: Client) -> None:
    assert "还有 1 人属于这个角色" in _do(boss, "role-delete", _role("admin"))


@pytest.mark.parametrize("name", ["users", "roles", "teams", "user-new", "role-new"])
def test_the_clerk_is_refused(wang: services.User, client_of: Callable[[services.User], Client], name: str) -> None:
    assert client_of(wang).get(reverse(name)).status_code == 403


def test_a_manager_of_people_cannot_take_the_administrator_over(
    li: services.User, admin: services.User, client_of: Callable[[services.User], Client]
) -> None:
    manager = Role.objects.get(key="manager")
    manager.permissions = [*manager.permissions, "users.manage"]
    manager.save()
    page = client_of(li).post(reverse("user-link", args=[admin.uuid]))
    assert page.status_code == 409
    assert "/join/" not in page.content.decode()
    assert queries.person(queries.viewer_of(admin), admin.uuid, at=clock.now()).link_until is None


def test_every_page_of_people_takes_a_constant_number_of_queries(
    boss: Client, person: Callable[..., services.User], django_assert_max_num_queries: Callable[[int], object]
) -> None:
    for number in range(8):
        person(f"员工{number}", f"clerk{number}", "member", "华东组")
    boss.get(reverse("users"))
    with django_assert_max_num_queries(15):  # type: ignore[attr-defined]
        boss.get(reverse("users"))
