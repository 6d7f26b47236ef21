"""Who looks at the pages."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from kehuma.apps.access import queries, services
from kehuma.lib.health import looking

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
PASSWORD = "北风卷地白草折 hu tian"


@pytest.fixture(autouse=True)
def _plain_passwords(settings: pytest.FixtureRequest) -> None:
    """Hashing as it should be takes a tenth of a second each time."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def _nothing_to_wait_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test itself has the turn to write, for which the health page would wait ten seconds."""
    monkeypatch.setattr(looking, "_PATIENCE", 0)


@pytest.fixture
def visitor() -> Client:
    """Somebody who has not signed in."""
    return Client()


@pytest.fixture
def clerk(db: None) -> Client:  # noqa: ARG001 - the table must be there
    """小王, signed in."""
    client = Client()
    user = get_user_model()(username="xiaowang", name="小王")
    user.set_unusable_password()
    user.save()
    client.force_login(user)
    return client


@pytest.fixture
def admin(db: None) -> services.User:  # noqa: ARG001 - the table must be there
    """林静怡, who founded 衡岳商贸 and may do everything."""
    return services.found(
        "衡岳商贸", name="林静怡", username="linjy", password=PASSWORD, email="lin@example.org", at=NOON
    )


@pytest.fixture
def person(admin: services.User) -> Callable[..., services.User]:
    """``person("小王", "xiaowang", "member", "华东组")``: somebody who can sign in with ``PASSWORD``."""

    def _person(name: str, username: str, role: str, team: str = "") -> services.User:
        viewer = queries.viewer_of(admin)
        return services.add_person(
            viewer, name=name, username=username, password=PASSWORD, role=role, team=team, at=NOON
        )

    return _person


@pytest.fixture
def wang(person: Callable[..., services.User]) -> services.User:
    """小王, 成员."""
    return person("小王", "xiaowang", "member", "华东组")


@pytest.fixture
def li(person: Callable[..., services.User]) -> services.User:
    """李经理, 经理 of 小王's team."""
    return person("李经理", "lijl", "manager", "华东组")


@pytest.fixture
def stranger(person: Callable[..., services.User]) -> services.User:
    """外人, 成员 of another team."""
    return person("外人", "wairen", "member", "华南组")


@pytest.fixture
def client_of() -> Callable[[services.User], Client]:
    """``client_of(wang)``: a browser in which this person is signed in."""

    def _client_of(user: services.User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return _client_of
