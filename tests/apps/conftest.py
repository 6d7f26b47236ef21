"""A rule, three people and their customers."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from kehuma.apps.access import queries as access
from kehuma.apps.access import services as people
from kehuma.apps.codes import services as codes
from kehuma.apps.customers import services
from kehuma.lib.viewer import Viewer

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
RULE = Path(__file__).resolve().parents[2] / "schemes" / "region-industry.toml"
HENGYUE = {
    "kind": "enterprise",
    "name": "北京衡岳数据技术有限公司",
    "region": "北京市海淀区",
    "industry": "信息技术",
    "contact_name": "孙莉",
    "mobile": "13800001234",
}
PASSWORD = "北风卷地白草折 hu tian"
NewCustomer = Callable[..., str]


@pytest.fixture
def plain_passwords(settings: pytest.FixtureRequest) -> None:
    """Hashing as it should be takes a tenth of a second each time."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # type: ignore[attr-defined]


@pytest.fixture
def admin(db: None, plain_passwords: None) -> Viewer:  # noqa: ARG001 - the tables must be there
    """林静怡, who may everything; the usual rule is published."""
    user = people.found(
        "衡岳商贸", name="林静怡", username="linjy", password=PASSWORD, email="lin@example.org", at=NOON
    )
    codes.publish(RULE.read_text("utf-8"), actor=str(user.uuid), at=NOON)
    return access.viewer(user.pk)


@pytest.fixture
def person(admin: Viewer) -> Callable[..., Viewer]:
    """``person("小王", "xiaowang", "member", "华东组")``: a viewer."""

    def _person(name: str, username: str, role: str, team: str = "") -> Viewer:
        user = people.add_person(admin, name=name, username=username, password=PASSWORD, role=role, team=team, at=NOON)
        return access.viewer(user.pk)

    return _person


@pytest.fixture
def wang(person: Callable[..., Viewer]) -> Viewer:
    """小王, 成员."""
    return person("小王", "xiaowang", "member", "华东组")


@pytest.fixture
def li(person: Callable[..., Viewer]) -> Viewer:
    """李经理, 经理 of 小王's team."""
    return person("李经理", "lijl", "manager", "华东组")


@pytest.fixture
def stranger(person: Callable[..., Viewer]) -> Viewer:
    """外人, 成员 of another team."""
    return person("外人", "wairen", "member", "华南组")


@pytest.fixture
def new_customer(wang: Viewer) -> NewCustomer:
    """``new_customer(name="…")``: a customer of 小王, or of ``by``; its code."""
    made = iter(range(10_000))

    def _new(*, by: Viewer = wang, owner: Any = "me", **values: Any) -> str:
        given = {**HENGYUE, **values}
        created = services.create(
            by, given, scheme="region-industry", request_key=f"test-{next(made)}", owner=owner, at=NOON
        )
        return created.identity

    return _new


@pytest.fixture
def hengyue(new_customer: NewCustomer) -> str:
    """北京衡岳数据技术有限公司, a customer of 小王."""
    return new_customer()
