"""小王 (成员), 李经理 (经理) of the same team, 外人 of another, and the administrator who founded the organisation."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.test import override_settings

from kehuma.apps.access import queries, services
from kehuma.lib.viewer import Viewer

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
PASSWORD = "北风卷地白草折 hu tian"


@pytest.fixture(autouse=True)
def _plain_passwords() -> Iterator[None]:
    """Hashing as it should be takes a tenth of a second each time."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture
def founder(db: None) -> services.User:  # noqa: ARG001 - the tables must be there
    return services.found(
        "衡岳商贸", name="林静怡", username="linjy", password=PASSWORD, email="lin@example.org", at=NOON
    )


@pytest.fixture
def admin(founder: services.User) -> Viewer:
    return queries.viewer_of(founder)


def _person(admin: Viewer, name: str, username: str, role: str, team: str) -> services.User:
    return services.add_person(admin, name=name, username=username, password=PASSWORD, role=role, team=team, at=NOON)


@pytest.fixture
def wang(admin: Viewer) -> services.User:
    return _person(admin, "小王", "xiaowang", "member", "华东组")


@pytest.fixture
def li(admin: Viewer) -> services.User:
    return _person(admin, "李经理", "lijl", "manager", "华东组")


@pytest.fixture
def stranger(admin: Viewer) -> services.User:
    return _person(admin, "外人", "wairen", "member", "华南组")
