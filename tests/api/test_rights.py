"""Every role at every operation: without the right 403, with it never 401, 403 or 5xx; without a key 401."""

import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest

from kehuma.api.application import api
from kehuma.api.keys import Key
from kehuma.apps.access.permissions import PERMISSIONS

ROLES = ("admin", "manager", "member", "auditor")
BODY = re.compile(r"POST|PATCH")


def _operations() -> Iterator[tuple[str, str, str]]:
    for router in api._get_bound_routers():
        for path, view in router.path_operations.items():
            for operation in view.operations:
                (key,) = operation.auth_callbacks
                assert isinstance(key, Key)
                for method in operation.methods:
                    yield method, path, key.needs


OPERATIONS = sorted(_operations())


def _address(path: str) -> str:
    address = re.sub(r"\{(?:\w+:)?(\w+)\}", lambda found: {"number": "1"}.get(found[1], "nothing"), path)
    return f"{address}?text=nothing" if path == "/resolve" else address


def test_every_operation_needs_a_right_that_there_is() -> None:
    assert len(OPERATIONS) > 20
    assert {needs for _, _, needs in OPERATIONS} <= set(PERMISSIONS)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_reaches_what_its_rights_say(
    program: Any, of_person: Any, role: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "kehuma.api")
    granted = of_person(role, role, role, "华东组")
    bare = of_person(f"{role}2", f"{role}2", role, "华东组", rights=[])
    may = _rights_of(role)
    for method, path, needs in OPERATIONS:
        body: dict[str, str] | None = {} if BODY.match(method) else None
        status = granted.ask(method, _address(path), body).status
        assert (status == 403) == (needs not in may), (role, method, path, status)
        assert status != 401
        assert status < 500
        assert bare.ask(method, _address(path), body).status == 403
        program.key = ""
        assert program.ask(method, _address(path), body).status == 401


def _rights_of(role: str) -> set[str]:
    from kehuma.apps.access import queries  # noqa: PLC0415

    return {right for one in queries.roles() if one.key == role for right in one.permissions}
