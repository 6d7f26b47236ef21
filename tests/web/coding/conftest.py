"""Rules in use, codes given out, and people who look at them."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client

from kehuma.apps.access import queries as people
from kehuma.apps.access.services import User
from kehuma.apps.codes import drafts, services
from kehuma.apps.codes.data import IssuedCode
from kehuma.apps.codes.drafts import Draft
from kehuma.lib.viewer import Viewer

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
SCHEMES = Path(__file__).parents[3] / "schemes"
# A rule whose ranges hold nine numbers each.
SMALL = """kehuma = 1
name = "small"
title = { zh = "小规则", en = "Small rule" }
template = "{region}-{serial:1}"

[segments.region]
dictionary = "cn-province"

[segments.serial]
per = ["region"]
"""


@pytest.fixture(autouse=True)
def _no_memory() -> None:
    """Ranges that fill up are kept for a minute; a test is shorter."""
    cache.clear()


@pytest.fixture
def keeper(admin: User, client_of: Callable[[User], Client]) -> Client:
    """林静怡, who may do everything."""
    return client_of(admin)


@pytest.fixture
def clerk_of_codes(wang: User, client_of: Callable[[User], Client]) -> Client:
    """小王, who may look but not design."""
    return client_of(wang)


@pytest.fixture
def viewer(admin: User) -> Viewer:
    """林静怡 as packages know her."""
    return people.viewer_of(admin)


@pytest.fixture
def small(viewer: Viewer) -> str:
    """The small rule in use."""
    return services.publish(SMALL, actor=viewer.actor, at=NOON).name


@pytest.fixture
def issue(viewer: Viewer) -> Callable[..., IssuedCode]:
    """``issue("small", "r1", region="北京")``."""

    def _issue(scheme: str, key: str, **facts: object) -> IssuedCode:
        return services.issue(scheme, facts, request_key=key, actor=viewer.actor, at=NOON)

    return _issue


@pytest.fixture
def draft(viewer: Viewer) -> Draft:
    """A draft of the small rule."""
    return drafts.begin(viewer, SMALL, at=NOON)
