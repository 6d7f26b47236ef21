"""``kehuma apikey``: a key for a program, printed alone."""

from collections.abc import Callable
from typing import Any

import pytest

from kehuma.apps.access import queries, services
from kehuma.lib import clock


@pytest.fixture(autouse=True)
def _tables(db: None) -> None:
    """The tables are there."""


def test_a_key_is_printed_alone_and_works(kehuma: Callable[..., Any]) -> None:
    made = kehuma("apikey", "create", "ERP")
    key = made.out.strip()
    viewer = queries.viewer_of_key(key, at=clock.now())
    assert (made.code, made.out, made.err) == (0, f"{key}\n", "")
    assert viewer is not None
    assert (viewer.name, viewer.scope, viewer.user_id) == ("ERP", "all", None)
    assert viewer.permissions == services.MACHINE_RIGHTS
    for_people = {"users.manage", "roles.manage", "settings.manage", "backup.manage", "keys.manage", "audit.sign"}
    assert viewer.permissions & for_people == set()
    assert queries.names_by_actor([viewer.actor]) == {viewer.actor: "ERP"}


def test_a_key_has_only_the_rights_asked_for(kehuma: Callable[..., Any]) -> None:
    key = kehuma("apikey", "create", "till", "--right", "codes.resolve", "--days", "7").out.strip()
    viewer = queries.viewer_of_key(key, at=clock.now())
    assert viewer is not None
    assert viewer.permissions == {"codes.resolve"}


@pytest.mark.parametrize(
    "words",
    [("--right", "codes.all"), ("--for", "nobody"), ("--days", "367"), ("--days", "0"), ("--right", "users.manage")],
)
def test_what_cannot_be_given_is_refused(kehuma: Callable[..., Any], words: tuple[str, str]) -> None:
    ended = kehuma("apikey", "create", "x", *words)
    assert (ended.code, ended.out) == (1, "")
    assert ended.err


def test_keys_are_listed_and_revoked(kehuma: Callable[..., Any]) -> None:
    key = kehuma("apikey", "create", "ERP").out.strip()
    listed = kehuma("apikey", "list").out
    assert key[:13] in listed
    assert key not in listed
    assert kehuma("apikey", "revoke", key[4:12]).code == 0
    assert queries.viewer_of_key(key, at=clock.now()) is None
    assert kehuma("apikey", "revoke", key).code == 1
