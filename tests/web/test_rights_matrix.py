"""Every role at every page with every method: who lacks the right is refused, who has it never meets an error of ours.

The pages come from the url map itself, so a page that is added is tested here, and a page that asks for no right must
be named below.
"""

import re
from collections.abc import Callable

import pytest
from django.test import Client

from kehuma.apps.access import queries, services
from kehuma.apps.access.permissions import PERMISSIONS
from kehuma.web import pages
from kehuma.web.pages import Page

PAGES = pages.pages()
ROLES = ("admin", "manager", "member", "auditor")
# Before sign-in.
OPEN = {
    "demo-cleared",
    "demo-enter",
    "first-run",
    "forgotten",
    "join",
    "join-password",
    "language",
    "sign-in",
    "sign-in-second",
    "sign-out",
}
# For everybody who is signed in: what is one's own, and what shows nothing of the organisation's.
OWN = re.compile(r"(account|key|mention|task|notice)(-.+)?|workbench|components|help")
SAMPLES = {
    "uuid": "00000000-0000-4000-8000-000000000000",
    "int": "0",
    "str": "nothing",
    "slug": "nothing",
    "path": "nothing",
}


@pytest.fixture
def clients(
    admin: services.User, person: Callable[..., services.User], client_of: Callable[[services.User], Client]
) -> dict[str, Callable[[], Client]]:
    """A fresh browser for each role."""
    people = {"admin": admin, **{role: person(role, role, role, "华东组") for role in ROLES[1:]}}
    return {role: lambda user=user: client_of(user) for role, user in people.items()}  # type: ignore[misc]


def _address(page: Page) -> str:
    return "/" + re.sub(r"<(?:(\w+):)?\w+>", lambda found: SAMPLES[found[1] or "str"], page.route)


def _ask(client: Client, page: Page, method: str) -> int:
    client.raise_request_exception = True
    return int(getattr(client, method.lower())(_address(page)).status_code)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_role_reaches_what_it_may_and_nothing_else(
    page: Page, clients: dict[str, Callable[[], Client]], visitor: Client
) -> None:
    rights = {role.key: role.permissions for role in queries.roles()}
    for method in page.methods:
        for role, client in clients.items():
            status = _ask(client(), page, method)
            if page.needs and page.needs not in rights[role]:
                assert status == 403, f"{role} {method}"
            else:
                assert status not in {403, 405}, f"{role} {method}"
                assert status < 500, f"{role} {method}"
        answer = getattr(visitor, method.lower())(_address(page))
        if not page.is_open:
            assert answer.status_code == 302, method
            assert answer["Location"].startswith("/sign-in/"), method


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_answers_no_other_method(page: Page, clients: dict[str, Callable[[], Client]]) -> None:
    client = clients["admin"]()
    for method in {"GET", "POST", "PUT", "DELETE", "PATCH"} - set(page.methods):
        assert _ask(client, page, method) == 405, method


def test_pages_before_sign_in_are_few_and_known() -> None:
    assert {page.name for page in PAGES if page.is_open} == OPEN


def test_a_page_without_a_right_shows_only_what_is_ones_own() -> None:
    plain = [page.name for page in PAGES if not page.is_open and not page.needs]
    assert [name for name in plain if not OWN.fullmatch(name)] == []


def test_a_page_asks_for_a_right_that_roles_can_give() -> None:
    assert {page.needs for page in PAGES} - {""} <= set(PERMISSIONS)
