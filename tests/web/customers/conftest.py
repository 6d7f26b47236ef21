"""A rule to code with, and customers of 小王."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from kehuma.apps.access import queries as access
from kehuma.apps.access.models import User
from kehuma.apps.codes import services as codes
from kehuma.apps.customers import services

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
RULE = Path(__file__).parents[3] / "schemes" / "region-industry.toml"
HENGYUE = {
    "kind": "enterprise",
    "name": "北京衡岳数据技术有限公司",
    "region": "北京市海淀区",
    "industry": "信息技术",
    "contact_name": "孙莉",
    "mobile": "13800001234",
}

NewCustomer = Callable[..., str]


@pytest.fixture
def rule(admin: User) -> str:
    """The usual rule, published."""
    return codes.publish(RULE.read_text("utf-8"), actor=str(admin.uuid), at=NOON).name


@pytest.fixture
def new_customer(rule: str, wang: User) -> NewCustomer:
    """``new_customer(name="…")``: a customer of 小王, or of ``by``; its code."""
    made = iter(range(10_000))

    def _new(*, by: User = wang, **values: Any) -> str:
        viewer = access.viewer_of(by)
        created = services.create(viewer, {**HENGYUE, **values}, scheme=rule, request_key=f"test-{next(made)}", at=NOON)
        return created.identity

    return _new


@pytest.fixture
def hengyue(new_customer: NewCustomer) -> str:
    """北京衡岳数据技术有限公司, a customer of 小王."""
    return new_customer()


@pytest.fixture
def as_wang(wang: User, client_of: Callable[[User], Client]) -> Client:
    """小王's browser."""
    return client_of(wang)


@pytest.fixture
def as_li(li: User, client_of: Callable[[User], Client]) -> Client:
    """李经理's browser."""
    return client_of(li)


@pytest.fixture
def as_stranger(stranger: User, client_of: Callable[[User], Client]) -> Client:
    """外人's browser."""
    return client_of(stranger)
