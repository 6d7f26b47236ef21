"""A person's own page."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from kehuma.apps.access import queries, second_factor, services
from kehuma.apps.access.models import Role, SecondFactor, SignIn, User
from kehuma.lib import clock

PASSWORD = "北风卷地白草折 hu tian"
NEW = "千树万树梨花开 2026"


@pytest.fixture
def own(wang: services.User, client_of: Callable[[services.User], Client]) -> Client:
    """小王's browser."""
    return client_of(wang)


def _see(client: Client, name: str = "account", *args: object) -> str:
    return client.get(reverse(name, args=args)).content.decode()


def _do(client: Client, name: str, /, *args: object, **told: object) -> str:
    return client.post(reverse(name, args=args), told, follow=True).content.decode()


def test_name_and_language_change_at_once(own: Client, wang: services.User) -> None:
    _do(own, "account-profile", name="王小明", email="wang@example.org", language="en")
    page = _see(own)
    assert "My account" in page
    assert User.objects.get(pk=wang.pk).name == "王小明"


def test_somebody_elses_address_is_refused(own: Client) -> None:
    page = _do(own, "account-profile", name="小王", email="lin@example.org", language="zh")
    assert "邮箱 lin@example.org 已有人使用" in page
    assert "不是" not in _do(own, "account-profile", name="小王", email="no address", language="zh")


def test_a_new_password_takes_the_old_one_and_signs_out_elsewhere(
    own: Client, wang: services.User, client_of: Callable[[services.User], Client]
) -> None:
    other = client_of(wang)
    assert other.get(reverse("account")).status_code == 200
    assert "现在的密码不对" in _do(own, "account-password", old="x", password=NEW, again=NEW)
    assert "不同的字符太少" in _do(own, "account-password", old=PASSWORD, password="a" * 20, again="a" * 20)
    assert "密码已更换" in _do(own, "account-password", old=PASSWORD, password=NEW, again=NEW)
    assert own.get(reverse("account")).status_code == 200
    assert other.get(reverse("account")).status_code == 302


def test_a_session_is_ended_from_another_screen(
    own: Client, wang: services.User, client_of: Callable[[services.User], Client]
) -> None:
    other = client_of(wang)
    _see(own)
    _see(other)
    there = SignIn.objects.filter(user=wang).order_by("-id")[0]
    _do(own, "account-session-end", there.uuid)
    assert other.get(reverse("account")).status_code == 302
    assert "这个登录已经结束" in _do(own, "account-session-end", there.uuid)


def test_all_other_sessions_end_by_one_button(
    own: Client, wang: services.User, client_of: Callable[[services.User], Client]
) -> None:
    others = [client_of(wang), client_of(wang)]
    for other in others:
        _see(other)
    _see(own)
    assert "退出其他所有设备" in _see(own)
    _do(own, "account-sessions-end")
    assert [other.get(reverse("account")).status_code for other in others] == [302, 302]
    assert "退出其他所有设备" not in _see(own)


def test_the_second_factor_is_set_up_by_scanning_and_one_number(own: Client, wang: services.User) -> None:
    assert "现在的密码不对" in _do(own, "account-second-factor-begin", old="x")
    page = _do(own, "account-second-factor-begin", old=PASSWORD)
    assert "data:image/svg+xml" in page
    assert "动态码不对" in _do(own, "account-second-factor", number="000000")
    page = _do(own, "account-second-factor", number=_number(wang))
    assert len(re.findall(r"<code[^>]*>[0-9a-z]{5}-[0-9a-z]{5}</code>", page)) == 10
    assert "恢复码还剩 10 个" in _see(own)
    assert own.get(reverse("account-second-factor"))["Location"] == reverse("account")


def test_recovery_codes_are_renewed_and_the_factor_turned_off_with_the_password(
    own: Client, wang: services.User
) -> None:
    _do(own, "account-second-factor-begin", old=PASSWORD)
    _do(own, "account-second-factor", number=_number(wang))
    assert "现在的密码不对" in _do(own, "account-recovery-codes", old="x")
    assert "以后不再显示" in _do(own, "account-recovery-codes", old=PASSWORD)
    assert "现在的密码不对" in _do(own, "account-second-factor-off", old="x")
    assert "两步验证已关闭" in _do(own, "account-second-factor-off", old=PASSWORD)
    assert not queries.has_second_factor(User.objects.get(pk=wang.pk))


def test_who_has_to_have_a_second_factor_sees_nothing_before(own: Client) -> None:
    Role.objects.filter(key="member").update(asks_second_factor=True)
    for name in ("workbench", "account", "key-new"):
        assert own.get(reverse(name))["Location"] == reverse("account-second-factor")
    assert "你的角色要求两步验证" in _see(own, "account-second-factor")
    assert own.post(reverse("sign-out"))["Location"] == reverse("sign-in")


def test_a_key_is_shown_once_and_revoked(own: Client, wang: services.User) -> None:
    assert "users.manage" not in _see(own, "key-new")
    page = _do(own, "key-new", name="ERP 同步", days="90", permissions=["codes.resolve"])
    found = re.search(r"khm_[0-9a-z]{8}_[0-9a-z]{32}", page)
    assert found
    program = queries.viewer_of_key(found[0], at=clock.now())
    assert program is not None
    assert program.permissions == {"codes.resolve"}
    listed = _see(own)
    assert "ERP 同步" in listed
    assert found[0] not in listed
    [key] = queries.api_keys(queries.viewer_of(wang), at=clock.now())
    _do(own, "key-revoke", key.uuid)
    assert queries.viewer_of_key(found[0], at=clock.now()) is None


@pytest.mark.parametrize(
    "wrong", [{"permissions": ["users.manage"]}, {"permissions": []}, {"days": "9999"}, {"name": ""}]
)
def test_a_key_beyond_ones_rights_is_not_made(own: Client, wang: services.User, wrong: dict[str, object]) -> None:
    told = {"name": "ERP", "days": "90", "permissions": ["codes.resolve"], **wrong}
    assert "khm_" not in _do(own, "key-new", **told)
    assert not queries.api_keys(queries.viewer_of(wang), at=clock.now())


def test_nobody_ends_what_is_not_his(
    own: Client, admin: services.User, client_of: Callable[[services.User], Client]
) -> None:
    boss = client_of(admin)
    _see(boss)
    theirs = SignIn.objects.get(user=admin)
    _do(own, "account-session-end", theirs.uuid)
    viewer = queries.viewer_of(admin)
    key = services.create_key(
        viewer, name="x", permissions=[], expires_at=clock.now() + timedelta(days=1), at=clock.now()
    )
    _do(own, "key-revoke", key.uuid)
    assert boss.get(reverse("account")).status_code == 200
    assert queries.viewer_of_key(key.text, at=clock.now()) is not None


def _number(user: services.User) -> str:
    factor = SecondFactor.objects.get(user=user)
    return second_factor.hotp(second_factor._secret(factor), int(clock.now().timestamp()) // 30)
