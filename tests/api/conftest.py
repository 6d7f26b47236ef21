"""Programs with keys: of the machine, and of the cast (小王, 李经理, 外人)."""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from kehuma.api import keys
from kehuma.apps.access import queries, services
from kehuma.apps.codes import services as codes
from kehuma.lib import clock
from kehuma.lib.viewer import Viewer, system

RULE = Path(__file__).resolve().parents[2] / "schemes" / "region-industry.toml"
PASSWORD = "北风卷地白草折 hu tian"
HENGYUE: Mapping[str, Any] = {
    "kind": "enterprise",
    "name": "北京衡岳数据技术有限公司",
    "region": "北京",
    "industry": "信息技术",
    "identifiers": [{"type": "uscc", "value": "91110108551385082Q"}],
    "contacts": [{"name": "王强", "mobile": "13912345678", "email": "wq@example.org"}],
}


class Answer:
    """What came back."""

    def __init__(self, response: Any) -> None:
        self.status, self.headers, self.content = response.status_code, response.headers, response.content

    @property
    def json(self) -> Any:
        return json.loads(self.content)


class Program:
    """Asks with a key; ``program.get("/codes")``."""

    def __init__(self, key: str = "") -> None:
        self.key, self._client = key, Client(raise_request_exception=False)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.key:
            named.setdefault("Authorization", f"Bearer {self.key}")
        sent: dict[str, Any] = {}
        if body is not None:
            text = body if isinstance(body, bytes) else json.dumps(body).encode()
            sent = {"data": text, "content_type": named.pop("Content-Type", "application/json")}
        address = path if path.startswith(("/api", "/healthz", "/readyz", "/metrics")) else f"/api/v1{path}"
        return Answer(self._client.generic(method, address, headers=named, **sent))

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.ask("POST", path, body, **headers)


@pytest.fixture(autouse=True)
def _plain_passwords(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    keys._limits.cache_clear()


@pytest.fixture
def program(db: None) -> Program:  # noqa: ARG001 - the tables must be there
    """A program with a key of the machine; the usual rule is published."""
    at = clock.now()
    codes.publish(RULE.read_text("utf-8"), actor="cli:root", at=at)
    asker = system("cli:root")
    key = services.create_machine_key(
        asker, name="ERP", permissions=services.MACHINE_RIGHTS, expires_at=at + timedelta(days=1), at=at
    )
    return Program(key.text)


@pytest.fixture
def of_person(db: None) -> Callable[..., Program]:  # noqa: ARG001 - the tables must be there
    """``of_person("小王", "xiaowang", "member", "华东组")``: a program that acts for a person."""
    admin: list[Viewer] = []

    def _of_person(name: str, username: str, role: str, team: str = "", rights: Any = None) -> Program:
        at = clock.now()
        if not admin:
            user = services.found("衡岳商贸", name="林静怡", username="linjy", password=PASSWORD, email="", at=at)
            admin.append(queries.viewer_of(user))
        made = services.add_person(
            admin[0], name=name, username=username, password=PASSWORD, role=role, team=team, at=at
        )
        viewer = queries.viewer(made.pk)
        granted = viewer.permissions if rights is None else rights
        key = services.create_key(viewer, name=name, permissions=granted, expires_at=at + timedelta(days=1), at=at)
        return Program(key.text)

    return _of_person


@pytest.fixture
def wang(program: Program, of_person: Callable[..., Program]) -> Program:  # noqa: ARG001 - publishes the rule
    """小王, 成员: sees its own customers, telephones covered."""
    return of_person("小王", "xiaowang", "member", "华东组")


@pytest.fixture
def stranger(program: Program, of_person: Callable[..., Program]) -> Program:  # noqa: ARG001 - as above
    """外人, 成员 of another team."""
    return of_person("外人", "wairen", "member", "华南组")
