"""Three administrators on screen: explained, put in force, refused in plain words, ended by two people."""

from collections.abc import Callable

import pytest
from django.test import Client

from kehuma.apps.access import queries, services
from kehuma.apps.access.models import Role, User
from kehuma.web import pages

Of = Callable[[services.User], Client]
URL = "/users/roles/separation/"


@pytest.fixture
def three(admin: services.User, wang: services.User, li: services.User, client_of: Of) -> dict[str, services.User]:
    """林静怡 runs the system, 小王 gives rights, 李经理 watches."""
    chosen = {"system": admin, "security": wang, "audit": li}
    answer = client_of(admin).post(URL, {part: str(user.uuid) for part, user in chosen.items()})
    assert answer.status_code == 302
    return chosen


def test_the_page_explains_and_says_why_not(
    admin: services.User, wang: services.User, stranger: services.User, client_of: Of
) -> None:
    client = client_of(admin)
    assert URL in client.get("/users/roles/").content.decode()
    assert "三个人" in client.get(URL).content.decode()
    User.objects.filter(pk=stranger.pk).update(role=Role.objects.get(key="auditor"))
    same = {"system": str(admin.uuid), "security": str(wang.uuid), "audit": str(wang.uuid)}
    answer = client.post(URL, same)
    assert answer.status_code == 422
    assert "三个不同的人" in answer.content.decode()
    assert not queries.is_separated()


def test_a_change_that_mixes_is_refused_on_the_pages_of_roles_and_people(
    three: dict[str, services.User], stranger: services.User, client_of: Of
) -> None:
    security, system = client_of(three["security"]), client_of(three["system"])
    role = {"zh": "杂", "en": "Mix", "scope": "own", "permissions": ["audit.view", "customers.view"], "sees": []}
    assert "三权分立已启用" in security.post("/users/roles/new/", role).content.decode()
    mixed = {"person": str(stranger.uuid), "role": str(Role.objects.get(key="auditor").uuid)}
    assert "三权分立已启用" in security.post(URL + "role/", mixed, follow=True).content.decode()
    shown = system.get(f"/users/{stranger.uuid}/").content.decode()
    assert "审计管理员" not in shown
    person = {"name": "外人", "username": "wairen", "role": mixed["role"]}
    assert system.post(f"/users/{stranger.uuid}/", person).status_code == 200
    assert User.objects.get(pk=stranger.pk).role == Role.objects.get(key="member")


def test_two_people_end_it(three: dict[str, services.User], client_of: Of) -> None:
    client_of(three["security"]).post(URL + "end/", {"administrator": str(three["system"].uuid)})
    audit = client_of(three["audit"])
    assert "申请结束三权分立" in audit.get("/").content.decode()
    assert "小王" in audit.get("/audit/separation/").content.decode()
    audit.post("/audit/separation/", {"agree": "yes"})
    assert not queries.is_separated()
    assert client_of(User.objects.get(pk=three["system"].pk)).get("/users/roles/").status_code == 200


def test_the_three_meet_no_error_on_any_page(three: dict[str, services.User], client_of: Of) -> None:
    """And none of them sees a page of customers."""
    for part, user in three.items():
        client, rights = client_of(User.objects.get(pk=user.pk)), queries.viewer(user.pk).permissions
        for page in pages.pages():
            if page.has_arguments or "GET" not in page.methods or page.is_open:
                continue
            status = client.get(f"/{page.route}").status_code
            assert (status == 403) == bool(page.needs and page.needs not in rights), f"{part} {page.name}"
            assert status < 500, f"{part} {page.name}"
        assert client.get("/customers/").status_code == 403
